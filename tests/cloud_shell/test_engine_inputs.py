"""The cloud engine listens: what is refused, what is kept, what time does, and what a restart leaves."""

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
from hubsim_cloud.engine import Answer, CommandReceived, Keep, QueryReceived, RecordFacts
from hubsim_contract.core import Now, Stop, Wake
from hubsim_contract.mqtt.port import Disconnect, Received
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, encode
from hubsim_contract.wire.messages import (
    Confirmation,
    Desired,
    OrderStage,
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
        ("somewhere/else", GOOD, "MQ-7"),
        (TOPICS.of(MessageKind.PRESENCE, HUB), b"{not json", "MQ-7"),
        (TOPICS.of(MessageKind.PRESENCE, HUB), b"", "MQ-7"),
        (TOPICS.of(MessageKind.PRESENCE, HUB), b"\xff\xfe", "MQ-7"),
        (TOPICS.of(MessageKind.PRESENCE, "0000AA02"), GOOD, "MQ-7"),
        (TOPICS.of(MessageKind.PRESENCE, HUB), b'{"contract": 99, "hub": "0000AA01"}', "MQ-9"),
        (TOPICS.of(MessageKind.REPORTED, HUB), b" " * (MAX_PAYLOAD_BYTES + 1), "MQ-10"),
        (
            TOPICS.of(MessageKind.DESIRED, HUB),
            encode(Desired(hub=HUB, version=1, service=ServiceState.ACTIVE)),
            "MQ-7",
        ),
    ],
    ids=["foreign topic", "garbage", "empty", "no text", "other hub", "other contract", "huge", "own word"],
)
def test_a_message_that_breaks_a_rule_is_counted_under_it_and_changes_nothing(
    topic: str, payload: bytes, rule: str
) -> None:
    cloud = online()
    cloud.dealer_with_hub()
    before = deepcopy(cloud.engine.state)

    effects = cloud.tell(Received(topic, payload))

    (complaint,) = complaints_in(effects)
    assert effects == [complaint]
    assert (complaint.topic, complaint.rule) == (topic, rule)
    assert dict(cloud.engine.refused) == {rule: 1}
    assert cloud.engine.state == before


def test_refused_messages_are_summed_up_rule_by_rule() -> None:
    cloud = online()

    for payload in (b"1", b"2", b'{"contract": 9}'):
        cloud.tell(Received(TOPICS.of(MessageKind.PRESENCE, HUB), payload))

    assert dict(cloud.engine.refused) == {"MQ-7": 2, "MQ-9": 1}


# ------------------------------------------------------------------ what hubs say


def test_mq_4_an_event_that_is_sent_again_is_kept_once() -> None:
    cloud = online()

    first, again, next_one = cloud.hub_tells(1), cloud.hub_tells(1), cloud.hub_tells(2)

    kept = [effect for effect in first + again + next_one if isinstance(effect, Keep)]
    assert [keep.event.number for keep in kept if keep.event] == [1, 2]
    assert [event.number for event in cloud.engine.state.devices[HUB].events] == [1, 2]


def test_so_many_of_the_newest_events_of_a_hub_are_kept() -> None:
    cloud = online()

    for number in range(1, EVENTS_KEPT + 11):
        cloud.hub_tells(number)

    kept = [event.number for event in cloud.engine.state.devices[HUB].events]
    assert kept == list(range(11, EVENTS_KEPT + 11))


def test_every_change_of_what_a_hub_said_is_kept_and_an_old_word_is_not() -> None:
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


def cut() -> Confirmation:
    return Confirmation(iccid=AJAX, sequence=2, profile=Profile.INACTIVE, stage=OrderStage.EXECUTED)


def test_the_engine_wants_to_be_woken_when_a_service_ends_and_ends_it_then() -> None:
    cloud, _ = expiring()
    cloud.hub_reports(applied=cloud.version())
    cloud.hub_is_lost()

    cloud.passes(MONTH_END_MS - 1 - cloud.now_ms)
    due_ms = cloud.engine.due()
    begin = len(cloud.effects)
    effects = cloud.passes(1)
    cloud.hears(MessageKind.CONFIRMATION, cut())

    assert due_ms == MONTH_END_MS
    ended = [fact for fact in facts_in(effects) if isinstance(fact, ServiceEnded)]
    assert [fact.at_ms for fact in ended] == [MONTH_END_MS]
    assert [order.profile for order in orders_in(effects)] == [Profile.INACTIVE]
    assert [desired.service for desired in desired_in(cloud.effects[begin:])] == [
        ServiceState.ACTIVATION_REQUIRED
    ]


def test_a_command_that_comes_after_the_end_finds_the_service_ended_though_nobody_woke_the_cloud() -> None:
    cloud, dealer = expiring()
    cloud.now_ms = MONTH_END_MS

    effects = cloud.tell(CommandReceived(99, dealer, Resume(hub=HUB)))

    (answer,) = [effect for effect in effects if isinstance(effect, Answer)]
    assert isinstance(answer.outcome, Refusal)
    assert answer.outcome.name is RefusalName.NOT_EXPIRING
    assert any(isinstance(fact, ServiceEnded) for fact in facts_in(effects))


