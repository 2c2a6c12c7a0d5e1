"""A station that stays connected: its effects, and the times of its attempts."""

from itertools import pairwise

import pytest

from hubsim_contract.mqtt.link import (
    ANSWER_LIMIT_MS,
    STEADY_MS,
    IllegalLinkTransition,
    LinkSettings,
    LinkState,
)
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEvent,
    Published,
    Received,
    Subscribe,
    Subscribed,
    Will,
)
from hubsim_contract.mqtt.station import Station

CONNECT = Connect("cloud", clean=True, keepalive_s=60)
SUBSCRIBE = Subscribe(("reported/+",))
LONGEST_MS = LinkSettings().longest_pause_ms


def station(*events: PortEvent) -> Station:
    """Return a station that was started at 0 and received these events at 0."""
    station = Station(CONNECT, SUBSCRIBE.filters)
    station.start(0)
    for event in events:
        station.receive(event, 0)
    return station


def online() -> Station:
    return station(Connected(), Subscribed())


def test_a_station_connects_then_subscribes_then_is_online() -> None:
    station = Station(CONNECT, SUBSCRIBE.filters)

    effects = [station.start(0), station.receive(Connected(), 1), station.receive(Subscribed(), 2)]

    assert effects == [[CONNECT], [SUBSCRIBE], []]
    assert station.online
    assert station.due() is None


def test_each_connection_can_have_its_own_will() -> None:
    wills = iter([Will("presence", b"1"), Will("presence", b"2")])
    station = Station(CONNECT, SUBSCRIBE.filters, lambda: next(wills))

    effects = station.start(0) + station.receive(ConnectFailed("no broker"), 0) + station.wake(0)

    assert [effect.will for effect in effects if isinstance(effect, Connect)] == [
        Will("presence", b"1"),
        Will("presence", b"2"),
    ]


def test_a_station_is_not_online_before_it_has_subscribed() -> None:
    assert not station().online
    assert not station(Connected()).online
    assert online().online


def test_starting_twice_connects_once() -> None:
    assert online().start(5) == []


def test_messages_do_not_affect_the_connection() -> None:
    station = online()

    assert station.receive(Received("x", b"y"), 1) == []
    assert station.receive(Published(1), 1) == []
    assert station.online


def test_after_the_first_loss_a_station_reconnects_immediately() -> None:
    station = online()

    station.receive(ConnectionLost(), 60_000)

    assert station.due() == 60_000
    assert station.wake(60_000) == [CONNECT]


def test_failing_attempts_back_off_to_the_longest_pause_and_never_stop() -> None:
    station, now_ms, attempts_ms = online(), 100_000, []
    station.receive(ConnectionLost(), now_ms)

    for _ in range(20):
        due_ms = station.due()
        assert due_ms is not None
        now_ms = due_ms
        attempts_ms.append(now_ms)
        assert station.wake(now_ms) == [CONNECT]
        station.receive(ConnectFailed("no broker"), now_ms)

    pauses_ms = [later - earlier for earlier, later in pairwise(attempts_ms)]
    assert pauses_ms[0] <= LinkSettings().first_pause_ms
    assert all(pause_ms > 0 for pause_ms in pauses_ms)
    assert LONGEST_MS // 2 <= max(pauses_ms[-5:]) <= LONGEST_MS


def test_a_steady_connection_resets_the_count_of_failures_and_a_short_one_does_not() -> None:
    for lasted_ms, backs_off in ((STEADY_MS, False), (STEADY_MS - 1, True)):
        station = online()
        station.receive(ConnectionLost(), 100_000)
        station.wake(100_000)
        station.receive(Connected(), 100_000)
        station.receive(Subscribed(), 100_000)

        lost_ms = 100_000 + lasted_ms
        station.receive(ConnectionLost(), lost_ms)

        due_ms = station.due()
        assert due_ms is not None
        assert (due_ms > lost_ms) is backs_off


@pytest.mark.parametrize("events", [(), (Connected(),)], ids=["CONNACK", "SUBACK"])
def test_a_missing_answer_ends_the_attempt_after_its_limit(events: tuple[PortEvent, ...]) -> None:
    waiting = station(*events)

    early = waiting.wake(ANSWER_LIMIT_MS - 1)
    late = waiting.wake(ANSWER_LIMIT_MS)

    assert early == []
    assert late == [Disconnect()]
    assert waiting.state is LinkState.BACKOFF


def test_a_wake_without_a_deadline_does_nothing() -> None:
    assert online().wake(10**9) == []


def test_a_late_answer_to_an_abandoned_attempt_is_ignored() -> None:
    abandoned = station()
    abandoned.wake(ANSWER_LIMIT_MS)

    assert abandoned.receive(Connected(), ANSWER_LIMIT_MS) == []
    assert abandoned.state is LinkState.BACKOFF


def test_a_stopped_station_disconnects_and_ignores_later_events() -> None:
    station = online()

    effects = station.stop(5)

    assert effects == [Disconnect()]
    assert (station.receive(ConnectionLost(), 6), station.due(), station.stop(7)) == ([], None, [])
    assert not station.online


def test_a_station_that_is_stopped_during_backoff_sends_no_disconnect() -> None:
    station = online()
    station.receive(ConnectionLost(), 5)

    assert station.stop(5) == []


def test_a_stopped_station_can_be_started_again() -> None:
    station = online()
    station.stop(5)

    assert station.start(6) == [CONNECT]
    assert station.state is LinkState.CONNECTING


def test_an_answer_without_a_request_is_a_bug_of_the_port() -> None:
    with pytest.raises(IllegalLinkTransition):
        online().receive(Connected(), 1)
