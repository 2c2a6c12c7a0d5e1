import pytest
from hardware_bench import AJAX_1, Bench, deny

from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    Plug,
    PowerOff,
    PowerOn,
    Restart,
    SetMains,
    Unplug,
)
from hubsim_simulator.hardware.led import Led, LedColour, LedPattern, led

WHITE, GREEN, RED, OFF = LedColour.WHITE, LedColour.GREEN, LedColour.RED, LedColour.OFF
STEADY, BLINKING = LedPattern.STEADY, LedPattern.BLINKING
THREE_MINUTES_MS = 180_000


@pytest.mark.parametrize(
    ("powered", "channels", "cloud", "dimmed", "expected"),
    [
        (True, 3, True, False, Led(WHITE, STEADY)),
        (True, 2, True, False, Led(WHITE, STEADY)),
        (True, 1, True, False, Led(GREEN, STEADY)),
        (True, 0, True, False, Led(RED, STEADY)),
        (True, 3, False, False, Led(RED, STEADY)),
        (True, 1, False, False, Led(RED, STEADY)),
        (True, 0, False, False, Led(RED, STEADY)),
        (True, 2, True, True, Led(WHITE, BLINKING)),
        (True, 1, True, True, Led(GREEN, BLINKING)),
        (True, 0, True, True, Led(RED, BLINKING)),
        (True, 2, False, True, Led(RED, BLINKING)),
        (False, 2, True, False, Led(OFF, STEADY)),
        (False, 0, False, True, Led(OFF, STEADY)),
    ],
)
def test_the_logo_follows_its_truth_table(
    powered: bool, channels: int, cloud: bool, dimmed: bool, expected: Led
) -> None:
    assert led(powered=powered, channels=channels, cloud_reachable=cloud, dimmed=dimmed) == expected


def test_the_logo_is_red_until_the_agent_reaches_the_cloud() -> None:
    bench = Bench(slots={1: AJAX_1}, links=["ethernet"])
    before = bench.led

    bench.cloud(True)

    assert (before, bench.led) == ((RED, STEADY), (WHITE, STEADY))


def test_the_logo_is_green_with_one_of_two_channels() -> None:
    bench = Bench(slots={1: AJAX_1}, links=["ethernet"], answers=deny)

    bench.cloud(True)

    assert bench.led == (GREEN, STEADY)


def test_the_logo_turns_red_without_the_cloud() -> None:
    bench = Bench(links=["ethernet", "wifi"])
    bench.cloud(True)

    bench.cloud(False)

    assert bench.led == (RED, STEADY)


def test_without_mains_the_logo_is_steady_for_three_minutes_and_then_blinks() -> None:
    bench = Bench(links=["ethernet"])
    bench.cloud(True)
    bench.run_to(1_000)

    bench.do(SetMains(present=False))
    bench.run_to(1_000 + THREE_MINUTES_MS - 1)
    lit = bench.led
    bench.run_to(1_000 + THREE_MINUTES_MS)

    assert (lit, bench.led) == ((GREEN, STEADY), (GREEN, BLINKING))


def test_a_blinking_logo_still_shows_the_channels() -> None:
    bench = Bench(links=["ethernet"])
    bench.cloud(True)
    bench.do(SetMains(present=False))
    bench.run_to(THREE_MINUTES_MS)

    bench.do(Plug("wifi"))
    two = bench.led
    bench.do(Unplug("wifi"), Unplug("ethernet"))

    assert (two, bench.led) == ((WHITE, BLINKING), (RED, BLINKING))


def test_switching_mains_off_twice_does_not_restart_the_three_minutes() -> None:
    bench = Bench(links=["ethernet"])
    bench.do(SetMains(present=False))
    bench.run_to(100_000)

    bench.do(SetMains(present=False))
    bench.run_to(THREE_MINUTES_MS)

    assert bench.led == (RED, BLINKING)


def test_the_logo_is_steady_again_with_mains() -> None:
    bench = Bench(links=["ethernet"])
    bench.do(SetMains(present=False))
    bench.run_to(THREE_MINUTES_MS)

    bench.do(SetMains(present=True))

    assert bench.led == (RED, STEADY)
    assert bench.hub.due() is None


def test_the_three_minutes_start_when_a_hub_without_mains_is_switched_on() -> None:
    bench = Bench(links=["ethernet"], on=False)
    bench.do(SetMains(present=False))
    bench.run_to(500_000)

    bench.do(PowerOn())
    bench.run_to(500_000 + THREE_MINUTES_MS - 1)
    lit = bench.led
    bench.run_to(500_000 + THREE_MINUTES_MS)

    assert (lit, bench.led) == ((RED, STEADY), (RED, BLINKING))


@pytest.mark.parametrize("action", [PowerOff(), Restart()])
def test_the_logo_is_dark_while_the_hub_is_off(action: AnyBenchAction) -> None:
    bench = Bench(links=["ethernet"])
    bench.cloud(True)

    bench.do(action)

    assert bench.led == (OFF, STEADY)


def test_the_logo_is_red_after_a_restart_until_the_cloud_is_reached_again() -> None:
    bench = Bench(links=["ethernet"])
    bench.cloud(True)

    bench.do(Restart())
    bench.run_to(5_000)

    assert bench.led == (RED, STEADY)


def test_a_cloud_state_from_while_the_hub_is_off_is_ignored() -> None:
    bench = Bench(links=["ethernet"], on=False)

    bench.cloud(True)
    bench.do(PowerOn())

    assert bench.led == (RED, STEADY)
