"""What a client can leave in the memory of the broker: long topics and retained messages are bounded."""

import tracemalloc

from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import PublishPacket
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_simulator.broker.filters import MAX_TOPIC_BYTES
from hubsim_simulator.broker.guard import Guard
from hubsim_simulator.broker.hub_packet_check import HubPacketCheck
from hubsim_simulator.broker.keyring import Keyring
from hubsim_simulator.broker.limits import BrokerLimits
from hubsim_simulator.broker.model import BrokerModel
from hubsim_simulator.broker.retained import RetainedMessages

HUB = "0000ABCD"
TOPICS = 100
KEPT_BYTES_MAX = 20 * MAX_TOPIC_BYTES
"""Far less than the bytes of all topics, and more than the rest of the broker."""


def long_topic(number: int) -> str:
    return f"{DEFAULT_PREFIX}/{number:0>60000}/hubs/{HUB}/reported"


def test_a_client_that_publishes_to_many_long_topics_leaves_nothing() -> None:
    model = BrokerModel()
    model.connect(1, "client", True, 60)
    tracemalloc.start()

    for number in range(TOPICS):
        model.publish(1, long_topic(number), b"x")
    for number in range(TOPICS):  # refused by the table of access
        model.publish(1, long_topic(-1 - number), b"x", allowed=False)

    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < KEPT_BYTES_MAX


def test_a_hub_that_may_publish_to_many_long_topics_leaves_nothing() -> None:
    guard = Guard(Keyring.new())
    tracemalloc.start()

    allowed = [guard.allows_publish(HUB, long_topic(number)) for number in range(TOPICS)]

    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(allowed)
    assert kept_bytes < KEPT_BYTES_MAX


def test_the_packet_check_keeps_no_long_topic() -> None:
    packet_check = HubPacketCheck(DEFAULT_PREFIX, lambda _: None)
    tracemalloc.start()

    for number in range(TOPICS):
        packet = PublishPacket(long_topic(number), b"x")
        packet_check.published(HUB, f"hub-{HUB}", packet, accepted=True)

    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < KEPT_BYTES_MAX


def test_messages_that_are_sent_to_many_long_topics_leave_nothing() -> None:
    tracemalloc.start()

    for number in range(TOPICS):
        encode(PublishPacket(long_topic(number), b"x"))

    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < KEPT_BYTES_MAX


def test_the_bytes_of_retained_messages_are_bounded() -> None:
    retained = RetainedMessages(limit=10, limit_bytes=30)

    retained.store("a", bytes(9), 1)
    retained.store("b", bytes(19), 1)
    retained.store("c", b"x", 1)  # above the limit
    retained.store("a", bytes(10), 1)  # a larger message of a topic, above the limit

    assert [(each.topic, len(each.payload)) for each in retained.matching("#")] == [("a", 9), ("b", 19)]


def test_bytes_of_retained_messages_are_free_again_after_they_are_deleted_or_replaced() -> None:
    retained = RetainedMessages(limit=10, limit_bytes=30)

    retained.store("a", bytes(29), 1)
    retained.store("a", bytes(9), 1)
    retained.store("b", bytes(19), 1)
    retained.store("b", b"", 1)
    retained.store("c", bytes(19), 1)

    assert [(each.topic, len(each.payload)) for each in retained.matching("#")] == [("a", 9), ("c", 19)]


def test_a_message_above_the_limit_is_delivered_and_not_retained() -> None:
    model = BrokerModel(BrokerLimits(max_retained_bytes=10))
    model.connect(1, "client", True, 60)
    model.subscribe(1, ["t"])

    outputs = model.publish(1, "t", bytes(20), retain=True)

    assert [output.conn for output in outputs] == [1, 1]
    assert model.retained_count == 0
