"""One world on a bench, with test clients for its stations: for tests without a broker."""

from collections.abc import Callable

import msgspec

from hubsim_contract.lab.bench_actions import CardKind, HubSetup
from hubsim_contract.lab.in_flight import OneSideTracker
from hubsim_contract.lab.protocol import ClockReading
from hubsim_contract.lab.tapped_port import TappedPort
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    PortEffect,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Desired, ServiceState
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import At
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.serving.world_bench import Changes, WorldBench
from hubsim_simulator.simulated_bench import BenchSettings

START_MS = 1_768_464_000_000
HUB, OTHER = "0000AA01", "0000AA02"
AJAX = make_card(CardKind.AJAX, 1)
TOPICS = Topics()
DESIRED = TOPICS.of(MessageKind.DESIRED, HUB)


class Line:
    """The client of one station, on a broker that accepts everything and answers on request of the test."""

    def __init__(self, deliver: Callable[[PortEvent], None]) -> None:
        self.deliver = deliver
        self.did: list[PortEffect] = []
        self.cut = False
        self._unanswered: list[PortEvent] = []

    def perform(self, effect: PortEffect) -> None:
        self.did.append(effect)
        match effect:
            case Connect():
                self.cut = False
                self._unanswered.append(Connected())
            case Subscribe():
                self._unanswered.append(Subscribed())
            case Publish() if effect.token:
                self._unanswered.append(Published(effect.token))

    def sever(self) -> None:
        self.cut = True
        self._unanswered = [ConnectionLost()]

    async def aclose(self) -> None:
        self.cut = True

    def answer(self) -> bool:
        """Deliver the broker's answers; return whether there were any."""
        unanswered, self._unanswered = self._unanswered, []
        for event in unanswered:
            self.deliver(event)
        return bool(unanswered)

    def published(self, topic: str) -> list[bytes]:
        return [each.payload for each in self.did if isinstance(each, Publish) and each.topic == topic]


class Site:
    """A bench with its clients, and a record of the changes that it stores."""

    def __init__(self, *, held: bool = True, traced: bool = True) -> None:
        self.lines: dict[str, Line] = {}
        self.changes = 0
        self.stored: list[Changes] = []
        self.bench = WorldBench(
            "march",
            BenchSettings(carrier=CarrierSettings(activation_delay_ms=60_000)),
            ClockReading(START_MS, held),
            self._open,
            self._on_change,
            traced=traced,
        )

    def _on_change(self) -> None:
        self.changes += 1

    def _open(self, world: str, station: str, tracker: OneSideTracker, bench: WorldBench) -> TappedPort:
        assert world == "march"

        def line(deliver: Callable[[PortEvent], None]) -> Line:
            self.lines[station] = Line(deliver)
            return self.lines[station]

        return TappedPort(station, line, tracker, bench)

    def round(self) -> list[At]:
        """Store the changes; return the effects to release."""
        changes, effects = self.bench.take_changes()
        self.stored.append(changes)
        return effects

    def settle(self) -> None:
        """Store changes, release effects and deliver the broker's answers until the bench is idle."""
        while True:
            self.bench.release(self.round())
            answered = [line.answer() for line in list(self.lines.values())]
            if not any(answered) and not self.bench.busy and not self.bench.wake():
                return

    def deliver(self, station: str, topic: str, payload: bytes) -> None:
        self.lines[station].deliver(Received(topic, payload))

    def desires(self, version: int, service: ServiceState) -> None:
        self.deliver(HUB, DESIRED, encode(Desired(hub=HUB, version=version, service=service)))

    def moves(self, ms: int) -> None:
        """Move the clock forward, from timer to timer."""
        to_ms = self.bench.clock.world_ms() + ms
        while (due_ms := self.bench.due()) is not None and due_ms <= to_ms:
            self.bench.set_clock(ClockReading(due_ms, held=True))
            self.settle()
        self.bench.set_clock(ClockReading(to_ms, held=True))

    def service(self) -> ServiceState:
        display = self.bench.fleet.hubs[HUB].face
        assert display is not None
        return display.face.service


def setup(hub: str = HUB, **changed: object) -> HubSetup:
    usual = {"model": "hub-2", "slots": {1: AJAX} if hub == HUB else {}, "links": ("ethernet",)}
    return msgspec.convert({"id": hub, "imei": make_imei(int(hub, 16)), **usual, **changed}, HubSetup)
