"""A carrier that refuses or fails orders, and that suspends and reactivates cards by itself."""

import pytest
from carrier_bench import (
    ACCEPTED,
    ACTIVATION_MS,
    ACTIVE,
    CARD,
    EXECUTED,
    HUB,
    INACTIVE,
    ORDINARY,
    SUPERSEDED,
    CarrierBench,
    cancelled,
    confirmations,
)
from hypothesis import given
from hypothesis import strategies as st

from hubsim_contract.lab.faults import (
    AnyCarrierFault,
    CarrierReason,
    FailOrders,
    ReactivateSim,
    RefuseOrders,
    SuspendSim,
)
from hubsim_contract.mqtt.port import Publish
from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.messages import Confirmation, OrderStage, Profile
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.carrier.ports import CarrierActs, CarrierEffect, ServiceBegun

REFUSED, FAILED = OrderStage.REFUSED, OrderStage.FAILED


def act(bench: CarrierBench, fault: AnyCarrierFault, card: str = CARD) -> list[CarrierEffect]:
    return bench.send(CarrierActs(card, fault))


def last(effects: list[CarrierEffect]) -> Confirmation:
    payload = [effect.payload for effect in effects if isinstance(effect, Publish)][-1]
    message = decode(MessageKind.CONFIRMATION, payload)
    assert isinstance(message, Confirmation)
    return message


def test_a_refused_order_changes_nothing_and_its_sequence_is_used() -> None:
    bench = CarrierBench()
    act(bench, RefuseOrders(hub=CARD))

    first = bench.order(1, ACTIVE)
    bench.run_to(ACTIVATION_MS)
    again = bench.order(1, ACTIVE)
    next_ = bench.order(2, ACTIVE)

    assert first == again == [(1, ACTIVE, REFUSED)]
    assert next_ == [(2, ACTIVE, ACCEPTED)]
    assert last(bench.effects).reason == ""
    assert bench.profile is INACTIVE


def test_a_failed_order_is_accepted_first_and_fails_when_it_is_due() -> None:
    bench = CarrierBench()
    act(bench, FailOrders(hub=CARD, reason=CarrierReason.PLATFORM_ERROR))

    accepted = bench.order(1, ACTIVE)
    effects = bench.run_to(ACTIVATION_MS)

    assert accepted == [(1, ACTIVE, ACCEPTED)]
    assert confirmations(effects) == [(1, ACTIVE, FAILED)]
    assert last(effects).reason == "platform_error"
    assert bench.profile is INACTIVE
    assert not bench.served()


def test_an_order_without_delay_fails_at_once() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.attach()
    act(bench, FailOrders(hub=CARD))

    answer = bench.order(2, INACTIVE)

    assert answer == [(2, INACTIVE, FAILED)]
    assert bench.carrier.holding(CARD).attached_hub == HUB


def test_a_newer_order_replaces_one_that_has_failed() -> None:
    bench = CarrierBench()
    act(bench, FailOrders(hub=CARD))
    bench.activate(1)

    bench.activate(2)

    assert bench.profile is ACTIVE
    assert bench.order(1, ACTIVE) == [(1, ACTIVE, SUPERSEDED), (2, ACTIVE, EXECUTED)]


def test_a_refused_order_supersedes_the_one_that_waits() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE)
    act(bench, RefuseOrders(hub=CARD))

    answer = bench.order(2, INACTIVE)
    bench.run_to(10 * ACTIVATION_MS)

    assert answer == [(1, ACTIVE, SUPERSEDED), (2, INACTIVE, REFUSED)]
    assert bench.profile is INACTIVE


def test_the_given_number_of_orders_is_refused() -> None:
    bench = CarrierBench()
    act(bench, RefuseOrders(hub=CARD, count=2))

    answers = [bench.order(sequence, ACTIVE)[0][2] for sequence in (1, 1, 2, 3)]

    assert answers == [REFUSED, REFUSED, REFUSED, ACCEPTED]


def test_a_suspended_card_has_no_service_with_an_active_profile() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.attach()

    effects = act(bench, SuspendSim(hub=CARD, reason=CarrierReason.ABUSE))

    told = last(effects)
    assert cancelled(effects) == [(HUB, CARD)]
    assert (told.stage, told.profile) == (EXECUTED, ACTIVE)
    assert (told.suspended, told.suspended_for, told.revision) == (True, "abuse", 1)
    assert not bench.served()


