"""One bad device at the engine: floods are bounded, wrong numbers refused, and there is a way back."""

import pytest
from engine_bench import HUB, HUB_2, TOPICS, CloudBench, complaints_in, desired_in, facts_in

from hubsim_cloud.domain.commands import ForgetDevice
from hubsim_cloud.domain.facts import DeviceForgotten, VersionOvertaken
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import OPERATOR
from hubsim_cloud.domain.verdicts import MessageOutcome, MessageVerdict
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.inspector import QUEUE_LIMIT_MS
from hubsim_cloud.ports import CloudEffect, Judged, Keep
from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.hub_bounds import EVENTS_BOUND, OVERTAKING_BOUND, PRESENCE_BOUND, REPORTS_BOUND
from hubsim_contract.wire.messages import Presence
from hubsim_contract.wire.topics import MessageKind

GREATEST = 2**53 - 1
BELIEVED = 4_000_000_000
"""A boot that is wrong and still plausible."""


def online(watched: str = "") -> CloudBench:
    cloud = CloudBench()
    cloud.engine = CloudEngine(cloud.engine.settings, TOPICS, watched=lambda hub: hub == watched)
    cloud.goes_online()
    return cloud


def verdicts_in(effects: list[CloudEffect]) -> list[MessageVerdict]:
    return [effect.verdict for effect in effects if isinstance(effect, Judged)]


def told(effects: list[CloudEffect]) -> list[tuple[str, str, list[str]]]:
    """Return what each verdict is about, its outcome, and its rules."""
    return [
        (verdict.about, verdict.outcome, [finding.rule for finding in verdict.findings])
        for verdict in verdicts_in(effects)
    ]


# ------------------------------------------------------------------ verdicts


def test_a_message_without_fault_has_a_verdict_only_if_its_hub_is_watched() -> None:
    cloud = online(watched=HUB)

    seen, unseen = cloud.hub_connects(HUB), cloud.hub_connects(HUB_2)

    (verdict,) = verdicts_in(seen)
    assert (verdict.hub, verdict.outcome, verdict.numbers) == (HUB, "taken", {"boot": 1, "connection": 1})
    assert verdicts_in(unseen) == []


def test_a_message_that_breaks_a_rule_has_a_verdict_in_any_case() -> None:
    cloud = online()
    cloud.hub_connects()

    again = cloud.hub_connects()
    garbage = cloud.handle(Received(TOPICS.of(MessageKind.REPORTED, HUB), b'{"hub": "\xff'))

    assert told(again) == [("presence", "duplicate", ["MQ-2.connection"])]
    assert told(garbage) == [("reported", "refused", ["MQ-7.json"])]
    assert verdicts_in(garbage)[0].payload == '{"hub": "\\xff'
    assert cloud.engine.inspector.outcomes() == {
        MessageOutcome.TAKEN: 1,
        MessageOutcome.DUPLICATE: 1,
        MessageOutcome.STALE: 0,
        MessageOutcome.REFUSED: 1,
    }


def test_the_place_of_a_mistake_is_in_the_finding() -> None:
    cloud = online()
    payload = b'{"hub": "0000AA01", "online": true, "boot": "x", "connection": 1}'

    effects = cloud.handle(Received(TOPICS.of(MessageKind.PRESENCE, HUB), payload))

    assert verdicts_in(effects)[0].findings[0].field == "boot"


def test_a_document_that_is_never_applied_has_a_verdict() -> None:
    cloud = online()
    cloud.armed()

    effects = cloud.passes(24 * 3_600_000)

    assert told(effects) == [("desired", "stale", ["MQ-5.applied"])]


# ------------------------------------------------------------------ floods


def test_a_hub_that_overtakes_the_cloud_again_and_again_writes_few_facts() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    before = len(cloud.facts)

    for _ in range(1_000):
        cloud.hub_reports(applied=cloud.version() + 1_000)

    written = [fact for fact in cloud.facts[before:] if isinstance(fact, VersionOvertaken)]
    assert len(written) == OVERTAKING_BOUND.burst
    assert cloud.engine.refused["MQ-10.rate"] > 0


