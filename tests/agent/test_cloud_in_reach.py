"""Rules MQ-6 and MQ-10: a hub shows the cloud as in reach only if the cloud is online and answers."""

from itertools import pairwise

import pytest
from agent_bench import CLOUD_TOPIC, HEARD_TOPIC, HUB_ID, Bench, desired, of, published

from hubsim_agent.cloud_contact import ANSWER_LIMIT_MS, ASK_AGAIN_AFTER_MS, PRESENCE_LIMIT_MS
from hubsim_agent.ports import AgentEffect
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import Connect, Connected, Disconnect, Received, Subscribed
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Heard, Presence, Reported


def in_reach(bench: Bench) -> bool:
    face = bench.agent.view().face
    return face is not None and face.cloud_reachable


def asks(effects: list[AgentEffect]) -> list[bool]:
    return [report.ask for report in published(effects, Reported)]


def connected(bench: Bench) -> list[AgentEffect]:
    """Accept a connection that has only a broker."""
    return bench.feed(Connected()) + bench.feed(Subscribed())


def unanswered() -> tuple[Bench, list[AgentEffect]]:
    """Return a hub whose cloud is online and answers nothing."""
    bench = Bench()
    bench.start()
    effects = connected(bench)
    bench.cloud(online=True)
    return bench, effects


def wait_until_due(bench: Bench) -> list[AgentEffect]:
    due_ms = bench.agent.due()
    assert due_ms is not None
    return bench.wait(max(0, due_ms - bench.now.mono_ms))


def test_an_open_connection_is_not_a_cloud() -> None:
    bench = Bench()
    bench.start()

    effects = connected(bench)

    assert bench.agent.link is LinkState.ONLINE
    assert asks(effects) == [True]
    assert not in_reach(bench)


def test_the_answer_of_the_cloud_shows_that_it_is_in_reach() -> None:
    bench, effects = unanswered()
    assert not in_reach(bench)

    bench.answer_reports(effects)

    assert in_reach(bench)
    assert bench.agent.due() is None, "an idle hub sends nothing"


def test_a_cloud_that_goes_offline_is_out_of_reach_though_the_connection_stays_open() -> None:
    bench = Bench().online()

    bench.cloud(online=False)
    assert not in_reach(bench)
    assert bench.agent.link is LinkState.ONLINE
    assert bench.agent.due() is None

    bench.cloud(online=True, connection=2)
    assert in_reach(bench)


@pytest.mark.parametrize(("boot", "connection"), [(4, 9), (5, 1), (5, 2)])
def test_mq_6_a_presence_that_is_not_newer_changes_nothing(boot: int, connection: int) -> None:
    bench = Bench().online()
    bench.cloud(online=True, boot=5, connection=2)
    bench.cloud(online=False, boot=5, connection=2)
    bench.cloud(online=True, boot=5, connection=3)

    bench.cloud(online=False, boot=boot, connection=connection)

    assert in_reach(bench)


def test_mq_6_a_connection_of_the_cloud_does_not_come_back() -> None:
    bench = Bench().online()
    bench.cloud(online=False)

    bench.cloud(online=True)

    assert not in_reach(bench)


def test_a_retained_presence_that_arrives_before_the_suback_counts() -> None:
    bench = Bench()
    bench.start()
    bench.feed(Connected())
    bench.cloud(online=False)

    bench.answer_reports(bench.feed(Subscribed()))
    bench.cloud(online=False)

    assert in_reach(bench), "the second presence is not newer than the first"


def test_a_report_asks_again_only_if_the_last_answer_is_old() -> None:
    bench = Bench().online()

    bench.wait(ASK_AGAIN_AFTER_MS - 1)
    assert asks(bench.change(lid_open=True)) == [False]

    bench.wait(1)
    effects = bench.change(lid_open=False)
    assert asks(effects) == [True]
    assert asks(bench.change(lid_open=True)) == [False], "the answer may be on the way"
    assert in_reach(bench)

    bench.answer_reports(effects)
    assert asks(bench.change(lid_open=False)) == [False]


def test_mq_10_a_hub_without_an_answer_asks_once_more_and_then_reconnects() -> None:
    bench, _ = unanswered()

    second = bench.wait(ANSWER_LIMIT_MS)
    assert asks(second) == [True]
    assert not of(second, Disconnect)

    end = bench.wait(ANSWER_LIMIT_MS)
    assert [presence.online for presence in published(end, Presence)] == [False]
    assert of(end, Disconnect)
    assert bench.agent.view().unheard == 1

    assert asks(bench.reconnect()) == [True]
    assert in_reach(bench)


