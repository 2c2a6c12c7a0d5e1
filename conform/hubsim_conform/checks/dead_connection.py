"""A connection that dies silently: the hub sends PINGREQ, misses the PINGRESP, and closes it.

A hub also closes a connection whose PUBACK or answer is missing. So the silence begins when nothing is
outstanding, and only a PINGREQ followed by a close proves rule MQ-10.keepalive.
"""

from hubsim_conform.checks.situation import QUIET_S, SLACK_S, CheckBlocked, Situation
from hubsim_conform.evidence.conversation import Conversation, EndedBy
from hubsim_conform.evidence.entries import EvidenceEntry
from hubsim_contract.mqtt.codec.packets import PacketKind
from hubsim_contract.wire.limits import PING_MAX_S
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.tap.tap_events import PacketSeen

_RULE = "MQ-10.keepalive"
_CLOSE_FACTOR = 2.5
"""PINGREQ after at most 1.2 times the keepalive, the close after as long as the keepalive again."""
_CALM_TRIES = 10


async def calm(situation: Situation, conversation: Conversation) -> None:
    """Wait until everything that the hub sent is answered, and the hub is silent. Raises `CheckBlocked`."""
    limit_s = situation.bounds.report_s + SLACK_S
    for _ in range(_CALM_TRIES):
        await situation.require(
            lambda: True if conversation.outstanding() is None else None,
            limit_s,
            "a message of the hub has no PUBACK, or a report no answer; see MQ-7.filters",
        )
        seen = len(conversation.client_packets)
        await situation.bench.idle(QUIET_S)
        if conversation.end is not None:
            raise CheckBlocked("the hub leaves the connection before the situation begins")
        if len(conversation.client_packets) == seen and conversation.outstanding() is None:
            return
    raise CheckBlocked(f"the hub is never silent for {QUIET_S:g} s, see MQ-10.rate")


async def dies_silently(situation: Situation, conversation: Conversation) -> None:
    """Drop everything that is sent to the hub, and judge how it finds out."""
    packet = conversation.connect_packet
    assert packet is not None
    if not 0 < packet.keepalive_s <= PING_MAX_S:
        raise CheckBlocked("the hub has no keepalive, see MQ-10.ping")
    await calm(situation, conversation)
    last, after = conversation.client_packets[-1], situation.mark()
    situation.bench.fault("drop any to any always")
    within_s = _CLOSE_FACTOR * packet.keepalive_s
    end = await situation.bench.wait(lambda: conversation.end, within_s + SLACK_S)
    ping = _first_ping(conversation, after)
    if any(
        sent.entry.number >= after
        for kind in (MessageKind.REPORTED, MessageKind.EVENTS)
        for sent in conversation.messages(kind)
    ):
        raise CheckBlocked("the hub reports a change while it gets no answers, so a close proves nothing")
    if ping is None:
        seen = (
            f"no PINGREQ within {within_s:g} s" if end is None else "the connection ended without a PINGREQ"
        )
        expected = f"a PINGREQ at least every {packet.keepalive_s} s without traffic"
        situation.fail(_RULE, expected, seen, last, end, symptom="no pings")
    if end is None or conversation.ended_by is not EndedBy.DEVICE:
        situation.fail(
            _RULE,
            f"the hub closes the connection within {packet.keepalive_s} s after a PINGREQ without PINGRESP",
            "the connection is still open" if end is None else "the broker closed the connection",
            ping,
            end or situation.last_entry(),
            symptom="half-open",
        )


def _first_ping(conversation: Conversation, after: int) -> EvidenceEntry | None:
    for entry in conversation.client_packets:
        event = entry.event
        if entry.number >= after and isinstance(event, PacketSeen) and event.kind is PacketKind.PINGREQ:
            return entry
    return None