def test_the_last_overtaken_version_counts_as_soon_as_the_bound_allows_it() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    for _ in range(OVERTAKING_BOUND.burst + 1):
        cloud.hub_reports(applied=cloud.version() + 1_000)
    behind = cloud.version()

    effects = cloud.passes(OVERTAKING_BOUND.pause_ms)

    assert [fact.version for fact in facts_in(effects) if isinstance(fact, VersionOvertaken)] == [
        behind + 1_000
    ]
    assert [desired.version for desired in desired_in(effects)] == [behind + 1_001]


def test_of_too_many_reports_the_newest_is_taken_when_the_bound_allows_it() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    count = 3 * REPORTS_BOUND.burst

    flood = [effect for _ in range(count) for effect in cloud.hub_reports(applied=cloud.version())]
    sequence = cloud.engine.state.devices[HUB].reported.sequence  # type: ignore[union-attr]
    later = cloud.passes(REPORTS_BOUND.pause_ms)

    assert len([effect for effect in flood if isinstance(effect, Keep)]) < REPORTS_BOUND.burst
    assert {complaint.rule for complaint in complaints_in(flood)} == {"MQ-10.rate"}
    assert len([effect for effect in later if isinstance(effect, Keep)]) == 1
    newest = cloud.engine.state.devices[HUB].reported
    assert newest is not None
    assert newest.sequence > sequence
    assert newest.sequence == cloud._sequence
    assert cloud.passes(10 * REPORTS_BOUND.pause_ms) == []


def test_of_a_hub_that_reconnects_without_pause_the_newest_presence_counts() -> None:
    cloud = online()
    connection = 0
    while connection < PRESENCE_BOUND.burst + 5:
        connection += 1
        cloud.hub_connects(connection=connection)
        cloud.hub_is_lost(connection=connection)
    cloud.hub_connects(connection=connection + 1)

    cloud.passes(PRESENCE_BOUND.pause_ms)

    device = cloud.engine.state.devices[HUB]
    assert (device.online, device.connection) == (True, connection + 1)


def test_events_above_the_bound_are_dropped_with_a_complaint() -> None:
    cloud = online()
    cloud.passes(QUEUE_LIMIT_MS)

    effects = [
        effect for number in range(1, EVENTS_BOUND.burst + 11) for effect in cloud.hub_sends_event(number)
    ]

    assert len([effect for effect in effects if isinstance(effect, Keep)]) == EVENTS_BOUND.burst
    assert len(complaints_in(effects)) == 10
    assert cloud.passes(60_000) == []


def test_events_that_a_broker_has_queued_for_a_cloud_that_was_away_have_no_bound() -> None:
    cloud = online()
    cloud.passes(QUEUE_LIMIT_MS)
    cloud.reconnects()

    effects = [
        effect for number in range(1, EVENTS_BOUND.burst + 11) for effect in cloud.hub_sends_event(number)
    ]

    assert len([effect for effect in effects if isinstance(effect, Keep)]) == EVENTS_BOUND.burst + 10
    assert complaints_in(effects) == []


def test_the_bound_of_one_hub_does_not_concern_another() -> None:
    cloud = online()
    for _ in range(3 * REPORTS_BOUND.burst):
        cloud.hub_reports(HUB_2)

    effects = cloud.hub_reports(HUB)

    assert [effect.hub for effect in effects if isinstance(effect, Keep)] == [HUB]


def test_unreadable_messages_have_their_own_rule_and_cost_the_hub_nothing() -> None:
    cloud = online()
    garbage = Received(TOPICS.of(MessageKind.REPORTED, HUB), b"garbage")

    refused = cloud.handle(*[garbage] * (2 * REPORTS_BOUND.burst))
    taken = cloud.hub_reports()

    assert {complaint.rule for complaint in complaints_in(refused)} == {"MQ-7.json"}
    assert [effect.hub for effect in taken if isinstance(effect, Keep)] == [HUB]


