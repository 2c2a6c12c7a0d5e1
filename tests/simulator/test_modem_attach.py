import pytest
from hardware_bench import AJAX_1, IMEI, ORDINARY_1, Answers, Bench, accept, deny, deny_permanently, no_answer

from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    CardCondition,
    CardKind,
    InsertSim,
    PowerOff,
    PowerOn,
    RemoveSim,
    Restart,
    SetCoverage,
    SetSignal,
)
from hubsim_contract.wire.messages import CEREG, Channel, Registration, Signal, SimCard
from hubsim_simulator.hardware.cards import make_card
from hubsim_simulator.hardware.ports import HardwareStateChanged
from hubsim_simulator.hardware.radio import (
    AttachAccepted,
    AttachRejected,
    AttachRequested,
    ContactLost,
    Detached,
    LocationCancelled,
    NoOtherNetwork,
    RadioAnswer,
    RejectCause,
)
from hubsim_simulator.hardware.settings import ForbiddenList

T3411_MS, T3402_MS, T3410_MS = 10_000, 720_000, 15_000
DAY_MS = 86_400_000


def test_a_modem_asks_as_soon_as_the_hub_is_on() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=no_answer)

    assert bench.effects[-1] == AttachRequested(IMEI, AJAX_1.iccid, "4G", 0)
    assert bench.seen.registration is Registration.SEARCHING
    assert bench.seen.active_sim == 1


def test_an_accepted_roaming_card_has_the_cellular_channel() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=accept)

    assert (bench.seen.registration, CEREG[bench.seen.registration]) == (Registration.ROAMING, 5)
    assert bench.seen.channels == (Channel.CELLULAR,)
    assert bench.seen.generation == "4G"
    assert bench.hub.due() is None


def test_a_card_in_its_home_network_is_registered_as_home() -> None:
    bench = Bench(
        slots={1: ORDINARY_1},
        answers=lambda request: AttachAccepted(request.iccid, network_roaming=False, generation="3G"),
    )

    assert (bench.seen.registration, CEREG[bench.seen.registration]) == (Registration.HOME, 1)
    assert bench.seen.generation == "3G"


def test_a_denied_modem_shows_3_with_a_strong_signal_and_a_healthy_card() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)

    assert (bench.seen.registration, CEREG[bench.seen.registration]) == (Registration.DENIED, 3)
    assert bench.seen.signal is Signal.STRONG
    assert bench.seen.sims[0].card is SimCard.OK
    assert bench.seen.channels == ()
    assert bench.seen.generation is None


def test_a_modem_without_a_card_is_not_registered_and_has_no_timers() -> None:
    bench = Bench()

    assert (bench.seen.registration, CEREG[bench.seen.registration]) == (Registration.NOT_REGISTERED, 0)
    assert bench.seen.active_sim is None
    assert bench.hub.due() is None


def test_a_denied_modem_asks_five_times_every_10_s_and_then_every_12_min() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)

    bench.run_to(40_000 + 3 * T3402_MS)

    assert bench.request_times() == [
        0,
        10_000,
        20_000,
        30_000,
        40_000,
        40_000 + T3402_MS,
        40_000 + 2 * T3402_MS,
        40_000 + 3 * T3402_MS,
    ]


def test_no_attempt_is_a_millisecond_early() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)

    bench.run_to(T3411_MS - 1)
    early = bench.request_times()
    bench.run_to(T3411_MS)

    assert (early, bench.request_times()) == ([0], [0, T3411_MS])


def test_weeks_of_denial_cause_no_change_of_the_hardware_state() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)

    effects = bench.run_to(28 * DAY_MS)

    assert len(effects) == len(bench.requests) - 1 == 4 + (28 * DAY_MS - 40_000) // T3402_MS
    assert not [effect for effect in effects if isinstance(effect, HardwareStateChanged)]


def test_the_attempt_after_the_denial_ends_succeeds() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)
    bench.run_to(3_600_000)

    bench.answers = accept
    bench.run_to(3_600_000 + T3402_MS)

    assert bench.seen.registration is Registration.ROAMING


def test_an_acceptance_resets_the_count_of_failures() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)
    bench.run_to(100_000)
    bench.answers = accept
    bench.run_to(40_000 + T3402_MS)

    bench.answers = deny
    bench.send(LocationCancelled(AJAX_1.iccid))
    start_ms = bench.now_ms
    bench.run_to(start_ms + T3411_MS)

    assert bench.request_times()[-2:] == [start_ms, start_ms + T3411_MS]


