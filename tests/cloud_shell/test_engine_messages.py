"""The cloud engine speaks: what is published, when it is said again, and when that ends."""

from engine_bench import AJAX, HUB, SETTINGS, CloudBench, desired_in, facts_in, orders_in

from hubsim_cloud.domain.commands import ArmHub
from hubsim_contract.core import Wake
from hubsim_contract.mqtt.port import Connect, ConnectionLost, Publish
from hubsim_contract.wire.messages import OrderStage, Profile

RETRY_MS = SETTINGS.desired_retry_ms


def online() -> CloudBench:
    cloud = CloudBench()
    cloud.goes_online()
    return cloud


def test_a_new_version_of_the_desired_state_is_published_once() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()

    begin = len(cloud.effects)
    cloud.does(dealer, ArmHub(hub=HUB))

    (desired,) = desired_in(cloud.effects[begin:])
    assert (desired.hub, desired.version, desired.armed) == (HUB, cloud.version(), True)


def test_no_version_of_the_desired_state_is_ever_published_twice_to_a_hub_that_applies_it() -> None:
    cloud = online()

    cloud.armed()
    cloud.hub_reports(applied=cloud.version())
    cloud.passes(10 * RETRY_MS)

    versions = [desired.version for desired in desired_in(cloud.effects)]
    assert versions == sorted(set(versions))


def test_a_desired_state_that_an_online_hub_does_not_apply_is_published_again_after_each_retry_time() -> None:
    cloud = online()
    version = cloud.armed()

    early = desired_in(cloud.passes(RETRY_MS - 1))
    first = desired_in(cloud.passes(1))
    second = desired_in(cloud.passes(RETRY_MS))

    assert early == []
    assert [desired.version for desired in first + second] == [version, version]


def test_a_desired_state_that_was_applied_is_not_published_again() -> None:
    cloud = online()
    version = cloud.armed()

    cloud.hub_reports(applied=version)

    assert desired_in(cloud.passes(5 * RETRY_MS)) == []


def test_a_hub_that_went_offline_is_not_sent_its_desired_state_again() -> None:
    cloud = online()
    cloud.armed()

    cloud.hub_is_lost()

    assert desired_in(cloud.passes(5 * RETRY_MS)) == []


def test_a_hub_that_comes_back_gets_the_retained_document_first_and_a_new_copy_after_the_retry_time() -> None:
    cloud = online()
    version = cloud.armed()
    cloud.hub_is_lost()

    at_once = cloud.hub_connects(connection=2)
    later = cloud.passes(RETRY_MS)

    assert desired_in(at_once) == []
    assert [desired.version for desired in desired_in(later)] == [version]


def test_mq_5_a_report_older_than_the_desired_state_has_it_published_again() -> None:
    cloud = online()
    version = cloud.armed()
    cloud.hub_is_lost()
    cloud.passes(RETRY_MS)

    answered = cloud.hub_reports(applied=version - 1)

    assert [desired.version for desired in desired_in(answered)] == [version]


def test_mq_1_the_cloud_continues_once_above_the_version_of_a_hub_that_is_ahead() -> None:
    cloud = online()
    cloud.dealer_with_hub()

    answered = cloud.hub_reports(applied=5_000)

    assert [desired.version for desired in desired_in(answered)] == [5_001]
    assert cloud.version() == 5_001


def test_mq_1_a_hub_ahead_that_never_said_it_is_online_gets_the_next_version_once() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    cloud.hub_is_lost()

    answered = cloud.hub_reports(applied=5_000)

    assert [desired.version for desired in desired_in(answered)] == [5_001]


def test_an_order_is_sent_at_once_and_again_until_the_carrier_accepts_it() -> None:
    cloud = online()
    cloud.activated()

    sent = orders_in(cloud.effects)
    early = orders_in(cloud.passes(SETTINGS.order_retry_ms - 1))
    again = orders_in(cloud.passes(1 + 2 * SETTINGS.order_retry_ms))
    cloud.carrier_confirms(OrderStage.ACCEPTED)
    accepted = orders_in(cloud.passes(10 * SETTINGS.order_retry_ms))

    assert [(order.iccid, order.sequence, order.profile) for order in sent] == [(AJAX, 1, Profile.ACTIVE)]
    assert early == []
    assert again == sent * 3
    assert accepted == []


