"""The two sides of a broker detect when no message is in flight, neither too early nor never."""

from collections import deque
from typing import NamedTuple
from zlib import crc32

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hubsim_contract.lab.delivery import RECENT, ReceivedLog, SentLog, Watermark

RETAINED, ALSO_RETAINED, PLAIN, ALSO_PLAIN = "hub/reported", "hub/presence", "hub/events", "card/orders"
TOPICS = (RETAINED, ALSO_RETAINED, PLAIN, ALSO_PLAIN)
RETAINED_TOPICS = frozenset({RETAINED, ALSO_RETAINED})


def is_retained(topic: str) -> bool:
    return topic in RETAINED_TOPICS


def always_listening(_topic: str) -> bool:
    return True


def never_listening(_topic: str) -> bool:
    return False


def idle_receiver() -> ReceivedLog:
    """Return the log of a receiver that has been idle once together with its sender."""
    received = ReceivedLog(is_retained)
    received.subscribe([])
    received.confirm_idle()
    return received


def is_idle(sent: SentLog, received: ReceivedLog) -> bool:
    """Compare both sides, as a lab does. Return whether no message is in flight."""
    marks = sent.pending()
    received.begin()
    received.note_sent(marks)
    if received.missing(marks, always_listening):
        return False
    received.confirm_idle()
    sent.confirm(marks)
    return True


# ------------------------------------------------------------------ messages in sequence


def test_a_message_is_in_flight_until_it_is_received() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(PLAIN, b"1", retain=False)

    before = received.missing(sent.pending(), always_listening)
    received.add(PLAIN, b"1")

    assert before == [PLAIN]
    assert is_idle(sent, received)
    assert sent.pending() == {}


def test_equal_messages_are_counted() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(PLAIN, b"0", retain=False)
    received.add(PLAIN, b"0")
    assert is_idle(sent, received)
    sent.add(PLAIN, b"same", retain=False)
    sent.add(PLAIN, b"same", retain=False)

    received.add(PLAIN, b"same")
    between = received.missing(sent.pending(), always_listening)
    received.add(PLAIN, b"same")

    assert between == [PLAIN]
    assert is_idle(sent, received)


def test_a_message_sent_since_the_comparison_stays_pending_after_the_confirmation() -> None:
    sent = SentLog()
    sent.add(PLAIN, b"1", retain=False)
    compared = sent.pending()
    sent.add(PLAIN, b"2", retain=False)

    sent.confirm(compared)

    assert sent.pending() == {PLAIN: Watermark(crc32(b"2"), 2)}


def test_the_receiver_does_not_wait_for_a_message_of_unknown_fate() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(PLAIN, b"1", retain=False)
    sent.mark_uncertain(PLAIN)

    assert is_idle(sent, received)


def test_counting_restarts_after_a_lost_message() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(PLAIN, b"lost", retain=False)
    sent.mark_uncertain(PLAIN)
    sent.add(PLAIN, b"2", retain=False)
    assert received.missing(sent.pending(), always_listening) == [PLAIN]
    received.add(PLAIN, b"2")
    assert is_idle(sent, received)

    sent.add(PLAIN, b"2", retain=False)

    assert received.missing(sent.pending(), always_listening) == [PLAIN]


def test_counting_restarts_after_a_message_without_a_subscriber() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(PLAIN, b"lost", retain=False)
    assert received.missing(sent.pending(), never_listening) == []
    sent.confirm(sent.pending())
    received.subscribe([])
    received.confirm_idle()
    sent.add(PLAIN, b"2", retain=False)

    received.add(PLAIN, b"2")

    assert is_idle(sent, received)


def test_a_message_of_a_third_party_does_not_count_as_one_of_the_sender() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(PLAIN, b"1", retain=False)
    received.add(PLAIN, b"1")
    assert is_idle(sent, received)
    received.add(PLAIN, b"from a third party")
    received.note_third_party(PLAIN, b"from a third party")

    sent.add(PLAIN, b"2", retain=False)

    assert received.missing(sent.pending(), always_listening) == [PLAIN]


