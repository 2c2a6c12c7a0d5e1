"""One connection of the device at the tap: its packets by their meaning, and how it ended."""

from contextlib import suppress
from enum import StrEnum
from itertools import chain
from typing import Any

import msgspec

from hubsim_conform.evidence.device_message import DeviceMessage
from hubsim_conform.evidence.entries import EvidenceEntry
from hubsim_conform.evidence.payloads import read_payload
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    DisconnectPacket,
    PacketKind,
    PubackPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)
from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.messages import Heard
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.tap.packet_faults import PacketAction
from hubsim_simulator.tap.tap_events import ConnectionCut, PacketSeen, SideEnded

_STOPPED = frozenset({PacketAction.DROP, PacketAction.CUT, PacketAction.CORRUPT})
"""Actions after which the receiver does not get the packet as it was sent."""


class EndedBy(StrEnum):
    """The side that ended a connection."""

    DEVICE = "device"
    BROKER = "broker"
    BENCH = "bench"


class DeliveredDocument(msgspec.Struct, frozen=True):
    """A valid desired document that reached the device."""

    entry: int
    conversation: int
    version: int
    fields: dict[str, Any]
    """With defaults."""
    given: frozenset[str]
    """The fields that the payload has."""


class SentMessage(msgspec.Struct):
    """A PUBLISH of the device."""

    entry: EvidenceEntry
    packet: PublishPacket
    message: DeviceMessage | None
    acknowledged: EvidenceEntry | None = None
    """The PUBACK that reached the device."""


def was_reset(end: EvidenceEntry) -> bool:
    """Return whether a connection ended by a TCP reset of the device or the broker."""
    return isinstance(end.event, SideEnded) and end.event.reset


