"""When the agent connects, waits, tries again and stops."""

import msgspec
import pytest
from agent_bench import HARDWARE, Bench, desired, of, said
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
    """Let attempts fail; return the wait in ms before each further one."""
    waits = []
    for _ in range(count):
        bench.feed(ConnectFailed("no route"))
        wait_ms = bench.agent.due() - bench.now.mono_ms
        bench.wait(wait_ms)
        waits.append(wait_ms)
    return waits


def test_without_a_channel_no_attempt_is_made() -> None:
    bench = Bench(hardware=HARDWARE_WITHOUT_CHANNELS)

    effects = bench.start()

    assert of(effects, Connect) == []
    assert bench.agent.view().link is LinkState.OFFLINE
    assert bench.agent.due() is None


def test_a_channel_that_appears_is_used_at_once() -> None:
    bench = Bench(hardware=HARDWARE_WITHOUT_CHANNELS)
    bench.start()

    effects = bench.change(channels=(Channel.CELLULAR,))

    assert len(of(effects, Connect)) == 1


def test_a_channel_that_appears_before_the_boot_is_durable_has_to_wait_for_it() -> None:
    bench = Bench(hardware=HARDWARE_WITHOUT_CHANNELS)
    bench.feed(Boot(bench.hardware))

    early = bench.change(channels=(Channel.CELLULAR,))
    later = bench.finish_writes()

    assert of(early, Connect) == []
    assert len(of(later, Connect)) == 1


def test_a_further_channel_ends_the_wait_for_the_next_attempt_and_a_lost_one_does_not() -> None:
    bench = Bench()
    bench.start()
    failures_in_a_row(bench, 4)
    bench.feed(ConnectFailed("no route"))

    fewer = bench.change(channels=(Channel.ETHERNET,))
    more = bench.change(channels=(Channel.CELLULAR, Channel.ETHERNET))

    assert of(fewer, Connect) == []
    assert len(of(more, Connect)) == 1


def test_a_connection_outlives_its_channels_until_the_port_says_that_it_is_dead() -> None:
    bench = Bench().online()

    bench.change(channels=())
    before = bench.agent.view().link
    bench.lose()

    assert before is LinkState.ONLINE
    assert bench.agent.view().link is LinkState.OFFLINE
    assert bench.agent.due() is None


def test_the_first_attempt_after_a_loss_comes_at_once_and_the_next_ones_ever_later() -> None:
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


def test_a_steady_connection_ends_the_row_of_failures() -> None:
    bench = Bench()
    bench.start()
    failures_in_a_row(bench, 6)
    bench.answer_connect()
    bench.wait(STEADY_MS)

    bench.lose()

    assert bench.agent.due() == bench.now.mono_ms


def test_connections_that_die_young_are_not_repeated_without_a_wait() -> None:
    bench = Bench().online()
    bench.lose()
    bench.reconnect()

    bench.lose()

    assert bench.agent.due() >= bench.now.mono_ms + 500


def test_a_wake_before_its_time_does_nothing() -> None:
    bench = Bench()
    bench.start()
    failures_in_a_row(bench, 2)
    bench.feed(ConnectFailed("no route"))

    assert bench.feed(Wake()) == []


def test_a_new_ping_is_used_from_the_next_connection_on() -> None:
    bench = Bench().online()

    effects = bench.apply(desired(1, ping_s=30))
    bench.lose()
    again = bench.reconnect()

    assert of(effects, Connect) == []
    assert of(again, Connect)[0].keepalive_s == 30


def test_stop_says_offline_and_goodbye() -> None:
    bench = Bench().online()

    effects = bench.feed(Stop())

    assert said(effects, Presence)[0].online is False
    assert effects[1] == Disconnect()
    assert bench.agent.view().link is LinkState.STOPPED
    assert bench.agent.due() is None


def test_stop_while_connecting_only_says_goodbye() -> None:
    bench = Bench()
    bench.start()

    assert of(bench.feed(Stop()), Disconnect) == [Disconnect()]
    assert said(bench.effects, Presence) == []


def test_stop_writes_what_has_not_been_written_yet() -> None:
    bench = Bench().online()
    bench.change(lid_open=True)
    bench.change(mains=False)

    effects = bench.feed(Stop())

    bench.flash = of(effects, WriteMemory)[0].data
    assert bench.restarted().agent.view().buffered_events == 2


def test_after_stop_nothing_is_done() -> None:
    bench = Bench().online()
    bench.change(lid_open=True)
    bench.feed(Stop())

    assert bench.receive(desired(1)) == []
    assert bench.feed(Connected()) == []
    assert bench.change(lid_open=False) == []
    assert bench.agent.due() is None


def test_an_answer_that_nothing_asked_for_is_the_ports_mistake() -> None:
    bench = Bench().online()

    with pytest.raises(IllegalLinkTransition, match="the link is online: connected cannot happen there"):
        bench.feed(Connected())


def test_a_late_answer_of_a_connection_that_was_given_up_is_ignored() -> None:
    bench = Bench()
    bench.start()
    bench.wait(30_000)

    assert bench.feed(Connected()) == []
    assert bench.feed(Subscribed()) == []
    assert bench.agent.view().link is LinkState.BACKOFF


def test_start_comes_once_and_first() -> None:
    with pytest.raises(NotStarted):
        Bench().feed(Connected())
    with pytest.raises(NotStarted):
        Bench().online().feed(Boot(HARDWARE))


def test_every_state_but_stopped_can_be_stopped_and_stopped_is_the_end() -> None:
    stoppable = {state for state, what in TRANSITIONS if what is LinkInput.STOP}
    leaving = {state for state, _ in TRANSITIONS}

    assert stoppable == set(LinkState) - {LinkState.STOPPED}
    assert leaving == stoppable


@given(st.lists(st.sampled_from(LinkInput), max_size=60))
def test_no_waiting_state_is_without_a_deadline(inputs: list[LinkInput]) -> None:
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


def test_hubs_that_lose_one_broker_do_not_come_back_together() -> None:
    waits = {retry_delay_ms(SETTINGS, f"{number:08X}", failures=8, attempt=8) for number in range(100)}

    assert len(waits) > 90