def test_a_message_of_a_third_party_after_one_of_the_sender_does_not_count() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(PLAIN, b"1", retain=False)
    received.add(PLAIN, b"1")
    received.add(PLAIN, b"from a third party")
    received.note_third_party(PLAIN, b"from a third party")
    assert is_idle(sent, received)

    sent.add(PLAIN, b"2", retain=False)
    waiting = received.missing(sent.pending(), always_listening)
    received.add(PLAIN, b"2")

    assert waiting == [PLAIN]
    assert is_idle(sent, received)


def test_a_message_is_found_after_many_later_messages_arrived() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(PLAIN, b"1", retain=False)
    sent.mark_uncertain(PLAIN)
    sent.add(PLAIN, b"2", retain=False)

    received.add(PLAIN, b"2")
    for number in range(RECENT - 1):
        received.add(PLAIN, f"third party {number}".encode())

    assert is_idle(sent, received)


# ------------------------------------------------------------------ new subscriptions


def test_a_new_subscription_waits_for_a_known_retained_message() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(RETAINED, b"1", retain=True)
    received.add(RETAINED, b"1")
    assert is_idle(sent, received)

    received.subscribe([RETAINED])
    waiting = received.missing({}, always_listening)
    received.add(RETAINED, b"1")

    assert waiting == [RETAINED]
    assert received.missing({}, always_listening) == []


def test_a_new_subscription_does_not_wait_for_a_cleared_retained_message() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(RETAINED, b"1", retain=True)
    received.add(RETAINED, b"1")
    assert is_idle(sent, received)
    sent.add(RETAINED, b"", retain=True)
    received.add(RETAINED, b"")
    assert is_idle(sent, received)

    received.subscribe([RETAINED])

    assert received.missing({}, always_listening) == []
    assert sent.retained_topics == ()


def test_a_receiver_that_gives_up_stops_waiting_for_a_missing_retained_message() -> None:
    sent, received = SentLog(), idle_receiver()
    sent.add(RETAINED, b"1", retain=True)
    received.add(RETAINED, b"1")
    assert is_idle(sent, received)
    received.subscribe([RETAINED])

    received.give_up()
    sent.add(RETAINED, b"2", retain=True)
    waiting = received.missing(sent.pending(), always_listening)
    received.add(RETAINED, b"2")

    assert waiting == [RETAINED]
    assert is_idle(sent, received)


def test_a_new_receiver_waits_for_all_retained_messages() -> None:
    sent = SentLog()
    sent.add(RETAINED, b"1", retain=True)
    sent.add(PLAIN, b"2", retain=False)
    sent.confirm(sent.pending())

    sent.restart()

    assert sent.pending() == {RETAINED: Watermark(crc32(b"1"), 1, uncertain=True)}
    assert ReceivedLog(is_retained).missing(sent.pending(), always_listening) == [RETAINED]


# ------------------------------------------------------------------ any sequence of events


class InFlight(NamedTuple):
    """A message that the broker will deliver. `awaited`: the sides are not idle before it arrives."""

    payload: bytes
    awaited: bool