class Conversation:
    """One connection. `ordinal` counts the connections of the recording from 1."""

    def __init__(self, number: int, ordinal: int) -> None:
        self.number = number
        self.ordinal = ordinal
        self.opened: EvidenceEntry | None = None
        self.connect: EvidenceEntry | None = None
        """The first CONNECT, also one that is malformed."""
        self.accepted: EvidenceEntry | None = None
        """The CONNACK with code 0 that reached the device."""
        self.subscribes: list[EvidenceEntry] = []
        self.subscribed: EvidenceEntry | None = None
        """The first SUBACK that reached the device."""
        self.sent: list[SentMessage] = []
        self.documents: list[DeliveredDocument] = []
        self.refused_versions: list[tuple[int, int]] = []
        """Entry and version of desired documents that the device has to refuse."""
        self.client_packets: list[EvidenceEntry] = []
        """All packets of the device."""
        self.disconnect: EvidenceEntry | None = None
        self.end: EvidenceEntry | None = None
        """The first sign of the end."""
        self.ended_by: EndedBy | None = None
        self._open: dict[int, SentMessage] = {}
        self._heard: set[tuple[int, int]] = set()
        """(boot, sequence) of the reports whose answer reached the device."""

    @property
    def connect_packet(self) -> ConnectPacket | None:
        """The CONNECT, if it is valid."""
        packet = None if self.connect is None else self.connect.event.packet  # type: ignore[union-attr]
        return packet if isinstance(packet, ConnectPacket) else None

    def messages(self, kind: MessageKind) -> list[SentMessage]:
        """Return the published messages of a kind."""
        return [sent for sent in self.sent if sent.message is not None and sent.message.kind is kind]

    def online(self) -> SentMessage | None:
        """Return the first presence that is not offline. A bad `online` breaks its own rule."""
        found = (
            sent
            for sent in self.messages(MessageKind.PRESENCE)
            if sent.message is not None and sent.message.get("online") is not False
        )
        return next(found, None)

    def settled(self) -> bool:
        """Return whether the device has subscribed, and published presence and a report."""
        return (
            self.subscribed is not None
            and self.online() is not None
            and bool(self.messages(MessageKind.REPORTED))
        )

    def outstanding(self) -> SentMessage | None:
        """Return the first message that waits for its PUBACK, or a report that waits for its answer."""
        waiting = (sent for sent in self.sent if sent.packet.qos and sent.acknowledged is None)
        unheard = (
            sent
            for sent in self.messages(MessageKind.REPORTED)
            if sent.message is not None
            and sent.message.get("ask") is True
            and sent.message.pair("sequence") not in self._heard
        )
        return next(chain(waiting, unheard), None)

    def claimed(self) -> tuple[int, int] | None:
        """Return (boot, connection) as the device says: in its presence, else its report, else its will."""
        for kind in (MessageKind.PRESENCE, MessageKind.REPORTED):
            for sent in self.messages(kind):
                pair = None if sent.message is None else sent.message.pair("connection")
                if pair is not None and pair[1] > 0:
                    return pair
        will = self.will()
        return None if will is None else will.pair("connection")

    def will(self) -> DeviceMessage | None:
        """Return the presence in the last will, as far as it is valid."""
        packet = self.connect_packet
        if packet is None or packet.will is None:
            return None
        fields, faults = read_payload(MessageKind.PRESENCE, self._hub, packet.will.payload)
        return DeviceMessage(MessageKind.PRESENCE, fields, faults)

    # ------------------------------------------------------------------ growing

    def add(self, entry: EvidenceEntry, hub: str, topics: Topics) -> None:
        """Take the next entry of this connection."""
        self._hub = hub
        event = entry.event
        if self.opened is None:
            self.opened = entry
        if isinstance(event, PacketSeen):
            if event.sender is Sender.CLIENT:
                self._from_device(entry, event)
            elif event.fault is None or event.fault.action not in _STOPPED:
                self._to_device(entry, event, topics)
        elif isinstance(event, SideEnded | ConnectionCut) and self.end is None:
            self.end = entry
            if isinstance(event, ConnectionCut):
                self.ended_by = EndedBy.BENCH
            else:
                self.ended_by = EndedBy.DEVICE if event.sender is Sender.CLIENT else EndedBy.BROKER

    def _from_device(self, entry: EvidenceEntry, event: PacketSeen) -> None:
        self.client_packets.append(entry)
        if event.kind is PacketKind.CONNECT and self.connect is None:
            self.connect = entry
        match event.packet:
            case SubscribePacket():
                self.subscribes.append(entry)
            case PublishPacket() as packet:
                sent = SentMessage(entry, packet, entry.message)
                self.sent.append(sent)
                if packet.qos:
                    self._open[packet.packet_id] = sent
            case DisconnectPacket():
                self.disconnect = entry
            case _:
                pass

    def _to_device(self, entry: EvidenceEntry, event: PacketSeen, topics: Topics) -> None:
        match event.packet:
            case ConnackPacket(code=ConnectCode.ACCEPTED) if self.accepted is None:
                self.accepted = entry
            case SubackPacket() if self.subscribed is None:
                self.subscribed = entry
            case PubackPacket(packet_id=packet_id):
                sent = self._open.pop(packet_id, None)
                if sent is not None:
                    sent.acknowledged = entry
            case PublishPacket(topic=topic, payload=payload):
                address = topics.read(topic)
                if address is not None and address == (MessageKind.HEARD, self._hub):
                    self._answered(payload)
                own = (MessageKind.DESIRED, self._hub)
                self._delivered(entry, payload, own=address is not None and address == own)
            case _:
                pass

    def _answered(self, payload: bytes) -> None:
        with suppress(ContractError):
            heard = decode(MessageKind.HEARD, payload)
            assert isinstance(heard, Heard)
            self._heard.add((heard.boot, heard.sequence))

    def _delivered(self, entry: EvidenceEntry, payload: bytes, *, own: bool) -> None:
        fields, faults = read_payload(MessageKind.DESIRED, self._hub, payload)
        if own and not faults:
            given = frozenset(msgspec.json.decode(payload))
            self.documents.append(
                DeliveredDocument(entry.number, self.number, fields["version"], fields, given)
            )
        elif "version" in fields:
            self.refused_versions.append((entry.number, fields["version"]))
