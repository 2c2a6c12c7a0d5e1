"""Checks of events and reports over lost connections: order, times, buffer, the current state."""

from collections.abc import Iterable
from typing import Any

from hubsim_conform.checks.check import Check
from hubsim_conform.checks.situation import QUIET_S, SLACK_S, CheckBlocked, Situation
from hubsim_conform.device.acts import DeviceAct
from hubsim_conform.device.capabilities import Capabilities
from hubsim_conform.evidence.conversation import Conversation, SentMessage
from hubsim_conform.evidence.device_message import DeviceMessage
from hubsim_conform.evidence.entries import BenchNoteKind, EvidenceEntry
from hubsim_conform.judges.numbering import dropped
from hubsim_contract.lab.bench_actions import SetLid, SetMains
from hubsim_contract.wire.topics import MessageKind

TIME_TOLERANCE_MS = 5_000
OFFLINE_S = 8.0
"""How long the hub stays offline after an act, so that the time of the event and that of sending differ."""
EVENTS_BEYOND_BUFFER = 6
AT_ONCE_S = 0.4
"""A queue of reports comes within this time after the subscription."""
_ACT_EVENTS = {
    SetLid(True): "lid_opened",
    SetLid(False): "lid_closed",
    SetMains(False): "mains_lost",
    SetMains(True): "mains_restored",
}


def needs_acts(device: Capabilities) -> str | None:
    """Return what a device without acts that make events lacks, or None."""
    return "lid or mains" if device.lacks(SetLid(True)) and device.lacks(SetMains(True)) else None


async def event_of(situation: Situation, act: DeviceAct) -> EvidenceEntry:
    """Do an act, and wait for its event, which is not one that was sent before. Raises `CheckBlocked`."""
    after, before = situation.mark(), events_before(situation)
    await situation.bench.act(act)
    kind = _ACT_EVENTS[act]
    return await situation.require(
        lambda: next((each for each in situation.events(after, kind) if _facts_of(each) not in before), None),
        situation.bounds.report_s + SLACK_S,
        f"the hub sends no `{kind}`",
    )


EventFacts = tuple[Any, ...]


def _facts(message: DeviceMessage) -> EventFacts:
    return tuple(message.get(name) for name in ("boot", "number", "kind", "at_ms", "detail"))


def _facts_of(entry: EvidenceEntry) -> EventFacts:
    assert entry.message is not None
    return _facts(entry.message)


def sent_events(
    conversation: Conversation, besides: frozenset[EventFacts] = frozenset()
) -> list[SentMessage]:
    """Return the events of a connection that were not sent before, each once."""
    found: dict[EventFacts, SentMessage] = {}
    for sent in conversation.messages(MessageKind.EVENTS):
        if sent.message is not None and _facts(sent.message) not in besides:
            found.setdefault(_facts(sent.message), sent)
    return list(found.values())


def events_before(situation: Situation) -> frozenset[EventFacts]:
    """Return all events so far."""
    return frozenset(
        _facts(entry.message) for entry in situation.messages(MessageKind.EVENTS) if entry.message
    )


async def _counted(situation: Situation) -> None:
    await situation.settle()
    first, second = situation.hardware_acts()
    for _ in range(3):
        await event_of(situation, first)
        await event_of(situation, second)


async def _resent(situation: Situation) -> None:
    await situation.settle()
    before = await situation.online()
    act, undo = situation.hardware_acts()
    situation.bench.fault("drop PUBACK events to any always")
    lost = await event_of(situation, act)
    assert lost.message is not None
    identity = lost.message.pair("number")
    if identity is None or lost.event.packet.qos == 0:  # type: ignore[union-attr]
        raise CheckBlocked("the event has no number or no QoS 1, see MQ-7.qos and MQ-7.shape")
    situation.bench.cut("the bench cuts the connection before the PUBACK")
    situation.bench.clear_faults()
    current = await situation.online_again(before)

    def again() -> SentMessage | None:
        found = (
            sent for sent in sent_events(current) if sent.message and sent.message.pair("number") == identity
        )
        return next(found, None)

    resent = await situation.expect(
        "MQ-4.resend",
        again,
        situation.bounds.report_s + SLACK_S,
        f"event {identity} again after the reconnection",
        lost,
    )
    assert resent.message is not None
    for field in ("kind", "at_ms", "detail"):
        if resent.message.get(field) != lost.message.get(field):
            situation.fail(
                "MQ-4.resend", f"the same `{field}`", str(resent.message.get(field)), lost, resent.entry
            )
    await situation.require(lambda: resent.acknowledged, SLACK_S, "the broker does not acknowledge the event")
    await event_of(situation, undo)
    await situation.bench.idle(QUIET_S)
    await situation.reconnect("the bench cuts the connection after the PUBACK")
    await situation.bench.idle(QUIET_S)
    await situation.settle()


