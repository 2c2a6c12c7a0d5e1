import pytest
from hardware_bench import (
    AJAX_1,
    AJAX_2,
    ORDINARY_1,
    Bench,
    accept,
    accept_only,
    deny,
    deny_permanently,
    no_answer,
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


def test_a_denied_card_is_replaced_by_the_other_after_the_failover_time() -> None:
    bench = Bench(slots=BOTH, answers=accept_only(ORDINARY_1))

    bench.run_to(FAILOVER_MS - 1)
    before = bench.seen.active_sim
    bench.run_to(FAILOVER_MS)

    assert (before, bench.seen.active_sim) == (1, 2)
    assert bench.seen.registration is Registration.ROAMING


def test_a_cut_card_is_replaced_by_the_other() -> None:
    bench = Bench(slots=BOTH)
    bench.run_to(HOUR_MS)

    bench.answers = accept_only(ORDINARY_1)
    bench.send(LocationCancelled(AJAX_1.iccid))
    bench.run_to(HOUR_MS + FAILOVER_MS)

    assert bench.seen.active_sim == 2
    assert bench.requests[-1] == (HOUR_MS + FAILOVER_MS, ORDINARY_1.iccid)


def test_a_permanently_barred_card_is_replaced_and_not_used_again() -> None:
    bench = Bench(slots=BOTH, answers=accept_only(ORDINARY_1, otherwise=deny_permanently))
    bench.run_to(FAILOVER_MS)

    bench.answers = deny
    bench.send(LocationCancelled(ORDINARY_1.iccid))
    bench.run_to(HOUR_MS)

    assert bench.seen.active_sim == 2
    assert [iccid for _, iccid in bench.requests].count(AJAX_1.iccid) == 1


def test_a_network_without_answer_also_causes_a_failover() -> None:
    bench = Bench(slots=BOTH, answers=accept_only(ORDINARY_1, otherwise=no_answer))

    effects = bench.run_to(FAILOVER_MS)

    assert Detached(AJAX_1.iccid) in effects
    assert bench.seen.active_sim == 2


def test_a_modem_alternates_between_two_failing_cards() -> None:
    bench = Bench(slots=BOTH, answers=deny)

    seen = []
    for minute in range(4):
        bench.run_to(minute * FAILOVER_MS + 1)
        seen.append(bench.seen.active_sim)

    assert seen == [1, 2, 1, 2]


def test_alternating_between_cards_costs_one_attempt_for_each_change() -> None:
    bench = Bench(slots=BOTH, answers=deny)
    bench.run_to(HOUR_MS)
    before = len(bench.requests)

    bench.run_to(2 * HOUR_MS)

    assert len(bench.requests) - before == 60


def test_a_working_second_card_stays_in_use() -> None:
    bench = Bench(slots=BOTH, answers=accept_only(ORDINARY_1))
    bench.run_to(FAILOVER_MS)

    bench.answers = accept
    bench.run_to(100 * HOUR_MS)

    assert bench.seen.active_sim == 2
    assert bench.hub.due() is None


def test_a_restart_selects_the_first_slot_again() -> None:
    bench = Bench(slots=BOTH, answers=accept_only(ORDINARY_1))
    bench.run_to(FAILOVER_MS)

    bench.answers = accept
    bench.do(Restart())
    bench.run_to(FAILOVER_MS + 5_000)

    assert bench.seen.active_sim == 1


def test_removing_the_second_card_selects_the_first_at_once() -> None:
    bench = Bench(slots=BOTH, answers=accept_only(ORDINARY_1))
    bench.run_to(FAILOVER_MS)

    bench.answers = accept
    effects = bench.do(RemoveSim(2))

    assert Detached(ORDINARY_1.iccid) in effects
    assert bench.seen.active_sim == 1
    assert bench.seen.registration is Registration.ROAMING


@pytest.mark.parametrize("action", [RemoveSim(1), LockSim(1), BreakSim(1)])
def test_an_unusable_card_is_replaced_at_once(action: AnyBenchAction) -> None:
    bench = Bench(slots=BOTH)

    effects = bench.do(action)

    assert Detached(AJAX_1.iccid) in effects
    assert bench.requests == [(0, AJAX_1.iccid), (0, ORDINARY_1.iccid)]
    assert bench.seen.active_sim == 2


@pytest.mark.parametrize("condition", [CardCondition.LOCKED, CardCondition.BROKEN])
def test_there_is_no_failover_to_an_unusable_card(condition: CardCondition) -> None:
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


def test_the_failover_time_restarts_when_coverage_returns() -> None:
    bench = Bench(slots=BOTH, answers=accept_only(ORDINARY_1))
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
def test_a_denied_modem_changes_to_a_card_that_becomes_usable(
    slots: dict[int, Card], action: AnyBenchAction
) -> None:
    bench = Bench(slots=slots, answers=accept_only(ORDINARY_1))
    bench.run_to(HOUR_MS)

    bench.do(action)
    bench.run_to(HOUR_MS + 1)

    assert bench.seen.active_sim == 2
    assert bench.seen.registration is Registration.ROAMING


def test_a_second_card_does_not_replace_a_working_one() -> None:
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


def test_a_barred_card_is_chosen_only_without_another_card() -> None:
    bench = Bench(slots=BOTH, answers=accept_only(ORDINARY_1, otherwise=deny_permanently))
    bench.run_to(FAILOVER_MS)

    bench.do(RemoveSim(2))

    assert (bench.seen.active_sim, bench.seen.registration) == (1, Registration.DENIED)
    assert bench.hub.due() is None


def test_a_hub_with_one_slot_has_no_failover() -> None:
    bench = Bench(model="hub", slots={1: AJAX_1}, answers=deny_permanently)

    assert bench.hub.due() is None


@given(begun_ms=st.integers(1, 20 * 60_000))
def test_skipped_attempts_count_when_the_modem_returns_to_a_card(begun_ms: int) -> None:
    def standing(request: AttachRequested) -> AttachRejected:
        return AttachRejected(request.iccid, RejectCause.EMM_15, permanent=False, standing=True)

    plain = Bench(slots={1: AJAX_1, 2: AJAX_2}, answers=deny)
    skipping = Bench(slots={1: AJAX_1, 2: AJAX_2}, answers=standing)
    plain.run_to(begun_ms)
    assume(plain.requests[-1][0] != begun_ms)
    skipping.run_to(begun_ms)

    for bench in (plain, skipping):
        bench.answers = accept
        for card in (AJAX_1, AJAX_2):
            bench.send(ServiceChanged(card.iccid))
        bench.run_to(begun_ms + 60_000)

    assert skipping.requests[-1] == plain.requests[-1]
    assert len(skipping.requests) <= len(plain.requests)
