"""The endpoint of a simulator: one run under a prefix, each request performed once."""

from collections import deque

import pytest

from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import PowerOff
from hubsim_contract.lab.protocol import (
    BenchAnswer,
    BenchRequest,
    LabAnswer,
    LabTopics,
    NumberedRequest,
    SaveBench,
    SimulatorPresence,
    decode_lab,
    encode_lab,
)
from hubsim_contract.lab.shards import Shard
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
from hubsim_simulator.serving.endpoint import (
    ANSWERS_BYTES_MAX,
    ANSWERS_KEPT,
    OTHER_RUN_LIMIT_MS,
    SimulatorEndpoint,
)

TOPICS = LabTopics()
HUB = "0000AA01"


class Runner:
    """An endpoint with its connection. `asked` has its requests, `actions` its bench actions."""

    def __init__(
        self, broker: "Broker", run: str, *, takes_requests: bool = True, shard: str = "1/1"
    ) -> None:
        self.asked: list[NumberedRequest] = []
        self.actions: list[tuple[str, str, BenchRequest]] = []
        self.endpoint = SimulatorEndpoint(
            TOPICS,
            run,
            self.asked.append,
            lambda world, hub, action: self.actions.append((world, hub, action)),
            takes_requests=takes_requests,
            shard=Shard.parse(shard),
        )
        self.filters: tuple[str, ...] = ()
        self.will: Will | None = None
        self._broker = broker
        broker.runners.append(self)

    def start(self) -> "Runner":
        self.perform(self.endpoint.start(self._broker.now))
        self._broker.carry()
        return self

    def perform(self, effects: list[PortEffect]) -> None:
        for effect in effects:
            self._broker.perform(self, effect)

    def receive(self, event: PortEvent) -> None:
        self.perform(self.endpoint.handle(event, self._broker.now))

    def answer(self, answered: LabAnswer) -> None:
        self.perform(self.endpoint.answer(answered))
        self._broker.carry()


class Broker:
    """A broker in memory: messages in order, one after the other, retained ones marked on a subscription."""

    def __init__(self) -> None:
        self.now = Now(0, 0)
        self.runners: list[Runner] = []
        self.retained: dict[str, bytes] = {}
        self.published: list[tuple[str, bytes]] = []
        self._in_flight: deque[tuple[Runner, PortEvent]] = deque()

    def perform(self, runner: Runner, effect: PortEffect) -> None:
        match effect:
            case Connect():
                runner.will = effect.will
                self._in_flight.append((runner, Connected()))
            case Subscribe():
                runner.filters = effect.filters
                self._in_flight.append((runner, Subscribed()))
                for topic, payload in self.retained.items():
                    if any(_matches(each.split("/"), topic.split("/")) for each in effect.filters):
                        self._in_flight.append((runner, Received(topic, payload, retained=True)))
            case Publish() if runner.filters:
                self.publish(effect.topic, effect.payload, retain=effect.retain)
            case Disconnect():
                runner.filters, runner.will = (), None

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.published.append((topic, payload))
        if retain:
            self.retained[topic] = payload
        levels = topic.split("/")
        for runner in self.runners:
            if any(_matches(pattern.split("/"), levels) for pattern in runner.filters):
                self._in_flight.append((runner, Received(topic, payload)))

    def carry(self) -> None:
        """Deliver all messages in flight."""
        while self._in_flight:
            runner, event = self._in_flight.popleft()
            runner.receive(event)

    def drop(self, runner: Runner) -> None:
        """End a connection without a DISCONNECT."""
        runner.filters, will = (), runner.will
        self._in_flight = deque(each for each in self._in_flight if each[0] is not runner)
        if will is not None:
            self.publish(will.topic, will.payload, retain=will.retain)
        runner.receive(ConnectionLost())
        self.carry()

    def wait(self, ms: int) -> None:
        self.now = Now(self.now.mono_ms + ms, self.now.world_ms + ms)
        for runner in self.runners:
            due_ms = runner.endpoint.due()
            if due_ms is not None and due_ms <= self.now.mono_ms:
                runner.perform(runner.endpoint.wake(self.now))
        self.carry()

    @property
    def presence(self) -> SimulatorPresence:
        return decode_lab(SimulatorPresence, self.retained[TOPICS.presence])

    def ask(self, number: int, asker: str = "cloud-1") -> None:
        self.publish(TOPICS.requests, encode_lab(NumberedRequest(asker, number, SaveBench())))
        self.carry()

    def answered(self) -> list[int]:
        payloads = [payload for topic, payload in self.published if topic == TOPICS.answers]
        return [decode_lab(LabAnswer, payload).number for payload in payloads]


def _matches(pattern: list[str], levels: list[str]) -> bool:
    return len(pattern) == len(levels) and all(
        mine in ("+", theirs) for mine, theirs in zip(pattern, levels, strict=True)
    )


@pytest.fixture
def broker() -> Broker:
    return Broker()


# ------------------------------------------------------------------ one run under a prefix


