import pytest
from carrier_bench import (
    ACCEPTED,
    ACTIVATION_MS,
    ACTIVE,
    CARD,
    EXECUTED,
    HUB,
    INACTIVE,
    OTHER_HUB,
    OTHER_IMEI,
    CarrierBench,
    cancelled,
    confirmations,
    order_message,
)
from hypothesis import given
from hypothesis import strategies as st

from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.memory import BadMemory
from hubsim_simulator.carrier.ports import Holding, MemoryChanged
from hubsim_simulator.carrier.settings import CarrierSettings

HOUR_MS = 3_600_000


def test_profiles_and_sequences_survive_a_restart() -> None:
    bench = CarrierBench()
    bench.activate(7)

    again = bench.restarted()

    assert again.carrier.holding(CARD) == Holding(ACTIVE, 7)
    assert again.served()


def test_a_waiting_order_survives_and_is_executed_on_time() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE)
    bench.run_to(10_000)

    again = bench.restarted()
    again.run_to(ACTIVATION_MS - 1)
    before = again.profile
    again.run_to(ACTIVATION_MS)

    assert (before, again.profile) == (INACTIVE, ACTIVE)


def test_an_order_due_while_the_carrier_was_down_is_executed_after_the_restart() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE)

    again = bench.restarted()
    again.now_ms = 10 * ACTIVATION_MS
    again.run_to(10 * ACTIVATION_MS)

    assert again.profile is ACTIVE


def test_mq_4_after_a_restart_every_order_is_confirmed_again() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE)

    waiting = bench.restarted().go_online()
    bench.run_to(ACTIVATION_MS)
    executed = bench.restarted().go_online()

    assert (confirmations(waiting), confirmations(executed)) == (
        [(1, ACTIVE, ACCEPTED)],
        [(1, ACTIVE, EXECUTED)],
    )


def test_a_cut_after_a_restart_cancels_the_session_of_the_attached_hub() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.attach()

    again = bench.restarted()

    assert cancelled(again.send(order_message(2, INACTIVE))) == [(HUB, CARD)]


def test_the_owner_of_a_bound_profile_survives() -> None:
    bench = CarrierBench(profile_bound_to_imei=True)
    bench.activate()
    bench.attach()

    again = bench.restarted()

    assert not again.served(hub=OTHER_HUB, imei=OTHER_IMEI)


def test_commissioning_survives_and_ends_on_time() -> None:
    bench = CarrierBench(commissioning_ms=HOUR_MS)
    bench.attach()

    again = bench.restarted()
    effects = again.run_to(HOUR_MS)

    assert cancelled(effects) == [(HUB, CARD)]


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["order", "attach", "release", "wait"]))))
def test_every_change_of_the_memory_is_reported_at_once(actions: list[tuple[int, str]]) -> None:
    bench = CarrierBench(commissioning_ms=HOUR_MS, profile_bound_to_imei=True, cut_delay_ms=1_000)
    for number, action in actions:
        before, start = bench.carrier.memory(), len(bench.effects)
        if action == "order":
            bench.order(number, ACTIVE if number % 2 else INACTIVE)
        elif action == "attach":
            bench.attach(hub=f"0000AA0{number}")
        elif action == "release":
            bench.release(hub=f"0000AA0{number}")
        else:
            bench.run_to(bench.now_ms + number * 30_000)

        reported = any(isinstance(effect, MemoryChanged) for effect in bench.effects[start:])
        assert reported or bench.carrier.memory() == before


@given(st.binary(max_size=100) | st.sampled_from([b"{}", b'{"version":2,"lines":[]}', b"[" * 5_000]))
def test_foreign_bytes_are_refused_and_not_treated_as_an_empty_memory(data: bytes) -> None:
    with pytest.raises(BadMemory):
        Carrier(CarrierSettings(), data)
