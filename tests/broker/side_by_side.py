"""Executes one list of operations on the broker model and on a real broker, and compares the deliveries."""

from collections import defaultdict
from random import Random
from typing import NamedTuple

from raw_mqtt import Arrival, RawClient

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.imitations import model_of
from hubsim_simulator.broker.outputs import Close, Connack, Deliver, Output
from hubsim_simulator.broker.profiles import BrokerProfile

KEEPALIVE_S = 60


class Mix(NamedTuple):
    """The allowed operations in a list."""

    clients: tuple[str, ...]
    topics: tuple[str, ...]
    filters: tuple[str, ...]
    kept_sessions: bool
    silent_clients: bool
    """Some connections never acknowledge."""
    departures: bool
    """Clients unsubscribe, disconnect and lose their connection."""
    marker: str
    """Topic of a message that ends each step; empty if a ping is enough (a broker with one thread)."""


class Pair:
    """One client, connected to both brokers."""

    def __init__(self, conn: int, acks: bool) -> None:
        self.conn = conn
        self.acks = acks
        self.real = RawClient(acks)
        self.modelled: list[Arrival] = []


class SideBySide:
    def __init__(self, port: int, profile: BrokerProfile, mix: Mix, seed: int) -> None:
        self.port = port
        self.mix = mix
        self.chance = Random(seed)  # noqa: S311 (a test plan, not a secret)
        self.model = model_of(profile)
        self.open: dict[str, Pair] = {}
        self.all: list[tuple[str, Pair]] = []
        self.history: list[str] = []
        self._count = 0

    async def run(self, steps: int) -> None:
        watcher = await self.connect("watcher", clean=True, acks=True)
        await self.subscribe(watcher, ("will/+",), 1)
        for _ in range(steps):
            await self.step()
            await self.settle()
            self.compare()
        for _, pair in self.all:
            pair.real.kill()

    async def step(self) -> None:
        name = self.chance.choice(self.mix.clients)
        pair = self.open.get(name)
        if pair is None or self.chance.random() < 0.06:
            clean = not self.mix.kept_sessions or self.chance.random() < 0.5
            acks = not self.mix.silent_clients or self.chance.random() < 0.7
            await self.connect(name, clean, acks)
            return
        draw = self.chance.random() if self.mix.departures else self.chance.choice((0.1, 0.5))
        if draw < 0.25:
            filters = tuple(self.chance.sample(self.mix.filters, self.chance.randint(1, 2)))
            if not pair.acks:
                # retained messages of several topics arrive in any order, and this order determines which of
                # them fit into the window of unacknowledged messages
                filters = (self.chance.choice(self.mix.topics),)
            # one QoS for each client: with overlapping filters of different QoS, Mosquitto breaks 3.3.5-1
            await self.subscribe(pair, filters, 0 if name == self.mix.clients[0] else 1)
        elif draw < 0.32:
            await self.unsubscribe(pair, (self.chance.choice(self.mix.filters),))
        elif draw < 0.86:
            payload = b"" if self.chance.random() < 0.1 else self.unique(name)
            await self.publish(
                pair,
                self.chance.choice(self.mix.topics),
                payload,
                self.chance.choice((0, 1)),
                self.chance.random() < 0.3,
            )
        elif draw < 0.93:
            await self.disconnect(name)
        else:
            await self.lose(name)

    async def connect(self, name: str, clean: bool, acks: bool) -> Pair:
        self._count += 1
        pair = Pair(self._count, acks)
        will = Will(f"will/{name}", self.unique("will"), self.chance.random() < 0.5)
        self.note(f"connect {name} clean={clean} acks={acks} will={will}")
        self.all.append((name, pair))
        old = self.open.get(name)
        self.open[name] = pair
        outputs = self.model.connect(pair.conn, name, clean, KEEPALIVE_S, will)
        self.deliver(outputs)
        present = await pair.real.connect(self.port, name, clean, KEEPALIVE_S, will)
        connack = next(each for each in outputs if isinstance(each, Connack))
        assert present == connack.session_present, self.story()
        if old is not None and Close(old.conn) in outputs:
            await old.real.end()
        await self.see_will(outputs)
        if self.mix.marker:
            await self.subscribe(pair, (self.mix.marker,), 1)
        return pair

    async def subscribe(self, pair: Pair, filters: tuple[str, ...], qos: int) -> None:
        self.note(f"subscribe {pair.conn} {filters} qos={qos}")
        outputs = self.model.subscribe(pair.conn, filters, qos)
        self.deliver(outputs)
        granted = await pair.real.subscribe(filters, qos)
        assert granted == outputs[0].granted, self.story()  # type: ignore[union-attr]

    async def unsubscribe(self, pair: Pair, filters: tuple[str, ...]) -> None:
        self.note(f"unsubscribe {pair.conn} {filters}")
        self.deliver(self.model.unsubscribe(pair.conn, filters))
        await pair.real.unsubscribe(filters)

    async def publish(self, pair: Pair, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        self.note(f"publish {pair.conn} {topic} {payload!r} qos={qos} retain={retain}")
        self.deliver(self.model.publish(pair.conn, topic, payload, qos, retain, packet_id=1))
        await pair.real.publish(topic, payload, qos, retain)

    async def disconnect(self, name: str) -> None:
        self.note(f"disconnect {name}")
        pair = self.open.pop(name)
        self.deliver(self.model.disconnect(pair.conn))
        await pair.real.disconnect()

    async def lose(self, name: str) -> None:
        self.note(f"lose {name}")
        pair = self.open.pop(name)
        outputs = self.model.lost(pair.conn)
        self.deliver(outputs)
        pair.real.kill()
        await self.see_will(outputs)

    async def see_will(self, outputs: list[Output]) -> None:
        """Wait until the watcher has the will that the model sent: then the broker has noticed the loss."""
        watcher = self.open["watcher"]
        for each in outputs:
            if isinstance(each, Deliver) and each.conn == watcher.conn:
                payload = each.payload
                await watcher.real.arrived(lambda got, payload=payload: got.payload == payload)  # type: ignore[misc]

    async def settle(self) -> None:
        """Wait until every client has received all due messages."""
        if self.mix.marker:
            for pair in self.open.values():
                # amqtt sends retained messages of a second filter when those of the first are acknowledged
                await pair.real.arrived_in_all(len(pair.modelled))
            payload = self.unique("marker")
            await self.publish(self.open["watcher"], self.mix.marker, payload, 1, retain=False)
            for pair in self.open.values():
                await pair.real.arrived(lambda got: got.payload == payload)
        else:
            for _ in range(2):  # an acknowledgement sent in the first round can release more
                for pair in self.open.values():
                    await pair.real.ping()

    def compare(self) -> None:
        for name, pair in self.all:
            expected, got = _by_topic(pair.modelled), _by_topic(pair.real.arrivals)
            for topic in got.keys() | expected.keys():
                assert got[topic] == expected[topic], (
                    f"{name} (connection {pair.conn}) on {topic}:\n got {got[topic][-4:]}\n"
                    f"not {expected[topic][-4:]}\n{self.story()}"
                )
        self.all = [entry for entry in self.all if not entry[1].real.ended]

    def deliver(self, outputs: list[Output]) -> None:
        """Deliver the model's outputs to the modelled clients, which acknowledge immediately."""
        pairs = {pair.conn: pair for _, pair in self.all}
        todo = list(outputs)
        while todo:
            each = todo.pop(0)
            if isinstance(each, Deliver) and each.conn in pairs:
                pair = pairs[each.conn]
                pair.modelled.append(Arrival(each.topic, each.payload, each.qos, each.retain, each.dup))
                if each.packet_id and pair.acks:
                    todo += self.model.puback(each.conn, each.packet_id)

    def unique(self, what: str) -> bytes:
        self._count += 1
        return f"{what}-{self._count}".encode()

    def note(self, text: str) -> None:
        self.history.append(text)

    def story(self) -> str:
        return "\n".join(self.history[-60:])


def _by_topic(arrivals: list[Arrival]) -> dict[str, list[Arrival]]:
    sorted_out: dict[str, list[Arrival]] = defaultdict(list)
    for each in arrivals:
        sorted_out[each.topic].append(each)
    return sorted_out
