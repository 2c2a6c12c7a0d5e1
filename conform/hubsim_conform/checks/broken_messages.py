"""Checks of bad messages: broken, foreign, too large, with unknown words or of another version."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from hubsim_agent.hub_events import DetectedEvent
from hubsim_conform.checks.check import Check
from hubsim_conform.checks.situation import QUIET_S, SLACK_S, CheckBlocked, Situation
from hubsim_conform.evidence.conversation import Conversation
from hubsim_conform.evidence.entries import EvidenceEntry
from hubsim_contract.mqtt.codec.packets import PublishPacket
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES
from hubsim_contract.wire.messages import NEWEST_ACCEPTED, Desired
from hubsim_contract.wire.topics import MessageKind

_REFUSED = DetectedEvent.MESSAGE_REFUSED.value


class BrokenPayload(NamedTuple):
    """A payload that a hub refuses."""

    name: str
    payload: bytes
    rule: str
    """The rule that a refusal cites."""
    applied_breaks: str = "MQ-7.refusal"
    """The rule that a hub breaks by applying it."""
    version: int = -1


def broken_payloads(situation: Situation) -> Iterator[BrokenPayload]:
    """Yield broken desired documents, each newer than the last good one."""
    ledger = situation.ledger

    def changed(name: str, rule: str, **changes: object) -> BrokenPayload:
        breaks = "MQ-9.words" if "service" in changes and rule == "MQ-7.words" else "MQ-7.refusal"
        return BrokenPayload(name, ledger.payload(**changes), rule, breaks, ledger.version)

    whole = ledger.payload()
    yield BrokenPayload("no JSON", b"\x00\xff\xfe garbage", "MQ-7.json")
    yield BrokenPayload("half a document", whole[: len(whole) // 2], "MQ-7.json")
    yield BrokenPayload("JSON that is a list", b"[" + whole + b"]", "MQ-7.json")
    yield BrokenPayload("bad UTF-8", whole.replace(b'"active"', b'"\xc3\x28"'), "MQ-7.json")
    yield BrokenPayload("deep nesting", b"[" * 8_000, "MQ-7.json")
    yield BrokenPayload("no bytes", b"", "MQ-7.json")
    yield changed("no version", "MQ-7.shape", version=...)
    yield changed("no service", "MQ-7.shape", service=...)
    yield changed("version as text", "MQ-7.shape", version="seven")
    yield changed("null as service", "MQ-7.shape", service=None)
    yield changed("a number as a flag", "MQ-7.shape", armed=1)
    yield changed("a negative version", "MQ-7.words", version=-1)
    yield changed("a word in upper case", "MQ-7.words", service="ACTIVE")
    yield changed("a huge number", "MQ-7.words", ends_at_ms=2**60)


async def _applied_or_ended(
    situation: Situation, document: Desired, after: int, conversation: Conversation
) -> EvidenceEntry | None:
    """Wait for the report of a document or the end of the connection; return None after the bound."""
    return await situation.bench.wait(
        lambda: situation.report(after, applied_version=document.version) or conversation.end,
        situation.bounds.report_s + SLACK_S,
    )


async def _robust(situation: Situation) -> None:
    await situation.settle()
    for broken in broken_payloads(situation):
        conversation = await situation.online()
        await situation.send_payload(broken.payload, f"broken: {broken.name}")
        after = situation.mark()
        document = await situation.publish()
        done = await _applied_or_ended(situation, document, after, conversation)
        if conversation.end is not None:
            situation.fail(
                "MQ-7.robust",
                f"the connection stays open after a broken message ({broken.name})",
                "the connection ended",
                conversation.end,
            )
        if done is None:
            situation.fail(
                "MQ-7.robust",
                f"a good document applied after a broken one ({broken.name})",
                f"no report within {situation.bounds.report_s + SLACK_S:g} s",
                situation.last_entry(),
            )


async def _refuses(situation: Situation) -> None:
    """Send a good document after each broken one, so that no refusal repeats the one before."""
    await situation.settle()
    for broken in broken_payloads(situation):
        if not broken.payload:
            continue  # the broker may take an empty payload for the deletion of a retained message
        after = situation.mark()
        await situation.send_payload(broken.payload, f"broken: {broken.name}")
        conversation = await situation.online()

        def reaction(
            after: int = after, broken: BrokenPayload = broken, conversation: Conversation = conversation
        ) -> EvidenceEntry | None:
            applied = situation.report(after, applied_version=broken.version)
            return situation.event(after, _REFUSED) or applied or conversation.end

        entry = await situation.expect(
            "MQ-7.refusal",
            reaction,
            situation.bounds.report_s + SLACK_S,
            f"an event `{_REFUSED}` after a broken message ({broken.name})",
            situation.last_entry(),
            symptom="silent",
        )
        if entry.message is None:
            raise CheckBlocked(f"the hub leaves after a broken message ({broken.name}), see MQ-7.robust")
        if entry.message.kind is not MessageKind.EVENTS:
            what = f"a broken message ({broken.name}) is refused"
            situation.fail(broken.applied_breaks, what, "it was applied", entry, symptom="applied")
        _check_cited(situation, entry, broken.rule, broken.name)
        await situation.settle()


def _check_cited(situation: Situation, entry: EvidenceEntry, rule: str, name: str) -> None:
    assert entry.message is not None
    detail = entry.message.get("detail")
    if detail is not None and not detail.startswith(rule):
        situation.fail(
            "MQ-7.refusal",
            f"a detail that begins with `{rule}` ({name})",
            f"`{detail[:80]}`",
            entry,
            symptom="no rule in detail",
        )


async def _ignores(
    situation: Situation, rule: str, changes: dict[str, Any], what: str, symptom: str = "", pad: int = 0
) -> EvidenceEntry | None:
    """Send a newer document that the hub has to refuse; return the event of the refusal, if it comes."""
    await situation.settle(armed=False)
    after = situation.mark()
    payload = situation.ledger.payload(armed=True, **changes)
    version = situation.ledger.version
    await situation.send_payload(padded(payload, pad), what)
    limit_s = situation.bounds.report_s + SLACK_S
    refused = await situation.bench.wait(
        lambda: situation.event(after, _REFUSED) or situation.report(after, applied_version=version), limit_s
    )
    applied = situation.report(after, applied_version=version)
    if applied is None:
        await situation.settle()
        applied = situation.report(after, applied_version=version)
    if applied is not None:
        sent = situation.bench.recording.entries[after]
        situation.fail(rule, f"{what} is refused", "it was applied", sent, applied, symptom=symptom)
    return refused


def padded(payload: bytes, size_bytes: int) -> bytes:
    """Return JSON with spaces, which mean nothing, up to a size."""
    return payload[:1] + b" " * (size_bytes - len(payload)) + payload[1:]


async def _unknown_words(situation: Situation) -> None:
    await situation.online()
    await _ignores(situation, "MQ-9.words", {"service": "platinum"}, "a document with the service `platinum`")


async def _future_contract(situation: Situation) -> None:
    await situation.online()
    future = NEWEST_ACCEPTED + 1
    for number, changes in ((future, {}), (0, {}), (future, {"service": {"plan": "platinum"}})):
        what = f"a document of contract version {number}"
        refused = await _ignores(situation, "MQ-9.version", {"contract": number} | changes, what)
        detail = None if refused is None or refused.message is None else refused.message.get("detail")
        # a refusal without any rule breaks MQ-7.refusal
        if detail is not None and detail.startswith("MQ-") and not detail.startswith("MQ-9"):
            situation.fail(
                "MQ-9.version",
                "a refusal whose detail begins with `MQ-9.version`",
                f"`{detail[:80]}`",
                refused,
                symptom="version checked last",
            )


async def _foreign(situation: Situation) -> None:
    await situation.online()
    bench = situation.bench
    other = "0" * 8 if bench.hub != "0" * 8 else "1" * 8
    for hub in (other, bench.hub.lower()):
        if hub == bench.hub:
            continue
        await _ignores(situation, "MQ-7.foreign", {"hub": hub}, f"a document for hub {hub}")
    await situation.settle()
    conversation = await situation.online()
    after = situation.mark()
    topics = (
        bench.topics.of(MessageKind.DESIRED, other),
        bench.topics.of(MessageKind.DESIRED, bench.hub) + "/more",
        "$SYS/broker/load",
    )
    payload = situation.ledger.payload(armed=True)
    situation.provoked = "messages on foreign topics"
    for topic in topics:
        bench.inject(PublishPacket(topic, payload))
    await bench.idle(QUIET_S)
    if conversation.end is not None:
        situation.fail(
            "MQ-7.robust", "the connection stays open after foreign topics", "it ended", conversation.end
        )
    version = situation.ledger.version
    applied = situation.report(after, applied_version=version)
    if applied is not None:
        situation.fail(
            "MQ-7.foreign",
            "a document on a foreign topic is ignored",
            "it was applied",
            bench.recording.entries[after],
            applied,
            symptom="foreign topic",
        )
    await situation.settle()


async def _doubled(situation: Situation) -> None:
    """Deliver documents and PUBACKs twice, as a broker or a network that repeats packets does."""
    await situation.settle()
    conversation = await situation.online()
    situation.provoked = "packets that came twice"
    situation.bench.fault("double PUBLISH desired to any 3 times")
    situation.bench.fault("double PUBACK to any 6 times")
    for number in range(3):
        after = situation.mark()
        document = await situation.publish(armed=bool(number % 2))
        await _applied_or_ended(situation, document, after, conversation)
    await situation.bench.idle(QUIET_S)
    if conversation.end is not None:
        situation.fail(
            "MQ-7.robust",
            "the connection stays open after packets that came twice",
            "it ended",
            conversation.end,
            symptom="packet ids",
        )
    situation.bench.clear_faults()
    await situation.settle()


async def _sizes(situation: Situation) -> None:
    await situation.settle()
    after = situation.mark()
    fits = padded(situation.ledger.payload(), MAX_PAYLOAD_BYTES)
    await situation.send_payload(fits, f"desired with {len(fits)} bytes")
    await situation.expect(
        "MQ-10.size_in",
        lambda: situation.report(after, applied_version=situation.ledger.version),
        situation.bounds.report_s + SLACK_S,
        f"a document of {len(fits)} bytes applied",
        situation.last_entry(),
        symptom="small buffer",
    )
    large = MAX_PAYLOAD_BYTES + 1
    await _ignores(situation, "MQ-10.size_in", {}, f"a document of {large} bytes", "no limit", large)


async def _long_details(situation: Situation) -> None:
    await situation.settle()
    for field, text in (("hub", "Z" * 5_000), ("service", "s" * 5_000), ("service", "\N{SNOWMAN}" * 1_000)):
        fields = msgspec.to_builtins(situation.ledger.next()) | {field: text}
        after = situation.mark()
        await situation.send_payload(json.dumps(fields).encode(), f"broken: a long `{field}`")
        await situation.bench.wait(lambda after=after: situation.event(after, _REFUSED), QUIET_S)  # type: ignore[misc]
        await situation.settle()


CHECKS = (
    Check(
        name="broken-messages",
        text="Publishes broken payloads: no JSON, missing fields, wrong types; after each a good document.",
        decides=("MQ-7.robust",),
        script=_robust,
        takes_s=lambda _: 3.0,
    ),
    Check(
        name="refusals",
        text="Publishes broken payloads, and waits for the event `message_refused` after each.",
        decides=("MQ-7.refusal", "MQ-2.number"),
        script=_refuses,
        takes_s=lambda _: 3.0,
    ),
    Check(
        name="foreign-messages",
        text="Publishes documents that name another hub, and sends messages on topics of others.",
        decides=("MQ-7.foreign", "MQ-7.robust"),
        script=_foreign,
        takes_s=lambda _: QUIET_S + 2,
    ),
    Check(
        name="doubled-packets",
        text="Delivers three documents and six PUBACKs twice.",
        decides=("MQ-7.robust", "MQ-5.faithful", "MQ-2.sequence"),
        script=_doubled,
        takes_s=lambda _: QUIET_S + 1,
    ),
    Check(
        name="unknown-words",
        text="Publishes a document with a service that the contract does not define.",
        decides=("MQ-9.words",),
        script=_unknown_words,
    ),
    Check(
        name="contract-versions",
        text="Publishes documents of the contract versions 0 and 2.",
        decides=("MQ-9.version",),
        script=_future_contract,
    ),
    Check(
        name="sizes",
        text=f"Publishes a document of exactly {MAX_PAYLOAD_BYTES} bytes, and a larger one.",
        decides=("MQ-10.size_in",),
        script=_sizes,
    ),
    Check(
        name="long-details",
        text="Publishes broken documents with very long values, which a refusal may quote.",
        decides=("MQ-10.detail",),
        script=_long_details,
        takes_s=lambda _: QUIET_S + 2,
    ),
)
