"""Input of the cloud engine: refused messages, stored data, the effects of time, and restarts."""

from copy import deepcopy

import msgspec
import pytest
from engine_bench import (
    AJAX,
    HUB,
    MONTH_END_MS,
    SETTINGS,
    TOPICS,
    CloudBench,
    cloud_presence_in,
    complaints_in,
    desired_in,
    facts_in,
    orders_in,
)

from hubsim_cloud.domain.commands import ArmHub, Resume, ScheduleDeactivation
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import (
    DeactivationScheduled,
    HubReportedOffline,
    ServiceActivated,
    ServiceEnded,
)
from hubsim_cloud.domain.queries import Mailbox
from hubsim_cloud.domain.refusals import Refusal, RefusalName
from hubsim_cloud.domain.state import EVENTS_KEPT, Device
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.ports import Answer, CommandReceived, Judged, Keep, QueryReceived, RecordFacts
from hubsim_contract.core import Now, Stop, Wake
from hubsim_contract.mqtt.port import Disconnect, Received
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, encode
from hubsim_contract.wire.messages import (
    Desired,
    Presence,
    Profile,
    ServiceState,
    SimSlot,
)
from hubsim_contract.wire.topics import MessageKind

GOOD = encode(Presence(hub=HUB, online=True, boot=1, connection=1))


def online() -> CloudBench:
    cloud = CloudBench()
    cloud.goes_online()
    return cloud


# ------------------------------------------------------------------ refused messages


@pytest.mark.parametrize(
    ("topic", "payload", "rule"),
    [
        ("somewhere/else", GOOD, "MQ-7.topics"),
        (TOPICS.of(MessageKind.PRESENCE, HUB), b"{not json", "MQ-7.json"),
        (TOPICS.of(MessageKind.PRESENCE, HUB), b"", "MQ-7.json"),
        (TOPICS.of(MessageKind.PRESENCE, HUB), b"\xff\xfe", "MQ-7.json"),
        (TOPICS.of(MessageKind.PRESENCE, "0000AA02"), GOOD, "MQ-7.hub"),
        (TOPICS.of(MessageKind.PRESENCE, HUB), b'{"contract": 99, "hub": "0000AA01"}', "MQ-9.version"),
        (TOPICS.of(MessageKind.REPORTED, HUB), b" " * (MAX_PAYLOAD_BYTES + 1), "MQ-10.size_in"),
        (
            TOPICS.of(MessageKind.DESIRED, HUB),
            encode(Desired(hub=HUB, version=1, service=ServiceState.ACTIVE)),
            "MQ-7.topics",
        ),
    ],
    ids=["foreign topic", "garbage", "empty", "no text", "other hub", "other contract", "huge", "own word"],
)
def test_a_message_that_breaks_a_rule_is_counted_by_rule_and_changes_nothing(
    topic: str, payload: bytes, rule: str
) -> None:
    cloud = online()
    cloud.dealer_with_hub()
    before = deepcopy(cloud.engine.state)

    effects = cloud.handle(Received(topic, payload))

    (complaint,) = complaints_in(effects)
    assert [effect for effect in effects if not isinstance(effect, Judged)] == [complaint]
    assert (complaint.topic, complaint.rule) == (topic, rule)
    assert dict(cloud.engine.refused) == {rule: 1}
    assert cloud.engine.state == before


def test_refused_messages_are_counted_by_rule() -> None:
    cloud = online()

    for payload in (b"1", b"2", b'{"contract": 9}'):
        cloud.handle(Received(TOPICS.of(MessageKind.PRESENCE, HUB), payload))

    assert dict(cloud.engine.refused) == {"MQ-7.json": 2, "MQ-9.version": 1}


# ------------------------------------------------------------------ messages of hubs


def test_mq_4_a_resent_event_is_stored_once() -> None:
    cloud = online()

    first, again, next_one = cloud.hub_sends_event(1), cloud.hub_sends_event(1), cloud.hub_sends_event(2)

    kept = [effect for effect in first + again + next_one if isinstance(effect, Keep)]
    assert [keep.event.number for keep in kept if keep.event] == [1, 2]
    assert [event.number for event in cloud.engine.state.devices[HUB].events] == [1, 2]


def test_only_the_newest_events_of_a_hub_are_stored() -> None:
    cloud = online()

    for number in range(1, EVENTS_KEPT + 11):
        cloud.hub_sends_event(number)

    kept = [event.number for event in cloud.engine.state.devices[HUB].events]
    assert kept == list(range(11, EVENTS_KEPT + 11))


def test_every_newer_message_of_a_hub_is_stored_and_older_ones_are_not() -> None:
    cloud = online()
    cloud.hub_connects(connection=2)

    old = cloud.hub_is_lost(connection=1)
    new = cloud.hub_is_lost(connection=2)

    assert old == []
    assert [(effect.hub, effect.device.online) for effect in new if isinstance(effect, Keep)] == [
        (HUB, False)
    ]


# ------------------------------------------------------------------ time


def expiring() -> tuple[CloudBench, Actor]:
    cloud = online()
    dealer = cloud.activated()
    cloud.does(dealer, ScheduleDeactivation(hub=HUB))
    return cloud, dealer


def test_the_engine_is_due_when_a_service_ends_and_ends_it_then() -> None:
    cloud, _ = expiring()
    cloud.hub_reports(applied=cloud.version())
    cloud.hub_is_lost()

    cloud.passes(MONTH_END_MS - 1 - cloud.now_ms)
    due_ms = cloud.engine.due()
    begin = len(cloud.effects)
    effects = cloud.passes(1)

    assert due_ms == MONTH_END_MS
    ended = [fact for fact in facts_in(effects) if isinstance(fact, ServiceEnded)]
    assert [fact.at_ms for fact in ended] == [MONTH_END_MS]
    assert [order.profile for order in orders_in(effects)] == [Profile.INACTIVE]
    assert [desired.service for desired in desired_in(cloud.effects[begin:])] == [
        ServiceState.ACTIVATION_REQUIRED
    ]


