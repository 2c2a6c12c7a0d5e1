"""A cloud with more messages than its client accepts in flight: all are sent, and the connection stays."""

from collections.abc import Callable

from hubsim_cloud.world.observer import STATION, Unobserved
from hubsim_cloud.world.tapped_port import IN_FLIGHT_MAX, TappedCloudPort
from hubsim_contract.clock import WorldClock
from hubsim_contract.lab.in_flight import OneSideTracker
from hubsim_contract.lab.port_filter import PortFilter
from hubsim_contract.mqtt.adapter import MAX_UNACKNOWLEDGED
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


class SlowBroker:
    """Accepts all messages, and acknowledges them on request."""

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
    def in_flight(self) -> int:
        return len(self.taken) - self._acknowledged

    def acknowledge(self, count: int) -> None:
        for message in self.taken[self._acknowledged : self._acknowledged + count]:
            self._acknowledged += 1
            self.deliver(Published(message.token))


class BusyPort:
    """The port of a connected cloud, and its broker."""

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

    def _open(self, deliver: Callable[[PortEvent], None]) -> SlowBroker:
        self.broker = SlowBroker(deliver)
        return self.broker

    def publish(self, hub: int, payload: bytes = b"first") -> None:
        self.port.perform(Publish(TOPICS.of(MessageKind.DESIRED, f"{hub:08X}"), payload, retain=True))


def test_messages_in_flight_do_not_exceed_the_limit_of_the_client() -> None:
    busy = BusyPort()

    for hub in range(2 * MAX_UNACKNOWLEDGED):
        busy.publish(hub)

    assert busy.broker.in_flight == IN_FLIGHT_MAX < MAX_UNACKNOWLEDGED
    assert busy.port.unacknowledged == 2 * MAX_UNACKNOWLEDGED


def test_all_messages_are_sent_once_and_in_order() -> None:
    busy = BusyPort()
    for hub in range(5 * IN_FLIGHT_MAX):
        busy.publish(hub)

    while busy.broker.in_flight:
        busy.broker.acknowledge(7)

    topics = [message.topic for message in busy.broker.taken]
    assert topics == [TOPICS.of(MessageKind.DESIRED, f"{hub:08X}") for hub in range(5 * IN_FLIGHT_MAX)]
    assert busy.port.unacknowledged == 0
    assert busy.port.awaited() == busy.tracker.awaited() == []


def test_a_newer_message_replaces_a_waiting_one() -> None:
    busy = BusyPort()
    for hub in range(IN_FLIGHT_MAX + 2):
        busy.publish(hub)

    busy.publish(IN_FLIGHT_MAX, b"newer")
    busy.publish(0, b"newer")
    busy.broker.acknowledge(3)

    later = [(message.topic[-16:-8], message.payload) for message in busy.broker.taken[IN_FLIGHT_MAX:]]
    waiting = f"{IN_FLIGHT_MAX:08X}", f"{IN_FLIGHT_MAX + 1:08X}", "00000000"
    assert later == list(zip(waiting, (b"newer", b"first", b"newer"), strict=True))


def test_waiting_messages_are_dropped_with_the_connection() -> None:
    busy = BusyPort()
    for hub in range(2 * IN_FLIGHT_MAX):
        busy.publish(hub)

    busy.port.sever(notify=True)
    busy.connect()
    busy.publish(0, b"again")

    assert busy.broker.taken[IN_FLIGHT_MAX:] == [
        Publish(TOPICS.of(MessageKind.DESIRED, "00000000"), b"again", retain=True, token=IN_FLIGHT_MAX + 1)
    ]
