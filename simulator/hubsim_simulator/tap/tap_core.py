"""The core of the tap: bytes of either side in; bytes to forward, events and resets out. Pure.

The tap forwards whole packets. It never breaks what it does not understand: bytes that are not a packet of
MQTT 3.1.1 are forwarded unchanged, with the reason in an event. As long as no fault applies, each side gets
exactly the bytes that the other side sent. An incomplete packet is forwarded when the rest of it arrives, or
when its sender ends the stream.
"""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hubsim_contract.mqtt.codec.decoding import FrameReader
from hubsim_contract.mqtt.codec.packets import MalformedPacket, PacketKind, PacketTooLarge, Sender
from hubsim_contract.wire.topics import Topics
from hubsim_simulator.tap.dialogue import MASK, Dialogue, header_length, without_password
from hubsim_simulator.tap.packet_faults import PacketAction, PacketFault, PacketFaults, TappedPacket
from hubsim_simulator.tap.tap_events import (
    BytesSeen,
    ConnectionCut,
    ConnectionOpened,
    Forward,
    ForwardEnd,
    PacketReleased,
    PacketSeen,
    Reset,
    SideEnded,
    TapEffect,
    TapTime,
    TcpAddress,
)

MAX_PACKET_BYTES = 1_048_576
"""A larger packet is forwarded in pieces, undecoded, and no fault applies to it."""
MAX_HELD_BYTES = 16 * 1_048_576
"""Bytes that faults hold back in one direction. Beyond it the tap cuts the connection."""
_INVERTED = 0xFF


class _Waiting(NamedTuple):
    due_us: float
    """On the monotonic clock; infinite without a duration."""
    data: bytes


class _Direction:
    """The stream from one side to the other."""

    def __init__(self) -> None:
        self.frames = FrameReader(MAX_PACKET_BYTES)
        self.rest = bytearray()
        """Received bytes of an incomplete packet."""
        self.to_skip = 0
        """Bytes that are missing from a packet that is too large to decode."""
        self.opaque = ""
        """Why the rest of the stream cannot be decoded; empty if it can."""
        self.queue: list[_Waiting] = []
        """Bytes in their order. Each waits for those before it, and for its own instant."""
        self.held: list[_Waiting] = []
        """Packets that later packets overtake."""
        self.ended = False
        self.end_forwarded = False

    def send(self, data: bytes, due_us: float) -> None:
        self.queue.append(_Waiting(due_us, data))

    def due_us(self) -> float:
        """Return when the next bytes are due, infinite for never."""
        first = self.queue[0].due_us if self.queue else math.inf
        return min((waiting.due_us for waiting in self.held), default=first) if self.held else first

    def take(self, now_us: float) -> Iterator[bytes]:
        """Yield the bytes that are due, in the order in which they leave."""
        released = [waiting for waiting in self.held if waiting.due_us <= now_us]
        if released:
            self.held = [waiting for waiting in self.held if waiting.due_us > now_us]
            self.queue += sorted(released, key=lambda waiting: waiting.due_us)
        while self.queue and self.queue[0].due_us <= now_us:
            yield self.queue.pop(0).data

    def held_bytes(self) -> int:
        return sum(len(waiting.data) for waiting in (*self.queue, *self.held))


class _TappedConnection:
    def __init__(self, number: int, topics: Topics) -> None:
        self.number = number
        self.dialogue = Dialogue(topics)
        self.directions = {sender: _Direction() for sender in Sender}


