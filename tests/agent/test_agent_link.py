"""The connection of the agent: connecting, waiting, retrying and stopping."""

import msgspec
import pytest
from agent_bench import HARDWARE, Bench, desired, of, published
from hypothesis import given
from hypothesis import strategies as st

from hubsim_agent.errors import NotStarted
from hubsim_agent.ports import Boot, WriteMemory
from hubsim_contract.core import Stop, Wake
from hubsim_contract.mqtt.link import (
    STEADY_MS,
    TRANSITIONS,
    IllegalLinkTransition,
    Link,
    LinkInput,
    LinkSettings,
    LinkState,
    retry_delay_ms,
)
from hubsim_contract.mqtt.port import Connect, Connected, ConnectFailed, Disconnect, Subscribed
from hubsim_contract.wire.messages import Channel, Presence

SETTINGS = LinkSettings()
HARDWARE_WITHOUT_CHANNELS = msgspec.structs.replace(HARDWARE, channels=())


def failures_in_a_row(bench: Bench, count: int) -> list[int]:
    """Fail this number of attempts; return the wait in ms before each following one."""
    waits = []
    for _ in range(count):
        bench.feed(ConnectFailed("no route"))
        wait_ms = bench.agent.due() - bench.now.mono_ms
        bench.wait(wait_ms)
        waits.append(wait_ms)
    return waits


def test_without_a_channel_the_agent_does_not_connect() -> None:
    bench = Bench(hardware=HARDWARE_WITHOUT_CHANNELS)

    effects = bench.start()

    assert of(effects, Connect) == []
    assert bench.agent.view().link is LinkState.OFFLINE
    assert bench.agent.due() is None


def test_a_new_channel_is_used_immediately() -> None:
    bench = Bench(hardware=HARDWARE_WITHOUT_CHANNELS)
    bench.start()

    effects = bench.change(channels=(Channel.CELLULAR,))

    assert len(of(effects, Connect)) == 1


def test_a_channel_that_appears_before_the_boot_is_durable_is_used_afterwards() -> None:
    bench = Bench(hardware=HARDWARE_WITHOUT_CHANNELS)
    bench.feed(Boot(bench.hardware))

    early = bench.change(channels=(Channel.CELLULAR,))
    later = bench.finish_writes()

    assert of(early, Connect) == []
    assert len(of(later, Connect)) == 1


def test_another_channel_ends_the_wait_for_the_next_attempt_and_a_lost_one_does_not() -> None:
    bench = Bench()
    bench.start()
    failures_in_a_row(bench, 4)
    bench.feed(ConnectFailed("no route"))

    fewer = bench.change(channels=(Channel.ETHERNET,))
    more = bench.change(channels=(Channel.CELLULAR, Channel.ETHERNET))

    assert of(fewer, Connect) == []
    assert len(of(more, Connect)) == 1


def test_a_connection_without_channels_stays_until_the_port_reports_its_loss() -> None:
    bench = Bench().online()

    bench.change(channels=())
    before = bench.agent.view().link
    bench.lose()

    assert before is LinkState.ONLINE
    assert bench.agent.view().link is LinkState.OFFLINE
    assert bench.agent.due() is None


def test_the_first_attempt_after_a_loss_is_immediate_and_later_ones_back_off() -> None:
    bench = Bench().online()
    bench.wait(STEADY_MS)
    bench.lose()

    at_once = bench.agent.due() - bench.now.mono_ms
    bench.wait(0)
    waits = failures_in_a_row(bench, 9)

    assert at_once == 0
    for wait_ms, base_ms in zip(
        waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000], strict=True
    ):
        assert base_ms / 2 <= wait_ms <= base_ms


def test_a_steady_connection_resets_the_count_of_failures() -> None:
    bench = Bench()
    bench.start()
    failures_in_a_row(bench, 6)
    bench.answer_connect()
    bench.wait(STEADY_MS)

    bench.lose()

    assert bench.agent.due() == bench.now.mono_ms


def test_short_connections_are_not_repeated_without_a_wait() -> None:
    bench = Bench().online()
    bench.lose()
    bench.reconnect()

    bench.lose()

    assert bench.agent.due() >= bench.now.mono_ms + 500


