"""A tracker that sees both sides knows all messages in flight, and every message is removed in the end."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_scenarios.worlds.both_sides import BothSidesTracker

NEWS = Publish("news/1", b"hello")
KEPT = Publish("news/kept", b"for later", retain=True)
WILL = Will("news/will", b"gone")


def connect(
    tracker: BothSidesTracker, station: str, *filters: str, will: Will | None = None, kept: bool = False
) -> None:
    tracker.connecting(station, will, kept=kept)
    tracker.connected(station)
    if filters:
        tracker.subscribing(station, filters)
        tracker.subscribed(station)


def receive(tracker: BothSidesTracker, station: str, topic: str, payload: bytes) -> None:
    tracker.received(station, Received(topic, payload))


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


# ------------------------------------------------------------------ every history becomes idle

STATIONS = ["cloud", "carrier", "hub-1", "hub-2"]
TOPICS = ["a/1", "a/2", "b/1"]


class PlainBroker:
    """The broker, which the tracker cannot see: messages wait here until they are taken or delivered."""

    def __init__(self) -> None:
        self.inbound: list[tuple[str, Publish]] = []
        self.outbound: dict[str, list[tuple[str, bytes]]] = {}
        self.retained: dict[str, bytes] = {}
        self.wills: dict[str, Will] = {}

    def spread(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if retain:
            self.retained[topic] = payload
        for waiting in self.outbound.values():
            waiting.append((topic, payload))


class TrackerAgainstABroker(RuleBasedStateMachine):
    """Stations connect, publish and disconnect at any time; the tracker is clear when the broker is."""

    def __init__(self) -> None:
        super().__init__()
        self.tracker = BothSidesTracker()
        self.broker = PlainBroker()
        self.serial = 0

    @property
    def up(self) -> list[str]:
        return sorted(self.broker.outbound)

    @precondition(lambda self: len(self.up) < len(STATIONS))
    @rule(data=st.data(), with_will=st.booleans())
    def connects(self, data: st.DataObject, with_will: bool) -> None:
        station = data.draw(st.sampled_from([each for each in STATIONS if each not in self.up]))
        will = Will(f"a/{station}", b"gone") if with_will else None
        connect(self.tracker, station, "#", will=will)
        self.broker.outbound[station] = list(self.broker.retained.items())
        if will is not None:
            self.broker.wills[station] = will

    @precondition(lambda self: self.up)
    @rule(data=st.data(), topic=st.sampled_from(TOPICS), retain=st.booleans())
    def publishes(self, data: st.DataObject, topic: str, retain: bool) -> None:
        station = data.draw(st.sampled_from(self.up))
        self.serial += 1
        message = Publish(topic, b"%d" % self.serial, retain)
        self.tracker.published(station, message)
        self.broker.inbound.append((station, message))

    @precondition(lambda self: self.broker.inbound)
    @rule()
    def broker_takes_one(self) -> None:
        station, message = self.broker.inbound.pop(0)
        self.broker.spread(message.topic, message.payload, retain=message.retain)
        self.tracker.acknowledged(station, (message.topic, message.payload))

    @precondition(lambda self: any(self.broker.outbound.values()))
    @rule(data=st.data())
    def one_is_delivered(self, data: st.DataObject) -> None:
        station = data.draw(st.sampled_from([each for each in self.up if self.broker.outbound[each]]))
        receive(self.tracker, station, *self.broker.outbound[station].pop(0))

    @precondition(lambda self: self.up)
    @rule(data=st.data(), arrived=st.booleans())
    def disconnects(self, data: st.DataObject, arrived: bool) -> None:
        """Lose the unacknowledged messages of a station; possibly they had arrived."""
        station = data.draw(st.sampled_from(self.up))
        for sender, message in [each for each in self.broker.inbound if each[0] == station]:
            self.broker.inbound.remove((sender, message))
            if arrived and not message.retain:
                self.broker.spread(message.topic, message.payload, retain=False)
        del self.broker.outbound[station]
        self.tracker.gone(station)
        will = self.broker.wills.pop(station, None)
        if will is not None:
            self.broker.spread(will.topic, will.payload, retain=will.retain)

    @invariant()
    def the_tracker_is_clear_when_the_broker_is(self) -> None:
        if not (self.broker.inbound or any(self.broker.outbound.values())):
            assert self.tracker.clear, self.tracker.awaited()

    def teardown(self) -> None:
        while self.broker.inbound:
            self.broker_takes_one()
        for station, waiting in self.broker.outbound.items():
            for topic, payload in waiting:
                receive(self.tracker, station, topic, payload)
        assert self.tracker.clear, self.tracker.awaited()


TestTrackerAgainstABroker = TrackerAgainstABroker.TestCase
TestTrackerAgainstABroker.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