async def _acknowledged_once(situation: Situation) -> None:
    await situation.settle()
    for act in situation.hardware_acts():
        await event_of(situation, act)
    await situation.bench.idle(2 * QUIET_S)
    for _ in range(2):
        await situation.reconnect("the bench cuts the connection")
        await situation.settle()
        await situation.bench.idle(2 * QUIET_S)


async def _offline_events(situation: Situation) -> None:
    await situation.settle()
    before = await situation.online()
    bench = situation.bench
    acts, before_acts = situation.hardware_acts(), events_before(situation)
    await bench.lose_network()
    done: list[int] = []
    for act in (*acts, *acts):
        done.append(bench.world_ms())
        await bench.act(act)
    await bench.idle(OFFLINE_S)
    await bench.reopen_network()
    current = await situation.online_again(before)

    def arrived() -> list[SentMessage] | None:
        found = sent_events(current, before_acts)
        return found if len(found) >= len(done) else None

    events = await situation.expect(
        "MQ-4.buffer",
        arrived,
        situation.bounds.report_s + SLACK_S,
        f"{len(done)} events of the time without a connection",
        seen=lambda: f"{len(sent_events(current, before_acts))} events after the reconnection",
        symptom="lost offline",
    )
    if situation.bench.capabilities.clock:
        in_order = sorted(events, key=lambda sent: sent.message.pair("number") or (0, 0))  # type: ignore[union-attr]
        check_times(situation, zip((sent.entry for sent in in_order), done, strict=False))


def check_times(situation: Situation, events: Iterable[tuple[EvidenceEntry, int]]) -> None:
    """Check the time of each event against the time of its act in ms. Raises `CheckFailed`."""
    for entry, at_ms in events:
        assert entry.message is not None
        seen_ms = entry.message.get("at_ms")
        if seen_ms is not None and abs(seen_ms - at_ms) > TIME_TOLERANCE_MS:
            situation.fail(
                "MQ-4.time",
                f"`at_ms` about {at_ms}, the time of the act",
                f"`at_ms` {seen_ms}, {(seen_ms - at_ms) / 1000:+.1f} s",
                entry,
                symptom="no time" if seen_ms == 0 else "",
            )


async def _overflow(situation: Situation) -> None:
    """More acts without a connection than the hub keeps: the newest arrive, and the loss is counted."""
    await situation.settle()
    before = await situation.online()
    bench, kept = situation.bench, situation.bench.capabilities.event_buffer
    acts, before_acts = situation.hardware_acts(), events_before(situation)
    await bench.lose_network()
    bench.note(BenchNoteKind.OVERFLOW)
    for number in range(kept + EVENTS_BEYOND_BUFFER):
        await bench.act(acts[number % 2])
    await bench.reopen_network()
    current = await situation.online_again(before)

    def arrived() -> list[SentMessage] | None:
        found = sent_events(current, before_acts)
        return found if len(found) >= kept else None

    events = await situation.expect(
        "MQ-4.buffer",
        arrived,
        situation.bounds.report_s + SLACK_S,
        f"{kept} events of the time without a connection",
        seen=lambda: f"{len(sent_events(current, before_acts))} events after the reconnection",
        symptom="small buffer",
    )
    counted = [sent for sent in events if sent.message and dropped(sent.message.get("detail"))]
    if len(events) < kept + EVENTS_BEYOND_BUFFER and not counted:
        situation.fail(
            "MQ-4.buffer",
            "`events_dropped=N` in the detail of an event",
            f"{len(events)} of {kept + EVENTS_BEYOND_BUFFER} events, and no count",
            events[0].entry,
            events[-1].entry,
            symptom="loss not counted",
        )


