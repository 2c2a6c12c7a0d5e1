"""Policies of the modem: changes of the card, roaming, the APN, a hang, and the spread of its attempts."""

import pytest
from hardware_bench import AJAX_1, ORDINARY_1, Bench, accept, deny

from hubsim_contract.lab.bench_actions import (
    ClearForbidden,
    HangModem,
    InsertSim,
    PowerOff,
    PowerOn,
    RemoveSim,
    Restart,
    SetApn,
    SetBattery,
    SetMains,
    SetRoaming,
    SetSignal,
)
from hubsim_contract.wire.messages import Channel, Registration, Signal, SimCard
from hubsim_simulator.hardware.attempts import AttemptWaits
from hubsim_simulator.hardware.cards import make_imei
from hubsim_simulator.hardware.radio import (
    AttachAccepted,
    AttachRejected,
    AttachRequested,
    ContactLost,
    Detached,
    NoOtherNetwork,
    RadioAnswer,
    RejectCause,
)
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal
from hubsim_simulator.hardware.settings import HardwareSettings, RoamingOff
from hubsim_simulator.hardware.slots import FORBIDDEN_MAX

BOTH = {1: AJAX_1, 2: ORDINARY_1}
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def only_ordinary(request: AttachRequested) -> RadioAnswer:
    return accept(request) if request.iccid == ORDINARY_1.iccid else deny(request)


# ------------------------------------------------------------------ changes of the card


def test_without_failback_a_modem_stays_with_its_second_card() -> None:
    bench = Bench(slots=BOTH, answers=only_ordinary)

    bench.run_to(24 * HOUR_MS)

    assert bench.seen.active_sim == 2
    assert bench.hub.due() is None


def test_after_the_failback_time_a_modem_tries_its_first_card_and_stays_there_if_it_works() -> None:
    bench = Bench(slots=BOTH, answers=only_ordinary, sim_failback_ms=HOUR_MS)
    bench.run_to(MINUTE_MS)
    second = bench.seen.active_sim
    bench.answers = accept

    bench.run_to(MINUTE_MS + HOUR_MS)

    assert (second, bench.seen.active_sim) == (2, 1)
    assert Detached(ORDINARY_1.iccid) in bench.effects


def test_a_failed_failback_costs_the_failover_time_and_is_tried_again() -> None:
    bench = Bench(slots=BOTH, answers=only_ordinary, sim_failback_ms=HOUR_MS)

    bench.run_to(MINUTE_MS + HOUR_MS)
    trying = bench.seen.active_sim, bench.seen.channels
    bench.run_to(2 * MINUTE_MS + HOUR_MS)

    assert trying == (1, ())
    assert (bench.seen.active_sim, bench.seen.channels) == (2, (Channel.CELLULAR,))
    assert bench.hub.due() == 2 * MINUTE_MS + 2 * HOUR_MS


def test_a_card_with_a_weak_signal_is_left_for_one_with_a_stronger_signal() -> None:
    bench = Bench(slots=BOTH, weak_signal_change_ms=5 * MINUTE_MS)
    bench.run_to(HOUR_MS)

    bench.do(SetSignal(Signal.WEAK, slot=1))
    bench.run_to(HOUR_MS + 5 * MINUTE_MS - 1)
    before = bench.seen.active_sim
    bench.run_to(HOUR_MS + 5 * MINUTE_MS)

    assert (before, bench.seen.active_sim, bench.seen.signal) == (1, 2, Signal.STRONG)


@pytest.mark.parametrize("other", [Signal.WEAK, Signal.NONE])
def test_a_weak_signal_is_kept_if_the_other_card_has_none_that_is_stronger(other: Signal) -> None:
    bench = Bench(slots=BOTH, weak_signal_change_ms=5 * MINUTE_MS)

    bench.do(SetSignal(Signal.WEAK, slot=1), SetSignal(other, slot=2))
    bench.run_to(24 * HOUR_MS)

    assert bench.seen.active_sim == 1


def test_a_signal_that_recovers_in_time_changes_nothing() -> None:
    bench = Bench(slots=BOTH, weak_signal_change_ms=5 * MINUTE_MS)
    bench.do(SetSignal(Signal.WEAK, slot=1))
    bench.run_to(4 * MINUTE_MS)

    bench.do(SetSignal(Signal.NORMAL, slot=1))
    bench.run_to(8 * MINUTE_MS)
    bench.do(SetSignal(Signal.WEAK, slot=1))
    bench.run_to(12 * MINUTE_MS)

    assert bench.seen.active_sim == 1
    assert bench.hub.due() == 13 * MINUTE_MS


# ------------------------------------------------------------------ the hub's settings


def test_with_roaming_off_a_modem_does_not_register_in_a_foreign_network() -> None:
    bench = Bench(slots={1: AJAX_1}, on=False)

    bench.do(SetRoaming(allowed=False), PowerOn())
    bench.run_to(HOUR_MS)

    assert bench.seen.registration is Registration.NOT_REGISTERED
    assert bench.request_times() == [0]
    assert bench.effects[-1] == Detached(AJAX_1.iccid)


