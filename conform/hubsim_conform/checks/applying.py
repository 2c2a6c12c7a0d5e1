"""Checks of the desired document: applying, versions, persistence, unknown fields and words."""

from hubsim_conform.checks.check import Check
from hubsim_conform.checks.connecting import needs_restart
from hubsim_conform.checks.situation import QUIET_S, SLACK_S, Situation
from hubsim_conform.evidence.conversation import Conversation
from hubsim_conform.evidence.entries import EvidenceEntry
from hubsim_contract.wire.messages import ServiceState
from hubsim_contract.wire.topics import MessageKind

_MONTH_MS = 30 * 24 * 3600 * 1000
JUMPS = (1, 7, 2**16, 2**31, 2**32)
"""The steps to the next version. A counter of 16 or 32 bits overflows at one of them."""


async def _applies(situation: Situation) -> None:
    await situation.online()
    ends_at_ms = situation.bench.world_ms() + _MONTH_MS
    states = (
        {"service": ServiceState.ACTIVATION_REQUIRED},
        {"service": ServiceState.ACTIVE, "armed": True},
        {"service": ServiceState.EXPIRING, "ends_at_ms": ends_at_ms},
        {"service": ServiceState.NOT_AVAILABLE, "sim_cut_off": True},
        {"service": ServiceState.ACTIVE},
    )
    for changes in states:
        after = situation.mark()
        document = await situation.publish(**changes)

        def reported(after: int = after, version: int = document.version) -> object | None:
            reports = situation.messages(MessageKind.REPORTED, after)
            return next(
                (
                    each
                    for each in reports
                    if each.message and (each.message.get("applied_version") or 0) >= version
                ),
                None,
            )

        await situation.expect(
            "MQ-5.applied",
            reported,
            situation.bounds.report_s + SLACK_S,
            f"a report with `applied_version` {document.version}",
            situation.last_entry(),
            seen=situation.version_seen,
        )


async def _newer(situation: Situation) -> None:
    await situation.settle()
    for jump in JUMPS:
        after = situation.mark()
        document = await situation.publish(skip=jump)
        await situation.expect(
            "MQ-1.newer",
            lambda after=after, version=document.version: situation.report(after, applied_version=version),  # type: ignore[misc]
            situation.bounds.report_s + SLACK_S,
            f"version {document.version} applied, {jump} above the one before",
            situation.last_entry(),
            seen=situation.version_seen,
            symptom="32 bits" if jump >= 2**16 else "",
        )


async def _stale(situation: Situation) -> None:
    old = await situation.settle(
        service=ServiceState.EXPIRING, ends_at_ms=situation.bench.world_ms() + _MONTH_MS
    )
    held = await situation.settle(service=ServiceState.ACTIVE)
    await situation.send(old, retain=False)
    await situation.bench.idle(QUIET_S)
    await situation.send(held)
    await situation.bench.idle(QUIET_S)
    await situation.settle()


async def _whole(situation: Situation) -> None:
    ends_at_ms = situation.bench.world_ms() + _MONTH_MS
    await situation.settle(service=ServiceState.EXPIRING, ends_at_ms=ends_at_ms, sim_cut_off=True, armed=True)
    after = situation.mark()
    payload = situation.ledger.payload(
        service="active", ends_at_ms=..., sim_cut_off=..., armed=..., ping_s=..., contract=...
    )
    await situation.send_payload(payload, "desired with the required fields only")
    await situation.applied(situation.ledger.version, after)
    await situation.settle()


async def _again(situation: Situation) -> None:
    held = await situation.settle(armed=True)
    conversation = await situation.online()
    after = situation.mark()
    await situation.send(held)
    await situation.expect(
        "MQ-5.again",
        lambda: situation.report(after),
        situation.bounds.report_s + SLACK_S,
        f"a report after version {held.version} came again",
        situation.last_entry(),
    )
    if conversation.end is not None:
        situation.fail("MQ-5.again", "the connection stays open", "the hub left", conversation.end)


