"""Checks of waits: missing answers, dead connections, pauses between attempts, keepalive, the cloud."""

from itertools import pairwise

from hubsim_conform.checks.check import Check
from hubsim_conform.checks.dead_connection import dies_silently
from hubsim_conform.checks.events import event_of, needs_acts
from hubsim_conform.checks.situation import QUIET_S, SLACK_S, CheckBlocked, Situation
from hubsim_conform.device.capabilities import DeclaredBounds
from hubsim_conform.evidence.conversation import Conversation
from hubsim_conform.evidence.entries import EvidenceEntry
from hubsim_contract.mqtt.codec.packets import SubscribePacket
from hubsim_contract.wire.limits import PING_MAX_S, PING_MIN_S
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.broker.filters import matches

ATTEMPTS = 9
"""The attempts that the bench measures, in two series: at least five pauses of each."""
BASE_TOLERANCE = 0.2
SPREAD_MIN = 0.02
"""Pauses of one length differ by at least this part of it; without jitter by a few milliseconds."""
QUIET_REPORTS_MAX = 2
"""Reports in ten seconds in which nothing happens."""
PINGS_S = ((30, 30), (PING_MIN_S - 5, PING_MIN_S), (PING_MAX_S + 700, PING_MAX_S), (PING_MIN_S, PING_MIN_S))
"""`ping_s` of the document, and the keepalive that follows from it."""


async def _closes(
    situation: Situation, rule: str, conversation: Conversation, within_s: float, what: str
) -> None:
    await situation.expect(
        rule,
        lambda: conversation.end,
        within_s + SLACK_S,
        f"the hub closes the connection within {within_s:g} s {what}",
        conversation.client_packets[-1] if conversation.client_packets else conversation.opened,
        seen="the connection is still open",
    )


async def _next_attempt(
    situation: Situation, rule: str, conversation: Conversation, proof: EvidenceEntry | None
) -> None:
    await situation.expect(
        rule,
        lambda: situation.bench.recording.since(conversation) or None,
        situation.bounds.reconnect_longest_s + SLACK_S,
        "another attempt to connect",
        proof,
        symptom="no new attempt",
    )


async def _unanswered(situation: Situation, rule: str, fault: str, within_s: float, what: str) -> None:
    """Cut the connection, withhold an answer on the next one, and wait until the hub gives that one up."""
    before = await situation.online()
    situation.bench.fault(fault)
    situation.bench.cut("the bench cuts the connection")

    def attempt() -> Conversation | None:
        later = situation.bench.recording.since(before)
        return next((each for each in later if each.connect is not None), None)

    limit_s = situation.bounds.reconnect_longest_s + SLACK_S
    conversation = await situation.require(attempt, limit_s, "the hub does not connect again")
    await _closes(situation, rule, conversation, within_s, what)
    situation.bench.clear_faults()
    await _next_attempt(situation, rule, conversation, conversation.end)
    await situation.online_again(conversation)


async def _no_connack(situation: Situation) -> None:
    bound_s = situation.bounds.connack_s
    await _unanswered(situation, "MQ-10.connack", "drop CONNACK to any always", bound_s, "without CONNACK")


async def _no_suback(situation: Situation) -> None:
    bound_s = situation.bounds.suback_s
    await _unanswered(situation, "MQ-10.suback", "drop SUBACK to any always", bound_s, "without SUBACK")


async def _no_puback(situation: Situation) -> None:
    await situation.settle()
    conversation = await situation.online()
    act, undo = situation.hardware_acts()
    situation.bench.fault("drop PUBACK to any always")
    event = await event_of(situation, act)
    if event.event.packet.qos == 0:  # type: ignore[union-attr]
        raise CheckBlocked("the event has no QoS 1, see MQ-7.qos")
    await _closes(situation, "MQ-10.puback", conversation, situation.bounds.puback_s, "without PUBACK")
    situation.bench.clear_faults()
    await _next_attempt(situation, "MQ-10.puback", conversation, conversation.end)
    await situation.online_again(conversation)
    await situation.bench.act(undo)


async def _silent_broker(situation: Situation) -> None:
    """Leave the hub on a half-open connection."""
    await situation.settle(ping_s=PING_MIN_S)
    conversation = await situation.reconnect("the bench cuts the connection, so that `ping_s` applies")
    await dies_silently(situation, conversation)
    situation.bench.clear_faults()
    await _next_attempt(situation, "MQ-10.keepalive", conversation, conversation.end)
    await situation.online_again(conversation)


async def _pings(situation: Situation) -> None:
    for ping_s, _ in PINGS_S:
        await situation.settle(ping_s=ping_s)
        await situation.reconnect(f"the bench cuts the connection; `ping_s` is {ping_s}")
    await situation.settle(ping_s=60)


