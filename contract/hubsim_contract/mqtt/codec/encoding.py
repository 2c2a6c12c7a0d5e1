"""Packets to bytes (MQTT 3.1.1 sections 2 and 3).

`encode` returns the bytes of any packet. A packet that the standard forbids raises `LocalError`, because it
is a bug of this program. `publish_bytes` and `puback_bytes` do the same for the two most frequent packets
without a record.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from hubsim_contract.mqtt.codec.packets import (
    MAX_PACKET_ID,
    MAX_REMAINING_BYTES,
    MAX_TEXT_BYTES,
    PROTOCOL_LEVEL,
    PROTOCOL_NAME,
    SUBSCRIPTION_FAILED,
    ConnackPacket,
    ConnectPacket,
    DisconnectPacket,
    Packet,
    PacketKind,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PubcompPacket,
    PublishPacket,
    PubrecPacket,
    PubrelPacket,
    SubackPacket,
    SubscribePacket,
    UnsubackPacket,
    UnsubscribePacket,
)
from hubsim_contract.wire.errors import LocalError

MAX_QOS = 2
MAX_KEEPALIVE_S = 65_535
MAX_TOPICS_REMEMBERED = 50_000
"""Size of the cache of encoded topic names; each hub has a few."""
MAX_CHARS_REMEMBERED = 256
"""Longer topics are encoded each time, because a client could fill the memory with them."""

_ONE_BYTE = 0x80  # a length below fits into one byte
_LENGTHS = tuple(bytes([length]) for length in range(_ONE_BYTE))
_FLAGS = 0b0010  # the reserved flags of PUBREL, SUBSCRIBE and UNSUBSCRIBE (2.2.2-1)
_PINGREQ = bytes([PacketKind.PINGREQ << 4, 0])
_PINGRESP = bytes([PacketKind.PINGRESP << 4, 0])
_DISCONNECT = bytes([PacketKind.DISCONNECT << 4, 0])


def encode(packet: Packet) -> bytes:
    """Return the bytes of the packet. Raises `LocalError` for a packet that the standard forbids."""
    return _ENCODERS[type(packet)](packet)


def publish_bytes(topic: str, payload: bytes, qos: int, retain: bool, dup: bool, packet_id: int) -> bytes:
    """Return the bytes of a PUBLISH (3.3). Raises `LocalError`."""
    name = _topic(topic)
    if qos == 0:
        if dup or packet_id:
            raise LocalError("a PUBLISH with QoS 0 has neither a packet id nor the flag DUP")
        length = len(name) + len(payload)
        return b"%c%b%b%b" % (0x30 | retain, _length(length), name, payload)
    if not 0 < qos <= MAX_QOS:
        raise LocalError(f"{qos} is not a QoS: it is 0, 1 or 2")
    if not 0 < packet_id <= MAX_PACKET_ID:
        raise LocalError(f"{packet_id} is not a packet id: it is from 1 to {MAX_PACKET_ID}")
    length = len(name) + 2 + len(payload)
    head = 0x30 | dup << 3 | qos << 1 | retain
    return b"%c%b%b%c%c%b" % (head, _length(length), name, packet_id >> 8, packet_id & 0xFF, payload)


def puback_bytes(packet_id: int) -> bytes:
    """Return the bytes of a PUBACK (3.4). Raises `LocalError`."""
    return _answer(PacketKind.PUBACK << 4, packet_id)


def _length(length: int) -> bytes:
    """Return the field "remaining length" (2.2.3)."""
    if length < _ONE_BYTE:
        return _LENGTHS[length]
    if length > MAX_REMAINING_BYTES:
        raise LocalError(f"a packet of {length} bytes is impossible: the maximum is {MAX_REMAINING_BYTES}")
    digits = bytearray()
    while length >= _ONE_BYTE:
        digits.append(length & 0x7F | 0x80)
        length >>= 7
    digits.append(length)
    return bytes(digits)


def _text(text: str) -> bytes:
    """Return a string with its length (1.5.3)."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise LocalError("a text with a lone surrogate cannot be sent [MQTT-1.5.3-1]") from None
    if b"\0" in raw:
        raise LocalError("a text with the character U+0000 cannot be sent [MQTT-1.5.3-2]")
    return _binary(raw)


def _binary(raw: bytes) -> bytes:
    if len(raw) > MAX_TEXT_BYTES:
        raise LocalError(f"a field of {len(raw)} bytes is impossible: the maximum is {MAX_TEXT_BYTES}")
    return len(raw).to_bytes(2, "big") + raw


_remembered = lru_cache(maxsize=MAX_TOPICS_REMEMBERED)(_text)


def _topic(topic: str) -> bytes:
    return _remembered(topic) if len(topic) <= MAX_CHARS_REMEMBERED else _text(topic)


