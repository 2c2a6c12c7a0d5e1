"""Judges of each connection: CONNECT, last will, subscription, and the order of its first packets."""

from collections.abc import Iterator

from hubsim_conform.evidence.conversation import Conversation, EndedBy, SentMessage, was_reset
from hubsim_conform.evidence.entries import BenchNoteKind
from hubsim_conform.evidence.recording import Recording
from hubsim_conform.judges.violation import Violation, violation
from hubsim_contract.mqtt.codec.packets import ConnectPacket, SubscribePacket
from hubsim_contract.wire.limits import PING_MAX_S, PING_MIN_S
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.tap.tap_events import PacketSeen


def protocol(recording: Recording) -> Iterator[Violation]:
    """Check that every packet of the device is one of MQTT 3.1.1."""
    for conversation in recording.conversations.values():
        for entry in conversation.client_packets:
            if isinstance(entry.event, PacketSeen) and entry.event.malformed is not None:
                yield violation("MQ-7.protocol", "packets of MQTT 3.1.1", str(entry.event.malformed), entry)
                break


def connects(recording: Recording) -> Iterator[Violation]:
    """Check client id, clean session and last will of every CONNECT."""
    for conversation in recording.conversations.values():
        packet = conversation.connect_packet
        if packet is None:
            continue
        expected = f"hub-{recording.hub}"
        if packet.client_id != expected:
            seen = f"client id {packet.client_id!r}"
            yield violation("MQ-7.client_id", f"client id {expected!r}", seen, conversation.connect)
        if not packet.clean:
            yield violation("MQ-7.clean", "a clean session", "clean session 0", conversation.connect)
        yield from _will(recording, conversation, packet)


def _will(recording: Recording, conversation: Conversation, packet: ConnectPacket) -> Iterator[Violation]:
    will, proof = packet.will, conversation.connect
    if will is None:
        yield violation("MQ-6.will", "a last will", "a CONNECT without a will", proof, symptom="no will")
        return
    topic = recording.topics.of(MessageKind.PRESENCE, recording.hub)
    message = conversation.will()
    assert message is not None
    faults = [
        (will.topic == topic, f"a will on {topic}", f"a will on {will.topic}", "will topic"),
        (will.qos == 1, "a will at QoS 1", f"a will at QoS {will.qos}", "will qos"),
        (will.retain, "a retained will", "a will that is not retained", "will retain"),
        (
            message.get("online") is False and not message.faults,
            "a presence with `online` false in the will",
            will.payload[:200].decode(errors="backslashreplace"),
            "will payload",
        ),
    ]
    for good, expected, seen, symptom in faults:
        if not good:
            yield violation("MQ-6.will", expected, seen, proof, symptom=symptom)
    for sent in conversation.messages(MessageKind.PRESENCE):
        pair = None if sent.message is None else sent.message.pair("connection")
        if pair is not None and message.pair("connection") not in (None, pair):
            yield violation(
                "MQ-6.numbers",
                f"(boot, connection) {pair} in the will, as in the presence",
                f"{message.pair('connection')} in the will",
                proof,
                sent.entry,
            )
            return


def subscriptions(recording: Recording) -> Iterator[Violation]:
    """Check that a device subscribes exactly to its own topics, at QoS 1."""
    own = own_filters(recording)
    for conversation in recording.conversations.values():
        wanted: list[str] = []
        for entry in conversation.subscribes:
            packet = entry.event.packet  # type: ignore[union-attr]
            assert isinstance(packet, SubscribePacket)
            wanted += [topic for topic, _ in packet.filters]
            low = [f"{topic} at QoS {qos}" for topic, qos in packet.filters if qos != 1 and topic in own]
            if low:
                yield violation(
                    "MQ-7.qos", "subscriptions at QoS 1", ", ".join(low), entry, symptom="subscribe qos"
                )
        if wanted and conversation.subscribed is not None and sorted(wanted) != sorted(own):
            yield violation("MQ-7.filters", " and ".join(own), " and ".join(wanted), *conversation.subscribes)


def own_filters(recording: Recording) -> tuple[str, ...]:
    """Return the filters that a hub subscribes to."""
    kinds = (MessageKind.DESIRED, MessageKind.HEARD, MessageKind.CLOUD_PRESENCE)
    return tuple(recording.topics.of(kind, recording.hub) for kind in kinds)