class TwoSides(RuleBasedStateMachine):
    """A sender, a broker that delivers in order within a topic, and a receiver that connects and disconnects.

    All payloads are different, as in the contract (by sequence, version or connection).
    """

    @initialize()
    def begin(self) -> None:
        self.sent, self.received = SentLog(), ReceivedLog(is_retained)
        self.in_flight: dict[str, deque[InFlight]] = {topic: deque() for topic in TOPICS}
        self.retained: dict[str, bytes] = {}
        self.uncertain: set[str] = set()
        self.connected = False
        self.fresh: set[str] = set()
        """Topics without retained messages, whose subscription was never idle and has received no message."""
        self.number = 0

    # ---- the sender

    @rule(topic=st.sampled_from(TOPICS))
    def the_sender_publishes(self, topic: str) -> None:
        self._publish(topic, self._new_message(topic), awaited=True)
        self.uncertain.discard(topic)

    @rule(topic=st.sampled_from(TOPICS), arrives=st.booleans())
    def the_sender_loses_its_connection_while_it_publishes(self, topic: str, arrives: bool) -> None:
        payload = self._new_message(topic)
        self.sent.mark_uncertain(topic)
        self.uncertain.add(topic)
        self.in_flight[topic] = deque(each._replace(awaited=False) for each in self.in_flight[topic])
        if arrives:
            self._publish(topic, payload, awaited=False)

    # ---- the receiver

    @precondition(lambda self: not self.connected)
    @rule(restart=st.booleans(), another=st.booleans())
    def the_receiver_connects(self, restart: bool, another: bool) -> None:
        """Connect the receiver, or `another` one, whose log is empty.

        The sender reports all retained messages again to `another` receiver, and after a `restart`.
        """
        if restart or another:
            for topic in sorted(self.uncertain & RETAINED_TOPICS):
                self.the_sender_publishes(topic)  # rule MQ-4: after a loss, the current state is sent again
            self.sent.restart()
        if another:
            self.received = ReceivedLog(is_retained)
        self.connected = True
        self.received.subscribe(TOPICS)
        self.fresh = set(TOPICS) - RETAINED_TOPICS
        for topic, payload in self.retained.items():
            self.in_flight[topic].append(InFlight(payload, awaited=topic not in self.uncertain))

    @precondition(lambda self: self.connected)
    @rule()
    def the_receiver_disconnects(self) -> None:
        self.connected = False
        for queue in self.in_flight.values():
            queue.clear()

    @precondition(lambda self: any(self.in_flight.values()))
    @rule(data=st.data())
    def a_message_arrives(self, data: st.DataObject) -> None:
        topic = data.draw(st.sampled_from([topic for topic in TOPICS if self.in_flight[topic]]))
        self.received.add(topic, self.in_flight[topic].popleft().payload)
        self.fresh.discard(topic)

    @precondition(lambda self: self.connected and not any(self.in_flight.values()))
    @rule(topic=st.sampled_from(TOPICS))
    def a_message_of_a_third_party_arrives(self, topic: str) -> None:
        self.number += 1
        payload = f"third party {self.number}".encode()
        self.received.add(topic, payload)
        self.received.note_third_party(topic, payload)

    # ---- both

    @rule()
    def both_sides_compare(self) -> None:
        marks = self.sent.pending()
        self.received.begin()
        self.received.note_sent(marks)
        missing = self.received.missing(marks, lambda _: self.connected)
        if missing:
            assert any(self.in_flight.values()), f"waits forever for {missing}"
            return
        in_flight = {
            topic: queue
            for topic, queue in self.in_flight.items()
            if topic not in self.fresh and any(each.awaited for each in queue)
        }
        assert in_flight == {}, "reports idle too early"
        self.received.confirm_idle()
        self.sent.confirm(marks)
        for topic in self.fresh:  # messages in flight on a fresh subscription are not awaited
            self.in_flight[topic] = deque(each._replace(awaited=False) for each in self.in_flight[topic])
        self.fresh.clear()

    @invariant()
    def the_sender_knows_all_topics_with_a_retained_message(self) -> None:
        assert set(self.retained) <= set(self.sent.retained_topics)

    def teardown(self) -> None:
        for topic, queue in self.in_flight.items():
            while queue:
                self.received.add(topic, queue.popleft().payload)
        self.both_sides_compare()

    # ---- helpers

    def _new_message(self, topic: str) -> bytes:
        self.number += 1
        payload = f"message {self.number}".encode()
        self.sent.add(topic, payload, retain=is_retained(topic))
        return payload

    def _publish(self, topic: str, payload: bytes, *, awaited: bool) -> None:
        if is_retained(topic):
            self.retained[topic] = payload
        if self.connected:
            self.in_flight[topic].append(InFlight(payload, awaited))


TwoSides.TestCase.settings = settings(max_examples=600, stateful_step_count=40, deadline=None)
TestTwoSides = TwoSides.TestCase