def test_a_request_without_answer_fails_after_t3410() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=no_answer)

    bench.run_to(T3410_MS + T3411_MS)

    assert bench.request_times() == [0, T3410_MS + T3411_MS]
    assert bench.seen.registration is Registration.SEARCHING


def test_the_first_request_waits_for_the_attach_time() -> None:
    bench = Bench(slots={1: AJAX_1}, attach_ms=3_000)

    bench.run_to(2_999)
    before = bench.request_times(), bench.seen.registration
    bench.run_to(3_000)

    assert before == ([], Registration.SEARCHING)
    assert bench.request_times() == [3_000]
    assert bench.seen.registration is Registration.ROAMING


@pytest.mark.parametrize("cause", [RejectCause.EMM_15, RejectCause.EMM_17, RejectCause.ESM_33])
def test_after_a_temporary_cause_the_modem_asks_again(cause: RejectCause) -> None:
    bench = Bench(
        slots={1: AJAX_1}, answers=lambda request: AttachRejected(request.iccid, cause, permanent=False)
    )

    bench.run_to(T3411_MS)

    assert len(bench.requests) == 2


def test_after_cause_8_the_modem_never_asks_again_by_itself() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny_permanently)

    bench.run_to(30 * DAY_MS)

    assert bench.request_times() == [0]
    assert bench.seen.registration is Registration.DENIED
    assert bench.hub.due() is None


def test_after_cause_8_the_return_of_coverage_does_not_help() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny_permanently)

    bench.do(SetCoverage(present=False), SetCoverage(present=True))

    assert bench.request_times() == [0]
    assert bench.seen.registration is Registration.DENIED


@pytest.mark.parametrize(
    "remedy", [[Restart()], [PowerOff(), PowerOn()], [RemoveSim(1), InsertSim(1, AJAX_1)]]
)
def test_after_cause_8_restart_and_reinsertion_help(remedy: list[AnyBenchAction]) -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny_permanently)
    bench.run_to(1_000)

    bench.answers = accept
    bench.do(*remedy)
    bench.run_to(10_000)

    assert bench.seen.registration is Registration.ROAMING


def forbid_first_networks(count: int, offered: int) -> Answers:
    def answer(request: AttachRequested) -> RadioAnswer:
        if request.network >= offered:
            return NoOtherNetwork(request.iccid)
        if request.network < count:
            return AttachRejected(request.iccid, RejectCause.EMM_11, permanent=True)
        return accept(request)

    return answer


def test_after_cause_11_the_next_network_is_asked_at_once() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=forbid_first_networks(2, offered=3))

    asked = [effect.network for effect in bench.effects if isinstance(effect, AttachRequested)]
    assert asked == [0, 1, 2]
    assert bench.seen.registration is Registration.ROAMING


def test_after_cause_11_in_the_last_network_the_modem_stays_denied() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=forbid_first_networks(2, offered=2))

    bench.run_to(DAY_MS)

    assert bench.request_times() == [0, 0, 0]
    assert bench.seen.registration is Registration.DENIED


@pytest.mark.parametrize(("place", "after"), [("modem", [0, 1]), ("card", [1])])
def test_a_forbidden_network_is_not_asked_again_until_its_list_is_lost(place: str, after: list[int]) -> None:
    answers = forbid_first_networks(1, offered=2)
    bench = Bench(slots={1: AJAX_1}, answers=answers, forbidden_list=ForbiddenList(place))

    bench.send(LocationCancelled(AJAX_1.iccid))
    again = bench.effects[-2]
    bench.do(Restart())
    bench.run_to(5_000)

    asked = [effect.network for effect in bench.effects if isinstance(effect, AttachRequested)]
    assert isinstance(again, AttachRequested)
    assert asked == [0, 1, 1, *after]


def test_a_cancelled_modem_loses_its_channel_and_asks_again() -> None:
    bench = Bench(slots={1: AJAX_1}, links=["ethernet"])
    bench.run_to(1_000)

    bench.answers = deny
    bench.send(LocationCancelled(AJAX_1.iccid))

    assert bench.requests[-1] == (1_000, AJAX_1.iccid)
    assert bench.seen.channels == (Channel.ETHERNET,)
    assert bench.seen.registration is Registration.DENIED
    assert bench.seen.sims[0].card is SimCard.OK


