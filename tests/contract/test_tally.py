"""Two sides of a broker detect when no message is in flight: not too early, and eventually."""

from collections import deque
from typing import NamedTuple
from zlib import crc32

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hubsim_contract.lab.delivery import RECENT, ReceivedLog, SentLog, Watermark

RETAINED, ALSO_RETAINED, PLAIN, ALSO_PLAIN = "hub/reported", "hub/presence", "hub/events", "card/orders"
TOPICS = (RETAINED, ALSO_RETAINED, PLAIN, ALSO_PLAIN)
KEPT = frozenset({RETAINED, ALSO_RETAINED})


def kept(topic: str) -> bool:
    return topic in KEPT


def all_topics(_topic: str) -> bool:
    return True


def no_topics(_topic: str) -> bool:
    return False


def receiving_side() -> ReceivedLog:
    """Return a receiver that has settled with the sender once."""
    heard = ReceivedLog(kept)
    heard.subscribe([])
    heard.agree()
    return heard


def is_idle(said: SentLog, heard: ReceivedLog) -> bool:
    """Compare both sides as a lab does; return whether no message is in flight."""
    marks = said.pending()
    heard.learn(marks)
    if heard.missing(marks, all_topics):
        return False
    heard.agree()
    said.settled(marks)
    return True


# ------------------------------------------------------------------ single messages


def test_a_message_is_in_flight_until_it_is_received() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(PLAIN, b"1", retain=False)

    before = heard.missing(said.pending(), all_topics)
    heard.hear(PLAIN, b"1")

    assert before == [PLAIN]
    assert is_idle(said, heard)
    assert said.pending() == {}


def test_equal_messages_are_counted() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(PLAIN, b"0", retain=False)
    heard.hear(PLAIN, b"0")
    assert is_idle(said, heard)
    said.say(PLAIN, b"same", retain=False)
    said.say(PLAIN, b"same", retain=False)

    heard.hear(PLAIN, b"same")
    between = heard.missing(said.pending(), all_topics)
    heard.hear(PLAIN, b"same")

    assert between == [PLAIN]
    assert is_idle(said, heard)


def test_messages_sent_later_stay_pending_when_the_earlier_ones_are_settled() -> None:
    said = SentLog()
    said.say(PLAIN, b"1", retain=False)
    earlier = said.pending()
    said.say(PLAIN, b"2", retain=False)

    said.settled(earlier)

    assert said.pending() == {PLAIN: Watermark(crc32(b"2"), 2)}


def test_a_message_of_unknown_fate_is_not_waited_for() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(PLAIN, b"1", retain=False)
    said.doubt(PLAIN)

    assert is_idle(said, heard)


def test_counting_restarts_after_a_lost_message() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(PLAIN, b"lost", retain=False)
    said.doubt(PLAIN)
    said.say(PLAIN, b"2", retain=False)
    assert heard.missing(said.pending(), all_topics) == [PLAIN]
    heard.hear(PLAIN, b"2")
    assert is_idle(said, heard)

    said.say(PLAIN, b"2", retain=False)

    assert heard.missing(said.pending(), all_topics) == [PLAIN]


def test_counting_restarts_after_a_message_without_a_receiver() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(PLAIN, b"lost", retain=False)
    assert heard.missing(said.pending(), no_topics) == []
    said.settled(said.pending())
    heard.subscribe([])
    heard.agree()
    said.say(PLAIN, b"2", retain=False)

    heard.hear(PLAIN, b"2")

    assert is_idle(said, heard)


def test_a_message_of_a_third_party_is_not_counted_for_the_sender() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(PLAIN, b"1", retain=False)
    heard.hear(PLAIN, b"1")
    assert is_idle(said, heard)
    heard.hear(PLAIN, b"from a third party")
    heard.disturb(PLAIN, b"from a third party")

    said.say(PLAIN, b"2", retain=False)

    assert heard.missing(said.pending(), all_topics) == [PLAIN]


def test_a_message_of_a_third_party_after_a_message_is_not_counted_for_the_sender() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(PLAIN, b"1", retain=False)
    heard.hear(PLAIN, b"1")
    heard.hear(PLAIN, b"from a third party")
    heard.disturb(PLAIN, b"from a third party")
    assert is_idle(said, heard)

    said.say(PLAIN, b"2", retain=False)
    waiting = heard.missing(said.pending(), all_topics)
    heard.hear(PLAIN, b"2")

    assert waiting == [PLAIN]
    assert is_idle(said, heard)


def test_a_message_is_found_among_many_later_ones() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(PLAIN, b"1", retain=False)
    said.doubt(PLAIN)
    said.say(PLAIN, b"2", retain=False)

    heard.hear(PLAIN, b"2")
    for number in range(RECENT - 1):
        heard.hear(PLAIN, f"third party {number}".encode())

    assert is_idle(said, heard)


# ------------------------------------------------------------------ new subscriptions


def test_a_new_subscription_waits_for_messages_known_to_be_retained() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(RETAINED, b"1", retain=True)
    heard.hear(RETAINED, b"1")
    assert is_idle(said, heard)

    heard.subscribe([RETAINED])
    waiting = heard.missing({}, all_topics)
    heard.hear(RETAINED, b"1")

    assert waiting == [RETAINED]
    assert heard.missing({}, all_topics) == []


def test_a_new_subscription_does_not_wait_for_a_removed_retained_message() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(RETAINED, b"1", retain=True)
    heard.hear(RETAINED, b"1")
    assert is_idle(said, heard)
    said.say(RETAINED, b"", retain=True)
    heard.hear(RETAINED, b"")
    assert is_idle(said, heard)

    heard.subscribe([RETAINED])

    assert heard.missing({}, all_topics) == []
    assert said.retained_topics == ()


