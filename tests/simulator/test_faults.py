"""Message faults: what each does to messages on their way, how often, to whom, and for how long."""

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


def said(number: int, kind: MessageKind = MessageKind.REPORTED, hub: str = HUB) -> Received:
    return Received(TOPICS.of(kind, hub), str(number).encode())


def numbers(messages: list[Received]) -> list[int]:
    return [int(message.payload) for message in messages]


class Way:
    """The way of messages to the cloud, with a clock."""

    def __init__(self, *faults: AnyMessageFault) -> None:
        self.fault_injector = FaultInjector(TOPICS)
        self.now_ms = 0
        for fault in faults:
            self.fault_injector.arm(fault)

    def sends(
        self, *sent: int, kind: MessageKind = MessageKind.REPORTED, hub: str = HUB, to: str = CLOUD
    ) -> list[int]:
        """Send messages, and return what arrives at once."""
        arrived: list[Received] = []
        for number in sent:
            arrived += self.fault_injector.admit(to, said(number, kind, hub), self.now_ms)
        return numbers(arrived)

    def waits(self, ms: int) -> list[int]:
        """Let time pass, and return what arrives late."""
        self.now_ms += ms
        return numbers([message for _, message in self.fault_injector.take(self.now_ms)])


def test_without_a_fault_messages_arrive_as_they_are_and_nothing_is_due() -> None:
    way = Way()

    assert way.fault_injector.quiet
    assert way.sends(1, 2, 3) == [1, 2, 3]
    assert way.fault_injector.due() is None


def test_a_dropped_message_never_arrives_and_the_next_one_does() -> None:
    way = Way(Drop(message=MessageKind.REPORTED))

    assert way.sends(1, 2) == [2]
    assert way.fault_injector.quiet
    assert way.waits(10**9) == []


def test_a_duplicated_message_arrives_twice() -> None:
    assert Way(Duplicate(message=MessageKind.REPORTED)).sends(1, 2) == [1, 1, 2]


def test_a_delayed_message_arrives_at_its_time_and_not_before() -> None:
    way = Way(Delay(message=MessageKind.REPORTED, by=5_000))

    at_once = way.sends(1, 2)

    assert at_once == [2]
    assert way.fault_injector.due() == 5_000
    assert way.waits(4_999) == []
    assert way.waits(1) == [1]
    assert way.fault_injector.quiet


def test_delayed_messages_arrive_in_the_order_of_their_instants() -> None:
    way = Way(
        Delay(message=MessageKind.REPORTED, by=9_000), Delay(message=MessageKind.PRESENCE, by=1_000, count=2)
    )
    way.sends(1)
    way.sends(2, 3, kind=MessageKind.PRESENCE)

    assert way.waits(10_000) == [2, 3, 1]


def test_a_reordered_message_arrives_behind_the_one_that_follows_it() -> None:
    way = Way(Reorder(message=MessageKind.REPORTED))

    assert way.sends(1, 2, 3) == [2, 1, 3]
    assert way.fault_injector.quiet


def test_each_of_several_reordered_messages_arrives_behind_the_one_that_follows_it() -> None:
    assert Way(Reorder(message=MessageKind.REPORTED, count=2)).sends(1, 2, 3, 4) == [3, 2, 1, 4]


def test_a_reordered_message_that_nothing_follows_is_held_for_so_long_at_most() -> None:
    way = Way(Reorder(message=MessageKind.REPORTED))

    at_once = way.sends(1)

    assert at_once == []
    assert way.fault_injector.due() == REORDER_HOLD_MS
    assert way.waits(REORDER_HOLD_MS - 1) == []
    assert way.waits(1) == [1]
    assert way.fault_injector.quiet


def test_a_message_of_another_hub_or_to_another_station_overtakes_nobody() -> None:
    way = Way(Reorder(message=MessageKind.REPORTED, hub=HUB))

    assert way.sends(1) == []
    assert way.sends(2, hub=HUB_2) == [2]
    assert way.sends(3, to="somebody else") == [3]
    assert way.sends(4) == [4, 1]


def test_a_dropped_message_overtakes_nobody() -> None:
    way = Way(Reorder(message=MessageKind.REPORTED), Drop(message=MessageKind.REPORTED))

    assert way.sends(1, 2, 3) == [3, 1]


def test_a_fault_strikes_as_often_as_it_says() -> None:
    way = Way(Drop(message=MessageKind.REPORTED, count=3))

    assert way.sends(1, 2, 3, 4, 5) == [4, 5]


def test_a_fault_strikes_messages_of_its_kind_only() -> None:
    way = Way(Drop(message=MessageKind.EVENTS))

    assert way.sends(1, kind=MessageKind.REPORTED) == [1]
    assert way.sends(2, kind=MessageKind.EVENTS) == []


def test_a_fault_of_one_hub_leaves_other_hubs_alone() -> None:
    way = Way(Drop(message=MessageKind.REPORTED, hub=HUB))

    assert way.sends(1, hub=HUB_2) == [1]
    assert way.sends(2, hub=HUB) == []


def test_a_fault_of_any_hub_strikes_whoever_comes_first() -> None:
    way = Way(Drop(message=MessageKind.REPORTED))

    assert way.sends(1, hub=HUB_2) == []
    assert way.sends(2, hub=HUB) == [2]


def test_faults_that_were_armed_one_after_the_other_strike_one_after_the_other() -> None:
    way = Way(Drop(message=MessageKind.REPORTED), Duplicate(message=MessageKind.REPORTED))

    assert way.sends(1, 2, 3) == [2, 2, 3]


@pytest.mark.parametrize("fault", [Drop, Duplicate, Reorder])
def test_a_topic_that_is_none_of_ours_is_left_alone(fault: type[Drop | Duplicate | Reorder]) -> None:
    way = Way(fault(message=MessageKind.REPORTED))

    arrived = way.fault_injector.admit(CLOUD, Received("somewhere/else", b"9"), 0)

    assert numbers(arrived) == [9]
