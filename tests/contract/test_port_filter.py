"""The filter between ports and cores: what is traced, what faults do, and what is held back till when."""

from typing import Any

from hubsim_contract.lab.faults import Delay, Drop, Duplicate
from hubsim_contract.lab.port_filter import PortFilter, PortObserver
from hubsim_contract.mqtt.port import Connected, ConnectionLost, PortEvent, Publish, Received
from hubsim_contract.wire.topics import MessageKind, Topics

TOPICS = Topics()
HUB = "0000AA01"
DESIRED = TOPICS.of(MessageKind.DESIRED, HUB)
NEWS = Received(DESIRED, b"\xff1")


class Site(PortObserver):
    """A filter, its clock, its trace, and a station that notes what it hears."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.traced: list[tuple[str, str, dict[str, Any]]] = []
        self.told: list[PortEvent] = []
        self.online = True
        self.filter = PortFilter(TOPICS, self, self, self._deliver, self._is_online)

    def world_ms(self) -> int:
        return self.now_ms

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        self.traced.append((event, who, facts))

    def _deliver(self, station: str, event: PortEvent) -> None:
        assert station == HUB
        self.told.append(event)

    def _is_online(self, station: str) -> bool:
        assert station == HUB
        return self.online


def test_without_a_fault_everything_passes_and_nothing_is_due() -> None:
    site = Site()

    for event in (Connected(), NEWS):
        site.filter.port_event(HUB, event)

    assert site.told == [Connected(), NEWS]
    assert site.traced == []
    assert site.filter.due() is None
    assert not site.filter.wake()


def test_a_lost_connection_is_traced_and_told() -> None:
    site = Site()

    site.filter.port_event(HUB, ConnectionLost())

    assert site.told == [ConnectionLost()]
    assert site.traced == [("connection_lost", HUB, {})]


def test_a_fault_is_traced_with_how_often_the_message_arrives_now() -> None:
    site = Site()
    site.filter.arm(Drop(message=MessageKind.DESIRED))
    site.filter.arm(Duplicate(message=MessageKind.DESIRED))

    for _ in range(3):
        site.filter.port_event(HUB, NEWS)

    assert site.told == [NEWS] * 3
    assert site.traced == [
        ("interfered", HUB, {"topic": DESIRED, "arrives": 0}),
        ("interfered", HUB, {"topic": DESIRED, "arrives": 2}),
    ]


def test_a_delayed_message_is_due_at_its_time_and_no_earlier() -> None:
    site = Site()
    site.filter.arm(Delay(message=MessageKind.DESIRED, by=1_000))
    site.filter.port_event(HUB, NEWS)

    early = site.filter.wake()
    due_ms, site.now_ms = site.filter.due(), 1_000
    woke = site.filter.wake()

    assert (early, due_ms, woke) == (False, 1_000, True)
    assert site.told == [NEWS]
    assert site.filter.due() is None


def test_a_delayed_message_finds_nobody_without_a_connection() -> None:
    site = Site()
    site.filter.arm(Delay(message=MessageKind.DESIRED, by=1_000))
    site.filter.port_event(HUB, NEWS)

    site.now_ms, site.online = 1_000, False
    woke = site.filter.wake()

    assert woke
    assert site.told == []


def test_a_message_that_is_published_is_traced_though_its_payload_is_no_text() -> None:
    site = Site()

    site.published(HUB, Publish(DESIRED, b"\xff1"))

    assert site.traced == [("published", HUB, {"topic": DESIRED, "payload": "\ufffd1"})]
