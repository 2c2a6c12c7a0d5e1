"""Judges of time: keepalive, and the number of reports, events and connections in a window."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from hubsim_conform.evidence.entries import BenchNote
from hubsim_conform.evidence.recording import Recording
from hubsim_conform.judges.violation import Violation, violation
from hubsim_contract.mqtt.codec.packets import PacketKind, Sender
from hubsim_contract.wire.hub_bounds import EVENTS_BOUND, PRESENCE_BOUND, REPORTS_BOUND, RateBound
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.tap.tap_events import PacketSeen

SILENCE_FACTOR = 1.2
"""The share of the keepalive that passes. After 1.5 a broker closes the connection (MQTT 3.1.2.10)."""
SLACK_S = 1.0
WINDOW_S = 10.0
PRESENCES_OF_A_CONNECTION = 2


def silences(recording: Recording) -> Iterator[Violation]:
    """Check that a device is never silent for much longer than its keepalive."""
    end_s = recording.entries[-1].at_s if recording.entries else 0.0
    for conversation in recording.conversations.values():
        packet = conversation.connect_packet
        if packet is None or conversation.subscribed is None:
            continue
        if packet.keepalive_s == 0:
            yield violation("MQ-10.ping", "a keepalive from 10 to 300 s", "keepalive 0", conversation.connect)
            continue
        until_s = end_s if conversation.end is None else conversation.end.at_s
        last = conversation.client_packets[0]
        limit_s = SILENCE_FACTOR * packet.keepalive_s + SLACK_S
        for entry in (*conversation.client_packets[1:], None):
            at_s = until_s if entry is None else entry.at_s
            if at_s - last.at_s > limit_s:
                pings = any(
                    isinstance(each.event, PacketSeen) and each.event.kind is PacketKind.PINGREQ
                    for each in conversation.client_packets
                )
                yield violation(
                    "MQ-10.keepalive",
                    f"a packet at least every {packet.keepalive_s} s",
                    f"no packet for {at_s - last.at_s:.1f} s",
                    last,
                    entry or conversation.end,
                    symptom="late pings" if pings else "no pings",
                )
                break
            last = entry or last


def rates(recording: Recording) -> Iterator[Violation]:
    """Check the number of reports, events and connections in a window.

    What the bench causes itself does not count: documents, acts, and messages that the device refuses.
    """
    causes = sorted(_causes(recording))
    instants: dict[str, list[tuple[float, int]]] = {"reports": [], "events": [], "connections": []}
    for conversation in recording.conversations.values():
        # attempts without an answer belong to rule MQ-10.backoff
        if conversation.opened is not None and conversation.accepted is not None:
            instants["connections"].append((conversation.opened.at_s, conversation.opened.number))
        for name, kind in (("reports", MessageKind.REPORTED), ("events", MessageKind.EVENTS)):
            instants[name] += [(sent.entry.at_s, sent.entry.number) for sent in conversation.messages(kind)]
    bounds = {
        "reports": _in_window(REPORTS_BOUND),
        "events": _in_window(EVENTS_BOUND),
        "connections": _in_window(PRESENCE_BOUND) // PRESENCES_OF_A_CONNECTION,
    }
    for name, bound in bounds.items():
        found = sorted(instants[name])
        first = 0
        for last, (at_s, number) in enumerate(found):
            while at_s - found[first][0] >= WINDOW_S:
                first += 1
            seen = last - first + 1
            began_s = found[first][0]
            caused = bisect_right(causes, at_s) - bisect_left(causes, began_s - WINDOW_S)
            if seen > bound + caused:
                yield Violation(
                    "MQ-10.rate",
                    f"at most {bound} {name} in {WINDOW_S:.0f} s, without those that the bench causes",
                    f"{seen} in {at_s - began_s:.1f} s",
                    (found[first][1], number),
                    f"too many {name}",
                )
                break


def _in_window(bound: RateBound) -> int:
    """Return how many messages of one hub the cloud takes in a window after a quiet time."""
    return bound.burst + round(WINDOW_S * 1_000) // bound.pause_ms


def _causes(recording: Recording) -> Iterator[float]:
    """Yield the instants at which the bench caused a report, an event or a connection."""
    for entry in recording.entries:
        if isinstance(entry.event, BenchNote) or (
            isinstance(entry.event, PacketSeen)
            and entry.event.sender is Sender.SERVER
            and entry.event.kind is PacketKind.PUBLISH
        ):
            yield entry.at_s
