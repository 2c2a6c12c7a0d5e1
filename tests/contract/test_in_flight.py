"""Messages in flight: behaviour of both kinds of tracker, and of the tracker that sees only one side."""

from collections.abc import Callable
from zlib import crc32

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
    """Record a message that a station publishes and the broker acknowledges."""
    tracker.published(station, message)
    tracker.acknowledged(station, (message.topic, message.payload))


# ------------------------------------------------------------------ both kinds of tracker: connections


@both_kinds
def test_each_step_of_a_connection_is_awaited_until_it_is_answered(kind: Kinds) -> None:
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
def test_a_disconnected_station_awaits_nothing_and_is_not_known(kind: Kinds, end: str) -> None:
    tracker = kind()
    online(tracker, HUB, DESIRED)
    tracker.dying(HUB)

    getattr(tracker, end)(HUB)

    assert tracker.awaited() == []
    assert not tracker.knows(HUB)


@both_kinds
def test_each_of_two_equal_messages_awaits_its_acknowledgement(kind: Kinds) -> None:
    tracker = kind()
    online(tracker, HUB, DESIRED)
    tracker.published(HUB, REPORT)
    tracker.published(HUB, REPORT)

    tracker.acknowledged(HUB, (REPORTED, b"something else"))
    tracker.acknowledged(HUB, (REPORTED, b"report"))
    after_one = tracker.awaited()
    tracker.acknowledged(HUB, (REPORTED, b"report"))

    assert after_one == [f"the broker has not acknowledged {REPORTED} of {HUB}"]
    assert tracker.awaited() == []


@both_kinds
@pytest.mark.parametrize("end", ["gone", "left"])
def test_an_acknowledgement_is_not_awaited_after_its_connection_ended(kind: Kinds, end: str) -> None:
    tracker = kind()
    online(tracker, HUB, DESIRED)
    tracker.published(HUB, REPORT)

    getattr(tracker, end)(HUB)
    before = tracker.awaited()
    online(tracker, HUB, DESIRED)

    assert before == tracker.awaited() == []


# ------------------------------------------------------------------ one side: messages to the other side


def test_a_message_is_reported_to_the_other_side_until_it_is_confirmed() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)

    published(tracker, HUB, REPORT)
    marks = tracker.sent_log.pending()
    tracker.sent_log.confirm(marks)

    assert list(marks) == [REPORTED]
    assert tracker.sent_log.pending() == {}


def test_the_other_side_does_not_await_a_message_of_unknown_fate() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)
    published(tracker, HUB, Publish(EVENTS, b"1"))
    tracker.published(HUB, REPORT)

    tracker.gone(HUB)

    assert list(tracker.sent_log.pending()) == [EVENTS], "acknowledged messages still arrive"


def test_the_other_side_awaits_a_will_only_after_its_connection_was_lost() -> None:
    tracker = one_side()
    for station, will in ((HUB, WILL), (OTHER, Will(TOPICS.of(MessageKind.PRESENCE, OTHER), b"offline"))):
        online(tracker, station, TOPICS.of(MessageKind.DESIRED, station), will=will)

    tracker.left(OTHER)
    tracker.gone(HUB)

    assert list(tracker.sent_log.pending()) == [PRESENCE]


def test_a_failed_connection_attempt_sends_no_will() -> None:
    tracker = one_side()
    tracker.connecting(HUB, WILL)

    tracker.gone(HUB)

    assert tracker.sent_log.pending() == {}


def test_a_restart_reports_the_retained_messages_of_connected_stations_again() -> None:
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


# ------------------------------------------------------------------ one side: messages from the other side


def marks(topic: str, *payloads: bytes) -> dict[str, Watermark]:
    """Return the watermarks that the other side reports after it has sent these payloads."""
    cloud = OneSideTracker(TOPICS, lambda _: "cloud")
    for payload in payloads:
        cloud.published("cloud", Publish(topic, payload, retain=True))
    return dict(cloud.sent_log.pending())


def test_the_addressed_station_awaits_a_message_of_the_other_side() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)
    sent = marks(DESIRED, b"5")

    before = tracker.awaited(sent)
    tracker.received(HUB, Received(DESIRED, b"5"))

    assert before == [f"{HUB} has not received {DESIRED}"]
    assert tracker.awaited(sent) == []


@pytest.mark.parametrize("end", ["gone", "left"])
def test_a_station_without_a_subscription_awaits_no_message(end: str) -> None:
    tracker = one_side()
    sent = marks(DESIRED, b"5")
    tracker.connecting(HUB, None)
    tracker.connected(HUB)
    early = tracker.awaited(sent)
    tracker.subscribing(HUB, (DESIRED,))
    tracker.subscribed(HUB)

    getattr(tracker, end)(HUB)

    assert early == tracker.awaited(sent) == []