async def _unknown_fields(situation: Situation) -> None:
    await situation.settle()
    after = situation.mark()
    payload = situation.ledger.payload(
        colour="blue", siren={"volume": [1, 2.5, None], "": {}}, **{"an unknown field": True}
    )
    await situation.send_payload(payload, "desired with unknown fields")
    await situation.expect(
        "MQ-9.fields",
        lambda: situation.report(after, applied_version=situation.ledger.version),
        situation.bounds.report_s + SLACK_S,
        "a document with unknown fields applied",
        situation.last_entry(),
        seen=situation.version_seen,
    )


async def _report_after_power_cut(situation: Situation, before: Conversation) -> EvidenceEntry:
    """Cut the power, and return the first report after it. No document reaches the hub in between."""
    bench = situation.bench
    await bench.power_off()
    bench.fault("drop PUBLISH desired to any always")
    after = situation.mark()
    await bench.power_on()
    await situation.online_again(before)
    return await situation.require(lambda: situation.report(after), situation.bounds.report_s, "no report")


async def _persists(situation: Situation) -> None:
    """Cut the power as soon as the hub has reported a version: it holds this version afterwards."""
    bench = situation.bench
    before = await situation.online()
    after = situation.mark()
    document = await situation.publish(armed=True, service=ServiceState.EXPIRING, ends_at_ms=bench.world_ms())
    reported = await situation.applied(document.version, after)
    again = await _report_after_power_cut(situation, before)
    assert again.message is not None
    version = again.message.get("applied_version")
    if version is not None and version < document.version:
        situation.fail(
            "MQ-5.persisted",
            f"`applied_version` {document.version} after the power cut",
            f"`applied_version` {version}",
            reported,
            again,
        )


async def _cut_while_applying(situation: Situation) -> None:
    """Cut the power in the middle of applying: the hub holds the old or the new document, whole."""
    bench = situation.bench
    for wait_s in (0.0, 0.02):
        held = await situation.settle(service=ServiceState.ACTIVE, armed=False)
        before = await situation.online()
        document = await situation.publish(
            service=ServiceState.EXPIRING, ends_at_ms=bench.world_ms(), armed=True
        )
        await bench.idle(wait_s)
        entry = await _report_after_power_cut(situation, before)
        assert entry.message is not None
        version = entry.message.get("applied_version")
        if version is not None and version not in (held.version, document.version):
            situation.fail(
                "MQ-5.persisted",
                f"`applied_version` {held.version} or {document.version}",
                f"`applied_version` {version}",
                entry,
            )
        bench.clear_faults()
        after = situation.mark()
        await situation.send(document)
        await situation.applied(document.version, after)


CHECKS = (
    Check(
        name="apply",
        text="Publishes five documents with different services and flags, one after the other.",
        decides=("MQ-5.applied", "MQ-5.faithful", "MQ-2.sequence"),
        script=_applies,
    ),
    Check(
        name="stale",
        text="Publishes a version below the applied one, with other contents.",
        decides=("MQ-1.stale",),
        script=_stale,
        takes_s=lambda _: 2 * QUIET_S + 1,
    ),
    Check(
        name="whole",
        text="Publishes a document without optional fields after one with all of them.",
        decides=("MQ-1.whole", "MQ-5.faithful"),
        script=_whole,
    ),
    Check(
        name="again",
        text="Publishes the applied version again.",
        decides=("MQ-5.again",),
        script=_again,
    ),
    Check(
        name="unknown-fields",
        text="Publishes a document with fields that the contract does not define.",
        decides=("MQ-9.fields",),
        script=_unknown_fields,
    ),
    Check(
        name="persist",
        text="Cuts the power as soon as a version is reported; no document reaches the hub afterwards.",
        decides=("MQ-5.persisted", "MQ-2.boot"),
        script=_persists,
        needs=needs_restart,
        needs_text="restart",
        takes_s=lambda _: 4.0,
    ),
    Check(
        name="cut-while-applying",
        text="Cuts the power at two instants after a document was sent.",
        decides=("MQ-5.persisted", "MQ-5.faithful"),
        script=_cut_while_applying,
        needs=needs_restart,
        needs_text="restart",
        takes_s=lambda _: 8.0,
    ),
)
LAST = (
    Check(
        name="newer",
        text="Publishes versions that skip numbers, beyond 16 and 32 bits.",
        decides=("MQ-1.newer",),
        script=_newer,
    ),
)
"""A hub with a counter of 32 bits applies nothing any more after this check, so it is the last one."""
