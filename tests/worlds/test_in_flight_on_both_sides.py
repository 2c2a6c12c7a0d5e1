"""A tracker that sees both sides knows all messages in flight, and every message is removed in the end."""

import pytest
from both_sides_steps import connect, receive

from hubsim_contract.mqtt.port import Publish, Will
from hubsim_scenarios.worlds.both_sides import BothSidesTracker

NEWS = Publish("news/1", b"hello")
KEPT = Publish("news/kept", b"for later", retain=True)
WILL = Will("news/will", b"gone")


def hub_and_cloud(**cloud: bool) -> BothSidesTracker:
    """Return the idle tracker of a cloud that subscribes to news and a hub that publishes them."""
    tracker = BothSidesTracker()
    connect(tracker, "cloud", "news/+", kept=cloud.get("kept", False))
    connect(tracker, "hub", will=WILL)
    assert tracker.clear
    return tracker


def publish(tracker: BothSidesTracker, message: Publish = NEWS) -> None:
    """Publish a message of the hub, with the broker's acknowledgement."""
    tracker.published("hub", message)
    tracker.acknowledged("hub", (message.topic, message.payload))


def test_nothing_is_in_flight_at_first() -> None:
    tracker = BothSidesTracker()

    assert tracker.clear
    assert tracker.awaited() == []
    assert not tracker.knows("hub")


def test_a_connection_is_awaited_until_both_answers_arrive() -> None:
    tracker = BothSidesTracker()
    stages = []

    tracker.connecting("hub", None)
    stages.append(tracker.awaited())
    tracker.connected("hub")
    tracker.subscribing("hub", ("x",))
    stages.append(tracker.awaited())
    tracker.subscribed("hub")
    stages.append(tracker.awaited())

    assert stages == [["hub: waits for CONNACK"], ["hub: waits for SUBACK"], []]
    assert tracker.knows("hub")


def test_a_message_is_in_flight_until_it_is_acknowledged_and_received() -> None:
    tracker = hub_and_cloud()

    tracker.published("hub", NEWS)
    both = tracker.awaited()
    tracker.acknowledged("hub", (NEWS.topic, NEWS.payload))
    one = tracker.awaited()
    receive(tracker, "cloud", NEWS.topic, NEWS.payload)

    assert both == [
        "cloud has not received news/1",
        "the broker has not acknowledged news/1 of hub",
    ]
    assert one == ["cloud has not received news/1"]
    assert tracker.clear


def test_a_message_without_a_subscriber_awaits_only_the_broker() -> None:
    tracker = hub_and_cloud()

    publish(tracker, Publish("elsewhere", b"?"))

    assert tracker.clear


def test_a_message_that_is_published_twice_must_arrive_twice() -> None:
    tracker = hub_and_cloud()
    publish(tracker)
    publish(tracker)

    receive(tracker, "cloud", NEWS.topic, NEWS.payload)
    after_one = tracker.clear
    receive(tracker, "cloud", NEWS.topic, NEWS.payload)

    assert not after_one
    assert tracker.clear


def test_an_unexpected_message_changes_nothing() -> None:
    tracker = hub_and_cloud()

    receive(tracker, "cloud", NEWS.topic, NEWS.payload)
    receive(tracker, "unknown", NEWS.topic, NEWS.payload)

    assert tracker.clear
    publish(tracker)
    assert not tracker.clear


def test_a_later_subscriber_awaits_a_retained_message() -> None:
    tracker = hub_and_cloud()
    publish(tracker, KEPT)
    receive(tracker, "cloud", KEPT.topic, KEPT.payload)

    connect(tracker, "late", "news/+")

    assert tracker.awaited() == ["late has not received news/kept"]
    assert tracker.retained_topics == [KEPT.topic]