def test_without_coverage_the_modem_searches_and_does_not_ask() -> None:
    bench = Bench(slots={1: AJAX_1}, on=False)

    bench.do(SetCoverage(present=False), PowerOn())
    bench.run_to(DAY_MS)

    assert (bench.seen.registration, CEREG[bench.seen.registration]) == (Registration.SEARCHING, 2)
    assert bench.seen.signal is Signal.NONE
    assert bench.requests == []


def test_a_loss_of_coverage_ends_the_channel_and_its_return_starts_a_new_attempt() -> None:
    bench = Bench(slots={1: AJAX_1})

    bench.do(SetCoverage(present=False))
    lost = bench.seen.registration, bench.seen.channels
    bench.run_to(60_000)
    bench.do(SetCoverage(present=True))

    assert lost == (Registration.SEARCHING, ())
    assert bench.request_times() == [0, 60_000]
    assert bench.seen.registration is Registration.ROAMING


def test_the_return_of_coverage_resets_the_count_of_failures() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)
    bench.run_to(100_000)

    bench.do(SetCoverage(present=False), SetCoverage(present=True))
    bench.run_to(100_000 + T3411_MS)

    assert bench.request_times()[-2:] == [100_000, 100_000 + T3411_MS]


def test_no_signal_removes_coverage_and_any_other_signal_restores_it() -> None:
    bench = Bench(slots={1: AJAX_1})

    bench.do(SetSignal(Signal.NONE))
    without = bench.seen.registration, bench.seen.signal
    bench.do(SetSignal(Signal.WEAK))

    assert without == (Registration.SEARCHING, Signal.NONE)
    assert (bench.seen.registration, bench.seen.signal) == (Registration.ROAMING, Signal.WEAK)


def test_coverage_returns_at_the_last_signal_strength() -> None:
    bench = Bench(slots={1: AJAX_1})

    bench.do(SetSignal(Signal.NORMAL), SetCoverage(present=False), SetCoverage(present=True))

    assert bench.seen.signal is Signal.NORMAL


def test_a_stronger_signal_does_not_start_an_attempt() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)

    bench.do(SetSignal(Signal.WEAK), SetSignal(Signal.STRONG))

    assert bench.request_times() == [0]


def test_a_modem_reports_its_detach() -> None:
    bench = Bench(slots={1: AJAX_1})

    effects = bench.do(RemoveSim(1))

    assert effects[-1] == Detached(AJAX_1.iccid)
    assert bench.seen.registration is Registration.NOT_REGISTERED


def test_a_modem_that_loses_its_power_has_no_time_to_detach() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=no_answer)

    effects = bench.do(PowerOff())

    assert ContactLost(AJAX_1.iccid) in effects
    assert Detached(AJAX_1.iccid) not in effects


def test_a_modem_without_a_session_does_not_detach() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)

    assert not [effect for effect in bench.do(RemoveSim(1)) if isinstance(effect, Detached)]


@pytest.mark.parametrize(
    "late",
    [
        AttachAccepted(AJAX_1.iccid, network_roaming=True, generation="4G"),
        AttachRejected(AJAX_1.iccid, RejectCause.EMM_8, permanent=True),
        LocationCancelled(AJAX_1.iccid),
    ],
)
def test_a_late_answer_changes_nothing(late: RadioAnswer) -> None:
    bench = Bench(slots={1: AJAX_1}, answers=no_answer)
    bench.do(RemoveSim(1), InsertSim(1, make_card(CardKind.AJAX, 9)))
    before = bench.seen, bench.hub.due()

    bench.send(late)

    assert (bench.seen, bench.hub.due()) == before


def test_a_cancellation_without_a_session_changes_nothing() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)

    bench.send(LocationCancelled(AJAX_1.iccid))

    assert bench.request_times() == [0]


@pytest.mark.parametrize(
    ("condition", "read_as", "iccid"),
    [
        (CardCondition.HEALTHY, SimCard.OK, AJAX_1.iccid),
        (CardCondition.LOCKED, SimCard.LOCKED, AJAX_1.iccid),
        (CardCondition.BROKEN, SimCard.MALFUNCTION, None),
    ],
)
def test_the_slot_shows_the_condition_of_the_card(
    condition: CardCondition, read_as: SimCard, iccid: str | None
) -> None:
    card = make_card(CardKind.AJAX, 1, condition)

    bench = Bench(slots={1: card})

    assert (bench.seen.sims[0].card, bench.seen.sims[0].iccid) == (read_as, iccid)
    assert bench.seen.sims[1].card is SimCard.MISSING
    assert bench.seen.malfunction is (condition is CardCondition.BROKEN)
    assert bool(bench.requests) is (condition is CardCondition.HEALTHY)