class PacketTap:
    """All connections of a tap, and its faults.

    `hub_names` gives names to hub ids, for rules and output. With `keep_passwords` the events have the real
    bytes of a CONNECT.
    """

    def __init__(
        self,
        faults: tuple[PacketFault, ...] = (),
        *,
        topics: Topics | None = None,
        hub_names: Mapping[str, str] | None = None,
        keep_passwords: bool = False,
    ) -> None:
        self.faults = PacketFaults(faults)
        self.topics = topics or Topics()
        self.hub_names = dict(hub_names or {})
        self._keeps_passwords = keep_passwords
        self._connections: dict[int, _TappedConnection] = {}
        self._holding: set[int] = set()
        """Connections with bytes that a fault holds back."""
        self._last_number = 0

    @property
    def open_connections(self) -> int:
        """The number of connections that are not closed in both directions."""
        return len(self._connections)

    def is_open(self, connection: int) -> bool:
        """Return whether the connection is not closed in both directions."""
        return connection in self._connections

    def names_of(self, connection: int) -> tuple[str, ...]:
        """Return client id, hub id and hub name of an open connection, as far as they are known."""
        known = self._connections.get(connection)
        return () if known is None else self._names(known.dialogue)

    def opened(self, client_address: TcpAddress, at: TapTime) -> tuple[int, list[TapEffect]]:
        """Take a new connection. Returns its number, and the effects."""
        self._last_number += 1
        number = self._last_number
        self._connections[number] = _TappedConnection(number, self.topics)
        return number, [ConnectionOpened(at=at, connection=number, client_address=client_address)]

    def received(self, connection: int, sender: Sender, data: bytes, at: TapTime) -> list[TapEffect]:
        """Take bytes from one side of a connection, in any division. Bytes of a closed one have no effect."""
        known = self._connections.get(connection)
        if known is None or known.directions[sender].ended:
            return []
        effects = list(self._receive(known, sender, data, at))
        if connection in self._connections and known.directions[sender].held_bytes() > MAX_HELD_BYTES:
            effects += self._cut(known, f"faults hold back more than {MAX_HELD_BYTES} bytes", at)
        return effects

    def ended(self, connection: int, sender: Sender, at: TapTime, *, reset: bool = False) -> list[TapEffect]:
        """Take the end of a side: the end of its stream, or a reset, after which both sides are closed."""
        known = self._connections.get(connection)
        if known is None or known.directions[sender].ended:
            return []
        direction = known.directions[sender]
        seen = SideEnded(
            at=at, connection=connection, client_id=known.dialogue.client_id, sender=sender, reset=reset
        )
        if reset:
            self._forget(known)
            return [seen, Reset(connection)]
        effects: list[TapEffect] = []
        if direction.rest:
            effects += self._opaque(
                known, sender, bytes(direction.rest), "the stream ended within a packet", at
            )
            direction.rest.clear()
        direction.ended = True
        return [*effects, seen, *self._flush(known, sender, at)]

    def inject(self, connection: int, sender: Sender, frame: bytes, at: TapTime) -> list[TapEffect]:
        """Send a packet as if `sender` had sent it, between its packets. A closed side sends nothing."""
        known = self._connections.get(connection)
        if known is None or known.directions[sender].ended:
            return []
        return list(self._packet(known, sender, frame, at))

    def cut(self, connection: int, reason: str, at: TapTime) -> list[TapEffect]:
        """Close both sides of a connection by a reset, if it is open."""
        known = self._connections.get(connection)
        return [] if known is None else self._cut(known, reason, at)

    def due_us(self) -> int | None:
        """Return when `tick` has something to do, on the monotonic clock; None for never."""
        due = min(
            (
                way.due_us()
                for number in self._holding
                for way in self._connections[number].directions.values()
            ),
            default=math.inf,
        )
        return None if due == math.inf else int(due)

    def tick(self, at: TapTime) -> list[TapEffect]:
        """Forward the held packets that are due."""
        effects: list[TapEffect] = []
        for number in sorted(self._holding):
            known = self._connections[number]
            for sender in Sender:
                if known.directions[sender].due_us() <= at.mono_us:
                    effects += self._flush(known, sender, at, released=True)
        return effects

    def release(self, at: TapTime) -> list[TapEffect]:
        """Forward all held packets now."""
        for number in self._holding:
            for way in self._connections[number].directions.values():
                way.queue = [_Waiting(at.mono_us, waiting.data) for waiting in way.queue]
                way.held = [_Waiting(at.mono_us, waiting.data) for waiting in way.held]
        return self.tick(at)

    # ------------------------------------------------------------------ from bytes to packets

    def _receive(
        self, known: _TappedConnection, sender: Sender, data: bytes, at: TapTime
    ) -> Iterator[TapEffect]:
        direction = known.directions[sender]
        while data and not direction.opaque:
            if direction.to_skip:
                piece, data = data[: direction.to_skip], data[direction.to_skip :]
                direction.to_skip -= len(piece)
                yield from self._opaque(known, sender, piece, "", at)
                continue
            direction.rest += data
            try:
                for frame in direction.frames.feed(data):
                    del direction.rest[: len(frame)]
                    yield from self._packet(known, sender, frame, at)
                    if known.number not in self._connections:
                        return
                data = b""
            except PacketTooLarge as error:
                data = self._begin_skipping(direction, error)
                reason = f"a packet of {error.size_bytes} bytes is too large to decode"
                yield from self._opaque(known, sender, b"", reason, at)
            except MalformedPacket as error:
                direction.opaque = str(error)
                data, direction.rest = bytes(direction.rest), bytearray()
                yield from self._opaque(known, sender, data, direction.opaque, at)
                return
        if data:
            yield from self._opaque(known, sender, data, "", at)

    @staticmethod
    def _begin_skipping(direction: _Direction, error: PacketTooLarge) -> bytes:
        """Return the received bytes from the large packet on; those of the packet will be skipped."""
        data = bytes(direction.rest)
        direction.rest.clear()
        direction.frames = FrameReader(MAX_PACKET_BYTES)
        direction.to_skip = header_length(data) + error.size_bytes
        return data

    def _opaque(
        self, known: _TappedConnection, sender: Sender, data: bytes, reason: str, at: TapTime
    ) -> Iterator[TapEffect]:
        """Forward undecoded bytes; the part begins where there is a reason."""
        client_id = known.dialogue.client_id
        secret = sender is Sender.CLIENT and not self._keeps_passwords
        starts_connect = data[:1] and data[0] >> 4 == PacketKind.CONNECT
        shown = MASK * len(data) if secret and (client_id is None or starts_connect) else data
        yield BytesSeen(
            at=at,
            connection=known.number,
            client_id=client_id,
            sender=sender,
            data=shown,
            reason=reason or known.directions[sender].opaque,
            begins=bool(reason),
        )
        if data:
            known.directions[sender].send(data, at.mono_us)
            yield from self._flush(known, sender, at)

    def _packet(
        self, known: _TappedConnection, sender: Sender, frame: bytes, at: TapTime
    ) -> Iterator[TapEffect]:
        dialogue = known.dialogue
        reading = dialogue.read(frame, sender)
        address = self.topics.read(reading.topics[0]) if reading.topics else None
        fault = None
        if reading.kind is not None and self.faults.armed:
            message = None if address is None else address.kind
            facts = TappedPacket(reading.kind, sender, self._names(dialogue), reading.topics, message)
            fault = self.faults.take(facts)
        kept = self._keeps_passwords
        yield PacketSeen(
            at=at,
            connection=known.number,
            client_id=dialogue.client_id,
            sender=sender,
            frame=frame if kept else dialogue.masked(reading, frame, sender),
            kind=reading.kind,
            packet=reading.packet if kept else without_password(reading.packet),
            malformed=reading.malformed,
            topics=reading.topics,
            address=address,
            fault=fault,
        )
        yield from self._forward(known, sender, frame, fault, at)

    # ------------------------------------------------------------------ from packets to effects

    def _forward(
        self, known: _TappedConnection, sender: Sender, frame: bytes, fault: PacketFault | None, at: TapTime
    ) -> Iterator[TapEffect]:
        direction = known.directions[sender]
        due_us = at.mono_us + (math.inf if fault is None or fault.for_ms is None else fault.for_ms * 1_000)
        match fault.action if fault is not None else None:
            case None:
                direction.send(frame, at.mono_us)
            case PacketAction.DOUBLE:
                direction.send(frame, at.mono_us)
                direction.send(frame, at.mono_us)
            case PacketAction.CORRUPT:
                assert fault is not None
                direction.send(_corrupted(frame, fault.byte), at.mono_us)
            case PacketAction.HOLD:
                direction.held.append(_Waiting(due_us, frame))
            case PacketAction.STALL:
                direction.send(frame, due_us)
            case PacketAction.CUT:
                yield from self._cut(known, f"the fault '{fault}'", at)
                return
            case PacketAction.DROP:
                pass
        yield from self._flush(known, sender, at)

    def _flush(
        self, known: _TappedConnection, sender: Sender, at: TapTime, *, released: bool = False
    ) -> Iterator[TapEffect]:
        """Forward what is due, then the end of the stream if nothing waits before it."""
        direction = known.directions[sender]
        receiver = sender.other
        for data in direction.take(at.mono_us):
            if released:
                yield PacketReleased(
                    at=at,
                    connection=known.number,
                    client_id=known.dialogue.client_id,
                    sender=sender,
                    size_bytes=len(data),
                )
            yield Forward(known.number, receiver, data)
        if any(way.queue or way.held for way in known.directions.values()):
            self._holding.add(known.number)
        else:
            self._holding.discard(known.number)
        if direction.ended:
            yield from self._flush_ends(known, receiver)

    def _flush_ends(self, known: _TappedConnection, receiver: Sender) -> Iterator[TapEffect]:
        if known.directions[receiver].ended:
            for way in known.directions.values():
                _drop_what_never_leaves(way)
        for side, way in known.directions.items():
            if way.ended and not way.end_forwarded and not way.queue and not way.held:
                way.end_forwarded = True
                yield ForwardEnd(known.number, side.other)
        if all(way.end_forwarded for way in known.directions.values()):
            self._forget(known)

    def _forget(self, known: _TappedConnection) -> None:
        del self._connections[known.number]
        self._holding.discard(known.number)

    def _cut(self, known: _TappedConnection, reason: str, at: TapTime) -> list[TapEffect]:
        self._forget(known)
        client_id = known.dialogue.client_id
        return [
            ConnectionCut(at=at, connection=known.number, client_id=client_id, reason=reason),
            Reset(known.number),
        ]

    def _names(self, dialogue: Dialogue) -> tuple[str, ...]:
        hub = dialogue.hub
        named = self.hub_names.get(hub) if hub is not None else None
        return tuple(name for name in (dialogue.client_id, hub, named) if name is not None)


def _drop_what_never_leaves(direction: _Direction) -> None:
    """Drop what waits without a duration, after both sides have ended."""
    direction.held = [waiting for waiting in direction.held if waiting.due_us != math.inf]
    stuck = next((place for place, waiting in enumerate(direction.queue) if waiting.due_us == math.inf), None)
    if stuck is not None:
        del direction.queue[stuck:]


def _corrupted(frame: bytes, byte: int | None) -> bytes:
    """Return the packet with the bits of one byte inverted; the last one without a number."""
    place = len(frame) - 1 if byte is None else min(byte, len(frame) - 1)
    return frame[:place] + bytes([frame[place] ^ _INVERTED]) + frame[place + 1 :]
