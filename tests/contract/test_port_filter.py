"""The filter between ports and cores: its trace, its faults, and the messages that it delays."""

from typing import Any

from hubsim_contract.lab.faults import Delay, Drop, Duplicate
from hubsim_contract.lab.port_filter import PortFilter, PortObserver
from hubsim_contract.mqtt.port import Connected, ConnectionLost, PortEvent, Publish, Received
from hubsim_contract.wire.topics import MessageKind, Topics

TOPICS = Topics()
HUB = "0000AA01"
DESIRED = TOPICS.of(MessageKind.DESIRED, HUB)
MESSAGE = Received(DESIRED, b"\xff1")


class Site(PortObserver):
    """A filter, its clock, its trace, and a station that records the events that it receives."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.traced: list[tuple[str, str, dict[str, Any]]] = []
        self.delivered: list[PortEvent] = []
        self.online = True
        self.filter = PortFilter(TOPICS, self, self, self._deliver, self._is_online)

    def world_ms(self) -> int:
        return self.now_ms

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        self.traced.append((event, who, facts))

    def _deliver(self, station: str, event: PortEvent) -> None:
        assert station == HUB
        self.delivered.append(event)

    def _is_online(self, station: str) -> bool:
        assert station == HUB
        return self.online


def test_without_a_fault_all_events_pass_and_no_message_is_due() -> None:
    site = Site()

    for event in (Connected(), MESSAGE):
        site.filter.port_event(HUB, event)

    assert site.delivered == [Connected(), MESSAGE]
    assert site.traced == []
    assert site.filter.due() is None
    assert not site.filter.wake()


def test_a_lost_connection_is_traced_and_delivered() -> None:
    site = Site()

    site.filter.port_event(HUB, ConnectionLost())

    assert site.delivered == [ConnectionLost()]
    assert site.traced == [("connection_lost", HUB, {})]


def test_a_fault_is_traced_with_the_number_of_deliveries() -> None:
    site = Site()
    site.filter.arm(Drop(message=MessageKind.DESIRED))
    site.filter.arm(Duplicate(message=MessageKind.DESIRED))

    for _ in range(3):
        site.filter.port_event(HUB, MESSAGE)

    assert site.delivered == [MESSAGE] * 3
    assert site.traced == [
        ("interfered", HUB, {"topic": DESIRED, "arrives": 0}),
        ("interfered", HUB, {"topic": DESIRED, "arrives": 2}),
    ]


def test_a_delayed_message_is_due_exactly_at_its_time() -> None:
    site = Site()
    site.filter.arm(Delay(message=MessageKind.DESIRED, by=1_000))
    site.filter.port_event(HUB, MESSAGE)

    early = site.filter.wake()
    due_ms, site.now_ms = site.filter.due(), 1_000
    woke = site.filter.wake()

    assert (early, due_ms, woke) == (False, 1_000, True)
    assert site.delivered == [MESSAGE]
    assert site.filter.due() is None


def test_a_delayed_message_is_dropped_without_a_connection() -> None:
    site = Site()
    site.filter.arm(Delay(message=MessageKind.DESIRED, by=1_000))
    site.filter.port_event(HUB, MESSAGE)

    site.now_ms, site.online = 1_000, False
    woke = site.filter.wake()

    assert woke
    assert site.delivered == []


def test_a_published_message_is_traced_even_if_its_payload_is_not_text() -> None:
    site = Site()

    site.published(HUB, Publish(DESIRED, b"\xff1"))

    assert site.traced == [("published", HUB, {"topic": DESIRED, "payload": "\ufffd1"})]
