"""What is in flight is known by who sees both sides, and everything that was entered comes to an end."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_scenarios.worlds.both_sides import BothSidesTracker

NEWS = Publish("news/1", b"hello")
KEPT = Publish("news/kept", b"for later", retain=True)
WILL = Will("news/will", b"gone")


def joined(
    tracker: BothSidesTracker, station: str, *filters: str, will: Will | None = None, kept: bool = False
) -> None:
    tracker.connecting(station, will, kept=kept)
    tracker.connected(station)
    if filters:
        tracker.subscribing(station, filters)
        tracker.subscribed(station)


def arrives(tracker: BothSidesTracker, station: str, topic: str, payload: bytes) -> None:
    tracker.received(station, Received(topic, payload))


def hub_and_cloud(**cloud: bool) -> BothSidesTracker:
    """Return the tracker of a cloud that listens to news and a hub that tells them; at rest."""
    tracker = BothSidesTracker()
    joined(tracker, "cloud", "news/+", kept=cloud.get("kept", False))
    joined(tracker, "hub", will=WILL)
    assert tracker.clear
    return tracker


def said(tracker: BothSidesTracker, message: Publish = NEWS) -> None:
    """Let the hub publish, and the broker take it."""
    tracker.published("hub", message)
    tracker.acknowledged("hub", (message.topic, message.payload))


def test_nothing_is_under_way_at_first() -> None:
    tracker = BothSidesTracker()

    assert tracker.clear
    assert tracker.awaited() == []
    assert not tracker.knows("hub")


def test_a_connection_is_under_way_until_both_its_answers_came() -> None:
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


def test_a_message_is_under_way_until_the_broker_has_it_and_everybody_heard_it() -> None:
    tracker = hub_and_cloud()

    tracker.published("hub", NEWS)
    both = tracker.awaited()
    tracker.acknowledged("hub", (NEWS.topic, NEWS.payload))
    one = tracker.awaited()
    arrives(tracker, "cloud", NEWS.topic, NEWS.payload)

    assert both == [
        "cloud has not received news/1",
        "the broker has not acknowledged news/1 of hub",
    ]
    assert one == ["cloud has not received news/1"]
    assert tracker.clear


def test_a_message_that_nobody_listens_to_awaits_the_broker_alone() -> None:
    tracker = hub_and_cloud()

    said(tracker, Publish("elsewhere", b"?"))

    assert tracker.clear


def test_the_same_message_said_twice_has_to_arrive_twice() -> None:
    tracker = hub_and_cloud()
    said(tracker)
    said(tracker)

    arrives(tracker, "cloud", NEWS.topic, NEWS.payload)
    after_one = tracker.clear
    arrives(tracker, "cloud", NEWS.topic, NEWS.payload)

    assert not after_one
    assert tracker.clear


def test_a_message_that_nobody_waited_for_changes_nothing() -> None:
    tracker = hub_and_cloud()

    arrives(tracker, "cloud", NEWS.topic, NEWS.payload)
    arrives(tracker, "nobody", NEWS.topic, NEWS.payload)

    assert tracker.clear
    said(tracker)
    assert not tracker.clear


def test_a_retained_message_is_awaited_by_who_subscribes_later() -> None:
    tracker = hub_and_cloud()
    said(tracker, KEPT)
    arrives(tracker, "cloud", KEPT.topic, KEPT.payload)

    joined(tracker, "late", "news/+")

    assert tracker.awaited() == ["late has not received news/kept"]
    assert tracker.retained_topics == [KEPT.topic]


def test_only_the_newest_retained_message_of_a_topic_is_awaited() -> None:
    tracker = hub_and_cloud()
    for payload in (b"1", b"2"):
        said(tracker, Publish(KEPT.topic, payload, retain=True))
        arrives(tracker, "cloud", KEPT.topic, payload)

    joined(tracker, "late", "news/+")
    arrives(tracker, "late", KEPT.topic, b"2")

    assert tracker.clear


def test_what_a_dead_connection_said_last_is_forgiven_and_its_will_awaited() -> None:
    tracker = hub_and_cloud()
    tracker.published("hub", NEWS)

    tracker.gone("hub")

    assert tracker.awaited() == ["cloud has not received news/will"]
    arrives(tracker, "cloud", WILL.topic, WILL.payload)
    assert tracker.clear


def test_what_the_broker_has_taken_still_arrives_though_its_sender_died() -> None:
    tracker = hub_and_cloud()
    said(tracker)

    tracker.gone("hub")

    assert "cloud has not received news/1" in tracker.awaited()


def test_who_died_waits_for_nothing() -> None:
    tracker = hub_and_cloud()
    said(tracker)

    tracker.gone("cloud")

    assert tracker.clear
    assert not tracker.knows("cloud")


def test_a_goodbye_owes_no_will() -> None:
    tracker = hub_and_cloud()

    tracker.left("hub")

    assert tracker.clear


def test_a_connection_that_was_never_made_owes_no_will() -> None:
    tracker = BothSidesTracker()
    joined(tracker, "cloud", "news/+")
    tracker.connecting("hub", WILL)

    tracker.gone("hub")

    assert tracker.clear


def test_everybody_connected_is_to_hear_that_the_broker_died() -> None:
    tracker = hub_and_cloud()
    said(tracker)

    tracker.broker_died(persistent=False)
    dying = [line for line in tracker.awaited() if "the end of its connection" in line]
    for station in ("cloud", "hub"):
        tracker.gone(station)

    assert dying == ["cloud: waits for the end of its connection", "hub: waits for the end of its connection"]
    assert tracker.clear
    assert tracker.retained_topics == []


def test_a_persistent_broker_keeps_what_was_retained() -> None:
    tracker = hub_and_cloud()
    said(tracker, KEPT)

    tracker.broker_died(persistent=True)

    assert tracker.retained_topics == [KEPT.topic]


def test_what_is_queued_for_a_kept_session_is_awaited_once_it_is_back() -> None:
    tracker = hub_and_cloud(kept=True)
    tracker.gone("cloud")

    said(tracker)
    away = tracker.clear
    tracker.connecting("cloud", None, kept=True)
    tracker.connected("cloud")

    assert away
    assert tracker.awaited() == ["cloud has not received news/1"]


def test_nothing_is_queued_for_a_session_that_is_not_kept() -> None:
    tracker = hub_and_cloud()
    tracker.gone("cloud")

    said(tracker)
    tracker.connecting("cloud", None)
    tracker.connected("cloud")

    assert tracker.clear


def test_a_kept_session_ends_with_a_broker_that_keeps_nothing() -> None:
    tracker = hub_and_cloud(kept=True)
    tracker.gone("cloud")
    said(tracker)

    tracker.broker_died(persistent=False)
    tracker.gone("hub")
    tracker.connecting("cloud", None)
    tracker.connected("cloud")

    assert tracker.clear


def test_nobody_waits_for_a_retained_message_that_may_have_died_with_its_sender() -> None:
    tracker = hub_and_cloud(kept=True)
    tracker.gone("cloud")
    tracker.published("hub", KEPT)

    tracker.broker_died(persistent=True)
    tracker.gone("hub")
    tracker.broker_is_back()
    joined(tracker, "late", "news/+")
    tracker.connecting("cloud", None, kept=True)
    tracker.connected("cloud")

    assert tracker.clear
    assert tracker.retained_topics == [KEPT.topic]


# ------------------------------------------------------------------ a broker that dies


def restarted(tracker: BothSidesTracker, *, persistent: bool) -> None:
    """Let the broker die, let everybody hear of it, and bring the broker back."""
    tracker.broker_died(persistent=persistent)
    for station in ("cloud", "hub"):
        tracker.gone(station)
    tracker.broker_is_back()


@pytest.mark.parametrize(
    ("persistent", "awaited"), [(True, ["late has not received news/kept"]), (False, [])]
)
def test_what_was_retained_comes_from_a_broker_that_persists_it_and_from_no_other(
    persistent: bool, awaited: list[str]
) -> None:
    tracker = hub_and_cloud()
    said(tracker, KEPT)
    arrives(tracker, "cloud", KEPT.topic, KEPT.payload)

    restarted(tracker, persistent=persistent)
    retained = tracker.retained_topics
    joined(tracker, "late", "news/+")

    assert tracker.awaited() == awaited
    assert retained == ([KEPT.topic] if persistent else [])


@pytest.mark.parametrize(("persistent", "awaited"), [(True, ["cloud has not received news/1"]), (False, [])])
def test_what_was_queued_for_a_kept_session_comes_from_a_broker_that_persists_it_and_from_no_other(
    persistent: bool, awaited: list[str]
) -> None:
    tracker = hub_and_cloud(kept=True)
    tracker.gone("cloud")
    said(tracker)

    restarted(tracker, persistent=persistent)
    tracker.connecting("cloud", None)
    tracker.connected("cloud")

    assert tracker.awaited() == awaited


@pytest.mark.parametrize(("persistent", "awaited"), [(True, ["cloud has not received news/1"]), (False, [])])
def test_what_was_on_its_way_to_a_kept_session_when_the_broker_died(
    persistent: bool, awaited: list[str]
) -> None:
    tracker = hub_and_cloud(kept=True)
    said(tracker)

    restarted(tracker, persistent=persistent)
    tracker.connecting("cloud", None)
    tracker.connected("cloud")

    assert tracker.awaited() == awaited


def test_a_broker_that_died_sends_no_wills_and_one_that_is_back_does() -> None:
    tracker = hub_and_cloud()
    joined(tracker, "other", will=WILL)

    tracker.broker_died(persistent=True)
    tracker.gone("hub")
    dead = tracker.awaited()
    tracker.broker_is_back()
    tracker.gone("other")

    assert "cloud has not received news/will" not in dead
    assert "cloud has not received news/will" in tracker.awaited()


def test_a_message_of_unknown_fate_is_forgotten_and_one_that_the_broker_took_is_not() -> None:
    tracker = hub_and_cloud()
    tracker.published("hub", Publish("news/1", b"taken"))
    tracker.published("hub", Publish("news/2", b"unknown"))
    tracker.acknowledged("hub", ("news/1", b"taken"))

    tracker.left("hub")

    assert tracker.awaited() == ["cloud has not received news/1"]


def test_of_two_messages_alike_only_the_one_of_unknown_fate_is_forgotten() -> None:
    tracker = hub_and_cloud()
    said(tracker)
    tracker.published("hub", NEWS)

    tracker.left("hub")

    assert tracker.awaited() == ["cloud has not received news/1"]


def test_a_message_of_unknown_fate_takes_nothing_newer_off_the_broker() -> None:
    tracker = hub_and_cloud()
    joined(tracker, "other")
    tracker.published("hub", KEPT)
    newer = Publish(KEPT.topic, b"newer", retain=True)
    tracker.published("other", newer)
    tracker.acknowledged("other", (newer.topic, newer.payload))

    tracker.left("hub")
    joined(tracker, "late", "news/+")

    assert "late has not received news/kept" in tracker.awaited()


def test_a_message_of_a_third_party_is_awaited_by_its_receivers_alone() -> None:
    tracker = hub_and_cloud()

    tracker.published_by_third_party(KEPT)

    assert tracker.awaited() == ["cloud has not received news/kept"]
    assert tracker.retained_topics == [KEPT.topic]


# ------------------------------------------------------------------ any history comes to rest

STATIONS = ["cloud", "carrier", "hub-1", "hub-2"]
TOPICS = ["a/1", "a/2", "b/1"]


class PlainBroker:
    """What the tracker cannot see: messages wait here until they are taken or delivered."""

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
    """Stations come, speak and die at any time; when the broker has nothing left, the tracker has nothing."""

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
    def joins(self, data: st.DataObject, with_will: bool) -> None:
        station = data.draw(st.sampled_from([each for each in STATIONS if each not in self.up]))
        will = Will(f"a/{station}", b"gone") if with_will else None
        joined(self.tracker, station, "#", will=will)
        self.broker.outbound[station] = list(self.broker.retained.items())
        if will is not None:
            self.broker.wills[station] = will

    @precondition(lambda self: self.up)
    @rule(data=st.data(), topic=st.sampled_from(TOPICS), retain=st.booleans())
    def speaks(self, data: st.DataObject, topic: str, retain: bool) -> None:
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
        arrives(self.tracker, station, *self.broker.outbound[station].pop(0))

    @precondition(lambda self: self.up)
    @rule(data=st.data(), heard=st.booleans())
    def dies(self, data: st.DataObject, heard: bool) -> None:
        """Lose what the station sent and the broker has not acknowledged; perhaps it had arrived."""
        station = data.draw(st.sampled_from(self.up))
        for sender, message in [each for each in self.broker.inbound if each[0] == station]:
            self.broker.inbound.remove((sender, message))
            if heard and not message.retain:
                self.broker.spread(message.topic, message.payload, retain=False)
        del self.broker.outbound[station]
        self.tracker.gone(station)
        will = self.broker.wills.pop(station, None)
        if will is not None:
            self.broker.spread(will.topic, will.payload, retain=will.retain)

    @invariant()
    def what_waits_is_known(self) -> None:
        if not (self.broker.inbound or any(self.broker.outbound.values())):
            assert self.tracker.clear, self.tracker.awaited()

    def teardown(self) -> None:
        while self.broker.inbound:
            self.broker_takes_one()
        for station, waiting in self.broker.outbound.items():
            for topic, payload in waiting:
                arrives(self.tracker, station, topic, payload)
        assert self.tracker.clear, self.tracker.awaited()


TestTrackerAgainstABroker = TrackerAgainstABroker.TestCase
TestTrackerAgainstABroker.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