def test_an_early_wake_does_nothing() -> None:
    bench = Bench()
    bench.start()
    failures_in_a_row(bench, 2)
    bench.feed(ConnectFailed("no route"))

    assert bench.feed(Wake()) == []


def test_a_new_ping_takes_effect_with_the_next_connection() -> None:
    bench = Bench().online()

    effects = bench.apply(desired(1, ping_s=30))
    bench.lose()
    again = bench.reconnect()

    assert of(effects, Connect) == []
    assert of(again, Connect)[0].keepalive_s == 30


def test_stop_publishes_offline_and_disconnects() -> None:
    bench = Bench().online()

    effects = bench.feed(Stop())

    assert published(effects, Presence)[0].online is False
    assert effects[1] == Disconnect()
    assert bench.agent.view().link is LinkState.STOPPED
    assert bench.agent.due() is None


def test_stop_while_connecting_only_disconnects() -> None:
    bench = Bench()
    bench.start()

    assert of(bench.feed(Stop()), Disconnect) == [Disconnect()]
    assert published(bench.effects, Presence) == []


def test_stop_writes_unwritten_memory() -> None:
    bench = Bench().online()
    bench.change(lid_open=True)
    bench.change(mains=False)

    effects = bench.feed(Stop())

    bench.flash = of(effects, WriteMemory)[0].data
    assert bench.restarted().agent.view().buffered_events == 2


def test_a_stopped_agent_ignores_all_events() -> None:
    bench = Bench().online()
    bench.change(lid_open=True)
    bench.feed(Stop())

    assert bench.receive(desired(1)) == []
    assert bench.feed(Connected()) == []
    assert bench.change(lid_open=False) == []
    assert bench.agent.due() is None


def test_an_answer_without_a_request_is_a_bug_of_the_port() -> None:
    bench = Bench().online()

    with pytest.raises(
        IllegalLinkTransition, match="the link is online: the input 'connected' is impossible"
    ):
        bench.feed(Connected())


def test_a_late_answer_of_an_abandoned_connection_is_ignored() -> None:
    bench = Bench()
    bench.start()
    bench.wait(30_000)

    assert bench.feed(Connected()) == []
    assert bench.feed(Subscribed()) == []
    assert bench.agent.view().link is LinkState.BACKOFF


def test_boot_must_come_first_and_only_once() -> None:
    with pytest.raises(NotStarted):
        Bench().feed(Connected())
    with pytest.raises(NotStarted):
        Bench().online().feed(Boot(HARDWARE))


def test_every_state_can_be_stopped_and_stopped_is_final() -> None:
    stoppable = {state for state, what in TRANSITIONS if what is LinkInput.STOP}
    leaving = {state for state, _ in TRANSITIONS}

    assert stoppable == set(LinkState) - {LinkState.STOPPED}
    assert leaving == stoppable


@given(st.lists(st.sampled_from(LinkInput), max_size=60))
def test_every_waiting_state_has_a_deadline(inputs: list[LinkInput]) -> None:
    link = Link("a hub", SETTINGS)

    for number, what in enumerate(inputs):
        if (link.state, what) in TRANSITIONS:
            link.step(what, number)
        waiting = link.state in (LinkState.CONNECTING, LinkState.SUBSCRIBING, LinkState.BACKOFF)

        assert (link.deadline_ms is not None) is waiting


@given(failures=st.integers(1, 10**6), attempt=st.integers(1, 10**6), name=st.text(max_size=9))
def test_the_wait_stays_within_its_bounds(failures: int, attempt: int, name: str) -> None:
    wait_ms = retry_delay_ms(SETTINGS, name, failures, attempt)

    base_ms = 0 if failures == 1 else min(1_000 * 2 ** min(failures - 2, 20), 60_000)
    assert base_ms / 2 <= wait_ms <= base_ms
    assert wait_ms == retry_delay_ms(SETTINGS, name, failures, attempt)


def test_hubs_that_lose_one_broker_reconnect_at_different_times() -> None:
    waits = {retry_delay_ms(SETTINGS, f"{number:08X}", failures=8, attempt=8) for number in range(100)}

    assert len(waits) > 90
