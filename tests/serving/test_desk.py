"""The desk of a simulator: one run under a prefix, each request done once, nobody heard who must not be."""

from collections import deque

import pytest

from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import PowerOff
from hubsim_contract.lab.protocol import (
    Asked,
    BenchAnswer,
    BenchRequest,
    LabAnswer,
    LabTopics,
    SaveBench,
    SimulatorPresence,
    decode_lab,
    encode_lab,
)
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Received,
    Subscribe,
    Subscribed,
    Will,
)
from hubsim_simulator.serving.endpoint import ANSWERS_BYTES_MAX, ANSWERS_KEPT, PATIENCE_MS, SimulatorEndpoint

TOPICS = LabTopics()
HUB = "0000AA01"


class Runner:
    """A desk with its connection. What it is asked for is in `asked` and `laid`."""

    def __init__(self, broker: "Broker", run: str, *, takes_requests: bool = True) -> None:
        self.asked: list[Asked] = []
        self.laid: list[tuple[str, str, BenchRequest]] = []
        self.endpoint = SimulatorEndpoint(
            TOPICS,
            run,
            self.asked.append,
            lambda world, hub, action: self.laid.append((world, hub, action)),
            takes_requests=takes_requests,
        )
        self.filters: tuple[str, ...] = ()
        self.will: Will | None = None
        self._broker = broker
        broker.runners.append(self)

    def starts(self) -> "Runner":
        self.does(self.endpoint.start(self._broker.now))
        self._broker.carry()
        return self

    def does(self, effects: list[PortEffect]) -> None:
        for effect in effects:
            self._broker.perform(self, effect)

    def hears(self, event: PortEvent) -> None:
        self.does(self.endpoint.hear(event, self._broker.now))

    def answers(self, answered: LabAnswer) -> None:
        self.does(self.endpoint.answer(answered))
        self._broker.carry()


class Broker:
    """A broker in memory: messages in order, one after the other, retained ones marked on a subscription."""

    def __init__(self) -> None:
        self.now = Now(0, 0)
        self.runners: list[Runner] = []
        self.retained: dict[str, bytes] = {}
        self.said: list[tuple[str, bytes]] = []
        self._under_way: deque[tuple[Runner, PortEvent]] = deque()

    def perform(self, runner: Runner, effect: PortEffect) -> None:
        match effect:
            case Connect():
                runner.will = effect.will
                self._under_way.append((runner, Connected()))
            case Subscribe():
                runner.filters = effect.filters
                self._under_way.append((runner, Subscribed()))
                for topic, payload in self.retained.items():
                    if topic in effect.filters:
                        self._under_way.append((runner, Received(topic, payload, retained=True)))
            case Publish() if runner.filters:
                self.publish(effect.topic, effect.payload, retain=effect.retain)
            case Disconnect():
                runner.filters, runner.will = (), None

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.said.append((topic, payload))
        if retain:
            self.retained[topic] = payload
        levels = topic.split("/")
        for runner in self.runners:
            if any(_matches(pattern.split("/"), levels) for pattern in runner.filters):
                self._under_way.append((runner, Received(topic, payload)))

    def carry(self) -> None:
        """Deliver until nothing is under way."""
        while self._under_way:
            runner, event = self._under_way.popleft()
            runner.hears(event)

    def drops(self, runner: Runner) -> None:
        """Let a connection die without a goodbye."""
        runner.filters, will = (), runner.will
        self._under_way = deque(each for each in self._under_way if each[0] is not runner)
        if will is not None:
            self.publish(will.topic, will.payload, retain=will.retain)
        runner.hears(ConnectionLost())
        self.carry()

    def wait(self, ms: int) -> None:
        self.now = Now(self.now.mono_ms + ms, self.now.world_ms + ms)
        for runner in self.runners:
            due_ms = runner.endpoint.due()
            if due_ms is not None and due_ms <= self.now.mono_ms:
                runner.does(runner.endpoint.wake(self.now))
        self.carry()

    @property
    def presence(self) -> SimulatorPresence:
        return decode_lab(SimulatorPresence, self.retained[TOPICS.presence])

    def asks(self, number: int, asker: str = "cloud-1") -> None:
        self.publish(TOPICS.requests, encode_lab(Asked(asker, number, SaveBench())))
        self.carry()

    def answered(self) -> list[int]:
        said = [payload for topic, payload in self.said if topic == TOPICS.answers]
        return [decode_lab(LabAnswer, payload).number for payload in said]