def test_mq_10_answers_that_tell_nothing_new_do_not_put_an_order_off() -> None:
    cloud = online()
    cloud.activated()
    sent = []

    for _ in range(4):
        sent += orders_in(cloud.passes(SETTINGS.order_retry_ms // 2))
        cloud.carrier_confirms(OrderStage.SUPERSEDED)

    assert [order.sequence for order in sent] == [1, 1]


def test_an_accepted_order_that_is_not_executed_is_sent_again_when_it_is_overdue() -> None:
    cloud = online()
    cloud.activated()
    cloud.carrier_confirms(OrderStage.ACCEPTED)

    early = orders_in(cloud.passes(SETTINGS.order_overdue_ms - 1))
    overdue = orders_in(cloud.passes(1))

    assert early == []
    assert [order.sequence for order in overdue] == [1]


def test_an_executed_order_is_never_sent_again() -> None:
    cloud = online()
    cloud.activated()

    cloud.carrier_confirms(OrderStage.ACCEPTED)
    cloud.carrier_confirms(OrderStage.EXECUTED)

    assert orders_in(cloud.passes(3 * SETTINGS.order_overdue_ms)) == []
    assert orders_in(cloud.is_cut_off_and_back()) == []


def test_mq_8_a_confirmation_of_another_order_settles_nothing() -> None:
    cloud = online()
    cloud.activated()

    cloud.carrier_confirms(OrderStage.EXECUTED, sequence=0)

    assert [order.sequence for order in orders_in(cloud.passes(SETTINGS.order_retry_ms))] == [1]


def test_mq_8_a_carrier_ahead_of_the_cloud_gets_an_order_above_its_own_until_it_is_executed() -> None:
    cloud = online()
    cloud.activated()

    at_once = cloud.carrier_confirms(OrderStage.EXECUTED, sequence=7)
    again = cloud.passes(SETTINGS.order_retry_ms)
    cloud.carrier_confirms(OrderStage.EXECUTED, sequence=8)
    settled = cloud.passes(3 * SETTINGS.order_overdue_ms)

    assert [type(fact).__name__ for fact in facts_in(at_once)] == ["OrdersOvertaken", "CarrierOrderPlaced"]
    assert [order.sequence for order in orders_in(at_once) + orders_in(again)] == [8, 8]
    assert orders_in(settled) == []


def test_a_cloud_made_anew_from_its_facts_goes_on_above_the_carrier() -> None:
    cloud = online()
    cloud.activated()
    cloud.carrier_confirms(OrderStage.EXECUTED, sequence=7)

    again = CloudBench(cloud.facts).goes_online()

    assert [order.sequence for order in orders_in(again)] == [8]


def test_mq_4_after_a_reconnection_every_document_and_every_open_order_is_said_again_once() -> None:
    cloud = online()
    cloud.activated()

    said = cloud.is_cut_off_and_back()

    assert [(desired.hub, desired.version) for desired in desired_in(said)] == [(HUB, cloud.version())]
    assert [order.sequence for order in orders_in(said)] == [1]


def test_what_changes_without_a_connection_is_said_once_there_is_one() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()
    cloud.tell(ConnectionLost())
    begin = len(cloud.effects)

    cloud.does(dealer, ArmHub(hub=HUB))
    silent = cloud.effects[begin:]
    cloud.tell(Wake())
    said = cloud.goes_online_again()

    assert not any(isinstance(effect, Publish) for effect in silent)
    assert [(desired.version, desired.armed) for desired in desired_in(said)] == [(cloud.version(), True)]


def test_the_cloud_wants_no_wake_for_unsettled_documents_while_it_is_not_connected() -> None:
    cloud = online()
    cloud.armed()
    cloud.tell(ConnectionLost())
    cloud.tell(Wake())

    attempts = [effect for effect in cloud.passes(5 * RETRY_MS) if not isinstance(effect, Connect)]

    assert not any(isinstance(effect, Publish) for effect in attempts)


def test_time_passes_from_deadline_to_deadline_without_a_wake_that_does_nothing() -> None:
    cloud = online()
    cloud.activated()
    due_ms = cloud.engine.due()

    assert due_ms is not None
    assert cloud.tell(Wake()) == []
    assert cloud.engine.due() == due_ms
