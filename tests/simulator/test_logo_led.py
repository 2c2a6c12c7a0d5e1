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


def test_the_logo_goes_green_when_one_of_two_channels_is_left() -> None:
    bench = Bench(slots={1: AJAX_1}, links=["ethernet"], answers=deny)

    bench.cloud(True)

    assert bench.led == (GREEN, STEADY)


def test_the_logo_goes_red_when_the_cloud_is_lost() -> None:
    bench = Bench(links=["ethernet", "wifi"])
    bench.cloud(True)

    bench.cloud(False)

    assert bench.led == (RED, STEADY)


def test_without_mains_the_logo_is_lit_for_three_minutes_and_blinks_then() -> None:
    bench = Bench(links=["ethernet"])
    bench.cloud(True)
    bench.run_to(1_000)

    bench.do(SetMains(present=False))
    bench.run_to(1_000 + THREE_MINUTES_MS - 1)
    lit = bench.led
    bench.run_to(1_000 + THREE_MINUTES_MS)

    assert (lit, bench.led) == ((GREEN, STEADY), (GREEN, BLINKING))


def test_a_blinking_logo_keeps_to_the_channels() -> None:
    bench = Bench(links=["ethernet"])
    bench.cloud(True)
    bench.do(SetMains(present=False))
    bench.run_to(THREE_MINUTES_MS)

    bench.do(Plug("wifi"))
    two = bench.led
    bench.do(Unplug("wifi"), Unplug("ethernet"))

    assert (two, bench.led) == ((WHITE, BLINKING), (RED, BLINKING))


def test_mains_off_twice_does_not_start_the_three_minutes_again() -> None:
    bench = Bench(links=["ethernet"])
    bench.do(SetMains(present=False))
    bench.run_to(100_000)

    bench.do(SetMains(present=False))
    bench.run_to(THREE_MINUTES_MS)

    assert bench.led == (RED, BLINKING)


def test_mains_back_light_the_logo_again() -> None:
    bench = Bench(links=["ethernet"])
    bench.do(SetMains(present=False))
    bench.run_to(THREE_MINUTES_MS)

    bench.do(SetMains(present=True))

    assert bench.led == (RED, STEADY)
    assert bench.hub.due() is None


def test_a_hub_switched_on_without_mains_counts_the_three_minutes_from_then() -> None:
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


def test_after_a_restart_the_cloud_has_to_be_reached_anew() -> None:
    bench = Bench(links=["ethernet"])
    bench.cloud(True)

    bench.do(Restart())
    bench.run_to(5_000)

    assert bench.led == (RED, STEADY)


def test_what_the_agent_says_while_the_hub_is_off_is_not_kept() -> None:
    bench = Bench(links=["ethernet"], on=False)

    bench.cloud(True)
    bench.do(PowerOn())

    assert bench.led == (RED, STEADY)
