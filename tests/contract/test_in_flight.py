"""What is in flight: what both kinds of tracker promise, and what one that sees one side alone does."""

from collections.abc import Callable

import pytest

from hubsim_contract.lab.delivery import Watermark
from hubsim_contract.lab.in_flight import InFlightTracker, OneSideTracker
from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_contract.wire.topics import CARRIER_KINDS, MessageKind, TopicAddress, Topics
from hubsim_scenarios.worlds.both_sides import BothSidesTracker

TOPICS = Topics()
HUB, OTHER, CARD = "0000AA01", "0000AA02", "89883000000000010028"
DESIRED, REPORTED = TOPICS.of(MessageKind.DESIRED, HUB), TOPICS.of(MessageKind.REPORTED, HUB)
PRESENCE, EVENTS = TOPICS.of(MessageKind.PRESENCE, HUB), TOPICS.of(MessageKind.EVENTS, HUB)
ORDER = TOPICS.of(MessageKind.ORDER, CARD)
ORDERS = TOPICS.of(MessageKind.ORDER, "+")
REPORT = Publish(REPORTED, b"report", retain=True)
WILL = Will(PRESENCE, b"offline")

Kinds = Callable[[], InFlightTracker]


def station_of(address: TopicAddress) -> str:
    return "carrier" if address.kind in CARRIER_KINDS else address.subject


def one_side() -> OneSideTracker:
    return OneSideTracker(TOPICS, station_of)


both_kinds = pytest.mark.parametrize("kind", [one_side, BothSidesTracker])


def online(tracker: InFlightTracker, station: str, *filters: str, will: Will | None = None) -> None:
    tracker.connecting(station, will)
    tracker.connected(station)
    tracker.subscribing(station, filters)
    tracker.subscribed(station)


def published(tracker: InFlightTracker, station: str, message: Publish) -> None:
    """Let a station publish, and the broker acknowledge it."""
    tracker.published(station, message)
    tracker.acknowledged(station, (message.topic, message.payload))


# ------------------------------------------------------------------ connections, for both kinds


@both_kinds
def test_every_wait_for_a_connection_is_in_flight_until_it_is_answered(kind: Kinds) -> None:
    tracker, seen = kind(), []

    tracker.starting(HUB)
    seen.append(tracker.awaited())
    tracker.connecting(HUB, None)
    seen.append(tracker.awaited())
    tracker.connected(HUB)
    tracker.subscribing(HUB, (DESIRED,))
    seen.append(tracker.awaited())
    tracker.subscribed(HUB)
    tracker.dying(HUB)
    seen.append(tracker.awaited())
    tracker.answered(HUB)

    assert seen == [
        [f"{HUB}: has not started"],
        [f"{HUB}: waits for CONNACK"],
        [f"{HUB}: waits for SUBACK"],
        [f"{HUB}: waits for the end of its connection"],
    ]
    assert tracker.awaited() == []


@both_kinds
@pytest.mark.parametrize("end", ["gone", "left"])
def test_whoever_is_gone_waits_for_nothing_and_is_not_known(kind: Kinds, end: str) -> None:
    tracker = kind()
    online(tracker, HUB, DESIRED)
    tracker.dying(HUB)

    getattr(tracker, end)(HUB)

    assert tracker.awaited() == []
    assert not tracker.knows(HUB)


@both_kinds
def test_a_message_awaits_its_acknowledgement_and_each_of_two_alike_its_own(kind: Kinds) -> None:
    tracker = kind()
    online(tracker, HUB, DESIRED)
    tracker.published(HUB, REPORT)
    tracker.published(HUB, REPORT)

    tracker.acknowledged(HUB, (REPORTED, b"something else"))
    tracker.acknowledged(HUB, (REPORTED, b"report"))
    one = tracker.awaited()
    tracker.acknowledged(HUB, (REPORTED, b"report"))

    assert one == [f"the broker has not acknowledged {REPORTED} of {HUB}"]
    assert tracker.awaited() == []


@both_kinds
@pytest.mark.parametrize("end", ["gone", "left"])
def test_nobody_awaits_the_acknowledgement_of_a_connection_that_ended(kind: Kinds, end: str) -> None:
    tracker = kind()
    online(tracker, HUB, DESIRED)
    tracker.published(HUB, REPORT)

    getattr(tracker, end)(HUB)
    before = tracker.awaited()
    online(tracker, HUB, DESIRED)

    assert before == tracker.awaited() == []


# ------------------------------------------------------------------ what the other side is to wait for


def test_what_was_said_is_reported_to_the_other_side_until_it_has_it() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)

    published(tracker, HUB, REPORT)
    marks = tracker.sent_log.pending()
    tracker.sent_log.confirm(marks)

    assert list(marks) == [REPORTED]
    assert tracker.sent_log.pending() == {}


