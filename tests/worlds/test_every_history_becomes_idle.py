"""Whatever stations do, the tracker of both sides is clear when the broker is."""

from both_sides_steps import connect, receive
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hubsim_contract.mqtt.port import Publish, Will
from hubsim_scenarios.worlds.both_sides import BothSidesTracker

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