def _matches(pattern: list[str], levels: list[str]) -> bool:
    return len(pattern) == len(levels) and all(
        mine in ("+", theirs) for mine, theirs in zip(pattern, levels, strict=True)
    )


@pytest.fixture
def broker() -> Broker:
    return Broker()


# ------------------------------------------------------------------ one run under a prefix


def test_a_run_that_is_alone_is_ready_and_says_so(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()

    assert first.endpoint.ready
    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_a_second_run_is_refused_and_the_first_stays_what_the_broker_knows(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()

    second = Runner(broker, "run-0").starts()

    assert (second.endpoint.taken, second.endpoint.ready) == (True, False)
    assert (first.endpoint.taken, first.endpoint.ready) == (False, True)
    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_a_second_run_that_is_cut_off_does_not_make_the_first_unknown(broker: Broker) -> None:
    Runner(broker, "run-1").starts()
    second = Runner(broker, "run-2").starts()

    broker.drops(second)

    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_of_two_that_begin_at_the_same_moment_one_stays(broker: Broker) -> None:
    first, second = Runner(broker, "run-1"), Runner(broker, "run-2")
    for runner in (first, second):
        runner.does(runner.endpoint.start(broker.now))

    broker.carry()

    assert [first.endpoint.ready, second.endpoint.ready].count(True) == 1
    assert [first.endpoint.taken, second.endpoint.taken].count(True) == 1
    assert broker.presence == SimulatorPresence("run-1" if first.endpoint.ready else "run-2", online=True)


def test_a_run_that_died_together_with_the_broker_does_not_keep_others_out(broker: Broker) -> None:
    broker.retained[TOPICS.presence] = encode_lab(SimulatorPresence("run-0", online=True))

    second = Runner(broker, "run-1").starts()
    before = second.endpoint.ready
    broker.wait(PATIENCE_MS)

    assert (before, second.endpoint.ready, second.endpoint.taken) == (False, True, False)
    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_after_an_orderly_end_the_next_run_begins_at_once(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()
    first.does(first.endpoint.stop(broker.now))
    broker.carry()

    second = Runner(broker, "run-2").starts()

    assert second.endpoint.ready


def test_after_a_connection_died_the_same_run_is_back(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()

    broker.drops(first)
    between = (broker.presence.online, first.endpoint.ready)
    broker.wait(60_000)

    assert first.endpoint.ready
    assert not between[1] or between[0], "a run that is not ready is not announced"
    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_a_run_that_comes_back_to_a_place_that_is_taken_gives_way(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()
    publish, first.filters = broker.publish, ()
    assert first.will is not None
    publish(first.will.topic, first.will.payload, retain=True)
    second = Runner(broker, "run-2").starts()
    assert second.endpoint.ready

    first.hears(ConnectionLost())
    broker.carry()
    broker.wait(60_000)

    assert (first.endpoint.taken, first.endpoint.ready) == (True, False)
    assert (second.endpoint.taken, second.endpoint.ready) == (False, True)
    assert broker.presence == SimulatorPresence("run-2", online=True)


# ------------------------------------------------------------------ requests


def test_a_request_that_comes_twice_is_done_once_and_answered_twice(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()
    broker.asks(7)
    broker.asks(7)
    while_it_was_done = broker.answered()
    first.answers(LabAnswer(asker="cloud-1", number=7))

    broker.asks(7)

    assert [asked.number for asked in first.asked] == [7]
    assert while_it_was_done == []
    assert broker.answered() == [7, 7]


def test_the_same_number_of_another_asker_is_another_request(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()

    broker.asks(7)
    broker.asks(7, asker="cloud-2")

    assert [(asked.asker, asked.number) for asked in first.asked] == [("cloud-1", 7), ("cloud-2", 7)]


def test_answers_are_remembered_for_as_many_requests_as_it_says(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()
    for number in range(ANSWERS_KEPT + 1):
        broker.asks(number)
        first.answers(LabAnswer(asker="cloud-1", number=number))

    broker.asks(1)
    broker.asks(0)

    assert [asked.number for asked in first.asked][ANSWERS_KEPT + 1 :] == [0]


def test_large_answers_are_forgotten_sooner(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()
    text = "x" * (ANSWERS_BYTES_MAX * 2 // 5)
    for number in range(3):
        broker.asks(number)
        first.answers(LabAnswer(asker="cloud-1", number=number, text=text))

    for number in (2, 1, 0):
        broker.asks(number)

    assert [asked.number for asked in first.asked] == [0, 1, 2, 0]


def test_a_request_after_a_reconnect_is_still_done_once(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()
    broker.asks(7)
    broker.drops(first)
    broker.wait(60_000)
    first.answers(LabAnswer(asker="cloud-1", number=7))

    broker.asks(7)

    assert [asked.number for asked in first.asked] == [7]
    assert broker.answered() == [7, 7]


def test_nothing_is_done_before_it_is_known_that_nobody_else_is_there(broker: Broker) -> None:
    broker.retained[TOPICS.presence] = encode_lab(SimulatorPresence("run-0", online=True))
    second = Runner(broker, "run-1").starts()

    broker.asks(1)
    broker.publish(TOPICS.bench_actions("", HUB), encode_lab(BenchRequest("1", PowerOff())))
    broker.carry()

    assert (second.asked, second.laid) == ([], [])


def test_hands_are_laid_for_anybody_in_any_world(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()

    for world in ("", "march"):
        broker.publish(TOPICS.bench_actions(world, HUB), encode_lab(BenchRequest("1", PowerOff())))
    broker.carry()

    assert [(world, hub) for world, hub, _ in first.laid] == [("", HUB), ("march", HUB)]


def test_what_came_of_hands_is_told_where_their_world_listens() -> None:
    endpoint = SimulatorEndpoint(TOPICS, "run-1", lambda _: None, lambda *_: None)

    told = endpoint.answer_bench("march", HUB, BenchAnswer("1", "hub_off", "the hub is off"))

    assert told.topic == f"hubsim/v1/march/bench/{HUB}/answers"
    assert decode_lab(BenchAnswer, told.payload).refused == "hub_off"


def test_who_does_not_take_requests_does_not_even_hear_them(broker: Broker) -> None:
    first = Runner(broker, "run-1", takes_requests=False).starts()

    broker.asks(1)
    broker.publish(TOPICS.bench_actions("", HUB), encode_lab(BenchRequest("1", PowerOff())))
    broker.carry()

    assert first.endpoint.ready
    assert (first.asked, first.laid) == ([], [])
    assert first.filters == (TOPICS.presence,)


@pytest.mark.parametrize("topic", [TOPICS.requests, TOPICS.bench_actions("", HUB), TOPICS.presence])
def test_what_cannot_be_read_is_counted_and_does_no_harm(broker: Broker, topic: str) -> None:
    first = Runner(broker, "run-1").starts()

    broker.publish(topic, b"\xff", retain=topic == TOPICS.presence)
    broker.carry()

    assert first.endpoint.refused_messages == 1
    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_a_goodbye_tells_that_nobody_is_there(broker: Broker) -> None:
    first = Runner(broker, "run-1").starts()

    first.does(first.endpoint.stop(broker.now))

    assert broker.presence == SimulatorPresence("run-1", online=False)
    assert first.will is None
