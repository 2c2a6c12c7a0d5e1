import pytest
from hardware_bench import (
    AJAX_1,
    AJAX_2,
    ORDINARY_1,
    Bench,
    deny,
    deny_for_good,
    silence,
    welcome,
    welcome_only,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    BreakSim,
    Card,
    CardCondition,
    CardKind,
    InsertSim,
    LockSim,
    RemoveSim,
    Restart,
    SetCoverage,
    UnlockSim,
)
from hubsim_contract.wire.messages import Registration
from hubsim_simulator.hardware.cards import make_card
from hubsim_simulator.hardware.radio import (
    AttachRejected,
    AttachRequested,
    Detached,
    LocationCancelled,
    RejectCause,
    ServiceChanged,
)

FAILOVER_MS = 60_000
HOUR_MS = 3_600_000
BOTH = {1: AJAX_1, 2: ORDINARY_1}


def test_the_lowest_slot_with_a_usable_card_is_chosen() -> None:
    locked = make_card(CardKind.AJAX, 1, CardCondition.LOCKED)

    bench = Bench(slots={1: locked, 2: ORDINARY_1})

    assert bench.seen.active_sim == 2
    assert bench.seen.registration is Registration.ROAMING


def test_a_denied_card_gives_way_to_the_other_after_the_failover_time() -> None:
    bench = Bench(slots=BOTH, answers=welcome_only(ORDINARY_1))

    bench.run_to(FAILOVER_MS - 1)
    before = bench.seen.active_sim
    bench.run_to(FAILOVER_MS)

    assert (before, bench.seen.active_sim) == (1, 2)
    assert bench.seen.registration is Registration.ROAMING


def test_a_cut_card_gives_way_to_the_other() -> None:
    bench = Bench(slots=BOTH)
    bench.run_to(HOUR_MS)

    bench.answers = welcome_only(ORDINARY_1)
    bench.tell(LocationCancelled(AJAX_1.iccid))
    bench.run_to(HOUR_MS + FAILOVER_MS)

    assert bench.seen.active_sim == 2
    assert bench.requests[-1] == (HOUR_MS + FAILOVER_MS, ORDINARY_1.iccid)


def test_a_card_barred_for_good_gives_way_too_and_is_not_returned_to() -> None:
    bench = Bench(slots=BOTH, answers=welcome_only(ORDINARY_1, otherwise=deny_for_good))
    bench.run_to(FAILOVER_MS)

    bench.answers = deny
    bench.tell(LocationCancelled(ORDINARY_1.iccid))
    bench.run_to(HOUR_MS)

    assert bench.seen.active_sim == 2
    assert [iccid for _, iccid in bench.requests].count(AJAX_1.iccid) == 1


def test_a_silent_network_is_no_registration_either() -> None:
    bench = Bench(slots=BOTH, answers=welcome_only(ORDINARY_1, otherwise=silence))

    effects = bench.run_to(FAILOVER_MS)

    assert Detached(AJAX_1.iccid) in effects
    assert bench.seen.active_sim == 2


def test_when_both_cards_fail_the_modem_goes_round() -> None:
    bench = Bench(slots=BOTH, answers=deny)

    seen = []
    for minute in range(4):
        bench.run_to(minute * FAILOVER_MS + 1)
        seen.append(bench.seen.active_sim)

    assert seen == [1, 2, 1, 2]


def test_going_round_for_days_costs_one_attempt_for_each_turn() -> None:
    bench = Bench(slots=BOTH, answers=deny)
    bench.run_to(HOUR_MS)
    before = len(bench.requests)

    bench.run_to(2 * HOUR_MS)

    assert len(bench.requests) - before == 60


def test_a_working_second_card_stays_in_use() -> None:
    bench = Bench(slots=BOTH, answers=welcome_only(ORDINARY_1))
    bench.run_to(FAILOVER_MS)

    bench.answers = welcome
    bench.run_to(100 * HOUR_MS)

    assert bench.seen.active_sim == 2
    assert bench.hub.due() is None


def test_a_restart_begins_with_the_first_slot_again() -> None:
    bench = Bench(slots=BOTH, answers=welcome_only(ORDINARY_1))
    bench.run_to(FAILOVER_MS)

    bench.answers = welcome
    bench.do(Restart())
    bench.run_to(FAILOVER_MS + 5_000)

    assert bench.seen.active_sim == 1


def test_a_second_card_taken_out_brings_the_first_back_at_once() -> None:
    bench = Bench(slots=BOTH, answers=welcome_only(ORDINARY_1))
    bench.run_to(FAILOVER_MS)

    bench.answers = welcome
    effects = bench.do(RemoveSim(2))

    assert Detached(ORDINARY_1.iccid) in effects
    assert bench.seen.active_sim == 1
    assert bench.seen.registration is Registration.ROAMING


