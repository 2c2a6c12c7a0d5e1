"""A cloud with more to say than its client takes at once: nothing is lost, and nothing is cut."""

from collections.abc import Callable

from hubsim_cloud.world.observer import STATION, Unobserved
from hubsim_cloud.world.tapped_port import IN_FLIGHT_MAX, TappedCloudPort
from hubsim_contract.clock import WorldClock
from hubsim_contract.lab.in_flight import OneSideTracker
from hubsim_contract.lab.port_filter import PortFilter
from hubsim_contract.mqtt.client import MAX_UNACKNOWLEDGED
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    PortEffect,
    PortEvent,
    Publish,
    Published,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.topics import MessageKind, Topics

TOPICS = Topics()


class PatientBroker:
    """Takes everything, and acknowledges when it is told to."""

    def __init__(self, deliver: Callable[[PortEvent], None]) -> None:
        self.deliver = deliver
        self.taken: list[Publish] = []
        self._acknowledged = 0

    def perform(self, effect: PortEffect) -> None:
        if isinstance(effect, Publish):
            self.taken.append(effect)

    def sever(self) -> None:
        self.deliver(ConnectionLost())

    async def aclose(self) -> None:
        pass

    @property
    def under_way(self) -> int:
        return len(self.taken) - self._acknowledged

    def acknowledge(self, count: int) -> None:
        for message in self.taken[self._acknowledged : self._acknowledged + count]:
            self._acknowledged += 1
            self.deliver(Published(message.token))


class SaidMuch:
    """A connected cloud's port, and the broker behind it."""

    def __init__(self) -> None:
        clock = WorldClock(0, lambda: 0)
        self.tracker = OneSideTracker(TOPICS, lambda _: STATION)
        heard = PortFilter(TOPICS, clock, Unobserved(), lambda *_: None, lambda _: True)
        self.port = TappedCloudPort(self._open, heard, self.tracker, lambda: None)
        self.connect()

    def connect(self) -> None:
        self.port.perform(Connect(STATION, clean=True, keepalive_s=60))
        self.broker.deliver(Connected(session_present=False))
        self.port.perform(Subscribe(("#",)))
        self.broker.deliver(Subscribed())

    def _open(self, deliver: Callable[[PortEvent], None]) -> PatientBroker:
        self.broker = PatientBroker(deliver)
        return self.broker

    def say(self, hub: int, payload: bytes = b"first") -> None:
        self.port.perform(Publish(TOPICS.of(MessageKind.DESIRED, f"{hub:08X}"), payload, retain=True))


def test_no_more_is_under_way_than_the_client_takes() -> None:
    said = SaidMuch()

    for hub in range(2 * MAX_UNACKNOWLEDGED):
        said.say(hub)

    assert said.broker.under_way == IN_FLIGHT_MAX < MAX_UNACKNOWLEDGED
    assert said.port.unacknowledged == 2 * MAX_UNACKNOWLEDGED


def test_everything_is_said_once_and_in_its_order() -> None:
    said = SaidMuch()
    for hub in range(5 * IN_FLIGHT_MAX):
        said.say(hub)

    while said.broker.under_way:
        said.broker.acknowledge(7)

    topics = [message.topic for message in said.broker.taken]
    assert topics == [TOPICS.of(MessageKind.DESIRED, f"{hub:08X}") for hub in range(5 * IN_FLIGHT_MAX)]
    assert said.port.unacknowledged == 0
    assert said.port.awaited() == said.tracker.awaited() == []


def test_what_waits_is_overtaken_by_what_is_newer() -> None:
    said = SaidMuch()
    for hub in range(IN_FLIGHT_MAX + 2):
        said.say(hub)

    said.say(IN_FLIGHT_MAX, b"newer")
    said.say(0, b"newer")
    said.broker.acknowledge(3)

    later = [(message.topic[-16:-8], message.payload) for message in said.broker.taken[IN_FLIGHT_MAX:]]
    waiting = f"{IN_FLIGHT_MAX:08X}", f"{IN_FLIGHT_MAX + 1:08X}", "00000000"
    assert later == list(zip(waiting, (b"newer", b"first", b"newer"), strict=True))


def test_what_waits_is_gone_with_the_connection() -> None:
    said = SaidMuch()
    for hub in range(2 * IN_FLIGHT_MAX):
        said.say(hub)

    said.port.sever(notify=True)
    said.connect()
    said.say(0, b"again")

    assert said.broker.taken[IN_FLIGHT_MAX:] == [
        Publish(TOPICS.of(MessageKind.DESIRED, "00000000"), b"again", retain=True, token=IN_FLIGHT_MAX + 1)
    ]
