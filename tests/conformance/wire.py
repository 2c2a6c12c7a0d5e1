"""A connection for conformance checks: it sends packets or bytes, and reads packets one by one."""

import asyncio
from typing import TypeVar

from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectPacket,
    Packet,
    PacketWill,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PubcompPacket,
    PublishPacket,
    PubrecPacket,
    PubrelPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)

BOUND_S = 10
PacketT = TypeVar("PacketT")


class Wire:
    """One connection. `packets` are those that have arrived; None at the end means that it is closed."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._packets = PacketReader(Sender.SERVER)
        self._unread: list[Packet] = []

    def send(self, *parts: Packet | bytes) -> None:
        for part in parts:
            self._writer.write(part if isinstance(part, bytes) else encode(part))

    async def receive(self) -> Packet | None:
        """Return the next packet, or None when the broker has closed the connection."""
        async with asyncio.timeout(BOUND_S):
            while not self._unread:
                try:
                    chunk = await self._reader.read(65_536)
                except ConnectionError:
                    return None
                if not chunk:
                    return None
                self._unread += self._packets.feed(chunk)
        return self._unread.pop(0)

    async def get(self, kind: type[PacketT]) -> PacketT:
        """Return the next packet, which must be of this kind."""
        packet = await self.receive()
        assert isinstance(packet, kind), f"{packet} is not {kind.__name__}"
        return packet

    async def is_closed(self) -> bool:
        """Read until the broker closes the connection."""
        while await self.receive() is not None:
            pass
        return True

    async def nothing_else(self) -> None:
        """Check that no packet is on the way."""
        self.send(PingreqPacket())
        await self.get(PingrespPacket)

    async def subscribe(self, *filters: str, qos: int = 1) -> tuple[int, ...]:
        self.send(SubscribePacket(1000, tuple((each, qos) for each in filters)))
        answer = await self.get(SubackPacket)
        assert answer.packet_id == 1000
        return answer.codes

    async def publish(
        self, topic: str, payload: bytes, qos: int = 1, *, retain: bool = False, packet_id: int = 2000
    ) -> None:
        """Publish completely."""
        self.send(PublishPacket(topic, payload, qos, retain, packet_id=packet_id if qos else 0))
        if qos == 0:
            await self.nothing_else()
        elif qos == 1:
            assert await self.get(PubackPacket) == PubackPacket(packet_id)
        else:
            assert await self.get(PubrecPacket) == PubrecPacket(packet_id)
            self.send(PubrelPacket(packet_id))
            assert await self.get(PubcompPacket) == PubcompPacket(packet_id)

    def abort(self) -> None:
        self._writer.transport.abort()


class Conversation:
    """The connections of one check, all to one broker."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._wires: list[Wire] = []

    async def open(self, *parts: Packet | bytes) -> Wire:
        """Open a socket, and send these packets."""
        wire = Wire(*await asyncio.open_connection("127.0.0.1", self.port))
        self._wires.append(wire)
        wire.send(*parts)
        return wire

    async def join(
        self,
        client_id: str,
        *,
        clean: bool = True,
        present: bool = False,
        will: PacketWill | None = None,
        keepalive_s: int = 60,
    ) -> Wire:
        """Connect. `present` is the expected session-present flag."""
        wire = await self.open(ConnectPacket(client_id, clean, keepalive_s, will))
        assert await wire.get(ConnackPacket) == ConnackPacket(present)
        return wire

    def close(self) -> None:
        for wire in self._wires:
            wire.abort()