@pytest.mark.parametrize("action", [RemoveSim(1), LockSim(1), BreakSim(1)])
def test_a_card_that_is_lost_gives_way_at_once(action: AnyBenchAction) -> None:
    bench = Bench(slots=BOTH)

    effects = bench.do(action)

    assert Detached(AJAX_1.iccid) in effects
    assert bench.requests == [(0, AJAX_1.iccid), (0, ORDINARY_1.iccid)]
    assert bench.seen.active_sim == 2


@pytest.mark.parametrize("condition", [CardCondition.LOCKED, CardCondition.BROKEN])
def test_there_is_no_failover_to_a_card_that_cannot_be_used(condition: CardCondition) -> None:
    other = make_card(CardKind.ORDINARY, 1, condition)
    bench = Bench(slots={1: AJAX_1, 2: other}, answers=deny)

    bench.run_to(HOUR_MS)

    assert bench.seen.active_sim == 1
    assert {iccid for _, iccid in bench.requests} == {AJAX_1.iccid}


def test_there_is_no_failover_to_an_empty_slot() -> None:
    bench = Bench(slots={1: AJAX_1}, answers=deny)

    bench.run_to(HOUR_MS)

    assert bench.seen.active_sim == 1


def test_there_is_no_failover_without_coverage() -> None:
    bench = Bench(slots=BOTH)

    bench.do(SetCoverage(present=False))
    bench.run_to(HOUR_MS)

    assert bench.seen.active_sim == 1
    assert bench.hub.due() is None


def test_the_failover_time_begins_again_when_coverage_returns() -> None:
    bench = Bench(slots=BOTH, answers=welcome_only(ORDINARY_1))
    bench.run_to(30_000)
    bench.do(SetCoverage(present=False))
    bench.run_to(HOUR_MS)

    bench.do(SetCoverage(present=True))
    bench.run_to(HOUR_MS + FAILOVER_MS - 1)
    before = bench.seen.active_sim
    bench.run_to(HOUR_MS + FAILOVER_MS)

    assert (before, bench.seen.active_sim) == (1, 2)


@pytest.mark.parametrize(
    ("slots", "action"),
    [
        ({1: AJAX_1}, InsertSim(2, ORDINARY_1)),
        ({1: AJAX_1, 2: make_card(CardKind.ORDINARY, 1, CardCondition.LOCKED)}, UnlockSim(2)),
    ],
)
def test_a_card_that_becomes_usable_helps_a_modem_long_denied(
    slots: dict[int, Card], action: AnyBenchAction
) -> None:
    bench = Bench(slots=slots, answers=welcome_only(ORDINARY_1))
    bench.run_to(HOUR_MS)

    bench.do(action)
    bench.run_to(HOUR_MS + 1)

    assert bench.seen.active_sim == 2
    assert bench.seen.registration is Registration.ROAMING


def test_a_card_put_beside_a_working_one_changes_nothing_for_the_modem() -> None:
    bench = Bench(slots={2: AJAX_2})

    bench.do(InsertSim(1, AJAX_1))

    assert bench.seen.active_sim == 2
    assert len(bench.requests) == 1


def test_an_unlocked_card_is_used_when_there_is_no_other() -> None:
    bench = Bench(slots={1: AJAX_1})

    bench.do(LockSim(1))
    locked = bench.seen.active_sim, bench.seen.registration
    bench.do(UnlockSim(1))

    assert locked == (None, Registration.NOT_REGISTERED)
    assert (bench.seen.active_sim, bench.seen.registration) == (1, Registration.ROAMING)


def test_a_barred_card_is_chosen_only_when_no_other_is_left() -> None:
    bench = Bench(slots=BOTH, answers=welcome_only(ORDINARY_1, otherwise=deny_for_good))
    bench.run_to(FAILOVER_MS)

    bench.do(RemoveSim(2))

    assert (bench.seen.active_sim, bench.seen.registration) == (1, Registration.DENIED)
    assert bench.hub.due() is None


def test_a_hub_with_one_slot_never_fails_over() -> None:
    bench = Bench(model="hub", slots={1: AJAX_1}, answers=deny_for_good)

    assert bench.hub.due() is None


@given(begun_ms=st.integers(1, 20 * 60_000))
def test_attempts_left_out_count_when_the_modem_comes_back_to_a_card(begun_ms: int) -> None:
    def standing(request: AttachRequested) -> AttachRejected:
        return AttachRejected(request.iccid, RejectCause.EMM_15, permanent=False, standing=True)

    plain = Bench(slots={1: AJAX_1, 2: AJAX_2}, answers=deny)
    thrifty = Bench(slots={1: AJAX_1, 2: AJAX_2}, answers=standing)
    plain.run_to(begun_ms)
    assume(plain.requests[-1][0] != begun_ms)
    thrifty.run_to(begun_ms)

    for bench in (plain, thrifty):
        bench.answers = welcome
        for card in (AJAX_1, AJAX_2):
            bench.tell(ServiceChanged(card.iccid))
        bench.run_to(begun_ms + 60_000)

    assert thrifty.requests[-1] == plain.requests[-1]
    assert len(thrifty.requests) <= len(plain.requests)