def test_only_the_newest_retained_message_of_a_topic_is_awaited() -> None:
    tracker = hub_and_cloud()
    for payload in (b"1", b"2"):
        publish(tracker, Publish(KEPT.topic, payload, retain=True))
        receive(tracker, "cloud", KEPT.topic, payload)

    connect(tracker, "late", "news/+")
    receive(tracker, "late", KEPT.topic, b"2")

    assert tracker.clear


def test_a_lost_connection_drops_unacknowledged_messages_and_sends_its_will() -> None:
    tracker = hub_and_cloud()
    tracker.published("hub", NEWS)

    tracker.gone("hub")

    assert tracker.awaited() == ["cloud has not received news/will"]
    receive(tracker, "cloud", WILL.topic, WILL.payload)
    assert tracker.clear


def test_an_acknowledged_message_still_arrives_after_its_sender_disconnected() -> None:
    tracker = hub_and_cloud()
    publish(tracker)

    tracker.gone("hub")

    assert "cloud has not received news/1" in tracker.awaited()


def test_a_disconnected_station_awaits_nothing() -> None:
    tracker = hub_and_cloud()
    publish(tracker)

    tracker.gone("cloud")

    assert tracker.clear
    assert not tracker.knows("cloud")


def test_a_disconnect_sends_no_will() -> None:
    tracker = hub_and_cloud()

    tracker.left("hub")

    assert tracker.clear


def test_a_connection_that_was_never_established_sends_no_will() -> None:
    tracker = BothSidesTracker()
    connect(tracker, "cloud", "news/+")
    tracker.connecting("hub", WILL)

    tracker.gone("hub")

    assert tracker.clear


def test_every_connected_station_is_notified_of_a_killed_broker() -> None:
    tracker = hub_and_cloud()
    publish(tracker)

    tracker.broker_died(persistent=False)
    notified = [line for line in tracker.awaited() if "the end of its connection" in line]
    for station in ("cloud", "hub"):
        tracker.gone(station)

    assert notified == [
        "cloud: waits for the end of its connection",
        "hub: waits for the end of its connection",
    ]
    assert tracker.clear
    assert tracker.retained_topics == []


def test_a_persistent_broker_keeps_retained_messages() -> None:
    tracker = hub_and_cloud()
    publish(tracker, KEPT)

    tracker.broker_died(persistent=True)

    assert tracker.retained_topics == [KEPT.topic]


def test_queued_messages_of_a_kept_session_are_awaited_after_its_reconnect() -> None:
    tracker = hub_and_cloud(kept=True)
    tracker.gone("cloud")

    publish(tracker)
    away = tracker.clear
    tracker.connecting("cloud", None, kept=True)
    tracker.connected("cloud")

    assert away
    assert tracker.awaited() == ["cloud has not received news/1"]


def test_nothing_is_queued_for_a_session_that_is_not_kept() -> None:
    tracker = hub_and_cloud()
    tracker.gone("cloud")

    publish(tracker)
    tracker.connecting("cloud", None)
    tracker.connected("cloud")

    assert tracker.clear


def test_a_kept_session_ends_with_a_broker_that_keeps_nothing() -> None:
    tracker = hub_and_cloud(kept=True)
    tracker.gone("cloud")
    publish(tracker)

    tracker.broker_died(persistent=False)
    tracker.gone("hub")
    tracker.connecting("cloud", None)
    tracker.connected("cloud")

    assert tracker.clear


def test_an_unacknowledged_retained_message_of_a_lost_sender_is_not_awaited() -> None:
    tracker = hub_and_cloud(kept=True)
    tracker.gone("cloud")
    tracker.published("hub", KEPT)

    tracker.broker_died(persistent=True)
    tracker.gone("hub")
    tracker.broker_is_back()
    connect(tracker, "late", "news/+")
    tracker.connecting("cloud", None, kept=True)
    tracker.connected("cloud")

    assert tracker.clear
    assert tracker.retained_topics == [KEPT.topic]


# ------------------------------------------------------------------ a killed broker