def _longest_pauses(bounds: DeclaredBounds, count: int) -> list[float]:
    """Return the bounds of the first pauses: each is twice the one before, up to the longest."""
    return [min(bounds.reconnect_first_s * 2**number, bounds.reconnect_longest_s) for number in range(count)]


async def _pauses(situation: Situation) -> list[tuple[float, EvidenceEntry]]:
    """Cut every attempt at its CONNECT; return the pauses between the attempts."""
    before = await situation.online()
    await situation.bench.idle(situation.bounds.online_after_s)
    situation.bench.fault("cut CONNECT from any always")
    situation.bench.cut("the bench cuts the connection, and each further attempt")
    recording, longest_s = situation.bench.recording, situation.bounds.reconnect_longest_s

    def attempts() -> list[Conversation] | None:
        ended = [each for each in recording.since(before) if each.end is not None]
        return ended if ended and ended[-1].ordinal >= before.ordinal + ATTEMPTS else None

    usual_s = sum(_longest_pauses(situation.bounds, ATTEMPTS))
    limit_s = usual_s * (1 + BASE_TOLERANCE) + SLACK_S
    rest_s = ATTEMPTS * longest_s - usual_s
    found = await situation.bench.wait(attempts, limit_s + min(rest_s, longest_s))
    situation.bench.clear_faults()
    if found is None:
        situation.fail(
            "MQ-10.backoff",
            f"{ATTEMPTS} attempts within {limit_s:.0f} s",
            f"{len(recording.since(before))} attempts",
            situation.last_entry(),
            symptom="gives up",
        )
        raise AssertionError
    chain = [before, *found[:ATTEMPTS]]
    pauses = []
    for one, other in pairwise(chain):
        assert one.end is not None
        assert other.opened is not None
        pauses.append((other.opened.at_s - one.end.at_s, other.opened))
    return pauses


async def _backs_off(situation: Situation) -> None:
    bases = _longest_pauses(situation.bounds, ATTEMPTS - 1)
    measured = []
    for _ in range(2):
        pauses = await _pauses(situation)
        measured.append(pauses)
        for number, ((pause_s, entry), base_s) in enumerate(zip(pauses[1:], bases, strict=False)):
            if pause_s < base_s / 2 * (1 - BASE_TOLERANCE):
                situation.fail(
                    "MQ-10.backoff",
                    f"a pause of {base_s / 2:g} to {base_s:g} s before attempt {number + 3}",
                    f"{pause_s:.3f} s",
                    pauses[number][1],
                    entry,
                    symptom="too fast",
                )
            if pause_s > base_s * (1 + BASE_TOLERANCE) + SLACK_S:
                situation.fail(
                    "MQ-10.backoff",
                    f"a pause of at most {base_s:g} s before attempt {number + 3}",
                    f"{pause_s:.3f} s",
                    pauses[number][1],
                    entry,
                    symptom="too slow",
                )
    _check_spread(situation, measured)
    await situation.online()


def _check_spread(situation: Situation, measured: list[list[tuple[float, EvidenceEntry]]]) -> None:
    """Compare all pauses by their share of the longest possible one."""
    bases = _longest_pauses(situation.bounds, ATTEMPTS - 1)
    shares = [
        pause_s / base_s
        for pauses in measured
        for (pause_s, _), base_s in zip(pauses[1:], bases, strict=False)
        if base_s >= situation.bounds.reconnect_longest_s / 2
    ]
    spread = max(shares) - min(shares)
    if spread < SPREAD_MIN:
        text = ", ".join(f"{share:.3f}" for share in sorted(shares))
        situation.fail(
            "MQ-10.jitter",
            "pauses times 0.5 to 1, different each time",
            f"all pauses have the same share of their length: {text}",
            *(entry for _, entry in measured[-1]),
        )


def _require_filter(conversation: Conversation, kind: MessageKind, topic: str) -> None:
    """Raise `CheckBlocked` if the hub did not subscribe to a topic."""
    packets = [entry.event.packet for entry in conversation.subscribes]  # type: ignore[union-attr]
    wanted = [each for packet in packets if isinstance(packet, SubscribePacket) for each, _ in packet.filters]
    if not any(matches(each, topic) for each in wanted):
        raise CheckBlocked(f"the hub does not subscribe to `{kind.value}`, see MQ-7.filters")


async def _unheard(situation: Situation) -> None:
    """Answer no report, while the broker acknowledges them and the cloud is online."""
    bench = situation.bench
    await situation.settle()
    before = await situation.online()
    _require_filter(before, MessageKind.HEARD, bench.topics.of(MessageKind.HEARD, bench.hub))
    bench.cloud.answers = False
    bench.cut("the bench cuts the connection; no report is answered from now on")
    conversation = await situation.online_again(before)
    await _closes(
        situation,
        "MQ-10.heard",
        conversation,
        situation.bounds.heard_s,
        "from the report without an answer",
    )
    bench.cloud.answers = True
    await _next_attempt(situation, "MQ-10.heard", conversation, conversation.end)
    await situation.online_again(conversation)