def test_a_reactivated_card_has_its_service_again() -> None:
    bench = CarrierBench()
    bench.activate()
    act(bench, SuspendSim(hub=CARD))
    bench.attach()

    effects = act(bench, ReactivateSim(hub=CARD))

    assert ServiceBegun(HUB, CARD) in effects
    assert (last(effects).suspended, last(effects).revision) == (False, 2)
    assert bench.served()


def test_an_activation_of_a_suspended_card_is_executed_and_brings_no_service() -> None:
    bench = CarrierBench()
    act(bench, SuspendSim(hub=CARD))
    bench.attach()

    bench.order(1, ACTIVE)
    effects = bench.run_to(ACTIVATION_MS)

    assert (last(effects).stage, last(effects).suspended) == (EXECUTED, True)
    assert not [effect for effect in effects if isinstance(effect, ServiceBegun)]
    assert not bench.served()


def test_a_cut_of_a_suspended_card_leaves_it_suspended() -> None:
    bench = CarrierBench()
    bench.activate()
    act(bench, SuspendSim(hub=CARD))

    bench.order(2, INACTIVE)
    bench.activate(3)

    assert not bench.served()


def test_a_reactivation_without_a_suspension_is_not_announced() -> None:
    bench = CarrierBench()
    bench.activate()

    effects = act(bench, ReactivateSim(hub=CARD))

    assert confirmations(effects) == []


def test_the_suspension_is_confirmed_again_until_it_is_acknowledged_and_after_a_restart() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.acknowledge = False
    act(bench, SuspendSim(hub=CARD))

    again = last(bench.reconnect())
    restarted = bench.restarted()
    after_restart = last(restarted.go_online())

    assert again.revision == after_restart.revision == 1
    assert after_restart.suspended


def test_the_suspension_of_a_card_without_an_order_is_confirmed_with_its_first_order() -> None:
    bench = CarrierBench()

    effects = act(bench, SuspendSim(hub=CARD))
    bench.order(1, ACTIVE)

    assert confirmations(effects) == []
    assert last(bench.effects).suspended


def test_the_card_of_another_issuer_cannot_be_suspended() -> None:
    bench = CarrierBench()

    effects = act(bench, SuspendSim(hub=ORDINARY), ORDINARY)

    assert effects == []
    assert bench.served(ORDINARY)


acts = st.one_of(
    st.builds(RefuseOrders, hub=st.just(CARD), count=st.integers(1, 3)),
    st.builds(FailOrders, hub=st.just(CARD), count=st.integers(1, 3)),
    st.builds(SuspendSim, hub=st.just(CARD)),
    st.builds(ReactivateSim, hub=st.just(CARD)),
)
orders = st.tuples(st.integers(1, 8), st.sampled_from(Profile))


@given(st.lists(acts | orders | st.integers(0, 2 * ACTIVATION_MS), max_size=25))
def test_service_needs_an_executed_activation_and_no_suspension(
    steps: list[AnyCarrierFault | tuple[int, Profile] | int],
) -> None:
    bench = CarrierBench()
    revision = 0

    for step in steps:
        if isinstance(step, int):
            bench.run_to(bench.now_ms + step)
        elif isinstance(step, tuple):
            bench.order(*step)
        else:
            act(bench, step)
        told = [effect for effect in bench.effects if isinstance(effect, Publish)]
        if told:
            assert last(bench.effects).revision >= revision
            revision = last(bench.effects).revision

    held = bench.carrier.holding(CARD)
    assert bench.served() is (held.profile is ACTIVE and not held.suspended)
    assert bench.restarted().carrier.holding(CARD) == bench.carrier.holding(CARD)


@pytest.mark.parametrize("fault", [RefuseOrders(hub=CARD), FailOrders(hub=CARD)])
def test_what_the_carrier_will_do_survives_its_restart(fault: AnyCarrierFault) -> None:
    bench = CarrierBench()
    act(bench, fault)

    restarted = bench.restarted()
    restarted.go_online()
    restarted.activate()

    assert restarted.profile is INACTIVE
