"""Executes one random list of operations on two real brokers, and compares what each client receives."""

import asyncio
from collections import defaultdict
from random import Random
from typing import NamedTuple

from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectPacket,
    DisconnectPacket,
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
    UnsubackPacket,
    UnsubscribePacket,
)

BOUND_S = 20
NAMES = ("ann", "bob", "cat", "dan")
QOS = {"ann": 0, "bob": 1, "cat": 2, "dan": 1, "watcher": 1}
"""One QoS for all subscriptions of a client: where filters overlap, Mosquitto breaks 3.3.5-1."""
TOPICS = ("a", "a/b", "a/b/c", "b", "b/b", "a//c", "/a", "$own/b", "$SYS/own")
FILTERS = ("a", "a/b", "#", "+", "a/#", "+/b", "a/+/c", "/a", "+/+", "$own/#", "b/b", "a//c", "+/b/#")
MALFORMED = (
    b"\x00\x00",
    b"\x30\x03\x00\x05a",
    b"\x36\x05\x00\x01a\x00\x01",
    b"\x82\x06\x00\x01\x00\x01a\x03",
)


class Arrived(NamedTuple):
    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool


class RecordingClient(asyncio.Protocol):
    """A client that records messages and, if `acks`, acknowledges them immediately."""

    def __init__(self, acks: bool) -> None:
        self.acks = acks
        self.arrived: list[Arrived] = []
        self.closed = asyncio.get_running_loop().create_future()
        self.activity = 0
        """The number of packets, other than PINGRESP, that have arrived."""
        self._reader = PacketReader(Sender.SERVER)
        self._awaited: dict[type[Packet], asyncio.Future[Packet]] = {}
        self.transport: asyncio.Transport

    async def request(self, packet: Packet, kind: type[Packet]) -> Packet:
        """Send a packet, and return the next packet of this kind."""
        self._awaited[kind] = asyncio.get_running_loop().create_future()
        self.send(packet)
        async with asyncio.timeout(BOUND_S):
            return await self._awaited[kind]

    def send(self, packet: Packet) -> None:
        self.transport.write(encode(packet))

    async def end(self) -> None:
        async with asyncio.timeout(BOUND_S):
            await self.closed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        for packet in self._reader.feed(data):
            self.activity += not isinstance(packet, PingrespPacket)
            if isinstance(packet, PublishPacket):
                self.arrived.append(
                    Arrived(packet.topic, packet.payload, packet.qos, packet.retain, packet.dup)
                )
                if packet.qos and self.acks:
                    kind = PubackPacket if packet.qos == 1 else PubrecPacket
                    self.send(kind(packet.packet_id))
            elif isinstance(packet, PubrelPacket) and self.acks:
                self.send(PubcompPacket(packet.packet_id))
            waiting = self._awaited.pop(type(packet), None)
            if waiting is not None:
                waiting.set_result(packet)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)
        for waiting in self._awaited.values():
            waiting.set_exception(exc or ConnectionResetError("the broker closed the connection"))


class Twin:
    """One client of a name, connected to both brokers."""

    def __init__(self, name: str, acks: bool) -> None:
        self.name = name
        self.acks = acks
        self.both = (RecordingClient(acks), RecordingClient(acks))
        self.packet_id = 0
        self.unreleased: list[int] = []

    async def request(self, packet: Packet, kind: type[Packet]) -> tuple[Packet, Packet]:
        one, other = await asyncio.gather(*(each.request(packet, kind) for each in self.both))
        return one, other

    def next_id(self) -> int:
        self.packet_id += 1
        return self.packet_id