def first_packets(recording: Recording) -> Iterator[Violation]:
    """Check that nothing is published before SUBACK; then presence, then a report, then the rest."""
    for conversation in recording.conversations.values():
        subscribed = conversation.subscribed
        live = [sent for sent in conversation.sent if not _is_goodbye(sent)]
        early = [sent for sent in live if subscribed is None or sent.entry.number < subscribed.number]
        if early:
            yield violation(
                "MQ-3.subscribe",
                "nothing published before the SUBACK",
                f"a PUBLISH on {early[0].packet.topic}",
                early[0].entry,
                subscribed,
            )
            continue
        own = [sent for sent in live if sent.message is not None]
        if own and not _is_online(own[0]):
            yield violation(
                "MQ-3.presence", "presence with `online` true first", _kind(own[0]), subscribed, own[0].entry
            )
            continue
        after = own[1:2]
        if after and _kind(after[0]) != MessageKind.REPORTED.value and not _is_presence(after[0]):
            yield violation(
                "MQ-3.report", "a report right after presence", _kind(after[0]), own[0].entry, after[0].entry
            )


def _is_presence(sent: SentMessage) -> bool:
    return sent.message is not None and sent.message.kind is MessageKind.PRESENCE


def _is_online(sent: SentMessage) -> bool:
    # A presence with a bad `online` breaks MQ-7.shape; it is a presence nevertheless.
    return _is_presence(sent) and sent.message is not None and sent.message.get("online") is not False


def _is_goodbye(sent: SentMessage) -> bool:
    return _is_presence(sent) and not _is_online(sent)


def _kind(sent: SentMessage) -> str:
    return "nothing" if sent.message is None else sent.message.kind.value


def presences(recording: Recording) -> Iterator[Violation]:
    """Check that presence never goes back to online, and that it is offline before a DISCONNECT."""
    for conversation in recording.conversations.values():
        offline: SentMessage | None = None
        for sent in conversation.messages(MessageKind.PRESENCE):
            if offline is not None and _is_online(sent):
                yield violation(
                    "MQ-6.forward",
                    "no `online` true after `online` false on one connection",
                    "`online` true again",
                    offline.entry,
                    sent.entry,
                )
                break
            offline = sent if _is_goodbye(sent) else offline
        left = conversation.disconnect
        if left is not None and conversation.online() is not None and offline is None:
            yield violation(
                "MQ-6.goodbye",
                "a presence with `online` false before the DISCONNECT",
                "a DISCONNECT after `online` true",
                conversation.messages(MessageKind.PRESENCE)[-1].entry,
                left,
            )


def orderly_stops(recording: Recording) -> Iterator[Violation]:
    """Check that a device that is stopped in an orderly way sends DISCONNECT before it closes."""
    for note in recording.notes(BenchNoteKind.STOPPED):
        open_then = [
            each
            for each in recording.conversations.values()
            if each.settled()
            and each.opened is not None
            and each.opened.number < note.number
            and each.end is not None
            and each.end.number > note.number
        ]
        for conversation in open_then:
            assert conversation.end is not None
            by_device = conversation.ended_by is EndedBy.DEVICE and not was_reset(conversation.end)
            if conversation.disconnect is None and by_device:
                yield violation(
                    "MQ-6.goodbye",
                    "a presence with `online` false, then DISCONNECT",
                    "the connection ended without DISCONNECT",
                    note,
                    conversation.end,
                )


def keepalives(recording: Recording) -> Iterator[Violation]:
    """Check that the keepalive of a CONNECT is `ping_s` of the applied document, in its bounds."""
    documents = recording.documents()
    for conversation in recording.conversations.values():
        packet = conversation.connect_packet
        if packet is None or conversation.connect is None:
            continue
        at = conversation.connect.number
        before = [each for each in documents if each.entry < at]
        if not before:
            continue
        applied = _reported_version(recording, at)
        if applied is not None and applied not in {each.version for each in before}:
            continue  # the device held a document from before the recording
        possible = {_ping_s(each.fields) for each in before if applied is None or each.version >= applied}
        if possible and packet.keepalive_s not in possible:
            yield violation(
                "MQ-10.ping",
                f"keepalive {' or '.join(f'{each} s' for each in sorted(possible))}, as `ping_s` says",
                f"keepalive {packet.keepalive_s} s",
                conversation.connect,
                recording.entries[before[-1].entry],
            )


def _ping_s(fields: dict[str, object]) -> int:
    ping_s = fields["ping_s"]
    assert isinstance(ping_s, int)
    return min(max(ping_s, PING_MIN_S), PING_MAX_S)


def _reported_version(recording: Recording, before: int) -> int | None:
    """Return the newest applied version that was reported before an entry."""
    versions = [
        entry.message.get("applied_version")
        for entry in recording.messages()
        if entry.number < before and entry.message is not None and entry.message.kind is MessageKind.REPORTED
    ]
    known = [version for version in versions if version is not None]
    return max(known, default=None)
