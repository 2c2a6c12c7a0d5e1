"""Reception at the hub's place: generations that come and go, and a signal for each slot."""

import pytest
from hardware_bench import AJAX_1, ORDINARY_1, Bench
from hypothesis import given
from hypothesis import strategies as st

from hubsim_contract.lab.bench_actions import (
    ALL_GENERATIONS,
    AnyBenchAction,
    PowerOn,
    SetCoverage,
    SetGenerations,
    SetSignal,
)
from hubsim_contract.wire.messages import Channel, Registration, Signal
from hubsim_simulator.hardware.radio import ContactLost
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal

BOTH = {1: AJAX_1, 2: ORDINARY_1}
MINUTE_MS = 60_000


@pytest.mark.parametrize(("model", "generation"), [("hub-2", "2G"), ("hub-2-plus", "4G")])
def test_a_modem_attaches_in_the_best_generation_that_it_has_and_that_is_in_reach(
    model: str, generation: str
) -> None:
    bench = Bench(model=model, slots={1: AJAX_1}, on=False)

    bench.do(SetGenerations(("4G", "2G")), PowerOn())

    assert bench.seen.generation == generation


def test_a_lost_generation_is_left_at_once_and_the_registration_stays() -> None:
    bench = Bench(slots={1: AJAX_1})

    bench.do(SetGenerations(("2G",)))

    assert (bench.seen.generation, bench.seen.registration) == ("2G", Registration.ROAMING)
    assert bench.seen.channels == (Channel.CELLULAR,)
    assert bench.request_times() == [0]


def test_a_better_generation_is_used_after_the_next_search() -> None:
    bench = Bench(slots={1: AJAX_1})
    bench.do(SetGenerations(("2G",)))
    bench.run_to(1_000)

    bench.do(SetGenerations(("2G", "4G")))
    bench.run_to(1_000 + MINUTE_MS - 1)
    before = bench.seen.generation
    bench.run_to(1_000 + MINUTE_MS)

    assert (before, bench.seen.generation) == ("2G", "4G")


def test_a_better_generation_that_goes_again_is_not_used() -> None:
    bench = Bench(slots={1: AJAX_1})
    bench.do(SetGenerations(("2G",)), SetGenerations(("2G", "4G")), SetGenerations(("2G",)))

    bench.run_to(10 * MINUTE_MS)

    assert bench.seen.generation == "2G"
    assert bench.hub.due() is None


def test_a_hub_without_4g_loses_its_networks_when_2g_and_3g_are_switched_off() -> None:
    bench = Bench(model="hub-2", slots={1: AJAX_1})

    effects = bench.do(SetGenerations(("4G",)))

    assert bench.seen.registration is Registration.SEARCHING
    assert (bench.seen.signal, bench.seen.channels) == (Signal.NONE, ())
    assert ContactLost(AJAX_1.iccid) in effects


def test_a_slot_can_have_its_own_signal() -> None:
    bench = Bench(slots=BOTH)

    bench.do(SetSignal(Signal.WEAK, slot=2))

    assert bench.seen.signal is Signal.STRONG
    bench.do(SetSignal(Signal.NORMAL, slot=1))
    assert bench.seen.signal is Signal.NORMAL


def test_a_card_without_signal_is_replaced_by_one_that_has_it() -> None:
    bench = Bench(slots=BOTH)
    bench.run_to(1_000)

    bench.do(SetSignal(Signal.NONE, slot=1))
    lost = bench.seen.registration, bench.seen.active_sim
    bench.run_to(1_000 + MINUTE_MS)

    assert lost == (Registration.SEARCHING, 1)
    assert (bench.seen.registration, bench.seen.active_sim) == (Registration.ROAMING, 2)


def test_the_signal_of_a_slot_that_does_not_exist_cannot_be_set() -> None:
    bench = Bench(slots=BOTH)

    with pytest.raises(BenchActionRefused) as refused:
        bench.do(SetSignal(Signal.WEAK, slot=3))

    assert refused.value.name is BenchRefusal.NO_SUCH_SLOT
    assert bench.hub.slot_signals == {}


actions = st.one_of(
    st.builds(SetGenerations, st.lists(st.sampled_from(ALL_GENERATIONS), unique=True).map(tuple)),
    st.builds(SetCoverage, st.booleans()),
    st.builds(SetSignal, st.sampled_from(Signal), st.sampled_from([None, 1, 2])),
)


@given(st.lists(st.tuples(actions, st.integers(0, 5 * MINUTE_MS)), max_size=12))
def test_the_modem_always_uses_what_is_in_reach(
    steps: list[tuple[AnyBenchAction, int]],
) -> None:
    bench = Bench(slots=BOTH, sim_failback_ms=MINUTE_MS, weak_signal_change_ms=MINUTE_MS)

    for action, wait_ms in steps:
        bench.do(action)
        bench.run_to(bench.now_ms + wait_ms)
        if bench.seen.generation is not None:
            assert bench.seen.generation in bench.hub.generations
            assert bench.seen.signal is not Signal.NONE
    bench.do(SetGenerations(ALL_GENERATIONS), SetSignal(Signal.STRONG))
    bench.run_to(bench.now_ms + 5 * MINUTE_MS)

    assert (bench.seen.generation, bench.seen.registration) == ("4G", Registration.ROAMING)
    assert bench.seen.active_sim == 1
