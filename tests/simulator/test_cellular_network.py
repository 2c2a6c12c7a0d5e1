import pytest
from carrier_bench import (
    ACTIVATION_MS,
    ACTIVE,
    CARD,
    HUB,
    IMEI,
    INACTIVE,
    ORDINARY,
    OTHER_HUB,
    OTHER_IMEI,
    CarrierBench,
    cancelled,
    order_message,
)

from hubsim_contract.mqtt.port import ConnectionLost
from hubsim_simulator.carrier.ports import MemoryChanged
from hubsim_simulator.hardware.radio import AttachAccepted, AttachRejected, NoOtherNetwork, RejectCause

HOUR_MS = 3_600_000


def test_a_card_without_orders_is_rejected_temporarily() -> None:
    assert CarrierBench().attach() == AttachRejected(CARD, RejectCause.EMM_15, permanent=False, standing=True)


def test_an_active_card_roams_with_the_best_generation() -> None:
    bench = CarrierBench()
    bench.activate()

    assert bench.attach() == AttachAccepted(CARD, network_roaming=True, generation="4G")
    assert bench.carrier.holding(CARD).attached_hub == HUB


def test_an_active_card_is_in_its_home_network_without_roaming() -> None:
    bench = CarrierBench(roaming=False)
    bench.activate()

    assert bench.attach() == AttachAccepted(CARD, network_roaming=False, generation="4G")


def test_an_ordinary_card_is_always_served_in_its_home_network() -> None:
    assert CarrierBench().attach(ORDINARY) == AttachAccepted(ORDINARY, network_roaming=False, generation="4G")


@pytest.mark.parametrize(
    ("cause", "permanent"),
    [("emm_8", True), ("emm_11", True), ("emm_15", False), ("emm_17", False), ("esm_33", False)],
)
def test_the_cause_decides_whether_the_modem_may_ask_again(cause: str, permanent: bool) -> None:
    bench = CarrierBench(reject_cause=cause)

    assert bench.attach() == AttachRejected(CARD, RejectCause(cause), permanent, standing=not permanent)


def test_cause_11_is_answered_in_every_network_that_there_is() -> None:
    bench = CarrierBench(reject_cause="emm_11", networks=3)

    answers = [bench.attach(network=network) for network in range(4)]

    refused = AttachRejected(CARD, RejectCause.EMM_11, permanent=True)
    assert answers == [refused, refused, refused, NoOtherNetwork(CARD)]


def test_x2_a_cut_cancels_the_session_at_once() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.attach()

    effects = bench.send(order_message(2, INACTIVE))

    assert cancelled(effects) == [(HUB, CARD)]
    assert bench.carrier.holding(CARD).attached_hub is None
    assert not bench.served()


def test_a_cut_with_delay_cancels_when_it_is_executed() -> None:
    bench = CarrierBench(cut_delay_ms=HOUR_MS)
    bench.activate()
    bench.attach()

    ordered = bench.send(order_message(2, INACTIVE))
    executed = bench.run_to(ACTIVATION_MS + HOUR_MS)

    assert (cancelled(ordered), cancelled(executed)) == ([], [(HUB, CARD)])


def test_a_cut_is_executed_while_the_carrier_is_disconnected() -> None:
    bench = CarrierBench(cut_delay_ms=HOUR_MS)
    bench.activate()
    bench.attach()
    bench.send(order_message(2, INACTIVE))

    bench.send(ConnectionLost())

    assert cancelled(bench.run_to(ACTIVATION_MS + HOUR_MS)) == [(HUB, CARD)]


def test_a_cut_of_an_unused_card_cancels_nothing() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.attach()
    bench.release()

    assert cancelled(bench.send(order_message(2, INACTIVE))) == []


def test_a_lazy_cut_keeps_the_session_until_the_next_attach() -> None:
    bench = CarrierBench(cut_style="lazy")
    bench.activate()
    bench.attach()

    effects = bench.send(order_message(2, INACTIVE))
    still_attached = bench.carrier.holding(CARD).attached_hub

    assert (cancelled(effects), still_attached) == ([], HUB)
    assert not bench.served()
    assert bench.carrier.holding(CARD).attached_hub is None


def test_a_release_by_another_hub_does_not_end_the_session() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.attach()

    bench.release(hub=OTHER_HUB)

    assert bench.carrier.holding(CARD).attached_hub == HUB


def test_an_attach_from_another_hub_cancels_the_former_session() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.attach()

    served = bench.served(hub=OTHER_HUB, imei=OTHER_IMEI)

    assert served
    assert cancelled(bench.effects) == [(HUB, CARD)]
    assert bench.carrier.holding(CARD).attached_hub == OTHER_HUB