def test_the_roaming_switch_works_at_once_in_both_directions() -> None:
    bench = Bench(slots={1: AJAX_1})

    bench.do(SetRoaming(allowed=False))
    off = bench.seen.registration
    bench.do(SetRoaming(allowed=True))

    assert (off, bench.seen.registration) == (Registration.NOT_REGISTERED, Registration.ROAMING)


def test_with_roaming_off_a_modem_may_register_without_data() -> None:
    bench = Bench(slots={1: AJAX_1}, roaming_off=RoamingOff.NO_DATA)

    bench.do(SetRoaming(allowed=False))

    assert (bench.seen.registration, bench.seen.channels) == (Registration.ROAMING, ())


def test_with_roaming_off_the_other_card_is_tried() -> None:
    def roam_with_ajax(request: AttachRequested) -> RadioAnswer:
        return AttachAccepted(request.iccid, request.iccid == AJAX_1.iccid, request.generation_best)

    bench = Bench(slots=BOTH, answers=roam_with_ajax)

    bench.do(SetRoaming(allowed=False))
    bench.run_to(MINUTE_MS)

    assert (bench.seen.active_sim, bench.seen.registration) == (2, Registration.HOME)


def test_an_apn_is_sent_with_the_card_of_its_slot() -> None:
    bench = Bench(slots=BOTH)

    bench.do(SetApn(slot=2, apn="other"), SetApn(slot=1, apn="internet"), RemoveSim(1))

    asked = [effect.apn for effect in bench.effects if isinstance(effect, AttachRequested)]
    assert asked == ["", "internet", "other"]
    assert bench.hub.apns() == {1: "internet", 2: "other"}


def test_an_empty_apn_clears_it_and_an_equal_one_changes_nothing() -> None:
    bench = Bench(slots={1: AJAX_1})

    bench.do(SetApn(slot=1, apn="internet"), SetApn(slot=1, apn="internet"), SetApn(slot=1))

    assert bench.request_times() == [0, 0, 0]
    assert bench.hub.apns() == {}


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (SetApn(slot=3, apn="x"), BenchRefusal.NO_SUCH_SLOT),
        (SetApn(slot=1, apn="x" * 101), BenchRefusal.APN_TOO_LONG),
        (ClearForbidden(slot=2), BenchRefusal.SLOT_EMPTY),
        (ClearForbidden(slot=3), BenchRefusal.NO_SUCH_SLOT),
    ],
)
def test_an_impossible_setting_changes_nothing(action: SetApn | ClearForbidden, name: BenchRefusal) -> None:
    bench = Bench(slots={1: AJAX_1})
    before = bench.seen, bench.hub.due(), bench.hub.apns()

    with pytest.raises(BenchActionRefused) as refused:
        bench.do(action)

    assert refused.value.name is name
    assert (bench.seen, bench.hub.due(), bench.hub.apns()) == before


def test_a_modem_without_data_is_registered_but_not_connected() -> None:
    bench = Bench(
        slots={1: AJAX_1},
        answers=lambda request: AttachAccepted(request.iccid, True, request.generation_best, data=False),
    )

    assert (bench.seen.registration, bench.seen.generation) == (Registration.ROAMING, "4G")
    assert bench.seen.channels == ()


# ------------------------------------------------------------------ a modem that hangs


def test_a_modem_that_hangs_shows_nothing_and_does_nothing() -> None:
    bench = Bench(slots=BOTH, links=["ethernet"])

    effects = bench.do(HangModem())
    bench.run_to(24 * HOUR_MS)

    assert effects[-1] == ContactLost(AJAX_1.iccid)
    assert bench.seen.registration is Registration.UNKNOWN
    assert bench.seen.channels == (Channel.ETHERNET,)
    assert (bench.seen.active_sim, bench.seen.generation, bench.seen.signal) == (None, None, Signal.NONE)
    assert {sim.card for sim in bench.seen.sims} == {SimCard.UNKNOWN}
    assert bench.seen.malfunction
    assert bench.request_times() == [0]


def test_an_empty_slot_stays_empty_while_the_modem_hangs() -> None:
    bench = Bench(slots={1: AJAX_1})

    bench.do(HangModem())
    hanging = [sim.card for sim in bench.seen.sims]
    bench.do(RemoveSim(1), InsertSim(2, AJAX_1))

    assert hanging == [SimCard.UNKNOWN, SimCard.MISSING]
    assert [sim.card for sim in bench.seen.sims] == [SimCard.MISSING, SimCard.UNKNOWN]