def test_a_message_that_is_too_large_does_not_wait() -> None:
    cloud = online()
    for _ in range(REPORTS_BOUND.burst):
        cloud.hub_reports()
    due_ms = cloud.engine.due()

    cloud.handle(Received(TOPICS.of(MessageKind.REPORTED, HUB), b" " * 1_000_000))

    assert cloud.engine.due() == due_ms


# ------------------------------------------------------------------ wrong numbers, and the way back


def test_one_presence_with_the_greatest_boot_changes_nothing() -> None:
    cloud = online()
    cloud.dealer_with_hub()

    effects = cloud.hub_is_lost(boot=GREATEST)

    assert told(effects) == [("presence", "refused", ["MQ-2.boot"])]
    assert cloud.engine.state.devices[HUB].online


def test_the_operator_has_the_cloud_forget_a_device_and_the_hub_comes_back() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    cloud.hub_sends_event(1)
    cloud.hub_is_lost(boot=BELIEVED)
    stale = cloud.hub_connects(connection=2)

    begin = len(cloud.effects)
    cloud.does(OPERATOR, ForgetDevice(hub=HUB.lower()))
    effects = cloud.effects[begin:]
    cloud.hub_connects(connection=3)
    cloud.hub_reports(applied=cloud.version())

    assert told(stale) == [("presence", "stale", ["MQ-2.boot"])]
    assert [type(fact) for fact in facts_in(effects)] == [DeviceForgotten]
    assert [desired.version for desired in desired_in(effects)] == [cloud.version()]
    device = cloud.engine.state.devices[HUB]
    assert (device.online, device.boot, device.connection, device.events) == (True, 1, 3, ())


def test_a_forgotten_device_is_durable_and_stays_forgotten() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    cloud.hub_is_lost(boot=BELIEVED)
    cloud.does(OPERATOR, ForgetDevice(hub=HUB))

    again = CloudBench(cloud.facts, dict(cloud.engine.state.devices))

    assert again.engine.state.devices[HUB].is_blank
    assert again.engine.state == cloud.engine.state


def test_a_message_that_waits_is_forgotten_too() -> None:
    cloud = online()
    cloud.dealer_with_hub()
    for _ in range(2 * REPORTS_BOUND.burst):
        cloud.hub_reports()

    cloud.does(OPERATOR, ForgetDevice(hub=HUB))
    cloud.passes(60_000)

    assert cloud.engine.state.devices[HUB].reported is None


@pytest.mark.parametrize(("hub", "name"), [("0000AA09", "hub_not_found"), ("x", "invalid_hub_id")])
def test_an_unknown_hub_cannot_be_forgotten(hub: str, name: str) -> None:
    refused = online().attempt(OPERATOR, ForgetDevice(hub=hub))

    assert isinstance(refused, Refusal)
    assert refused.name == name


def test_forgetting_twice_is_one_fact() -> None:
    cloud = online()
    cloud.hub_connects()

    cloud.does(OPERATOR, ForgetDevice(hub=HUB))
    cloud.does(OPERATOR, ForgetDevice(hub=HUB))

    assert [type(fact) for fact in cloud.facts] == [DeviceForgotten]


def test_people_cannot_have_a_device_forgotten() -> None:
    cloud = online()
    dealer = cloud.dealer_with_hub()

    refused = cloud.attempt(dealer, ForgetDevice(hub=HUB))

    assert isinstance(refused, Refusal)
    assert refused.name == "not_permitted"


def test_a_rebuilt_engine_counts_on() -> None:
    cloud = online(watched=HUB)
    message = encode(Presence(hub=HUB, online=True, boot=GREATEST, connection=1))
    cloud.handle(Received(TOPICS.of(MessageKind.PRESENCE, HUB), message))

    rebuilt = cloud.engine.anew()

    assert rebuilt.refused == {"MQ-2.boot": 1}
    assert rebuilt.inspector.outcomes()[MessageOutcome.REFUSED] == 1
    assert rebuilt.inspector.watched(HUB)