async def _cloud_away(situation: Situation) -> None:
    """Publish that the cloud is offline: the hub keeps its connection, and waits."""
    bench = situation.bench
    await situation.settle()
    before = await situation.online()
    _require_filter(before, MessageKind.CLOUD_PRESENCE, bench.topics.of(MessageKind.CLOUD_PRESENCE))
    bench.cloud.answers = False
    await bench.cloud.presence(online=False)
    bench.cut("the bench cuts the connection; the cloud is offline")
    conversation = await situation.online_again(before)
    await bench.idle(situation.bounds.heard_s * 1.2 + SLACK_S)
    ended = conversation.end
    bench.cloud.answers = True
    await bench.cloud.presence(online=True)
    if ended is not None:
        situation.fail(
            "MQ-10.cloud",
            "the connection stays open while the cloud's presence is offline",
            "the connection ended",
            conversation.opened,
            ended,
        )
    await situation.settle()


async def _quiet(situation: Situation) -> None:
    await situation.settle()
    await situation.bench.idle(2 * QUIET_S)
    await situation.online()
    after = situation.mark()
    await situation.bench.idle(10.0)
    reports = len(list(situation.messages(MessageKind.REPORTED, after)))
    events = len(list(situation.messages(MessageKind.EVENTS, after)))
    if reports > QUIET_REPORTS_MAX or events:
        situation.fail(
            "MQ-10.rate",
            f"at most {QUIET_REPORTS_MAX} reports and no event in 10 s in which nothing happens",
            f"{reports} reports and {events} events",
            situation.last_entry(),
            symptom="chatty",
        )


async def _storm(situation: Situation) -> None:
    held = await situation.settle()
    for number in range(30):
        await situation.publish(armed=bool(number % 2))
    document = await situation.publish(service=held.service)
    await situation.require(
        lambda: situation.report(0, applied_version=document.version),
        situation.bounds.report_s + SLACK_S,
        "the hub does not report the last of 31 documents, see MQ-5.applied",
    )


CHECKS = (
    Check(
        name="no-connack",
        text="Withholds the CONNACK.",
        decides=("MQ-10.connack",),
        script=_no_connack,
        takes_s=lambda bounds: bounds.connack_s + 2,
    ),
    Check(
        name="no-suback",
        text="Withholds the SUBACK.",
        decides=("MQ-10.suback", "MQ-3.subscribe"),
        script=_no_suback,
        takes_s=lambda bounds: bounds.suback_s + 2,
    ),
    Check(
        name="no-puback",
        text="Withholds the PUBACK of an event.",
        decides=("MQ-10.puback",),
        script=_no_puback,
        needs=needs_acts,
        needs_text="lid or mains",
        takes_s=lambda bounds: bounds.puback_s + 2,
    ),
    Check(
        name="half-open",
        text=(
            f"Sets the keepalive to {PING_MIN_S} s. When all messages of the hub are answered, drops "
            "everything that is sent to it."
        ),
        decides=("MQ-10.keepalive",),
        script=_silent_broker,
        takes_s=lambda _: 2.2 * PING_MIN_S + QUIET_S,
    ),
    Check(
        name="ping",
        text="Changes `ping_s` to values within its range and outside, with a new connection after each.",
        decides=("MQ-10.ping",),
        script=_pings,
        takes_s=lambda bounds: 3.0 + 2 * bounds.reconnect_longest_s,
    ),
    Check(
        name="backoff",
        text=f"Cuts {ATTEMPTS} attempts to connect in a row, twice, and measures the pauses.",
        decides=("MQ-10.backoff", "MQ-10.jitter", "MQ-2.connection"),
        script=_backs_off,
        takes_s=lambda bounds: 2 * (bounds.online_after_s + sum(_longest_pauses(bounds, ATTEMPTS - 1))),
    ),
    Check(
        name="unheard",
        text="Stops answering reports, while the broker acknowledges them and the cloud is online.",
        decides=("MQ-10.heard",),
        script=_unheard,
        takes_s=lambda bounds: bounds.heard_s + 3,
    ),
    Check(
        name="cloud-offline",
        text="Publishes the cloud's presence as offline, and answers no report.",
        decides=("MQ-10.cloud",),
        script=_cloud_away,
        takes_s=lambda bounds: 1.2 * bounds.heard_s + SLACK_S + 2,
    ),
    Check(
        name="quiet",
        text="Does nothing for ten seconds.",
        decides=("MQ-10.rate",),
        script=_quiet,
        takes_s=lambda _: 12.0 + 2 * QUIET_S,
    ),
    Check(
        name="many-documents",
        text="Publishes 31 documents at once.",
        decides=("MQ-10.rate", "MQ-5.faithful"),
        script=_storm,
    ),
)
