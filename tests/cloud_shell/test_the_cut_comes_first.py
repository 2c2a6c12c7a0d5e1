"""The document about a cut waits for the carrier's answer, for a bounded time (ADR 16)."""

import pytest
from engine_bench import AJAX, HUB, SETTINGS, CloudBench, desired_in, orders_in

from hubsim_cloud.domain.commands import Activate, ArmHub, StopNow
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.ports import CloudEffect
from hubsim_contract.wire.messages import Channel, Confirmation, OrderStage, Profile, ServiceState
from hubsim_contract.wire.topics import MessageKind

SIM_ALONE = (Channel.CELLULAR,)
WITH_A_CABLE = (Channel.CELLULAR, Channel.ETHERNET)


def served(channels: tuple[Channel, ...] = SIM_ALONE) -> tuple[CloudBench, Actor]:
    """Return a cloud with one active hub, which has applied its document."""
    bench = CloudBench()
    bench.goes_online()
    dealer = bench.dealer_with_hub()
    bench.does(dealer, Activate(hub=HUB))
    bench.carrier_confirms(OrderStage.EXECUTED)
    bench.hub_reports(applied=bench.version(), channels=channels)
    return bench, dealer


def documents(effects: list[CloudEffect]) -> list[ServiceState]:
    """Return the services in the desired documents that were published, in order."""
    return [desired.service for desired in desired_in(effects)]


def stopped(bench: CloudBench, dealer: Actor) -> list[CloudEffect]:
    begin = len(bench.effects)
    bench.does(dealer, StopNow(hub=HUB))
    return bench.effects[begin:]


def cut_is(bench: CloudBench, stage: OrderStage) -> list[CloudEffect]:
    answer = Confirmation(iccid=AJAX, sequence=2, profile=Profile.INACTIVE, stage=stage)
    return bench.receives(MessageKind.CONFIRMATION, answer)


def test_a_stop_orders_the_cut_and_holds_the_document_back() -> None:
    bench, dealer = served()

    effects = stopped(bench, dealer)

    assert [order.profile for order in orders_in(effects)] == [Profile.INACTIVE]
    assert documents(effects) == []


def test_a_hub_with_another_channel_gets_its_document_at_once() -> None:
    bench, dealer = served(WITH_A_CABLE)

    assert documents(stopped(bench, dealer)) == [ServiceState.ACTIVATION_REQUIRED]


@pytest.mark.parametrize("stage", [OrderStage.ACCEPTED, OrderStage.EXECUTED])
def test_the_carriers_first_answer_releases_the_document(stage: OrderStage) -> None:
    bench, dealer = served()
    stopped(bench, dealer)

    assert documents(cut_is(bench, stage)) == [ServiceState.ACTIVATION_REQUIRED]
    assert documents(bench.passes(SETTINGS.desired_retry_ms - 1)) == []


def test_a_carrier_that_does_not_answer_holds_the_document_back_for_the_bound_and_no_longer() -> None:
    bench, dealer = served()
    stopped(bench, dealer)

    assert documents(bench.passes(SETTINGS.order_retry_ms - 1)) == []
    assert documents(bench.passes(1)) == [ServiceState.ACTIVATION_REQUIRED]


def test_a_report_and_a_new_connection_of_the_hub_do_not_release_it() -> None:
    bench, dealer = served()
    applied = bench.version()
    stopped(bench, dealer)

    seen = (
        bench.hub_reports(applied=applied, channels=SIM_ALONE)
        + bench.hub_is_lost()
        + bench.hub_connects(connection=2)
    )

    assert documents(seen) == []
    assert documents(cut_is(bench, OrderStage.EXECUTED)) == [ServiceState.ACTIVATION_REQUIRED]


def test_a_document_that_was_due_again_waits_too() -> None:
    bench, dealer = served()
    bench.does(dealer, ArmHub(hub=HUB))
    bench.passes(SETTINGS.desired_retry_ms // 2)
    stopped(bench, dealer)

    assert documents(bench.passes(SETTINGS.desired_retry_ms // 2)) == []


def test_after_a_reconnect_the_wait_begins_again_with_the_order() -> None:
    bench, dealer = served()
    stopped(bench, dealer)
    bench.passes(SETTINGS.order_retry_ms - 1)

    again = bench.reconnects()

    assert [order.sequence for order in orders_in(again)] == [2]
    assert documents(again) == []
    assert documents(cut_is(bench, OrderStage.EXECUTED)) == [ServiceState.ACTIVATION_REQUIRED]


def test_an_activation_in_the_meantime_is_published_at_once() -> None:
    bench, dealer = served()
    stopped(bench, dealer)

    begin = len(bench.effects)
    bench.does(dealer, Activate(hub=HUB))

    assert documents(bench.effects[begin:]) == [ServiceState.ACTIVE]