def test_a_single_run_is_ready_and_publishes_its_presence(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()

    assert first.endpoint.ready
    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_a_second_run_is_refused_and_the_broker_retains_the_presence_of_the_first(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()

    second = Runner(broker, "run-0").start()

    assert (second.endpoint.taken, second.endpoint.ready) == (True, False)
    assert (first.endpoint.taken, first.endpoint.ready) == (False, True)
    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_the_will_of_a_second_run_does_not_replace_the_presence_of_the_first(broker: Broker) -> None:
    Runner(broker, "run-1").start()
    second = Runner(broker, "run-2").start()

    broker.drop(second)

    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_one_of_two_runs_that_start_at_the_same_moment_stays(broker: Broker) -> None:
    first, second = Runner(broker, "run-1"), Runner(broker, "run-2")
    for runner in (first, second):
        runner.perform(runner.endpoint.start(broker.now))

    broker.carry()

    assert [first.endpoint.ready, second.endpoint.ready].count(True) == 1
    assert [first.endpoint.taken, second.endpoint.taken].count(True) == 1
    assert broker.presence == SimulatorPresence("run-1" if first.endpoint.ready else "run-2", online=True)


def test_a_run_that_ended_together_with_the_broker_does_not_block_others(broker: Broker) -> None:
    broker.retained[TOPICS.presence] = encode_lab(SimulatorPresence("run-0", online=True))

    second = Runner(broker, "run-1").start()
    before = second.endpoint.ready
    broker.wait(OTHER_RUN_LIMIT_MS)

    assert (before, second.endpoint.ready, second.endpoint.taken) == (False, True, False)
    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_after_a_graceful_end_the_next_run_starts_at_once(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()
    first.perform(first.endpoint.stop(broker.now))
    broker.carry()

    second = Runner(broker, "run-2").start()

    assert second.endpoint.ready


def test_a_run_is_ready_again_after_a_lost_connection(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()

    broker.drop(first)
    between = (broker.presence.online, first.endpoint.ready)
    broker.wait(60_000)

    assert first.endpoint.ready
    assert not between[1] or between[0], "a run that is not ready is not announced"
    assert broker.presence == SimulatorPresence("run-1", online=True)


def test_a_run_that_reconnects_after_another_took_its_prefix_gives_way(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()
    publish, first.filters = broker.publish, ()
    assert first.will is not None
    publish(first.will.topic, first.will.payload, retain=True)
    second = Runner(broker, "run-2").start()
    assert second.endpoint.ready

    first.receive(ConnectionLost())
    broker.carry()
    broker.wait(60_000)

    assert (first.endpoint.taken, first.endpoint.ready) == (True, False)
    assert (second.endpoint.taken, second.endpoint.ready) == (False, True)
    assert broker.presence == SimulatorPresence("run-2", online=True)


# ------------------------------------------------------------------ shards


@pytest.mark.parametrize(
    ("shards", "ready"),
    [
        (("1/2", "2/2"), (True, True)),
        (("1/4", "2/4", "3/4", "4/4"), (True, True, True, True)),
        (("1/2", "2/4", "4/4"), (True, True, True)),
        (("2/2", "2/2"), (True, False)),
        (("1/1", "2/2"), (True, False)),
        (("2/2", "1/1"), (True, False)),
        (("1/2", "3/4"), (True, False)),
        (("2/3", "1/4"), (True, False)),
    ],
)
def test_shards_that_do_not_overlap_share_a_prefix(
    broker: Broker, shards: tuple[str, ...], ready: tuple[bool, ...]
) -> None:
    runners = [Runner(broker, f"run-{number}", shard=shard).start() for number, shard in enumerate(shards)]

    assert tuple(each.endpoint.ready for each in runners) == ready
    assert tuple(each.endpoint.taken for each in runners) == tuple(not each for each in ready)


def test_of_overlapping_shards_that_start_at_once_one_gives_way_and_is_not_announced(broker: Broker) -> None:
    runners = [Runner(broker, "run-1", shard="1/1"), Runner(broker, "run-2", shard="2/2")]

    for each in runners:
        each.perform(each.endpoint.start(broker.now))
    broker.carry()

    assert [each.endpoint.ready for each in runners].count(True) == 1
    online = [decode_lab(SimulatorPresence, each).run for each in broker.retained.values() if b"true" in each]
    assert online == ["run-1" if runners[0].endpoint.ready else "run-2"]


def test_a_shard_takes_the_bench_actions_on_its_hubs_and_no_requests(broker: Broker) -> None:
    first, second = (Runner(broker, f"run-{number}", shard=f"{number}/2").start() for number in (1, 2))

    for number, hub in enumerate(("00000010", "00000011", "not-a-hub")):
        request = BenchRequest(str(number), PowerOff())
        broker.publish(TOPICS.bench_actions("", hub), encode_lab(request))
    broker.ask(1)

    assert [hub for _, hub, _ in first.actions] == ["00000010", "not-a-hub"]
    assert [hub for _, hub, _ in second.actions] == ["00000011"]
    assert first.asked == second.asked == []


# ------------------------------------------------------------------ requests


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
    endpoint = SimulatorEndpoint(TOPICS, "run-1", lambda _: None, lambda *_: None)

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


def test_a_graceful_end_publishes_that_the_simulator_is_offline(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()

    first.perform(first.endpoint.stop(broker.now))

    assert broker.presence == SimulatorPresence("run-1", online=False)
    assert first.will is None
