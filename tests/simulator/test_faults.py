"""Message faults: their effect on messages in flight, their count, their receivers and their duration."""

import pytest

from hubsim_contract.lab.faults import (
    REORDER_HOLD_MS,
    AnyMessageFault,
    Delay,
    Drop,
    Duplicate,
    FaultInjector,
    Reorder,
)
from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.topics import MessageKind, Topics

TOPICS = Topics()
HUB, HUB_2 = "0000AA01", "0000AA02"
CLOUD = "cloud"


def message_of(number: int, kind: MessageKind = MessageKind.REPORTED, hub: str = HUB) -> Received:
    return Received(TOPICS.of(kind, hub), str(number).encode())


def numbers(messages: list[Received]) -> list[int]:
    return [int(message.payload) for message in messages]


class Way:
    """The path of messages to the cloud, with a clock."""

    def __init__(self, *faults: AnyMessageFault) -> None:
        self.fault_injector = FaultInjector(TOPICS)
        self.now_ms = 0
        for fault in faults:
            self.fault_injector.arm(fault)

    def send(
        self, *sent: int, kind: MessageKind = MessageKind.REPORTED, hub: str = HUB, to: str = CLOUD
    ) -> list[int]:
        """Send messages, and return the ones that arrive at once."""
        arrived: list[Received] = []
        for number in sent:
            arrived += self.fault_injector.admit(to, message_of(number, kind, hub), self.now_ms).messages
        return numbers(arrived)

    def wait(self, ms: int) -> list[int]:
        """Move the clock, and return the delayed messages that arrive."""
        self.now_ms += ms
        return numbers([message for _, message in self.fault_injector.take(self.now_ms)])


def test_without_a_fault_messages_arrive_unchanged_and_nothing_is_due() -> None:
    way = Way()

    assert way.fault_injector.quiet
    assert way.send(1, 2, 3) == [1, 2, 3]
    assert way.fault_injector.due() is None


def test_a_dropped_message_never_arrives_but_the_next_one_does() -> None:
    way = Way(Drop(message=MessageKind.REPORTED))

    assert way.send(1, 2) == [2]
    assert way.fault_injector.quiet
    assert way.wait(10**9) == []


def test_a_duplicated_message_arrives_twice() -> None:
    assert Way(Duplicate(message=MessageKind.REPORTED)).send(1, 2) == [1, 1, 2]


def test_a_delayed_message_arrives_exactly_after_its_delay() -> None:
    way = Way(Delay(message=MessageKind.REPORTED, by=5_000))

    at_once = way.send(1, 2)

    assert at_once == [2]
    assert way.fault_injector.due() == 5_000
    assert way.wait(4_999) == []
    assert way.wait(1) == [1]
    assert way.fault_injector.quiet


def test_delayed_messages_arrive_in_the_order_of_their_due_times() -> None:
    way = Way(
        Delay(message=MessageKind.REPORTED, by=9_000), Delay(message=MessageKind.PRESENCE, by=1_000, count=2)
    )
    way.send(1)
    way.send(2, 3, kind=MessageKind.PRESENCE)

    assert way.wait(10_000) == [2, 3, 1]


def test_a_reordered_message_arrives_after_the_next_one() -> None:
    way = Way(Reorder(message=MessageKind.REPORTED))

    assert way.send(1, 2, 3) == [2, 1, 3]
    assert way.fault_injector.quiet


def test_each_of_several_reordered_messages_arrives_after_a_later_one() -> None:
    assert Way(Reorder(message=MessageKind.REPORTED, count=2)).send(1, 2, 3, 4) == [3, 2, 1, 4]


def test_a_reordered_message_without_a_successor_is_held_for_a_limited_time() -> None:
    way = Way(Reorder(message=MessageKind.REPORTED))

    at_once = way.send(1)

    assert at_once == []
    assert way.fault_injector.due() == REORDER_HOLD_MS
    assert way.wait(REORDER_HOLD_MS - 1) == []
    assert way.wait(1) == [1]
    assert way.fault_injector.quiet


def test_a_message_of_another_hub_or_to_another_station_does_not_overtake() -> None:
    way = Way(Reorder(message=MessageKind.REPORTED, hub=HUB))

    assert way.send(1) == []
    assert way.send(2, hub=HUB_2) == [2]
    assert way.send(3, to="another station") == [3]
    assert way.send(4) == [4, 1]


def test_a_dropped_message_does_not_overtake() -> None:
    way = Way(Reorder(message=MessageKind.REPORTED), Drop(message=MessageKind.REPORTED))

    assert way.send(1, 2, 3) == [3, 1]


def test_a_fault_applies_to_count_messages() -> None:
    way = Way(Drop(message=MessageKind.REPORTED, count=3))

    assert way.send(1, 2, 3, 4, 5) == [4, 5]


def test_a_fault_applies_only_to_messages_of_its_kind() -> None:
    way = Way(Drop(message=MessageKind.EVENTS))

    assert way.send(1, kind=MessageKind.REPORTED) == [1]
    assert way.send(2, kind=MessageKind.EVENTS) == []


def test_a_fault_for_one_hub_does_not_affect_other_hubs() -> None:
    way = Way(Drop(message=MessageKind.REPORTED, hub=HUB))

    assert way.send(1, hub=HUB_2) == [1]
    assert way.send(2, hub=HUB) == []


def test_a_fault_without_a_hub_applies_to_the_first_message_of_any_hub() -> None:
    way = Way(Drop(message=MessageKind.REPORTED))

    assert way.send(1, hub=HUB_2) == []
    assert way.send(2, hub=HUB) == [2]


def test_a_fault_for_one_hub_applies_to_the_message_to_all_on_its_way_to_that_hub() -> None:
    way = Way(Drop(message=MessageKind.CLOUD_PRESENCE, hub=HUB_2))

    assert way.send(1, kind=MessageKind.CLOUD_PRESENCE, to=HUB) == [1]
    assert way.send(1, kind=MessageKind.CLOUD_PRESENCE, to=HUB_2) == []


def test_a_fault_does_not_apply_to_the_presence_that_returns_to_its_cloud() -> None:
    way = Way(Drop(message=MessageKind.CLOUD_PRESENCE))

    assert way.send(1, kind=MessageKind.CLOUD_PRESENCE, to=CLOUD) == [1]
    assert way.send(1, kind=MessageKind.CLOUD_PRESENCE, to=HUB) == []


def test_faults_apply_in_the_order_in_which_they_were_armed() -> None:
    way = Way(Drop(message=MessageKind.REPORTED), Duplicate(message=MessageKind.REPORTED))

    assert way.send(1, 2, 3) == [2, 2, 3]


@pytest.mark.parametrize("fault", [Drop, Duplicate, Reorder])
def test_a_foreign_topic_is_not_affected(fault: type[Drop | Duplicate | Reorder]) -> None:
    way = Way(fault(message=MessageKind.REPORTED))

    arrived = way.fault_injector.admit(CLOUD, Received("somewhere/else", b"9"), 0).messages

    assert numbers(arrived) == [9]
