"""Brokers side by side: CPU of the broker for one round trip, by the number of connected hubs.

A round trip is a `desired` from the cloud to a hub and a `reported` back, both at QoS 1 with their
acknowledgements: four packets into the broker and four out. The clients are a separate process, so the CPU of
the broker's process is the broker's alone. Brokers take turns, because the speed of a shared machine changes
from minute to minute.
"""

import asyncio
import os
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.programs import program
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode, puback_bytes, publish_bytes
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)
from hubsim_simulator.broker.errors import BrokerNotInstalled
from hubsim_simulator.broker.mosquitto import mosquitto_program

SIZES = (100, 500, 1_000, 5_000)
LARGEST = 10_000
ROUND_TRIPS = 20_000
SLOW = {"amqtt": 1_000}
"""Brokers that are measured up to this number of hubs, and with a tenth of the round trips."""
IN_FLIGHT = 200
RUNS = 3
PAYLOAD = bytes(300)
_AT_ONCE = 200
_SPARE_DESCRIPTORS = 100
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class RoundTrips(msgspec.Struct, frozen=True):
    """The figures of one broker with one number of hubs."""

    broker: str
    hubs: int
    cpu_us: float
    """CPU of the broker for a round trip, user and system."""
    per_s: float
    connect_s: float
    """Time until all hubs were connected and subscribed."""
    kb_per_hub: float
    """Growth of the broker's memory by all connections, divided by their number."""


class Peer(asyncio.Protocol):
    """A client that subscribes to one filter, and answers each message with `answer`."""

    def __init__(self, client_id: str, topic_filter: str) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._hello = encode(ConnectPacket(client_id))
        self._subscribe = encode(SubscribePacket(1, ((topic_filter, 1),)))
        self._reader = PacketReader(Sender.SERVER)
        self._last_id = 0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        """Acknowledge and answer messages."""
        out: list[bytes] = []
        for packet in self._reader.feed(data):
            match packet:
                case PublishPacket():
                    out.append(puback_bytes(packet.packet_id))
                    out += self.answer()
                case ConnackPacket():
                    assert not packet.code
                    out.append(self._subscribe)
                case SubackPacket() if not self.ready.done():
                    self.ready.set_result(None)
                case _:
                    pass
        if out:
            self.transport.write(b"".join(out))

    def publish(self, topic: str) -> bytes:
        """Return the bytes of the next message."""
        self._last_id = self._last_id % 65_535 + 1
        return publish_bytes(topic, PAYLOAD, 1, False, False, self._last_id)

    def answer(self) -> list[bytes]:
        """Return the answer to a message."""
        raise NotImplementedError

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail a client that is not ready."""
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionResetError("the broker closed the connection"))


class Hub(Peer):
    """Reports after each desired document."""

    def __init__(self, number: int) -> None:
        super().__init__(f"hub-{number:08X}", f"bench/hubs/{number}/desired")
        self._topic = f"bench/hubs/{number}/reported"

    def answer(self) -> list[bytes]:
        """Return a report."""
        return [self.publish(self._topic)]


class Cloud(Peer):
    """Sends the next desired document for each report, until `count` reports have arrived."""

    def __init__(self, hubs: int) -> None:
        super().__init__("cloud-bench", "bench/hubs/+/reported")
        self._hubs = hubs
        self._sent = self._received = self._count = 0
        self._done: asyncio.Future[None] | None = None

    async def run(self, count: int) -> None:
        """Make `count` round trips, `IN_FLIGHT` at a time."""
        self._sent, self._received, self._count = 0, 0, count
        self._done = asyncio.get_running_loop().create_future()
        first = [part for _ in range(min(IN_FLIGHT, count)) for part in self._next()]
        self.transport.write(b"".join(first))
        await self._done

    def answer(self) -> list[bytes]:
        """Return the next desired document, if any."""
        self._received += 1
        if self._received == self._count and self._done is not None:
            self._done.set_result(None)
        return self._next()

    def _next(self) -> list[bytes]:
        if self._sent >= self._count:
            return []
        self._sent += 1
        return [self.publish(f"bench/hubs/{self._sent % self._hubs}/desired")]


def cpu_s(process_id: int) -> float:
    """Return the CPU time of a process and its children that are running, in seconds."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == process_id or int(fields[1]) == process_id:
            total += int(fields[11]) + int(fields[12])
    return total * _TICK_S


@asynccontextmanager
async def connected(url: str, hubs: int) -> AsyncIterator[Cloud]:
    """Connect a cloud and the hubs, and close them after the context."""
    broker, loop = BrokerUrl.parse(url), asyncio.get_running_loop()
    peers: list[Peer] = []

    async def join(peer: Peer) -> None:
        await loop.create_connection(lambda: peer, broker.host, broker.port)
        peers.append(peer)
        await peer.ready

    cloud = Cloud(hubs)
    try:
        await join(cloud)
        for begin in range(0, hubs, _AT_ONCE):
            numbers = range(begin, min(begin + _AT_ONCE, hubs))
            await asyncio.gather(*(join(Hub(number)) for number in numbers))
        yield cloud
    finally:
        for peer in peers:
            peer.transport.abort()


async def measure(kind: str, hubs: int) -> RoundTrips:
    """Measure one broker with this number of hubs."""
    count = ROUND_TRIPS // 10 if kind in SLOW else ROUND_TRIPS
    async with program("broker", "--broker", kind, "--mqtt-port", "0") as running:
        before_mb, began_s = running.memory().now_mb, time.monotonic()
        async with connected(running.url, hubs) as cloud:
            connect_s = time.monotonic() - began_s
            kb_per_hub = (running.memory().now_mb - before_mb) * 1000 / hubs
            await cloud.run(count // 10)
            used_s, began_s = cpu_s(running.process_id), time.monotonic()
            await cloud.run(count)
            took_s = time.monotonic() - began_s
            used_s = cpu_s(running.process_id) - used_s
    return RoundTrips(kind, hubs, used_s / count * 1e6, count / took_s, connect_s, kb_per_hub)


def kinds() -> tuple[str, ...]:
    """Return the brokers that can be measured on this machine."""
    try:
        mosquitto_program()
    except BrokerNotInstalled:
        return ("embedded", "amqtt")
    return ("embedded", "mosquitto", "amqtt")


def raise_descriptors() -> int:
    """Raise the limit of open files for this process and its children, and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


async def show() -> None:
    """Measure all brokers in turns, and print the medians."""
    fit = raise_descriptors() - _SPARE_DESCRIPTORS
    for hubs in (*SIZES, LARGEST):
        if hubs > fit:
            print(f"brokers with {hubs:,} hubs: not measured; the limit of open files allows {fit:,}")
            continue
        fitting = [kind for kind in kinds() if hubs <= SLOW.get(kind, LARGEST)]
        runs = [await measure(kind, hubs) for _ in range(RUNS) for kind in fitting]
        for kind in fitting:
            _print([run for run in runs if run.broker == kind])


def _print(runs: list[RoundTrips]) -> None:
    first = runs[0]
    cpu_us, per_s = median(run.cpu_us for run in runs), median(run.per_s for run in runs)
    connect_s, kb = median(run.connect_s for run in runs), median(run.kb_per_hub for run in runs)
    memory = "memory in another process" if first.broker == "mosquitto" else f"{kb:.1f} KB a hub"
    print(
        f"broker {first.broker}, {first.hubs:,} hubs: {cpu_us:.0f} us CPU for a round trip, "
        f"{per_s:,.0f} per second, all connected in {connect_s:.1f} s, {memory}"
    )


if __name__ == "__main__":
    asyncio.run(show())
