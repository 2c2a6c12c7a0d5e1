"""Output of the cloud engine: published messages, when they are sent again, and when that stops."""

from engine_bench import AJAX, HUB, SETTINGS, CloudBench, complaints_in, desired_in, facts_in, orders_in

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


def test_a_version_that_the_hub_applies_is_published_only_once() -> None:
    cloud = online()

    cloud.armed()
    cloud.hub_reports(applied=cloud.version())
    cloud.passes(10 * RETRY_MS)

    versions = [desired.version for desired in desired_in(cloud.effects)]
    assert versions == sorted(set(versions))


def test_a_version_that_an_online_hub_does_not_apply_is_published_again_after_pauses_that_double() -> None:
    cloud = online()
    version = cloud.armed()

    early = desired_in(cloud.passes(RETRY_MS - 1))
    first = desired_in(cloud.passes(1))
    between = desired_in(cloud.passes(2 * RETRY_MS - 1))
    second = desired_in(cloud.passes(1))

    assert early == between == []
    assert [desired.version for desired in first + second] == [version, version]


def test_a_dead_hub_that_counts_as_online_gets_few_copies_and_one_complaint() -> None:
    cloud = online()
    cloud.armed()

    effects = [effect for _ in range(30 * 24 * 60) for effect in cloud.passes(60_000)]

    assert len(desired_in(effects)) < 30 * 24 + 10
    (complaint,) = complaints_in(effects)
    assert complaint.rule == "MQ-5.applied"
    assert "has not applied the desired version" in complaint.text


def test_a_new_connection_of_the_hub_begins_with_the_shortest_pause_again() -> None:
    cloud = online()
    cloud.armed()
    cloud.passes(20 * RETRY_MS)

    cloud.hub_is_lost()
    cloud.hub_connects(connection=2)

    assert len(desired_in(cloud.passes(RETRY_MS))) == 1


def test_an_applied_version_is_not_published_again() -> None:
    cloud = online()
    version = cloud.armed()

    cloud.hub_reports(applied=version)

    assert desired_in(cloud.passes(5 * RETRY_MS)) == []


def test_the_desired_state_of_an_offline_hub_is_not_published_again() -> None:
    cloud = online()
    cloud.armed()

    cloud.hub_is_lost()

    assert desired_in(cloud.passes(5 * RETRY_MS)) == []


def test_a_hub_that_reconnects_gets_a_new_copy_only_after_the_retry_time() -> None:
    cloud = online()
    version = cloud.armed()
    cloud.hub_is_lost()

    at_once = cloud.hub_connects(connection=2)
    later = cloud.passes(RETRY_MS)

    assert desired_in(at_once) == []
    assert [desired.version for desired in desired_in(later)] == [version]


def test_mq_5_a_report_with_an_older_version_causes_a_new_publication() -> None:
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


def test_mq_1_a_hub_ahead_without_a_presence_gets_the_next_version_once() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    cloud.hub_is_lost()

    answered = cloud.hub_reports(applied=5_000)

    assert [desired.version for desired in desired_in(answered)] == [5_001]


def test_an_order_is_sent_immediately_and_again_until_the_carrier_accepts_it() -> None:
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


def test_mq_10_repeated_answers_do_not_delay_an_order() -> None:
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
    assert orders_in(cloud.reconnects()) == []


def test_mq_8_a_confirmation_of_another_order_is_ignored() -> None:
    cloud = online()
    cloud.activated()

    cloud.carrier_confirms(OrderStage.EXECUTED, sequence=0)

    assert [order.sequence for order in orders_in(cloud.passes(SETTINGS.order_retry_ms))] == [1]


def test_mq_8_a_carrier_ahead_gets_a_higher_order_until_it_is_executed() -> None:
    cloud = online()
    cloud.activated()

    at_once = cloud.carrier_confirms(OrderStage.EXECUTED, sequence=7)
    again = cloud.passes(SETTINGS.order_retry_ms)
    cloud.carrier_confirms(OrderStage.EXECUTED, sequence=8)
    settled = cloud.passes(3 * SETTINGS.order_overdue_ms)

    assert [type(fact).__name__ for fact in facts_in(at_once)] == ["OrdersOvertaken", "CarrierOrderPlaced"]
    assert [order.sequence for order in orders_in(at_once) + orders_in(again)] == [8, 8]
    assert orders_in(settled) == []


def test_a_restored_cloud_continues_above_the_sequence_of_the_carrier() -> None:
    cloud = online()
    cloud.activated()
    cloud.carrier_confirms(OrderStage.EXECUTED, sequence=7)

    again = CloudBench(cloud.facts).goes_online()

    assert [order.sequence for order in orders_in(again)] == [8]


def test_mq_4_after_a_reconnection_all_documents_and_open_orders_are_sent_again_once() -> None:
    cloud = online()
    cloud.activated()

    sent = cloud.reconnects()

    assert [(desired.hub, desired.version) for desired in desired_in(sent)] == [(HUB, cloud.version())]
    assert [order.sequence for order in orders_in(sent)] == [1]


def test_changes_without_a_connection_are_published_after_the_reconnection() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()
    cloud.handle(ConnectionLost())
    begin = len(cloud.effects)

    cloud.does(dealer, ArmHub(hub=HUB))
    silent = cloud.effects[begin:]
    cloud.handle(Wake())
    sent = cloud.goes_online_again()

    assert not any(isinstance(effect, Publish) for effect in silent)
    assert [(desired.version, desired.armed) for desired in desired_in(sent)] == [(cloud.version(), True)]


def test_unsettled_documents_are_not_due_while_the_cloud_is_not_connected() -> None:
    cloud = online()
    cloud.armed()
    cloud.handle(ConnectionLost())
    cloud.handle(Wake())

    attempts = [effect for effect in cloud.passes(5 * RETRY_MS) if not isinstance(effect, Connect)]

    assert not any(isinstance(effect, Publish) for effect in attempts)


def test_a_wake_at_each_deadline_leaves_nothing_due() -> None:
    cloud = online()
    cloud.activated()
    due_ms = cloud.engine.due()

    assert due_ms is not None
    assert cloud.handle(Wake()) == []
    assert cloud.engine.due() == due_ms
