import pytest
from hardware_bench import AJAX_1, Bench, deny

from hubsim_contract.lab.bench_actions import InsertSim, PowerOff, PowerOn, Restart, SetBattery, SetMains
from hubsim_contract.wire.messages import Channel, Registration, Signal, SimCard
from hubsim_simulator.hardware.ports import PoweredOff, PoweredOn
from hubsim_simulator.hardware.radio import ContactLost
from hubsim_simulator.hardware.settings import HardwareSettings

MINUTE_MS = 60_000


def test_a_new_hub_is_off_and_its_cards_are_unknown() -> None:
    bench = Bench(slots={1: AJAX_1}, links=["ethernet"], on=False)

    assert not bench.hub.powered
    assert bench.seen.channels == ()
    assert [sim.card for sim in bench.seen.sims] == [SimCard.UNKNOWN, SimCard.UNKNOWN]
    assert bench.seen.signal is Signal.NONE


def test_switching_on_starts_the_agent_before_anything_else() -> None:
    bench = Bench(slots={1: AJAX_1}, links=["ethernet"])

    assert bench.kinds() == ["PoweredOn", "HardwareStateChanged", "AttachRequested", "HardwareStateChanged"]
    assert bench.seen.channels == (Channel.CELLULAR, Channel.ETHERNET)


def test_switching_off_ends_channels_and_timers_at_once() -> None:
    bench = Bench(slots={1: AJAX_1}, links=["ethernet"])

    effects = bench.do(PowerOff())

    assert effects[0] == PoweredOff()
    assert effects[-1] == ContactLost(AJAX_1.iccid)
    assert bench.seen.channels == ()
    assert bench.seen.registration is Registration.NOT_REGISTERED
    assert bench.hub.due() is None


def test_a_restart_takes_exactly_the_boot_time() -> None:
    bench = Bench(slots={1: AJAX_1}, boot_ms=4_000)
    bench.run_to(1_000)

    effects = bench.do(Restart())
    bench.run_to(4_999)
    dark = bench.hub.powered
    after = bench.run_to(5_000)

    assert (effects[0], dark, after[0]) == (PoweredOff(), False, PoweredOn())
    assert bench.seen.channels == (Channel.CELLULAR,)


def test_a_second_reset_restarts_the_boot() -> None:
    bench = Bench(boot_ms=4_000)
    bench.do(Restart())
    bench.run_to(3_000)

    bench.do(Restart())
    bench.run_to(6_999)
    dark = bench.hub.powered
    bench.run_to(7_000)

    assert (dark, bench.hub.powered) == (False, True)


def test_a_hub_switched_off_while_it_boots_stays_off() -> None:
    bench = Bench()

    bench.do(Restart(), PowerOff())
    bench.run_to(MINUTE_MS)

    assert not bench.hub.powered
    assert bench.kinds().count("PoweredOff") == 1


def test_a_card_inserted_during_the_boot_is_read_afterwards() -> None:
    bench = Bench()

    bench.do(Restart(), InsertSim(1, AJAX_1))
    bench.run_to(5_000)

    assert bench.seen.active_sim == 1


def test_without_mains_the_hub_runs_on_its_battery() -> None:
    bench = Bench(links=["ethernet"])

    bench.do(SetMains(present=False))
    bench.run_to(365 * 86_400_000)

    assert bench.hub.powered
    assert (bench.seen.mains, bench.seen.battery_percent) == (False, 100)


@pytest.mark.parametrize(
    ("percent", "shown"), [(100, 100), (99, 100), (96, 100), (95, 95), (51, 55), (5, 5), (1, 5), (0, 0)]
)
def test_the_battery_is_shown_in_steps_of_5(percent: int, shown: int) -> None:
    bench = Bench()

    bench.do(SetBattery(percent))

    assert bench.seen.battery_percent == shown


