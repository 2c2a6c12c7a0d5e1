"""The endpoint of a simulator: each request is performed once, and bench actions in any world."""

import pytest
from endpoint_bench import HUB, TOPICS, Broker, Runner

from hubsim_contract.lab.bench_actions import PowerOff
from hubsim_contract.lab.protocol import (
    BenchAnswer,
    BenchRequest,
    LabAnswer,
    SimulatorPresence,
    decode_lab,
    encode_lab,
)
from hubsim_simulator.serving.endpoint import ANSWERS_BYTES_MAX, ANSWERS_KEPT, SimulatorEndpoint


@pytest.fixture
def broker() -> Broker:
    return Broker()


def test_a_request_that_arrives_twice_is_performed_once_and_answered_twice(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()
    broker.ask(7)
    broker.ask(7)
    answered_before = broker.answered()
    first.answer(LabAnswer(asker="cloud-1", number=7))

    broker.ask(7)

    assert [asked.number for asked in first.asked] == [7]
    assert answered_before == []
    assert broker.answered() == [7, 7]


def test_the_same_number_of_another_asker_is_another_request(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()

    broker.ask(7)
    broker.ask(7, asker="cloud-2")

    assert [(asked.asker, asked.number) for asked in first.asked] == [("cloud-1", 7), ("cloud-2", 7)]


def test_the_answers_to_the_last_requests_are_kept(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()
    for number in range(ANSWERS_KEPT + 1):
        broker.ask(number)
        first.answer(LabAnswer(asker="cloud-1", number=number))

    broker.ask(1)
    broker.ask(0)

    assert [asked.number for asked in first.asked][ANSWERS_KEPT + 1 :] == [0]


def test_large_answers_are_dropped_sooner(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()
    text = "x" * (ANSWERS_BYTES_MAX * 2 // 5)
    for number in range(3):
        broker.ask(number)
        first.answer(LabAnswer(asker="cloud-1", number=number, text=text))

    for number in (2, 1, 0):
        broker.ask(number)

    assert [asked.number for asked in first.asked] == [0, 1, 2, 0]


def test_a_request_after_a_reconnect_is_still_performed_once(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()
    broker.ask(7)
    broker.drop(first)
    broker.wait(60_000)
    first.answer(LabAnswer(asker="cloud-1", number=7))

    broker.ask(7)

    assert [asked.number for asked in first.asked] == [7]
    assert broker.answered() == [7, 7]


def test_no_request_is_performed_before_it_is_known_that_no_other_run_is_online(broker: Broker) -> None:
    broker.retained[TOPICS.presence] = encode_lab(SimulatorPresence("run-0", online=True))
    second = Runner(broker, "run-1").start()

    broker.ask(1)
    broker.publish(TOPICS.bench_actions("", HUB), encode_lab(BenchRequest("1", PowerOff())))
    broker.carry()

    assert (second.asked, second.actions) == ([], [])


def test_bench_actions_of_any_client_are_performed_in_any_world(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()

    for world in ("", "march"):
        broker.publish(TOPICS.bench_actions(world, HUB), encode_lab(BenchRequest("1", PowerOff())))
    broker.carry()

    assert [(world, hub) for world, hub, _ in first.actions] == [("", HUB), ("march", HUB)]


def test_the_answer_to_a_bench_action_is_published_under_the_prefix_of_its_world() -> None:
    endpoint = SimulatorEndpoint(TOPICS, "run-1", lambda _: None, lambda *_: None, lambda _: None)

    answer = endpoint.answer_bench("march", HUB, BenchAnswer("1", "hub_off", "the hub is off"))

    assert answer.topic == f"hubsim/v1/march/bench/{HUB}/answers"
    assert decode_lab(BenchAnswer, answer.payload).refused == "hub_off"


def test_a_simulator_without_a_lab_does_not_subscribe_to_requests(broker: Broker) -> None:
    first = Runner(broker, "run-1", takes_requests=False).start()

    broker.ask(1)
    broker.publish(TOPICS.bench_actions("", HUB), encode_lab(BenchRequest("1", PowerOff())))
    broker.carry()

    assert first.endpoint.ready
    assert (first.asked, first.actions) == ([], [])
    assert first.filters == TOPICS.presences


@pytest.mark.parametrize("topic", [TOPICS.requests, TOPICS.bench_actions("", HUB), TOPICS.presence])
def test_an_unreadable_message_is_counted_and_has_no_other_effect(broker: Broker, topic: str) -> None:
    first = Runner(broker, "run-1").start()

    broker.publish(topic, b"\xff", retain=topic == TOPICS.presence)
    broker.carry()

    assert first.endpoint.refused_messages == 1
    assert broker.presence == SimulatorPresence("run-1", online=True)
