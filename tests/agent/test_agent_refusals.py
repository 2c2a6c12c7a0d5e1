"""Messages that the agent refuses or ignores. The name of each test contains the id of its rule."""

import pytest
from agent_bench import HUB_ID, TOPICS, Bench, desired, published

from hubsim_agent.hub_events import DetectedEvent
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, encode
from hubsim_contract.wire.messages import HubEvent
from hubsim_contract.wire.topics import MessageKind


@pytest.mark.parametrize(
    "topic",
    [
        TOPICS.of(MessageKind.DESIRED, "FFFFFFFF"),
        TOPICS.of(MessageKind.REPORTED, HUB_ID),
        TOPICS.of(MessageKind.ORDER, "8988300000000000013"),
        "",
    ],
)
def test_mq_7_a_foreign_topic_is_ignored_and_counted(topic: str) -> None:
    bench = Bench().online()

    effects = bench.receive(desired(5), topic)

    assert effects == []
    assert bench.agent.view().foreign_topics == 1


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (b"", "MQ-7.json"),
        (b"{", "MQ-7.json"),
        (b"[]", "MQ-7.json"),
        (b'{"hub": "0A1B2C3D"}', "MQ-7.shape"),
        (b"\xff", "MQ-7.json"),
        (encode(desired(5, hub="FFFFFFFF")), "MQ-7.hub"),
        (encode(desired(0)), "MQ-7.words"),
        (encode(desired(2**53)), "MQ-7.words"),
        (encode(desired(5, ends_at_ms=2**53)), "MQ-7.words"),
        (encode(desired(5)).replace(b"active", b"paused"), "MQ-7.words"),
    ],
)
def test_mq_7_an_invalid_document_is_reported_with_its_rule_and_changes_nothing(
    payload: bytes, rule: str
) -> None:
    bench = Bench().online()

    effects = bench.receive(payload)

    (event,) = published(effects, HubEvent)
    assert event.kind == DetectedEvent.MESSAGE_REFUSED
    assert event.detail.startswith(f"{rule}: ")
    assert bench.agent.view().applied_version == 0


def test_mq_7_repeated_refusals_are_reported_once_until_a_valid_message_arrives() -> None:
    bench = Bench().online()

    flood = [effect for _ in range(50) for effect in bench.receive(b"{")]
    bench.apply(desired(1))
    afterwards = bench.receive(b"{")

    assert len(published(flood, HubEvent)) == 1
    assert len(published(afterwards, HubEvent)) == 1
    assert bench.agent.view().refused_messages == 51


def test_mq_7_different_refusals_cannot_displace_other_events_from_the_buffer() -> None:
    bench = Bench(event_buffer=20)
    bench.start()
    bench.change(lid_open=True)

    for number in range(100):
        bench.receive(b"x" * (number % 7))

    assert bench.agent.view().events_dropped == 0
    assert bench.agent.view().buffered_events == 11


def test_mq_8_the_agent_ignores_carrier_orders() -> None:
    bench = Bench().online()

    effects = bench.receive(b"{}", TOPICS.of(MessageKind.ORDER, "89883000000000000011"))

    assert effects == []


def test_mq_9_unknown_fields_are_ignored() -> None:
    bench = Bench().online()
    payload = encode(desired(5))[:-1] + b',"colour":"blue"}'

    bench.receive(payload)
    bench.finish_writes()

    assert bench.agent.view().applied_version == 5


def test_mq_9_an_unsupported_contract_version_is_refused_and_reported() -> None:
    bench = Bench().online()

    effects = bench.receive(encode(desired(5, contract=2)))

    assert published(effects, HubEvent)[0].detail.startswith("MQ-9.version: ")
    assert bench.agent.view().applied_version == 0


def test_mq_10_a_payload_that_is_too_large_is_refused_unread() -> None:
    bench = Bench().online()

    effects = bench.receive(encode(desired(5)) + b" " * MAX_PAYLOAD_BYTES)

    assert published(effects, HubEvent)[0].detail.startswith("MQ-10.size_in: ")
    assert bench.agent.view().applied_version == 0