def test_after_giving_up_a_receiver_does_not_wait_for_missing_messages() -> None:
    said, heard = SentLog(), receiving_side()
    said.say(RETAINED, b"1", retain=True)
    heard.hear(RETAINED, b"1")
    assert is_idle(said, heard)
    heard.subscribe([RETAINED])

    heard.give_up()
    said.say(RETAINED, b"2", retain=True)
    waiting = heard.missing(said.pending(), all_topics)
    heard.hear(RETAINED, b"2")

    assert waiting == [RETAINED]
    assert is_idle(said, heard)


def test_a_new_receiver_is_notified_of_all_retained_messages() -> None:
    said = SentLog()
    said.say(RETAINED, b"1", retain=True)
    said.say(PLAIN, b"2", retain=False)
    said.settled(said.pending())

    said.again()

    assert said.pending() == {RETAINED: Watermark(crc32(b"1"), 1, anew=True)}
    assert ReceivedLog(kept).missing(said.pending(), all_topics) == [RETAINED]


# ------------------------------------------------------------------ random sequences


class InFlight(NamedTuple):
    """A message that the broker will deliver. `awaited`: the world is not idle before its arrival."""

    payload: bytes
    awaited: bool


class TwoSides(RuleBasedStateMachine):
    """A sender, a broker that delivers in order within a topic, and a receiver that connects and disconnects.

    All payloads differ, like those of the contract (sequence, version, connection).
    """

    @initialize()
    def begin(self) -> None:
        self.said, self.heard = SentLog(), ReceivedLog(kept)
        self.flying: dict[str, deque[InFlight]] = {topic: deque() for topic in TOPICS}
        self.retained: dict[str, bytes] = {}
        self.doubted: set[str] = set()
        self.listens = False
        self.fresh: set[str] = set()
        """Topics that are not retained, on a subscription that has neither settled nor received a message."""
        self.number = 0

    # ---- the sender

    @rule(topic=st.sampled_from(TOPICS))
    def sends(self, topic: str) -> None:
        self._publish(topic, self._say(topic), awaited=True)
        self.doubted.discard(topic)

    @rule(topic=st.sampled_from(TOPICS), arrives=st.booleans())
    def dies_while_sending(self, topic: str, arrives: bool) -> None:
        payload = self._say(topic)
        self.said.doubt(topic)
        self.doubted.add(topic)
        self.flying[topic] = deque(each._replace(awaited=False) for each in self.flying[topic])
        if arrives:
            self._publish(topic, payload, awaited=False)

    # ---- the receiver

    @precondition(lambda self: not self.listens)
    @rule(again=st.booleans(), another=st.booleans())
    def the_receiver_connects(self, again: bool, another: bool) -> None:
        """`again`: the sender repeats its whole state; `another`: the receiver is a new one."""
        if again or another:
            for topic in sorted(self.doubted & KEPT):
                self.sends(topic)  # rule MQ-4: after a loss the whole state is sent again
            self.said.again()
        if another:
            self.heard = ReceivedLog(kept)
        self.listens = True
        self.heard.subscribe(TOPICS)
        self.fresh = set(TOPICS) - KEPT
        for topic, payload in self.retained.items():
            self.flying[topic].append(InFlight(payload, awaited=topic not in self.doubted))

    @precondition(lambda self: self.listens)
    @rule()
    def the_receiver_disconnects(self) -> None:
        self.listens = False
        for queue in self.flying.values():
            queue.clear()

    @precondition(lambda self: any(self.flying.values()))
    @rule(data=st.data())
    def a_message_arrives(self, data: st.DataObject) -> None:
        topic = data.draw(st.sampled_from([topic for topic in TOPICS if self.flying[topic]]))
        self.heard.hear(topic, self.flying[topic].popleft().payload)
        self.fresh.discard(topic)

    @precondition(lambda self: self.listens and not any(self.flying.values()))
    @rule(topic=st.sampled_from(TOPICS))
    def a_third_party_is_received(self, topic: str) -> None:
        self.number += 1
        payload = f"third party {self.number}".encode()
        self.heard.hear(topic, payload)
        self.heard.disturb(topic, payload)

    # ---- both

    @rule()
    def they_compare(self) -> None:
        marks = self.said.pending()
        self.heard.learn(marks)
        missing = self.heard.missing(marks, lambda _: self.listens)
        if missing:
            assert any(self.flying.values()), f"waits forever for {missing}"
            return
        flying = {
            topic: queue
            for topic, queue in self.flying.items()
            if topic not in self.fresh and any(each.awaited for each in queue)
        }
        assert flying == {}, "idle is reported too early"
        self.heard.agree()
        self.said.settled(marks)
        for topic in self.fresh:  # messages in flight on a new subscription are not waited for
            self.flying[topic] = deque(each._replace(awaited=False) for each in self.flying[topic])
        self.fresh.clear()

    @invariant()
    def all_retained_messages_are_known(self) -> None:
        assert set(self.retained) <= set(self.said.retained_topics)

    def teardown(self) -> None:
        for topic, queue in self.flying.items():
            while queue:
                self.heard.hear(topic, queue.popleft().payload)
        self.they_compare()

    # ---- helpers

    def _say(self, topic: str) -> bytes:
        self.number += 1
        payload = f"message {self.number}".encode()
        self.said.say(topic, payload, retain=kept(topic))
        return payload

    def _publish(self, topic: str, payload: bytes, *, awaited: bool) -> None:
        if kept(topic):
            self.retained[topic] = payload
        if self.listens:
            self.flying[topic].append(InFlight(payload, awaited))


TwoSides.TestCase.settings = settings(max_examples=600, stateful_step_count=40, deadline=None)
TestTwoSides = TwoSides.TestCase
