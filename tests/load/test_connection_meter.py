"""The meter of connections: attempts, failures, losses, and the time until a hub was online."""

import pytest

from hubsim_contract.mqtt.port import Connect, ConnectFailed, ConnectionLost, Disconnect, Subscribed
from hubsim_simulator.hub import Sever
from hubsim_simulator.serving.connection_meter import ConnectionMeter

HUB = "0000AA01"
CONNECT, FAILED = Connect("hub", clean=True, keepalive_s=60), ConnectFailed("no route")


@pytest.fixture
def meter() -> ConnectionMeter:
    return ConnectionMeter()


def longest(meter: ConnectionMeter) -> float:
    seconds = meter.durations.percentile_s(100)
    assert seconds is not None
    return round(seconds, 1)


def test_the_time_of_a_connection_includes_failed_attempts(meter: ConnectionMeter) -> None:
    meter.effect(HUB, CONNECT, 10)
    meter.event(HUB, FAILED, 11)
    meter.effect(HUB, CONNECT, 13)
    meter.event(HUB, Subscribed(), 14)

    assert (meter.attempts, meter.failed, meter.lost) == (2, 1, 0)
    assert (len(meter.durations), longest(meter)) == (1, pytest.approx(4, rel=0.03))


@pytest.mark.parametrize("end", [ConnectionLost(), Disconnect()])
def test_the_time_of_a_hub_that_is_back_begins_with_the_loss(
    meter: ConnectionMeter, end: ConnectionLost | Disconnect
) -> None:
    meter.effect(HUB, CONNECT, 0)
    meter.event(HUB, Subscribed(), 1)
    if isinstance(end, Disconnect):
        meter.effect(HUB, end, 100)
    else:
        meter.event(HUB, end, 100)
    meter.effect(HUB, CONNECT, 105)
    meter.event(HUB, Subscribed(), 110)

    assert (meter.attempts, meter.failed, meter.lost) == (2, 0, 1)
    assert (len(meter.durations), longest(meter)) == (2, pytest.approx(10, rel=0.03))


def test_a_connection_that_is_lost_before_its_suback_has_failed(meter: ConnectionMeter) -> None:
    meter.effect(HUB, CONNECT, 0)
    meter.event(HUB, ConnectionLost(), 1)

    assert (meter.failed, meter.lost, len(meter.durations)) == (1, 0, 0)


def test_a_hub_that_is_switched_off_has_not_lost_its_connection(meter: ConnectionMeter) -> None:
    meter.effect(HUB, CONNECT, 0)
    meter.effect(HUB, Sever(), 1)
    meter.effect(HUB, CONNECT, 50)
    meter.event(HUB, Subscribed(), 52)
    meter.effect(HUB, Sever(), 60)

    assert (meter.failed, meter.lost) == (0, 0)
    assert longest(meter) == pytest.approx(2, rel=0.03)