def test_a_message_that_a_reconnection_lost_is_not_awaited() -> None:
    tracker, heard = one_side(), TOPICS.of(MessageKind.HEARD, HUB)
    lost, newer = b"report 9", b"report 10"
    online(tracker, HUB, DESIRED, heard)
    tracker.received_log.confirm_idle()
    marks = {heard: Watermark(crc32(lost), 1)}
    tracker.note_sent(marks)
    seen = [tracker.awaited(marks)]

    tracker.gone(HUB)
    online(tracker, HUB, DESIRED, heard)
    tracker.received(HUB, Received(heard, newer))

    assert [*seen, tracker.awaited(marks)] == [[f"{HUB} has not received {heard}"], []]
    later = {heard: Watermark(crc32(b"report 11"), 3)}
    tracker.note_sent(later)
    assert tracker.awaited(later) == [f"{HUB} has not received {heard}"]


def test_only_the_carrier_awaits_orders() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)
    online(tracker, "carrier", ORDERS)
    tracker.received_log.confirm_idle()
    sent = marks(ORDER, b"on")

    before = tracker.awaited(sent)
    tracker.gone("carrier")

    assert before == [f"carrier has not received {ORDER}"]
    assert tracker.awaited(sent) == []


@pytest.mark.parametrize(
    ("station", "topic_filter"), [(HUB, DESIRED), ("cloud", TOPICS.of(MessageKind.DESIRED, "+"))]
)
def test_a_retained_message_is_awaited_again_after_a_new_subscription(
    station: str, topic_filter: str
) -> None:
    """With a filter that is the exact topic, and with a wildcard filter."""
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


def test_the_first_subscription_of_a_station_awaits_older_retained_messages() -> None:
    tracker = one_side()
    tracker.received_log.note_sent(marks(DESIRED, b"5"))

    online(tracker, HUB, DESIRED)

    assert tracker.awaited() == [f"{HUB} has not received {DESIRED}"]


CLOUD_PRESENCE = TOPICS.of(MessageKind.CLOUD_PRESENCE)


def test_each_subscriber_awaits_a_message_to_all() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED, CLOUD_PRESENCE)
    online(tracker, OTHER, CLOUD_PRESENCE)
    online(tracker, "carrier", ORDERS)
    sent = marks(CLOUD_PRESENCE, b"online") | marks(DESIRED, b"5")
    awaited = [tracker.awaited(sent)]

    for station in (HUB, OTHER):
        tracker.received(station, Received(CLOUD_PRESENCE, b"online"))
        awaited.append(tracker.awaited(sent))

    missing = [f"{HUB} has not received {CLOUD_PRESENCE}", f"{OTHER} has not received {CLOUD_PRESENCE}"]
    desired = f"{HUB} has not received {DESIRED}"
    assert sorted(awaited[0]) == sorted([*missing, desired])
    assert sorted(awaited[1]) == sorted([missing[1], desired])
    assert awaited[2] == [desired]


@both_kinds
def test_a_later_subscriber_awaits_the_retained_message_to_all(kind: Kinds) -> None:
    tracker = kind()
    if isinstance(tracker, OneSideTracker):
        tracker.note_sent(marks(CLOUD_PRESENCE, b"online"))
    else:
        published(tracker, "cloud", Publish(CLOUD_PRESENCE, b"online", retain=True))

    online(tracker, HUB, DESIRED, CLOUD_PRESENCE)
    before = tracker.awaited()
    tracker.received(HUB, Received(CLOUD_PRESENCE, b"online", retained=True))

    assert before == [f"{HUB} has not received {CLOUD_PRESENCE}"]
    assert tracker.awaited() == []


def test_a_cleared_message_to_all_is_not_awaited() -> None:
    tracker = one_side()
    tracker.note_sent(marks(CLOUD_PRESENCE, b"online"))
    tracker.note_sent(marks(CLOUD_PRESENCE, b"online", b""))

    online(tracker, HUB, CLOUD_PRESENCE)

    assert tracker.awaited() == []


def test_a_new_subscription_makes_the_tracker_fresh() -> None:
    tracker = one_side()
    tracker.fresh = False

    online(tracker, HUB, DESIRED)

    assert tracker.fresh


def test_a_message_outside_the_contract_is_not_awaited() -> None:
    tracker = one_side()
    online(tracker, HUB, DESIRED)

    assert tracker.awaited({"elsewhere": Watermark(1, 1)}) == []