def _answer(head: int, packet_id: int) -> bytes:
    if not 0 < packet_id <= MAX_PACKET_ID:
        raise LocalError(f"{packet_id} is not a packet id: it is from 1 to {MAX_PACKET_ID}")
    return b"%c\x02%c%c" % (head, packet_id >> 8, packet_id & 0xFF)


def _framed(head: int, body: bytes) -> bytes:
    return b"%c%b%b" % (head, _length(len(body)), body)


def _numbered(head: int, packet_id: int, body: bytes) -> bytes:
    if not 0 < packet_id <= MAX_PACKET_ID:
        raise LocalError(f"{packet_id} is not a packet id: it is from 1 to {MAX_PACKET_ID}")
    return _framed(head, packet_id.to_bytes(2, "big") + body)


def _checked_qos(qos: int) -> int:
    if not 0 <= qos <= MAX_QOS:
        raise LocalError(f"{qos} is not a QoS: it is 0, 1 or 2")
    return qos


def _connect(packet: ConnectPacket) -> bytes:
    if packet.password is not None and packet.username is None:
        raise LocalError("a password without a user name cannot be sent [MQTT-3.1.2-22]")
    if not 0 <= packet.keepalive_s <= MAX_KEEPALIVE_S:
        raise LocalError(f"a keepalive of {packet.keepalive_s} s is not from 0 to {MAX_KEEPALIVE_S} s")
    flags = packet.clean << 1
    fields = [_text(packet.client_id)]
    if packet.will is not None:
        flags |= 1 << 2 | _checked_qos(packet.will.qos) << 3 | packet.will.retain << 5
        fields += [_text(packet.will.topic), _binary(packet.will.payload)]
    if packet.username is not None:
        flags |= 1 << 7
        fields.append(_text(packet.username))
    if packet.password is not None:
        flags |= 1 << 6
        fields.append(_binary(packet.password))
    head = _text(PROTOCOL_NAME) + bytes([PROTOCOL_LEVEL, flags]) + packet.keepalive_s.to_bytes(2, "big")
    return _framed(PacketKind.CONNECT << 4, head + b"".join(fields))


def _connack(packet: ConnackPacket) -> bytes:
    if packet.session_present and packet.code:
        raise LocalError("a refused connection has no session [MQTT-3.2.2-4]")
    return bytes([PacketKind.CONNACK << 4, 2, packet.session_present, packet.code])


def _publish(packet: PublishPacket) -> bytes:
    return publish_bytes(
        packet.topic, packet.payload, packet.qos, packet.retain, packet.dup, packet.packet_id
    )


def _subscribe(packet: SubscribePacket) -> bytes:
    if not packet.filters:
        raise LocalError("a SUBSCRIBE without a filter cannot be sent [MQTT-3.8.3-3]")
    body = b"".join(_text(wanted) + bytes([_checked_qos(qos)]) for wanted, qos in packet.filters)
    return _numbered(PacketKind.SUBSCRIBE << 4 | _FLAGS, packet.packet_id, body)


def _suback(packet: SubackPacket) -> bytes:
    if not packet.codes:
        raise LocalError("a SUBACK has a code for each filter, so at least one [MQTT-3.8.4-5]")
    codes = (code if code == SUBSCRIPTION_FAILED else _checked_qos(code) for code in packet.codes)
    return _numbered(PacketKind.SUBACK << 4, packet.packet_id, bytes(codes))


def _unsubscribe(packet: UnsubscribePacket) -> bytes:
    if not packet.filters:
        raise LocalError("an UNSUBSCRIBE without a filter cannot be sent [MQTT-3.10.3-2]")
    body = b"".join(map(_text, packet.filters))
    return _numbered(PacketKind.UNSUBSCRIBE << 4 | _FLAGS, packet.packet_id, body)


_ENCODERS: dict[type[Packet], Callable[[Any], bytes]] = {
    ConnectPacket: _connect,
    ConnackPacket: _connack,
    PublishPacket: _publish,
    PubackPacket: lambda packet: _answer(PacketKind.PUBACK << 4, packet.packet_id),
    PubrecPacket: lambda packet: _answer(PacketKind.PUBREC << 4, packet.packet_id),
    PubrelPacket: lambda packet: _answer(PacketKind.PUBREL << 4 | _FLAGS, packet.packet_id),
    PubcompPacket: lambda packet: _answer(PacketKind.PUBCOMP << 4, packet.packet_id),
    SubscribePacket: _subscribe,
    SubackPacket: _suback,
    UnsubscribePacket: _unsubscribe,
    UnsubackPacket: lambda packet: _answer(PacketKind.UNSUBACK << 4, packet.packet_id),
    PingreqPacket: lambda _: _PINGREQ,
    PingrespPacket: lambda _: _PINGRESP,
    DisconnectPacket: lambda _: _DISCONNECT,
}