def test_mq_10_an_answer_to_the_second_question_is_enough() -> None:
    bench, _ = unanswered()

    bench.answer_reports(bench.wait(ANSWER_LIMIT_MS))

    assert in_reach(bench)
    assert bench.agent.due() is None


def test_a_report_after_the_limit_is_the_second_question() -> None:
    bench, _ = unanswered()
    bench.now = bench.now._replace(mono_ms=bench.now.mono_ms + ANSWER_LIMIT_MS)

    assert asks(bench.change(lid_open=True)) == [True]
    assert bench.agent.due() == bench.now.mono_ms + ANSWER_LIMIT_MS


def test_mq_10_connections_without_an_answer_are_opened_with_growing_pauses() -> None:
    bench, _ = unanswered()
    pauses = []

    for _ in range(5):
        wait_until_due(bench)
        wait_until_due(bench)
        ended_ms = bench.now.mono_ms
        effects = wait_until_due(bench)
        assert of(effects, Connect)
        pauses.append(bench.now.mono_ms - ended_ms)
        connected(bench)
        bench.cloud(online=True)

    assert pauses[0] == 0
    assert all(later > earlier for earlier, later in pairwise(pauses))


def test_mq_10_a_connection_that_worked_for_long_is_opened_again_at_once() -> None:
    bench = Bench().online()
    bench.wait(ASK_AGAIN_AFTER_MS)
    bench.change(lid_open=True)
    wait_until_due(bench)
    wait_until_due(bench)

    assert of(wait_until_due(bench), Connect)
    assert bench.now.mono_ms == ASK_AGAIN_AFTER_MS + 2 * ANSWER_LIMIT_MS


def test_an_offline_cloud_has_no_limit_and_one_that_returns_has_all_of_it() -> None:
    bench, _ = unanswered()
    bench.wait(ANSWER_LIMIT_MS - 1)

    bench.cloud(online=False)
    assert bench.agent.due() is None

    bench.wait(1_000_000)
    bench.cloud(online=True, connection=2)
    assert bench.agent.due() == bench.now.mono_ms + ANSWER_LIMIT_MS


def test_a_broker_without_a_presence_of_a_cloud_gets_a_longer_limit() -> None:
    bench = Bench()
    bench.start()
    connected(bench)

    assert asks(bench.wait(PRESENCE_LIMIT_MS)) == [True]
    assert of(bench.wait(PRESENCE_LIMIT_MS), Disconnect)


def test_an_answer_proves_that_a_cloud_is_back_whose_presence_was_lost() -> None:
    bench = Bench().online()
    bench.cloud(online=False)
    bench.wait(ASK_AGAIN_AFTER_MS)

    effects = bench.change(lid_open=True)
    bench.answer_reports(effects)

    assert in_reach(bench)


@pytest.mark.parametrize(("later_boot", "sequence"), [(1, 1), (0, 0)])
def test_an_answer_to_another_report_proves_nothing(later_boot: int, sequence: int) -> None:
    bench, effects = unanswered()
    boot = published(effects, Reported)[0].boot + later_boot

    bench.feed(Received(HEARD_TOPIC, encode(Heard(hub=HUB_ID, boot=boot, sequence=sequence))))

    assert not in_reach(bench)


def test_an_answer_of_an_earlier_connection_proves_nothing() -> None:
    bench, effects = unanswered()
    bench.lose()
    wait_until_due(bench)
    connected(bench)
    bench.cloud(online=True)

    bench.answer_reports(effects)

    assert not in_reach(bench)


@pytest.mark.parametrize("topic", [CLOUD_TOPIC, HEARD_TOPIC])
def test_mq_7_a_broken_message_of_the_cloud_is_refused_and_reported(topic: str) -> None:
    bench = Bench().online()

    bench.feed(Received(topic, b'{"boot": "one"}'))

    assert bench.agent.view().refused_messages == 1
    assert in_reach(bench)


def test_a_lost_connection_is_out_of_reach() -> None:
    bench = Bench().online()
    bench.apply(desired(1))

    bench.lose()

    assert not in_reach(bench)