def test_a_command_after_the_end_finds_the_service_ended_without_a_wake() -> None:
    cloud, dealer = expiring()
    cloud.now_ms = MONTH_END_MS

    effects = cloud.handle(CommandReceived(99, dealer, Resume(hub=HUB)))

    (answer,) = [effect for effect in effects if isinstance(effect, Answer)]
    assert isinstance(answer.outcome, Refusal)
    assert answer.outcome.name is RefusalName.NOT_EXPIRING
    assert any(isinstance(fact, ServiceEnded) for fact in facts_in(effects))


def test_a_command_one_millisecond_before_the_end_is_accepted() -> None:
    cloud, dealer = expiring()
    cloud.now_ms = MONTH_END_MS - 1

    assert isinstance(cloud.attempt(dealer, Resume(hub=HUB)), Accepted)


def test_due_facts_are_recorded_before_a_new_command_with_their_own_instants() -> None:
    cloud, dealer = expiring()
    cloud.now_ms = MONTH_END_MS + 3_600_000

    effects = cloud.handle(QueryReceived(7, dealer, Mailbox()))

    kinds = [type(effect) for effect in effects]
    assert kinds.index(RecordFacts) < kinds.index(Answer)
    assert {fact.at_ms for fact in facts_in(effects) if isinstance(fact, ServiceEnded)} == {MONTH_END_MS}


def test_a_lost_hub_is_reported_offline_by_time_alone() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    lost_ms = cloud.now_ms
    cloud.hub_is_lost()

    told = [fact for fact in facts_in(cloud.passes(3_600_000)) if isinstance(fact, HubReportedOffline)]

    assert [fact.at_ms - lost_ms for fact in told] == [(60 * SETTINGS.ping_multiplier + 300) * 1_000]


# ------------------------------------------------------------------ answers and stopping


def test_facts_of_a_command_are_recorded_before_the_answer_and_the_publication() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()

    effects = cloud.handle(CommandReceived(5, dealer, ArmHub(hub=HUB)))

    assert [type(effect).__name__ for effect in effects] == ["RecordFacts", "Answer", "Publish"]


def test_a_refused_command_records_no_facts() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()

    effects = cloud.handle(CommandReceived(5, dealer, Resume(hub=HUB)))

    assert [type(effect).__name__ for effect in effects] == ["Answer"]


def test_a_stopped_cloud_disconnects_and_does_not_connect_again() -> None:
    cloud = online()

    effects = cloud.handle(Stop())

    assert effects[-1] == Disconnect()
    assert [presence.online for presence in cloud_presence_in(effects)] == [False]
    assert not cloud.engine.online
    assert cloud.engine.due() is None


# ------------------------------------------------------------------ restart


def stored(cloud: CloudBench) -> dict[str, Device]:
    return {hub: msgspec.json.decode(blob, type=Device) for hub, blob in cloud.devices.items()}


def test_an_engine_restored_from_facts_has_the_state_of_the_original() -> None:
    cloud, _ = expiring()
    cloud.hub_sends_event(1)
    cloud.passes(MONTH_END_MS - cloud.now_ms)

    again = CloudBench(cloud.facts, stored(cloud))

    assert again.engine.state == cloud.engine.state
    assert again.engine.log == cloud.engine.log


def test_a_restarted_cloud_sends_all_documents_and_open_orders_again() -> None:
    cloud = online()
    cloud.activated()

    again = CloudBench(cloud.facts, stored(cloud))
    sent = again.goes_online()

    assert [(desired.hub, desired.version) for desired in desired_in(sent)] == [(HUB, cloud.version())]
    assert [(order.iccid, order.sequence) for order in orders_in(sent)] == [(AJAX, 1)]


def test_a_restarted_cloud_ends_services_that_expired_while_it_was_stopped() -> None:
    cloud, _ = expiring()
    again = CloudBench(cloud.facts, stored(cloud))
    again.now_ms = MONTH_END_MS + 86_400_000

    effects = again.goes_online()

    assert [fact.at_ms for fact in facts_in(effects) if isinstance(fact, ServiceEnded)] == [MONTH_END_MS]
    assert [desired.service for desired in desired_in(effects)] == [ServiceState.ACTIVATION_REQUIRED]


def test_a_restarted_cloud_continues_the_positions_of_facts() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()
    again = CloudBench(cloud.facts, stored(cloud))

    effects = again.handle(CommandReceived(1, dealer, ArmHub(hub=HUB)))

    (record,) = [effect for effect in effects if isinstance(effect, RecordFacts)]
    assert record.first_position == len(cloud.facts) + 1


def test_the_log_has_the_facts_in_order() -> None:
    cloud, _ = expiring()

    told = [fact for fact in cloud.engine.log if isinstance(fact, ServiceActivated | DeactivationScheduled)]

    assert [type(fact) for fact in told] == [ServiceActivated, DeactivationScheduled]
    assert cloud.engine.state.position == len(cloud.engine.log)


def test_two_decisions_at_the_same_instant_give_the_same_facts() -> None:
    one, other = online(), online()

    one.activated()
    other.activated()

    assert one.facts == other.facts
    assert one.engine.handle(Wake(), Now(one.now_ms, one.now_ms)) == []
    assert isinstance(one.engine.state.hubs[HUB].sims[0], SimSlot)
