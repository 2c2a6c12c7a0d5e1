"""What a tap knows about a connection from its packets: client, hub, topics of packet ids. Pure.

It never refuses a packet. What it cannot decode has a reason instead of a value.
"""

import re
from typing import NamedTuple

import msgspec

from hubsim_contract.mqtt.codec.decoding import decode
from hubsim_contract.mqtt.codec.packets import (
    ConnectPacket,
    MalformedPacket,
    Packet,
    PacketKind,
    PubackPacket,
    PubcompPacket,
    PublishPacket,
    PubrecPacket,
    PubrelPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
    UnsubackPacket,
    UnsubscribePacket,
    UnsupportedProtocol,
)
from hubsim_contract.wire.topics import HUB_KINDS, Topics

MAX_OPEN_IDS = 2_000
"""Packet ids of a connection whose topics are remembered; the oldest is forgotten first."""
MASK = b"*"
_HUB_IN_CLIENT_ID = re.compile(r"(?:hub-)?([0-9A-Fa-f]{8})")
_NAME_AND_LEVEL = re.compile(rb"\x00\x04MQTT.|\x00\x06MQIsdp.", re.DOTALL)
_KINDS = {kind.value: kind for kind in PacketKind}


class PacketReading(NamedTuple):
    """What the bytes of a packet mean in their connection."""

    kind: PacketKind | None
    packet: Packet | None
    malformed: MalformedPacket | None
    topics: tuple[str, ...]


class Dialogue:
    """One connection, from the packets of both sides."""

    def __init__(self, topics: Topics) -> None:
        self.client_id: str | None = None
        """From the last CONNECT; None before it."""
        self.hub: str | None = None
        """The hub, from client id, user name or last will; None for another client."""
        self.foreign_level: int | None = None
        """The protocol level of a CONNECT that is not MQTT 3.1.1. Further packets are not decoded."""
        self._contract = topics
        self._about: dict[tuple[Sender, int], tuple[str, ...]] = {}

    def read(self, frame: bytes, sender: Sender) -> PacketReading:
        """Decode a packet and remember what it says about the connection."""
        kind = _KINDS.get(frame[0] >> 4)
        if self.foreign_level is not None and kind is not PacketKind.CONNECT:
            return PacketReading(kind, None, None, ())
        try:
            packet = decode(frame, sender)
        except MalformedPacket as error:
            if isinstance(error, UnsupportedProtocol):
                self.foreign_level = error.level
            return PacketReading(kind, None, error, ())
        if isinstance(packet, ConnectPacket):
            self._connected(packet)
        return PacketReading(kind, packet, None, self._topics(packet, sender))

    def masked(self, reading: PacketReading, frame: bytes, sender: Sender) -> bytes:
        """Return the bytes of a packet with the password, and what may be one, replaced by `*`."""
        if sender is Sender.SERVER:
            return frame
        if isinstance(reading.packet, ConnectPacket):
            secret = len(reading.packet.password or b"")
            return frame[: len(frame) - secret] + MASK * secret
        suspect = reading.kind is None or reading.kind is PacketKind.CONNECT or self.client_id is None
        if reading.packet is not None or not suspect:
            return frame
        shown = header_length(frame)
        named = _NAME_AND_LEVEL.match(frame, shown)
        shown = named.end() if named and reading.kind is PacketKind.CONNECT else shown
        return frame[:shown] + MASK * (len(frame) - shown)

    def _connected(self, packet: ConnectPacket) -> None:
        self.client_id, self.hub, self.foreign_level = packet.client_id, None, None
        self._about.clear()
        for name in (packet.client_id, packet.username or ""):
            found = _HUB_IN_CLIENT_ID.fullmatch(name)
            if found:
                self.hub = found[1].upper()
                return
        address = self._contract.read(packet.will.topic) if packet.will is not None else None
        if address is not None and address.kind in HUB_KINDS:
            self.hub = address.subject

    def _topics(self, packet: Packet, sender: Sender) -> tuple[str, ...]:
        match packet:
            case ConnectPacket(will=will):
                return () if will is None else (will.topic,)
            case PublishPacket(topic=topic, qos=qos, packet_id=packet_id):
                return self._remember((sender, packet_id), (topic,)) if qos else (topic,)
            case SubscribePacket(packet_id=packet_id, filters=filters):
                return self._remember((sender, packet_id), tuple(wanted for wanted, _ in filters))
            case UnsubscribePacket(packet_id=packet_id, filters=filters):
                return self._remember((sender, packet_id), filters)
            case PubrecPacket(packet_id=packet_id):
                return self._about.get((sender.other, packet_id), ())
            case PubrelPacket(packet_id=packet_id):
                return self._about.get((sender, packet_id), ())
            case PubackPacket() | PubcompPacket() | SubackPacket() | UnsubackPacket():
                return self._about.pop((sender.other, packet.packet_id), ())
        return ()

    def _remember(self, key: tuple[Sender, int], topics: tuple[str, ...]) -> tuple[str, ...]:
        self._about.pop(key, None)
        self._about[key] = topics
        if len(self._about) > MAX_OPEN_IDS:
            del self._about[next(iter(self._about))]
        return topics


def header_length(frame: bytes) -> int:
    """Return the length of the fixed header of a packet: 2 to 5 bytes."""
    length = 2
    while length <= min(len(frame), 4) and frame[length - 1] & 0x80:
        length += 1
    return length


def without_password(packet: Packet | None) -> Packet | None:
    """Return the packet with `*` in place of the bytes of a password."""
    if isinstance(packet, ConnectPacket) and packet.password is not None:
        return msgspec.structs.replace(packet, password=MASK * len(packet.password))
    return packet