def test_a_command_one_millisecond_before_the_end_still_counts() -> None:
    cloud, dealer = expiring()
    cloud.now_ms = MONTH_END_MS - 1

    assert isinstance(cloud.attempt(dealer, Resume(hub=HUB)), Accepted)


def test_what_was_due_is_recorded_before_what_is_asked_now_and_dated_to_its_own_instant() -> None:
    cloud, dealer = expiring()
    cloud.now_ms = MONTH_END_MS + 3_600_000

    effects = cloud.tell(QueryReceived(7, dealer, Mailbox()))

    kinds = [type(effect) for effect in effects]
    assert kinds.index(RecordFacts) < kinds.index(Answer)
    assert {fact.at_ms for fact in facts_in(effects) if isinstance(fact, ServiceEnded)} == {MONTH_END_MS}


def test_a_silent_hub_is_reported_offline_by_the_clock_alone() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    lost_ms = cloud.now_ms
    cloud.hub_is_lost()

    told = [fact for fact in facts_in(cloud.passes(3_600_000)) if isinstance(fact, HubReportedOffline)]

    assert [fact.at_ms - lost_ms for fact in told] == [(60 * SETTINGS.ping_multiplier + 300) * 1_000]


# ------------------------------------------------------------------ answers and the end


def test_an_accepted_command_is_recorded_before_it_is_answered_and_answered_before_it_is_published() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()

    effects = cloud.tell(CommandReceived(5, dealer, ArmHub(hub=HUB)))

    assert [type(effect).__name__ for effect in effects] == ["RecordFacts", "Answer", "Publish"]


def test_a_refused_command_records_nothing() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()

    effects = cloud.tell(CommandReceived(5, dealer, Resume(hub=HUB)))

    assert [type(effect).__name__ for effect in effects] == ["Answer"]


def test_a_cloud_that_is_stopped_says_goodbye_and_wants_no_connection_any_more() -> None:
    cloud = online()

    effects = cloud.tell(Stop())

    assert effects == [Disconnect()]
    assert not cloud.engine.online
    assert cloud.engine.due() is None


# ------------------------------------------------------------------ restart


def stored(cloud: CloudBench) -> dict[str, Device]:
    return {hub: msgspec.json.decode(blob, type=Device) for hub, blob in cloud.devices.items()}


def test_an_engine_made_from_the_facts_has_the_state_of_the_one_that_made_them() -> None:
    cloud, _ = expiring()
    cloud.hub_tells(1)
    cloud.passes(MONTH_END_MS - cloud.now_ms)

    again = CloudBench(cloud.facts, stored(cloud))

    assert again.engine.state == cloud.engine.state
    assert again.engine.log == cloud.engine.log


def test_a_restarted_cloud_says_everything_again_and_asks_for_open_orders_again() -> None:
    cloud = online()
    cloud.activated()

    again = CloudBench(cloud.facts, stored(cloud))
    said = again.goes_online()

    assert [(desired.hub, desired.version) for desired in desired_in(said)] == [(HUB, cloud.version())]
    assert [(order.iccid, order.sequence) for order in orders_in(said)] == [(AJAX, 1)]


def test_a_restarted_cloud_ends_the_services_that_ended_while_it_was_away() -> None:
    cloud, _ = expiring()
    again = CloudBench(cloud.facts, stored(cloud))
    again.now_ms = MONTH_END_MS + 86_400_000

    effects = again.goes_online()
    effects += again.hears(MessageKind.CONFIRMATION, cut())

    assert [fact.at_ms for fact in facts_in(effects) if isinstance(fact, ServiceEnded)] == [MONTH_END_MS]
    assert [desired.service for desired in desired_in(effects)] == [ServiceState.ACTIVATION_REQUIRED]


def test_facts_of_a_restarted_cloud_go_on_counting_where_the_old_ones_ended() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()
    again = CloudBench(cloud.facts, stored(cloud))

    effects = again.tell(CommandReceived(1, dealer, ArmHub(hub=HUB)))

    (record,) = [effect for effect in effects if isinstance(effect, RecordFacts)]
    assert record.first_position == len(cloud.facts) + 1


def test_the_log_tells_the_story_in_order() -> None:
    cloud, _ = expiring()

    told = [fact for fact in cloud.engine.log if isinstance(fact, ServiceActivated | DeactivationScheduled)]

    assert [type(fact) for fact in told] == [ServiceActivated, DeactivationScheduled]
    assert cloud.engine.state.position == len(cloud.engine.log)


def test_deciding_twice_at_one_instant_gives_the_same_facts() -> None:
    one, other = online(), online()

    one.activated()
    other.activated()

    assert one.facts == other.facts
    assert one.engine.handle(Wake(), Now(one.now_ms, one.now_ms)) == []
    assert isinstance(one.engine.state.hubs[HUB].sims[0], SimSlot)