async def _current_state(situation: Situation) -> None:
    """Change the hardware without a connection: only the last state is reported afterwards."""
    await situation.settle()
    before = await situation.online()
    bench = situation.bench
    act, undo = situation.hardware_acts()
    await bench.lose_network()
    for each in (act, undo, act, undo, act):
        await bench.act(each)
    await bench.idle(QUIET_S)
    await bench.reopen_network()
    current = await situation.online_again(before)
    await bench.idle(2 * QUIET_S)
    wrong = _old_reports(current, act)
    if wrong is not None:
        situation.fail(
            "MQ-4.state", "the current state in every report", "a report of an earlier state", wrong.entry
        )
    assert current.subscribed is not None
    at_once_s = current.subscribed.at_s + AT_ONCE_S
    reports = [sent for sent in current.messages(MessageKind.REPORTED) if sent.entry.at_s <= at_once_s]
    allowed = 1 + len(current.documents)
    if len(reports) > allowed:
        situation.fail(
            "MQ-4.state",
            f"at most {allowed} reports after the reconnection",
            f"{len(reports)} reports",
            reports[0].entry,
            reports[-1].entry,
        )
    await bench.act(undo)
    await situation.settle()


def _old_reports(conversation: Conversation, act: DeviceAct) -> SentMessage | None:
    field, value = ("lid_open", act.open) if isinstance(act, SetLid) else ("mains", act.present)  # type: ignore[union-attr]
    for sent in conversation.messages(MessageKind.REPORTED):
        if sent.message is not None and sent.message.get("hardware", field) not in (None, value):
            return sent
    return None


async def _persisted_events(situation: Situation) -> None:
    """Cut the power while an event waits for a connection: it is sent after the restart."""
    await situation.settle()
    before = await situation.online()
    bench = situation.bench
    act, undo = situation.hardware_acts()
    await bench.lose_network()
    await bench.act(act)
    await bench.idle(QUIET_S)
    await bench.power_off()
    await bench.reopen_network()
    after = situation.mark()
    await bench.power_on()
    await situation.online_again(before)
    kind = _ACT_EVENTS[act]
    await situation.expect(
        "MQ-4.buffer",
        lambda: situation.event(after, kind),
        situation.bounds.report_s + SLACK_S,
        f"the event `{kind}` from before the power cut",
        symptom="lost in a power cut",
    )
    await bench.act(undo)


def _needs_restart_and_acts(device: Capabilities) -> str | None:
    return needs_acts(device) or (None if device.restart else "restart")


CHECKS = (
    Check(
        name="events",
        text="Opens and closes the lid (or switches the mains) three times, and reads the events.",
        decides=("MQ-2.number", "MQ-4.order"),
        script=_counted,
        needs=needs_acts,
        needs_text="lid or mains",
    ),
    Check(
        name="resend",
        text="Withholds the PUBACK of an event, and cuts the connection.",
        decides=("MQ-4.resend", "MQ-4.once"),
        script=_resent,
        needs=needs_acts,
        needs_text="lid or mains",
        takes_s=lambda _: 2 * QUIET_S + 3,
    ),
    Check(
        name="acknowledged",
        text="Lets events be acknowledged, and cuts the connection twice afterwards.",
        decides=("MQ-4.once",),
        script=_acknowledged_once,
        needs=needs_acts,
        needs_text="lid or mains",
        takes_s=lambda _: 8 * QUIET_S,
    ),
    Check(
        name="offline-events",
        text=f"Acts on the hub while it has no connection, and connects it {OFFLINE_S:.0f} s later.",
        decides=("MQ-4.buffer", "MQ-4.order", "MQ-4.time", "MQ-2.number"),
        script=_offline_events,
        undecided=lambda device: {} if device.clock else {"MQ-4.time": "clock"},
        needs=needs_acts,
        needs_text="lid or mains",
        takes_s=lambda bounds: OFFLINE_S + bounds.reconnect_longest_s,
    ),
    Check(
        name="full-buffer",
        text="Acts on the hub without a connection, more often than it keeps events.",
        decides=("MQ-4.buffer",),
        script=_overflow,
        needs=needs_acts,
        needs_text="lid or mains",
        many_acts=True,
        takes_s=lambda bounds: 5.0 + 110 * bounds.act_s + bounds.reconnect_longest_s,
    ),
    Check(
        name="current-state",
        text="Changes the hardware five times without a connection, then connects the hub again.",
        decides=("MQ-4.state",),
        script=_current_state,
        needs=needs_acts,
        needs_text="lid or mains",
        takes_s=lambda bounds: 3 * QUIET_S + bounds.reconnect_longest_s,
    ),
    Check(
        name="events-over-power-cut",
        text="Cuts the power while an event waits for a connection.",
        decides=("MQ-4.buffer",),
        script=_persisted_events,
        needs=_needs_restart_and_acts,
        needs_text="restart, lid or mains",
        takes_s=lambda _: 6.0,
    ),
)
