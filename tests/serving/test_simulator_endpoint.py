"""The endpoint of a simulator: one run under a prefix, or runs with shards that do not overlap."""

import pytest
from endpoint_bench import TOPICS, Broker, Runner

from hubsim_contract.lab.bench_actions import PowerOff
from hubsim_contract.lab.protocol import BenchRequest, SimulatorPresence, decode_lab, encode_lab
from hubsim_contract.mqtt.port import ConnectionLost
from hubsim_simulator.serving.endpoint import OTHER_RUN_LIMIT_MS


@pytest.fixture
def broker() -> Broker:
    return Broker()


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


def test_a_graceful_end_publishes_that_the_simulator_is_offline(broker: Broker) -> None:
    first = Runner(broker, "run-1").start()

    first.perform(first.endpoint.stop(broker.now))

    assert broker.presence == SimulatorPresence("run-1", online=False)
    assert first.will is None


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