class ComparedBrokers:
    """`ports` are those of the two brokers."""

    def __init__(self, ports: tuple[int, int], seed: int) -> None:
        self.ports = ports
        self.chance = Random(seed)  # noqa: S311 (a test plan, not a secret)
        self.open: dict[str, Twin] = {}
        self.last: dict[str, Twin] = {}
        """The last connection of each name, open or not."""
        self.history: list[str] = []
        self._count = 0
        self.received = 0
        """Messages that arrived from each broker."""

    async def run(self, operations: int) -> None:
        await self.connect("watcher", clean=True, acks=True)
        await self.subscribe("watcher", ("will/+",))
        try:
            for _ in range(operations):
                await self.operate()
                await self.settle()
                self.compare(*self.open.values())
        finally:
            for twin in self.open.values():
                for client in twin.both:
                    client.transport.abort()

    async def operate(self) -> None:
        """Execute one operation."""
        chance, name = self.chance, self.chance.choice(NAMES)
        twin = self.open.get(name)
        if twin is None or chance.random() < 0.06:
            await self.connect(name, clean=chance.random() < 0.5, acks=chance.random() < 0.7)
            return
        draw = chance.random()
        if draw < 0.22:
            # retained messages of several topics arrive in any order, and this order determines which of them
            # fit into the window of a client that does not acknowledge
            filters = chance.sample(FILTERS, chance.randint(1, 3)) if twin.acks else [chance.choice(TOPICS)]
            await self.subscribe(name, tuple(filters))
        elif draw < 0.29:
            await self.unsubscribe(twin, tuple(chance.sample(FILTERS, chance.randint(1, 2))))
        elif draw < 0.80:
            await self.publish(twin)
        elif draw < 0.86:
            await self.release(twin)
        elif draw < 0.91:
            await self.disconnect(name)
        elif draw < 0.96:
            await self.lose(name)
        else:
            await self.break_protocol(name)

    async def connect(self, name: str, clean: bool, acks: bool) -> None:
        will = PacketWill(
            f"will/{name}", self.unique("will"), self.chance.choice((0, 1, 2)), self.chance.random() < 0.5
        )
        self.note(f"connect {name} clean={clean} acks={acks} will={will}")
        old, before, loop = self.open.pop(name, None), self.last.get(name), asyncio.get_running_loop()
        twin = self.last[name] = Twin(name, acks)
        for client, port in zip(twin.both, self.ports, strict=True):
            await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
        hello = ConnectPacket(name, clean, 60, will)
        answers = await twin.request(hello, ConnackPacket)
        assert answers[0] == answers[1], self.story()
        assert isinstance(answers[0], ConnackPacket)
        if answers[0].session_present and before is not None:
            # such a client knows its messages without a PUBREL, and reuses no packet id (2.3.1)
            twin.packet_id, twin.unreleased = before.packet_id, before.unreleased
        self.open[name] = twin
        if old is not None:
            for client in old.both:
                await client.end()
            self.compare(old)

    async def subscribe(self, name: str, filters: tuple[str, ...]) -> None:
        twin = self.open[name]
        self.note(f"subscribe {name} {filters}")
        wanted = tuple((each, QOS[name]) for each in filters)
        answers = await twin.request(SubscribePacket(twin.next_id(), wanted), SubackPacket)
        assert answers[0] == answers[1], self.story()

    async def unsubscribe(self, twin: Twin, filters: tuple[str, ...]) -> None:
        self.note(f"unsubscribe {twin.name} {filters}")
        await twin.request(UnsubscribePacket(twin.next_id(), filters), UnsubackPacket)

    async def publish(self, twin: Twin) -> None:
        chance = self.chance
        payload = b"" if chance.random() < 0.1 else self.unique(twin.name)
        topic, qos, retain = chance.choice(TOPICS), chance.choice((0, 1, 2)), chance.random() < 0.3
        packet = PublishPacket(topic, payload, qos, retain, packet_id=twin.next_id() if qos else 0)
        self.note(f"publish {twin.name} {packet}")
        if qos == 0:
            for client in twin.both:
                client.send(packet)
            await twin.request(PingreqPacket(), PingrespPacket)
        elif qos == 1:
            await twin.request(packet, PubackPacket)
        else:
            await twin.request(packet, PubrecPacket)
            twin.unreleased.append(packet.packet_id)
            if chance.random() < 0.7:
                await self.release(twin)

    async def release(self, twin: Twin) -> None:
        """Release all QoS 2 messages, in order."""
        for packet_id in twin.unreleased:
            self.note(f"release {twin.name} {packet_id}")
            await twin.request(PubrelPacket(packet_id), PubcompPacket)
        twin.unreleased.clear()

    async def disconnect(self, name: str) -> None:
        self.note(f"disconnect {name}")
        twin = self.open.pop(name)
        for client in twin.both:
            client.send(DisconnectPacket())
            await client.end()
        self.compare(twin)

    async def lose(self, name: str) -> None:
        self.note(f"lose {name}")
        await self._with_will(name, lambda client: client.transport.abort())

    async def break_protocol(self, name: str) -> None:
        data = self.chance.choice(MALFORMED)
        self.note(f"malformed {name} {data!r}")
        await self._with_will(name, lambda client: client.transport.write(data))

    async def _with_will(self, name: str, act: "object") -> None:
        """End a client, and wait until the watcher has its will from both brokers."""
        assert callable(act)
        twin, watcher = self.open.pop(name), self.open["watcher"]
        for client, observer in zip(twin.both, watcher.both, strict=True):
            before = len(observer.arrived)
            act(client)
            await client.end()
            async with asyncio.timeout(BOUND_S):
                while not any(each.topic == f"will/{name}" for each in observer.arrived[before:]):
                    await observer.request(PingreqPacket(), PingrespPacket)
        self.compare(twin)

    async def settle(self) -> None:
        """Ping all clients until a round brings nothing: then no message and no acknowledgement is left."""
        while True:
            before = self._activity()
            await asyncio.gather(
                *(twin.request(PingreqPacket(), PingrespPacket) for twin in self.open.values())
            )
            if self._activity() == before:
                return

    def _activity(self) -> int:
        return sum(client.activity for twin in self.open.values() for client in twin.both)

    def compare(self, *twins: Twin) -> None:
        for twin in twins:
            one, other = (by_topic(client.arrived) for client in twin.both)
            assert one == other, (
                f"{twin.name}: the first broker sent {one}\nand the second {other}\n{self.story()}"
            )
            for client in twin.both:
                self.received += len(client.arrived)
                client.arrived.clear()

    def unique(self, what: str) -> bytes:
        self._count += 1
        return f"{what}-{self._count}".encode()

    def note(self, text: str) -> None:
        self.history.append(text)

    def story(self) -> str:
        return "\n".join(self.history[-60:])


def by_topic(arrivals: list[Arrived]) -> dict[str, list[Arrived]]:
    """Sort by topic: brokers send the retained messages of several topics in any order."""
    found: dict[str, list[Arrived]] = defaultdict(list)
    for each in arrivals:
        found[each.topic].append(each)
    return dict(found)