@pytest.mark.parametrize(
    "bench_actions",
    [
        [SetMains(present=False), SetBattery(0)],
        [SetBattery(0), SetMains(present=False)],
    ],
)
def test_an_empty_battery_without_mains_stops_the_hub(bench_actions: list[SetMains | SetBattery]) -> None:
    bench = Bench(slots={1: AJAX_1}, links=["ethernet"])

    effects = bench.do(*bench_actions)

    assert PoweredOff() in effects
    assert ContactLost(AJAX_1.iccid) in effects
    assert not bench.hub.powered


def test_a_hub_with_mains_runs_on_an_empty_battery() -> None:
    bench = Bench()

    bench.do(SetBattery(0))

    assert bench.hub.powered


@pytest.mark.parametrize("energy", [SetMains(present=True), SetBattery(50)])
def test_a_hub_without_energy_starts_again_with_energy(energy: SetMains | SetBattery) -> None:
    bench = Bench(slots={1: AJAX_1})
    bench.do(SetMains(present=False), SetBattery(0))

    effects = bench.do(energy)

    assert effects[0] == PoweredOn()
    assert bench.seen.registration is Registration.ROAMING


def test_mains_do_not_start_a_hub_that_is_switched_off() -> None:
    bench = Bench()
    bench.do(SetMains(present=False), SetBattery(0), PowerOff())

    bench.do(SetMains(present=True))

    assert not bench.hub.powered


def test_switching_on_without_energy_waits_for_energy() -> None:
    bench = Bench(on=False)
    bench.do(SetMains(present=False), SetBattery(0))

    nothing = bench.do(PowerOn())
    effects = bench.do(SetMains(present=True))

    assert nothing == []
    assert effects[0] == PoweredOn()


def test_a_hub_that_loses_its_energy_during_the_boot_does_not_start() -> None:
    bench = Bench()

    bench.do(Restart(), SetBattery(0), SetMains(present=False))
    bench.run_to(MINUTE_MS)

    assert not bench.hub.powered


def test_a_draining_battery_is_shown_in_steps_and_stops_the_hub_at_0() -> None:
    bench = Bench(battery_drain_ms_per_percent=MINUTE_MS)
    bench.do(SetMains(present=False))

    shown = []
    for minute in (4, 5, 50, 99):
        bench.run_to(minute * MINUTE_MS)
        shown.append(bench.seen.battery_percent)
    bench.run_to(100 * MINUTE_MS - 1)
    before = bench.hub.powered
    bench.run_to(100 * MINUTE_MS)

    assert shown == [100, 95, 50, 5]
    assert (before, bench.hub.powered, bench.seen.battery_percent) == (True, False, 0)


def test_a_battery_drains_only_without_mains_and_while_the_hub_is_on() -> None:
    bench = Bench(battery_drain_ms_per_percent=MINUTE_MS)
    bench.run_to(1_000 * MINUTE_MS)
    on_mains = bench.seen.battery_percent

    bench.do(SetMains(present=False), PowerOff())
    bench.run_to(2_000 * MINUTE_MS)

    assert (on_mains, bench.seen.battery_percent) == (100, 100)


def test_short_losses_of_mains_add_up() -> None:
    bench = Bench(battery_drain_ms_per_percent=MINUTE_MS)
    bench.do(SetBattery(2))

    for second in range(0, 240, 2):
        bench.run_to(second * 1_000)
        bench.do(SetMains(present=second % 4 != 0))
    bench.do(SetMains(present=False))

    assert not bench.hub.powered


def test_a_hub_with_a_drained_battery_has_no_timers() -> None:
    bench = Bench(battery_drain_ms_per_percent=1_000, answers=deny, slots={1: AJAX_1})
    bench.do(SetMains(present=False))

    bench.run_to(100_000)

    assert bench.hub.due() is None


def test_the_settings_have_the_defaults_of_the_manuals() -> None:
    settings = HardwareSettings()

    assert (settings.t3411_ms, settings.attempts_before_t3402, settings.t3402_ms) == (10_000, 5, 720_000)
    assert (settings.sim_failover_ms, settings.mains_lost_led_steady_ms) == (60_000, 180_000)
    assert settings.led_blink_period_ms == 10_000