def restart(tracker: BothSidesTracker, *, persistent: bool) -> None:
    """Kill the broker, notify all stations, and start the broker again."""
    tracker.broker_died(persistent=persistent)
    for station in ("cloud", "hub"):
        tracker.gone(station)
    tracker.broker_is_back()


@pytest.mark.parametrize(
    ("persistent", "awaited"), [(True, ["late has not received news/kept"]), (False, [])]
)
def test_only_a_persistent_broker_delivers_retained_messages_after_a_restart(
    persistent: bool, awaited: list[str]
) -> None:
    tracker = hub_and_cloud()
    publish(tracker, KEPT)
    receive(tracker, "cloud", KEPT.topic, KEPT.payload)

    restart(tracker, persistent=persistent)
    retained = tracker.retained_topics
    connect(tracker, "late", "news/+")

    assert tracker.awaited() == awaited
    assert retained == ([KEPT.topic] if persistent else [])


@pytest.mark.parametrize(("persistent", "awaited"), [(True, ["cloud has not received news/1"]), (False, [])])
def test_only_a_persistent_broker_delivers_the_queue_of_a_kept_session_after_a_restart(
    persistent: bool, awaited: list[str]
) -> None:
    tracker = hub_and_cloud(kept=True)
    tracker.gone("cloud")
    publish(tracker)

    restart(tracker, persistent=persistent)
    tracker.connecting("cloud", None)
    tracker.connected("cloud")

    assert tracker.awaited() == awaited


@pytest.mark.parametrize(("persistent", "awaited"), [(True, ["cloud has not received news/1"]), (False, [])])
def test_only_a_persistent_broker_delivers_messages_in_flight_to_a_kept_session(
    persistent: bool, awaited: list[str]
) -> None:
    tracker = hub_and_cloud(kept=True)
    publish(tracker)

    restart(tracker, persistent=persistent)
    tracker.connecting("cloud", None)
    tracker.connected("cloud")

    assert tracker.awaited() == awaited


def test_a_killed_broker_sends_no_wills_and_a_restarted_one_does() -> None:
    tracker = hub_and_cloud()
    connect(tracker, "other", will=WILL)

    tracker.broker_died(persistent=True)
    tracker.gone("hub")
    while_killed = tracker.awaited()
    tracker.broker_is_back()
    tracker.gone("other")

    assert "cloud has not received news/will" not in while_killed
    assert "cloud has not received news/will" in tracker.awaited()


def test_a_message_of_unknown_fate_is_dropped_and_an_acknowledged_one_is_not() -> None:
    tracker = hub_and_cloud()
    tracker.published("hub", Publish("news/1", b"taken"))
    tracker.published("hub", Publish("news/2", b"unknown"))
    tracker.acknowledged("hub", ("news/1", b"taken"))

    tracker.left("hub")

    assert tracker.awaited() == ["cloud has not received news/1"]


def test_one_of_two_equal_messages_is_dropped_if_its_fate_is_unknown() -> None:
    tracker = hub_and_cloud()
    publish(tracker)
    tracker.published("hub", NEWS)

    tracker.left("hub")

    assert tracker.awaited() == ["cloud has not received news/1"]


def test_a_message_of_unknown_fate_does_not_remove_a_newer_retained_one() -> None:
    tracker = hub_and_cloud()
    connect(tracker, "other")
    tracker.published("hub", KEPT)
    newer = Publish(KEPT.topic, b"newer", retain=True)
    tracker.published("other", newer)
    tracker.acknowledged("other", (newer.topic, newer.payload))

    tracker.left("hub")
    connect(tracker, "late", "news/+")

    assert "late has not received news/kept" in tracker.awaited()


def test_a_message_of_a_third_party_is_awaited_only_by_its_receivers() -> None:
    tracker = hub_and_cloud()

    tracker.published_by_third_party(KEPT)

    assert tracker.awaited() == ["cloud has not received news/kept"]
    assert tracker.retained_topics == [KEPT.topic]