def test_nothing_but_a_cut_of_its_power_ends_the_hang_of_a_modem() -> None:
    bench = Bench(slots=BOTH)
    bench.do(HangModem(), RemoveSim(1), SetSignal(Signal.WEAK), SetRoaming(allowed=False), HangModem())
    still = bench.seen.registration

    bench.do(SetRoaming(allowed=True), PowerOff(), PowerOn())

    assert still is Registration.UNKNOWN
    assert (bench.seen.active_sim, bench.seen.registration) == (2, Registration.ROAMING)


@pytest.mark.parametrize("resets", [True, False])
def test_a_restart_ends_the_hang_if_it_cuts_the_power_of_the_modem(resets: bool) -> None:
    bench = Bench(slots={1: AJAX_1}, restart_resets_modem=resets)

    bench.do(HangModem(), Restart())
    bench.run_to(5_000)

    assert bench.seen.registration is (Registration.ROAMING if resets else Registration.UNKNOWN)


def test_a_modem_that_keeps_its_power_stays_registered_through_a_restart() -> None:
    bench = Bench(slots={1: AJAX_1}, restart_resets_modem=False)

    bench.do(Restart())
    restarting = bench.seen.registration, bench.seen.channels
    bench.run_to(5_000)

    assert restarting == (Registration.NOT_REGISTERED, ())
    assert (bench.seen.registration, bench.seen.channels) == (Registration.ROAMING, (Channel.CELLULAR,))
    assert bench.request_times() == [0]


def test_a_hub_that_loses_its_energy_while_it_restarts_loses_the_hang() -> None:
    bench = Bench(slots={1: AJAX_1}, restart_resets_modem=False)

    bench.do(HangModem(), Restart(), SetMains(present=False), SetBattery(0), SetMains(present=True))

    assert bench.seen.registration is Registration.ROAMING


def test_a_watchdog_ends_the_hang() -> None:
    bench = Bench(slots={1: AJAX_1}, modem_watchdog_ms=10 * MINUTE_MS)
    bench.run_to(1_000)

    bench.do(HangModem())
    bench.run_to(1_000 + 10 * MINUTE_MS)

    assert bench.seen.registration is Registration.ROAMING
    assert bench.request_times() == [0, 1_000 + 10 * MINUTE_MS]


def test_the_modem_of_a_hub_that_is_off_cannot_hang() -> None:
    bench = Bench(slots={1: AJAX_1}, on=False)

    with pytest.raises(BenchActionRefused) as refused:
        bench.do(HangModem())

    assert refused.value.name is BenchRefusal.HUB_OFF


# ------------------------------------------------------------------ forbidden networks


def test_a_full_list_on_the_card_loses_its_oldest_entry_and_every_network_is_asked_once() -> None:
    def forbid(request: AttachRequested) -> RadioAnswer:
        if request.network == FORBIDDEN_MAX + 2:
            return NoOtherNetwork(request.iccid)
        return AttachRejected(request.iccid, RejectCause.EMM_11, permanent=True)

    bench = Bench(slots={1: AJAX_1}, answers=forbid)

    card = bench.hub.card_in(1)
    assert card is not None
    assert card.forbidden == (2, 3, 4, 5)
    asked = [effect.network for effect in bench.effects if isinstance(effect, AttachRequested)]
    assert asked == list(range(FORBIDDEN_MAX + 3))
    assert bench.seen.registration is Registration.DENIED


def test_a_cleared_list_lets_the_modem_ask_again() -> None:
    def forbid(request: AttachRequested) -> RadioAnswer:
        if request.network:
            return NoOtherNetwork(request.iccid)
        return AttachRejected(request.iccid, RejectCause.EMM_11, permanent=True)

    bench = Bench(slots={1: AJAX_1}, answers=forbid)
    bench.answers = accept

    bench.do(ClearForbidden(slot=1))

    assert bench.seen.registration is Registration.ROAMING
    assert bench.hub.cards()[0].forbidden == ()


# ------------------------------------------------------------------ the spread of attempts


def test_ten_equal_modems_wait_ten_different_times() -> None:
    settings = HardwareSettings(attempt_jitter_ms=2_000)

    waits = [AttemptWaits(settings, make_imei(number)) for number in range(1, 11)]

    for failures in (1, settings.attempts_before_t3402):
        assert len({wait.after(failures) for wait in waits}) == len(waits)
    assert all(10_000 <= wait.after(1) <= 12_000 for wait in waits)
    assert {wait.first_ms for wait in waits} == {0}


def test_the_spread_makes_every_wait_longer_by_the_same_time() -> None:
    exact, spread = (
        Bench(slots={1: AJAX_1}, answers=deny),
        Bench(slots={1: AJAX_1}, answers=deny, attempt_jitter_ms=2_000),
    )

    for bench in (exact, spread):
        bench.run_to(HOUR_MS)

    late = [there - here for here, there in zip(exact.request_times(), spread.request_times(), strict=False)]
    assert late == [attempt * late[1] for attempt in range(len(late))]
    assert 0 < late[1] <= 2_000
