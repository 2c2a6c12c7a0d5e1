"""The ledger: what is under way is known, and everything that was entered comes to an end."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_scenarios.worlds.in_flight import MessagesInFlight

NEWS = Publish("news/1", b"hello")
KEPT = Publish("news/kept", b"for later", retain=True)
WILL = Will("news/will", b"gone")


def joined(
    ledger: MessagesInFlight, station: str, *filters: str, will: Will | None = None, kept: bool = False
) -> None:
    ledger.connecting(station, will, kept=kept)
    ledger.connected(station)
    if filters:
        ledger.subscribing(station, filters)
        ledger.subscribed(station)


def arrives(ledger: MessagesInFlight, station: str, topic: str, payload: bytes) -> None:
    ledger.received(station, Received(topic, payload))


def hub_and_cloud(**cloud: bool) -> MessagesInFlight:
    """Return the ledger of a cloud that listens to news and a hub that tells them; at rest."""
    ledger = MessagesInFlight()
    joined(ledger, "cloud", "news/+", kept=cloud.get("kept", False))
    joined(ledger, "hub", will=WILL)
    assert ledger.clear
    return ledger


def said(ledger: MessagesInFlight, message: Publish = NEWS) -> None:
    """Let the hub publish, and the broker take it."""
    ledger.published("hub", message)
    ledger.acknowledged("hub", (message.topic, message.payload))


def test_nothing_is_under_way_at_first() -> None:
    ledger = MessagesInFlight()

    assert ledger.clear
    assert ledger.awaited() == []
    assert not ledger.knows("hub")


def test_a_connection_is_under_way_until_both_its_answers_came() -> None:
    ledger = MessagesInFlight()
    stages = []

    ledger.connecting("hub", None)
    stages.append(ledger.awaited())
    ledger.connected("hub")
    ledger.subscribing("hub", ("x",))
    stages.append(ledger.awaited())
    ledger.subscribed("hub")
    stages.append(ledger.awaited())

    assert stages == [["hub: waits for CONNACK"], ["hub: waits for SUBACK"], []]
    assert ledger.knows("hub")


def test_a_message_is_under_way_until_the_broker_has_it_and_everybody_heard_it() -> None:
    ledger = hub_and_cloud()

    ledger.published("hub", NEWS)
    both = ledger.awaited()
    ledger.acknowledged("hub", (NEWS.topic, NEWS.payload))
    one = ledger.awaited()
    arrives(ledger, "cloud", NEWS.topic, NEWS.payload)

    assert both == [
        "cloud has not received news/1",
        "the broker has not acknowledged news/1 of hub",
    ]
    assert one == ["cloud has not received news/1"]
    assert ledger.clear


def test_a_message_that_nobody_listens_to_awaits_the_broker_alone() -> None:
    ledger = hub_and_cloud()

    said(ledger, Publish("elsewhere", b"?"))

    assert ledger.clear


def test_the_same_message_said_twice_has_to_arrive_twice() -> None:
    ledger = hub_and_cloud()
    said(ledger)
    said(ledger)

    arrives(ledger, "cloud", NEWS.topic, NEWS.payload)
    after_one = ledger.clear
    arrives(ledger, "cloud", NEWS.topic, NEWS.payload)

    assert not after_one
    assert ledger.clear


def test_a_message_that_nobody_waited_for_changes_nothing() -> None:
    ledger = hub_and_cloud()

    arrives(ledger, "cloud", NEWS.topic, NEWS.payload)
    arrives(ledger, "nobody", NEWS.topic, NEWS.payload)

    assert ledger.clear
    said(ledger)
    assert not ledger.clear


def test_a_retained_message_is_awaited_by_who_subscribes_later() -> None:
    ledger = hub_and_cloud()
    said(ledger, KEPT)
    arrives(ledger, "cloud", KEPT.topic, KEPT.payload)

    joined(ledger, "late", "news/+")

    assert ledger.awaited() == ["late has not received news/kept"]
    assert ledger.retained_topics == [KEPT.topic]


def test_only_the_newest_retained_message_of_a_topic_is_awaited() -> None:
    ledger = hub_and_cloud()
    for payload in (b"1", b"2"):
        said(ledger, Publish(KEPT.topic, payload, retain=True))
        arrives(ledger, "cloud", KEPT.topic, payload)

    joined(ledger, "late", "news/+")
    arrives(ledger, "late", KEPT.topic, b"2")

    assert ledger.clear


def test_what_a_dead_connection_said_last_is_forgiven_and_its_will_awaited() -> None:
    ledger = hub_and_cloud()
    ledger.published("hub", NEWS)

    ledger.gone("hub", broker_lives=True)

    assert ledger.awaited() == ["cloud has not received news/will"]
    arrives(ledger, "cloud", WILL.topic, WILL.payload)
    assert ledger.clear


def test_what_the_broker_has_taken_still_arrives_though_its_sender_died() -> None:
    ledger = hub_and_cloud()
    said(ledger)

    ledger.gone("hub", broker_lives=True)

    assert "cloud has not received news/1" in ledger.awaited()


def test_who_died_waits_for_nothing() -> None:
    ledger = hub_and_cloud()
    said(ledger)

    ledger.gone("cloud", broker_lives=True)

    assert ledger.clear
    assert not ledger.knows("cloud")


def test_a_goodbye_owes_no_will() -> None:
    ledger = hub_and_cloud()

    ledger.left("hub")

    assert ledger.clear


def test_a_connection_that_was_never_made_owes_no_will() -> None:
    ledger = MessagesInFlight()
    joined(ledger, "cloud", "news/+")
    ledger.connecting("hub", WILL)

    ledger.gone("hub", broker_lives=True)

    assert ledger.clear


def test_everybody_connected_is_to_hear_that_the_broker_died() -> None:
    ledger = hub_and_cloud()
    said(ledger)

    ledger.broker_died(persistent=False)
    dying = [line for line in ledger.awaited() if "the end of its connection" in line]
    for station in ("cloud", "hub"):
        ledger.gone(station, broker_lives=False)

    assert dying == ["cloud: waits for the end of its connection", "hub: waits for the end of its connection"]
    assert ledger.clear
    assert ledger.retained_topics == []


def test_a_persistent_broker_keeps_what_was_retained() -> None:
    ledger = hub_and_cloud()
    said(ledger, KEPT)

    ledger.broker_died(persistent=True)

    assert ledger.retained_topics == [KEPT.topic]


def test_what_is_queued_for_a_kept_session_is_awaited_once_it_is_back() -> None:
    ledger = hub_and_cloud(kept=True)
    ledger.gone("cloud", broker_lives=True)

    said(ledger)
    away = ledger.clear
    ledger.connecting("cloud", None, kept=True)
    ledger.connected("cloud")

    assert away
    assert ledger.awaited() == ["cloud has not received news/1"]


def test_nothing_is_queued_for_a_session_that_is_not_kept() -> None:
    ledger = hub_and_cloud()
    ledger.gone("cloud", broker_lives=True)

    said(ledger)
    ledger.connecting("cloud", None)
    ledger.connected("cloud")

    assert ledger.clear


def test_a_kept_session_ends_with_a_broker_that_keeps_nothing() -> None:
    ledger = hub_and_cloud(kept=True)
    ledger.gone("cloud", broker_lives=True)
    said(ledger)

    ledger.broker_died(persistent=False)
    ledger.gone("hub", broker_lives=False)
    ledger.connecting("cloud", None)
    ledger.connected("cloud")

    assert ledger.clear


def test_nobody_waits_for_a_retained_message_that_may_have_died_with_its_sender() -> None:
    ledger = hub_and_cloud(kept=True)
    ledger.gone("cloud", broker_lives=True)
    ledger.published("hub", KEPT)

    ledger.gone("hub", broker_lives=False)
    joined(ledger, "late", "news/+")
    ledger.connecting("cloud", None, kept=True)
    ledger.connected("cloud")

    assert ledger.clear
    assert ledger.retained_topics == [KEPT.topic]


# ------------------------------------------------------------------ any history comes to rest

STATIONS = ["cloud", "carrier", "hub-1", "hub-2"]
TOPICS = ["a/1", "a/2", "b/1"]


class PlainBroker:
    """What the ledger cannot see: messages wait here until they are taken or delivered."""

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


class LedgerAgainstABroker(RuleBasedStateMachine):
    """Stations come, speak and die at any time; when the broker has nothing left, the ledger has nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = MessagesInFlight()
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
        joined(self.ledger, station, "#", will=will)
        self.broker.outbound[station] = list(self.broker.retained.items())
        if will is not None:
            self.broker.wills[station] = will

    @precondition(lambda self: self.up)
    @rule(data=st.data(), topic=st.sampled_from(TOPICS), retain=st.booleans())
    def speaks(self, data: st.DataObject, topic: str, retain: bool) -> None:
        station = data.draw(st.sampled_from(self.up))
        self.serial += 1
        message = Publish(topic, b"%d" % self.serial, retain)
        self.ledger.published(station, message)
        self.broker.inbound.append((station, message))

    @precondition(lambda self: self.broker.inbound)
    @rule()
    def broker_takes_one(self) -> None:
        station, message = self.broker.inbound.pop(0)
        self.broker.spread(message.topic, message.payload, retain=message.retain)
        self.ledger.acknowledged(station, (message.topic, message.payload))

    @precondition(lambda self: any(self.broker.outbound.values()))
    @rule(data=st.data())
    def one_is_delivered(self, data: st.DataObject) -> None:
        station = data.draw(st.sampled_from([each for each in self.up if self.broker.outbound[each]]))
        arrives(self.ledger, station, *self.broker.outbound[station].pop(0))

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
        self.ledger.gone(station, broker_lives=True)
        will = self.broker.wills.pop(station, None)
        if will is not None:
            self.broker.spread(will.topic, will.payload, retain=will.retain)

    @invariant()
    def what_waits_is_known(self) -> None:
        if not (self.broker.inbound or any(self.broker.outbound.values())):
            assert self.ledger.clear, self.ledger.awaited()

    def teardown(self) -> None:
        while self.broker.inbound:
            self.broker_takes_one()
        for station, waiting in self.broker.outbound.items():
            for topic, payload in waiting:
                arrives(self.ledger, station, topic, payload)
        assert self.ledger.clear, self.ledger.awaited()


TestLedgerAgainstABroker = LedgerAgainstABroker.TestCase
TestLedgerAgainstABroker.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