def test_a_message_of_unknown_fate_is_not_awaited_by_the_other_side() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)
    published(tracker, HUB, Publish(EVENTS, b"1"))
    tracker.published(HUB, REPORT)

    tracker.gone(HUB)

    assert list(tracker.sent_log.pending()) == [EVENTS], "what the broker has acknowledged still arrives"


def test_a_will_is_awaited_by_the_other_side_when_its_connection_dies_and_only_then() -> None:
    tracker = one_side()
    for station, will in ((HUB, WILL), (OTHER, Will(TOPICS.of(MessageKind.PRESENCE, OTHER), b"offline"))):
        online(tracker, station, TOPICS.of(MessageKind.DESIRED, station), will=will)

    tracker.left(OTHER)
    tracker.gone(HUB)

    assert list(tracker.sent_log.pending()) == [PRESENCE]


def test_an_attempt_that_fails_sends_no_will() -> None:
    tracker = one_side()
    tracker.connecting(HUB, WILL)

    tracker.gone(HUB)

    assert tracker.sent_log.pending() == {}


def test_a_new_listener_is_told_again_what_is_retained_of_those_who_are_connected() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)
    online(tracker, OTHER, TOPICS.of(MessageKind.DESIRED, OTHER))
    other = Publish(TOPICS.of(MessageKind.REPORTED, OTHER), b"report", retain=True)
    for station, message in ((HUB, REPORT), (HUB, Publish(EVENTS, b"1")), (OTHER, other)):
        published(tracker, station, message)
    tracker.sent_log.confirm(tracker.sent_log.pending())
    tracker.gone(OTHER)

    tracker.restart()

    assert list(tracker.sent_log.pending()) == [REPORTED]


# ------------------------------------------------------------------ what this side is to wait for


def marks(topic: str, *payloads: bytes) -> dict[str, Watermark]:
    """Return what the other side reports after it has said these."""
    cloud = OneSideTracker(TOPICS, lambda _: "cloud")
    for payload in payloads:
        cloud.published("cloud", Publish(topic, payload, retain=True))
    return dict(cloud.sent_log.pending())


def test_a_message_of_the_other_side_is_awaited_by_the_station_that_it_is_for() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)
    said = marks(DESIRED, b"5")

    before = tracker.awaited(said)
    tracker.received(HUB, Received(DESIRED, b"5"))

    assert before == [f"{HUB} has not received {DESIRED}"]
    assert tracker.awaited(said) == []


@pytest.mark.parametrize("end", ["gone", "left"])
def test_a_station_without_a_subscription_waits_for_no_message(end: str) -> None:
    tracker = one_side()
    said = marks(DESIRED, b"5")
    tracker.connecting(HUB, None)
    tracker.connected(HUB)
    early = tracker.awaited(said)
    tracker.subscribing(HUB, (DESIRED,))
    tracker.subscribed(HUB)

    getattr(tracker, end)(HUB)

    assert early == tracker.awaited(said) == []


def test_the_carrier_waits_for_orders_and_no_hub_does() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)
    online(tracker, "carrier", ORDERS)
    tracker.received_log.confirm_idle()
    said = marks(ORDER, b"on")

    before = tracker.awaited(said)
    tracker.gone("carrier")

    assert before == [f"carrier has not received {ORDER}"]
    assert tracker.awaited(said) == []


@pytest.mark.parametrize(
    ("station", "topic_filter"), [(HUB, DESIRED), ("cloud", TOPICS.of(MessageKind.DESIRED, "+"))]
)
def test_what_is_retained_comes_again_with_a_new_subscription(station: str, topic_filter: str) -> None:
    """By a filter that names its topic, and by one with a wildcard."""
    tracker = OneSideTracker(TOPICS, lambda address: address.subject if station == HUB else "cloud")
    online(tracker, station, topic_filter)
    tracker.received_log.note_sent(marks(DESIRED, b"5"))
    tracker.received(station, Received(DESIRED, b"5"))
    tracker.gone(station)

    online(tracker, station, topic_filter)
    before = tracker.awaited()
    tracker.received(station, Received(DESIRED, b"5", retained=True))

    assert before == [f"{station} has not received {DESIRED}"]
    assert tracker.awaited() == []


def test_what_was_retained_before_a_station_was_there_comes_with_its_first_subscription() -> None:
    tracker = one_side()
    tracker.received_log.note_sent(marks(DESIRED, b"5"))

    online(tracker, HUB, DESIRED)

    assert tracker.awaited() == [f"{HUB} has not received {DESIRED}"]


def test_a_subscription_is_fresh_until_whoever_compares_has_asked_about_it() -> None:
    tracker = one_side()
    tracker.fresh = False

    online(tracker, HUB, DESIRED)

    assert tracker.fresh


def test_what_is_none_of_the_contract_is_awaited_by_nobody() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)

    assert tracker.awaited({"elsewhere": Watermark(1, 1)}) == []
