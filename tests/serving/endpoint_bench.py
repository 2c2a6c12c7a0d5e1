"""Endpoints of simulators and the broker in memory that connects them."""

from collections import deque

from hubsim_contract.core import Now
from hubsim_contract.lab.protocol import (
    BenchRequest,
    LabAnswer,
    LabTopics,
    NumberedRequest,
    SaveBench,
    SimulatorPresence,
    decode_lab,
    encode_lab,
)
from hubsim_contract.lab.shards import Shard
from hubsim_contract.lab.watching import WatchLease
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Received,
    Subscribe,
    Subscribed,
    Will,
)
from hubsim_simulator.serving.endpoint import (
    SimulatorEndpoint,
)

TOPICS = LabTopics()
HUB = "0000AA01"


class Runner:
    """An endpoint with its connection. `asked` has its requests, `actions` its bench actions."""

    def __init__(
        self, broker: "Broker", run: str, *, takes_requests: bool = True, shard: str = "1/1"
    ) -> None:
        self.asked: list[NumberedRequest] = []
        self.actions: list[tuple[str, str, BenchRequest]] = []
        self.leases: list[WatchLease] = []
        self.endpoint = SimulatorEndpoint(
            TOPICS,
            run,
            self.asked.append,
            lambda world, hub, action: self.actions.append((world, hub, action)),
            self.leases.append,
            takes_requests=takes_requests,
            shard=Shard.parse(shard),
        )
        self.filters: tuple[str, ...] = ()
        self.will: Will | None = None
        self._broker = broker
        broker.runners.append(self)

    def start(self) -> "Runner":
        self.perform(self.endpoint.start(self._broker.now))
        self._broker.carry()
        return self

    def perform(self, effects: list[PortEffect]) -> None:
        for effect in effects:
            self._broker.perform(self, effect)

    def receive(self, event: PortEvent) -> None:
        self.perform(self.endpoint.handle(event, self._broker.now))

    def answer(self, answered: LabAnswer) -> None:
        self.perform([self.endpoint.answer(answered)])
        self._broker.carry()


class Broker:
    """A broker in memory: messages in order, one after the other, retained ones marked on a subscription."""

    def __init__(self) -> None:
        self.now = Now(0, 0)
        self.runners: list[Runner] = []
        self.retained: dict[str, bytes] = {}
        self.published: list[tuple[str, bytes]] = []
        self._in_flight: deque[tuple[Runner, PortEvent]] = deque()

    def perform(self, runner: Runner, effect: PortEffect) -> None:
        match effect:
            case Connect():
                runner.will = effect.will
                self._in_flight.append((runner, Connected()))
            case Subscribe():
                runner.filters = effect.filters
                self._in_flight.append((runner, Subscribed()))
                for topic, payload in self.retained.items():
                    if any(_matches(each.split("/"), topic.split("/")) for each in effect.filters):
                        self._in_flight.append((runner, Received(topic, payload, retained=True)))
            case Publish() if runner.filters:
                self.publish(effect.topic, effect.payload, retain=effect.retain)
            case Disconnect():
                runner.filters, runner.will = (), None

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.published.append((topic, payload))
        if retain:
            self.retained[topic] = payload
        levels = topic.split("/")
        for runner in self.runners:
            if any(_matches(pattern.split("/"), levels) for pattern in runner.filters):
                self._in_flight.append((runner, Received(topic, payload)))

    def carry(self) -> None:
        """Deliver all messages in flight."""
        while self._in_flight:
            runner, event = self._in_flight.popleft()
            runner.receive(event)

    def drop(self, runner: Runner) -> None:
        """End a connection without a DISCONNECT."""
        runner.filters, will = (), runner.will
        self._in_flight = deque(each for each in self._in_flight if each[0] is not runner)
        if will is not None:
            self.publish(will.topic, will.payload, retain=will.retain)
        runner.receive(ConnectionLost())
        self.carry()

    def wait(self, ms: int) -> None:
        self.now = Now(self.now.mono_ms + ms, self.now.world_ms + ms)
        for runner in self.runners:
            due_ms = runner.endpoint.due()
            if due_ms is not None and due_ms <= self.now.mono_ms:
                runner.perform(runner.endpoint.wake(self.now))
        self.carry()

    @property
    def presence(self) -> SimulatorPresence:
        return decode_lab(SimulatorPresence, self.retained[TOPICS.presence])

    def ask(self, number: int, asker: str = "cloud-1") -> None:
        self.publish(TOPICS.requests, encode_lab(NumberedRequest(asker, number, SaveBench())))
        self.carry()

    def answered(self) -> list[int]:
        payloads = [payload for topic, payload in self.published if topic == TOPICS.answers]
        return [decode_lab(LabAnswer, payload).number for payload in payloads]


def _matches(pattern: list[str], levels: list[str]) -> bool:
    return len(pattern) == len(levels) and all(
        mine in ("+", theirs) for mine, theirs in zip(pattern, levels, strict=True)
    )
