"""A stream without a socket: its connector, its transport and its broker are values that a test controls."""

import asyncio
from typing import Any, cast

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import ConnackPacket, ConnectCode, Packet, Sender
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import Connect, PortEffect, PortEvent, Will
from hubsim_contract.mqtt.stream_port import StreamPort

URL = BrokerUrl("broker.example", 1883)
CONNECT = Connect("hub", clean=True, keepalive_s=60, will=Will("presence", b"offline"))


class SilentTransport(asyncio.Transport):
    """A transport that keeps what is written. A connection ends when the test calls `end`."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.protocol = protocol
        self.writes: list[bytes] = []
        self.aborted = False
        self.closed = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Accept any limit."""

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def abort(self) -> None:
        self.aborted = True

    def end(self, error: Exception | None = None) -> None:
        self.protocol.connection_lost(error)

    def packets(self) -> list[Packet]:
        """Return all packets that were written so far."""
        reader = PacketReader(Sender.CLIENT)
        return [packet for data in self.writes for packet in reader.feed(data)]


class SocketlessConnector(MqttConnector):
    """A connector that opens transports without sockets, and keeps checks for the test."""

    def __init__(self, at_once: int = 10) -> None:
        super().__init__(URL, at_once=at_once)
        self.transports: list[SilentTransport] = []
        self.opens = True
        self.checked: list[tuple[float, Any]] = []

    async def open(self, protocol: asyncio.Protocol) -> None:
        if not self.opens:
            await asyncio.get_running_loop().create_future()
        self.transports.append(SilentTransport(protocol))
        protocol.connection_made(self.transports[-1])

    def check_at(self, time_s: float, connection: Any) -> None:
        self.checked.append((time_s, connection))


class StreamBench:
    """One port on such a connector, with its events."""

    def __init__(self, connector: SocketlessConnector | None = None) -> None:
        self.connector = connector or SocketlessConnector()
        self.events: list[PortEvent] = []
        self.port = StreamPort(self.connector, self.events.append)

    @property
    def transport(self) -> SilentTransport:
        return self.connector.transports[-1]

    async def perform(self, *effects: PortEffect) -> None:
        """Perform the effects, and let the loop run until nothing more happens."""
        for effect in effects:
            self.port.perform(effect)
        await rest()

    async def receive(self, *packets: Packet) -> None:
        """Receive packets in one chunk."""
        self.transport.protocol.data_received(b"".join(encode(packet) for packet in packets))
        await rest()

    async def connected(self) -> "StreamBench":
        await self.perform(CONNECT)
        await self.receive(ConnackPacket(False, ConnectCode.ACCEPTED))
        return self

    def check(self, after_s: float) -> float | None:
        """Call the last registered check as if this time had passed since it was registered."""
        now_s, stream = asyncio.get_running_loop().time() + after_s, self.connector.checked[-1][1]
        return cast("float | None", stream.check(now_s))


async def rest() -> None:
    """Run everything that is ready."""
    for _ in range(10):
        await asyncio.sleep(0)