def test_attaching_again_from_the_same_hub_cancels_nothing() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.attach()

    assert bench.served()
    assert cancelled(bench.effects) == []


def test_a_refused_attempt_is_not_persisted() -> None:
    bench = CarrierBench()
    bench.order(1, INACTIVE)
    bench.effects.clear()

    bench.attach()

    assert not any(isinstance(effect, MemoryChanged) for effect in bench.effects)


# ------------------------------------------------------------------ commissioning


def test_a_new_card_works_for_the_commissioning_time_from_its_first_attach() -> None:
    bench = CarrierBench(commissioning_ms=HOUR_MS)
    bench.run_to(1_000)

    first = bench.served()
    bench.run_to(1_000 + HOUR_MS - 1)
    before = bench.served()
    effects = bench.run_to(1_000 + HOUR_MS)

    assert (first, before) == (True, True)
    assert cancelled(effects) == [(HUB, CARD)]
    assert not bench.served()


def test_a_lazy_end_of_commissioning_keeps_the_session() -> None:
    bench = CarrierBench(commissioning_ms=HOUR_MS, cut_style="lazy")
    bench.attach()

    effects = bench.run_to(2 * HOUR_MS)

    assert cancelled(effects) == []
    assert not bench.served()


def test_commissioning_does_not_begin_twice() -> None:
    bench = CarrierBench(commissioning_ms=HOUR_MS)
    bench.attach()
    bench.run_to(2 * HOUR_MS)

    assert not bench.served(hub=OTHER_HUB, imei=OTHER_IMEI)
    assert bench.carrier.due() is None


def test_a_card_activated_in_time_works_after_its_commissioning() -> None:
    bench = CarrierBench(commissioning_ms=HOUR_MS)
    bench.attach()
    bench.activate()

    effects = bench.run_to(2 * HOUR_MS)

    assert cancelled(effects) == []
    assert bench.served()


def test_an_activation_is_executed_after_the_commissioning_has_ended() -> None:
    bench = CarrierBench(commissioning_ms=10_000)
    bench.attach()
    bench.order(1, ACTIVE)

    bench.run_to(30_000)
    between = bench.served()
    bench.run_to(ACTIVATION_MS)

    assert (between, bench.served()) == (False, True)


def test_a_card_with_an_earlier_order_has_no_commissioning() -> None:
    bench = CarrierBench(commissioning_ms=HOUR_MS)
    bench.order(1, INACTIVE)

    assert not bench.served()


def test_a_stop_ends_commissioning() -> None:
    bench = CarrierBench(commissioning_ms=HOUR_MS)
    bench.attach()

    effects = bench.send(order_message(1, INACTIVE))

    assert cancelled(effects) == [(HUB, CARD)]
    assert not bench.served()


# ------------------------------------------------------------------ binding to the IMEI


def test_a_bound_profile_belongs_to_the_first_modem_after_activation() -> None:
    bench = CarrierBench(profile_bound_to_imei=True)
    bench.activate()

    first = bench.served()
    bench.release()

    assert first
    assert not bench.served(hub=OTHER_HUB, imei=OTHER_IMEI)
    assert bench.served()


def test_another_modem_does_not_disturb_the_owner() -> None:
    bench = CarrierBench(profile_bound_to_imei=True)
    bench.activate()
    bench.attach()

    bench.attach(hub=OTHER_HUB, imei=OTHER_IMEI)

    assert cancelled(bench.effects) == []
    assert bench.carrier.holding(CARD).attached_hub == HUB


def test_a_new_activation_releases_the_profile_for_another_modem() -> None:
    bench = CarrierBench(profile_bound_to_imei=True)
    bench.activate()
    bench.attach()
    bench.order(2, INACTIVE)

    bench.activate(3)

    assert bench.served(hub=OTHER_HUB, imei=OTHER_IMEI)
    assert not bench.served()


def test_a_modem_attached_in_commissioning_owns_the_profile_after_activation() -> None:
    bench = CarrierBench(profile_bound_to_imei=True, commissioning_ms=HOUR_MS)
    bench.attach()

    bench.activate()

    assert not bench.served(hub=OTHER_HUB, imei=OTHER_IMEI)
    assert bench.served(imei=IMEI)


def test_an_unbound_profile_serves_any_modem() -> None:
    bench = CarrierBench()
    bench.activate()
    bench.attach()

    assert bench.served(hub=OTHER_HUB, imei=OTHER_IMEI)
