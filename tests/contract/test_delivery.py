"""Two sides of a broker know when nothing is under way: neither too early, nor never."""

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


def everybody(_topic: str) -> bool:
    return True


def nobody(_topic: str) -> bool:
    return False


def heard_side() -> ReceivedLog:
    """Return a listener that has been at rest with the speaker once."""
    heard = ReceivedLog(kept)
    heard.subscribe([])
    heard.confirm_idle()
    return heard


def is_idle(said: SentLog, heard: ReceivedLog) -> bool:
    """Let both sides compare, as a lab does; say whether that found nothing under way."""
    marks = said.pending()
    heard.note_sent(marks)
    if heard.missing(marks, everybody):
        return False
    heard.confirm_idle()
    said.confirm(marks)
    return True


# ------------------------------------------------------------------ one message after the other


def test_a_message_is_under_way_until_it_is_heard() -> None:
    said, heard = SentLog(), heard_side()
    said.add(PLAIN, b"1", retain=False)

    before = heard.missing(said.pending(), everybody)
    heard.add(PLAIN, b"1")

    assert before == [PLAIN]
    assert is_idle(said, heard)
    assert said.pending() == {}


def test_messages_that_are_alike_are_counted() -> None:
    said, heard = SentLog(), heard_side()
    said.add(PLAIN, b"0", retain=False)
    heard.add(PLAIN, b"0")
    assert is_idle(said, heard)
    said.add(PLAIN, b"same", retain=False)
    said.add(PLAIN, b"same", retain=False)

    heard.add(PLAIN, b"same")
    between = heard.missing(said.pending(), everybody)
    heard.add(PLAIN, b"same")

    assert between == [PLAIN]
    assert is_idle(said, heard)


def test_what_was_said_since_stays_pending_when_the_rest_is_settled() -> None:
    said = SentLog()
    said.add(PLAIN, b"1", retain=False)
    told = said.pending()
    said.add(PLAIN, b"2", retain=False)

    said.confirm(told)

    assert said.pending() == {PLAIN: Watermark(crc32(b"2"), 2)}


def test_nobody_waits_for_a_message_of_unknown_fate() -> None:
    said, heard = SentLog(), heard_side()
    said.add(PLAIN, b"1", retain=False)
    said.mark_uncertain(PLAIN)

    assert is_idle(said, heard)


def test_counting_begins_anew_behind_a_message_that_was_lost() -> None:
    said, heard = SentLog(), heard_side()
    said.add(PLAIN, b"lost", retain=False)
    said.mark_uncertain(PLAIN)
    said.add(PLAIN, b"2", retain=False)
    assert heard.missing(said.pending(), everybody) == [PLAIN]
    heard.add(PLAIN, b"2")
    assert is_idle(said, heard)

    said.add(PLAIN, b"2", retain=False)

    assert heard.missing(said.pending(), everybody) == [PLAIN]


def test_counting_begins_anew_behind_a_message_that_nobody_was_there_to_hear() -> None:
    said, heard = SentLog(), heard_side()
    said.add(PLAIN, b"lost", retain=False)
    assert heard.missing(said.pending(), nobody) == []
    said.confirm(said.pending())
    heard.subscribe([])
    heard.confirm_idle()
    said.add(PLAIN, b"2", retain=False)

    heard.add(PLAIN, b"2")

    assert is_idle(said, heard)


def test_what_a_stranger_says_is_not_counted_for_the_speaker() -> None:
    said, heard = SentLog(), heard_side()
    said.add(PLAIN, b"1", retain=False)
    heard.add(PLAIN, b"1")
    assert is_idle(said, heard)
    heard.add(PLAIN, b"from a stranger")
    heard.note_third_party(PLAIN, b"from a stranger")

    said.add(PLAIN, b"2", retain=False)

    assert heard.missing(said.pending(), everybody) == [PLAIN]


def test_what_a_stranger_says_behind_a_message_is_not_counted_for_the_speaker() -> None:
    said, heard = SentLog(), heard_side()
    said.add(PLAIN, b"1", retain=False)
    heard.add(PLAIN, b"1")
    heard.add(PLAIN, b"from a stranger")
    heard.note_third_party(PLAIN, b"from a stranger")
    assert is_idle(said, heard)

    said.add(PLAIN, b"2", retain=False)
    waiting = heard.missing(said.pending(), everybody)
    heard.add(PLAIN, b"2")

    assert waiting == [PLAIN]
    assert is_idle(said, heard)


def test_a_message_is_found_behind_many_others_that_came_since() -> None:
    said, heard = SentLog(), heard_side()
    said.add(PLAIN, b"1", retain=False)
    said.mark_uncertain(PLAIN)
    said.add(PLAIN, b"2", retain=False)

    heard.add(PLAIN, b"2")
    for number in range(RECENT - 1):
        heard.add(PLAIN, f"stranger {number}".encode())

    assert is_idle(said, heard)


# ------------------------------------------------------------------ new subscriptions


def test_a_new_subscription_waits_for_what_the_broker_is_known_to_retain() -> None:
    said, heard = SentLog(), heard_side()
    said.add(RETAINED, b"1", retain=True)
    heard.add(RETAINED, b"1")
    assert is_idle(said, heard)

    heard.subscribe([RETAINED])
    waiting = heard.missing({}, everybody)
    heard.add(RETAINED, b"1")

    assert waiting == [RETAINED]
    assert heard.missing({}, everybody) == []


def test_a_new_subscription_does_not_wait_for_what_was_taken_off_the_broker() -> None:
    said, heard = SentLog(), heard_side()
    said.add(RETAINED, b"1", retain=True)
    heard.add(RETAINED, b"1")
    assert is_idle(said, heard)
    said.add(RETAINED, b"", retain=True)
    heard.add(RETAINED, b"")
    assert is_idle(said, heard)

    heard.subscribe([RETAINED])

    assert heard.missing({}, everybody) == []
    assert said.retained_topics == ()


def test_who_gives_up_waits_no_more_for_what_does_not_come() -> None:
    said, heard = SentLog(), heard_side()
    said.add(RETAINED, b"1", retain=True)
    heard.add(RETAINED, b"1")
    assert is_idle(said, heard)
    heard.subscribe([RETAINED])

    heard.give_up()
    said.add(RETAINED, b"2", retain=True)
    waiting = heard.missing(said.pending(), everybody)
    heard.add(RETAINED, b"2")

    assert waiting == [RETAINED]
    assert is_idle(said, heard)


def test_a_listener_that_knows_nothing_is_told_all_that_is_retained() -> None:
    said = SentLog()
    said.add(RETAINED, b"1", retain=True)
    said.add(PLAIN, b"2", retain=False)
    said.confirm(said.pending())

    said.restart()

    assert said.pending() == {RETAINED: Watermark(crc32(b"1"), 1, uncertain=True)}
    assert ReceivedLog(kept).missing(said.pending(), everybody) == [RETAINED]


# ------------------------------------------------------------------ anything that can happen on a wire


class Flying(NamedTuple):
    """A message that the broker will deliver. `awaited`: rest must not be told before it is there."""

    payload: bytes
    awaited: bool


class TwoSides(RuleBasedStateMachine):
    """A speaker, a broker that delivers in order within a topic, and a listener that comes and goes.

    Payloads differ from each other, as those of the contract do (sequence, version, connection).
    """

    @initialize()
    def begin(self) -> None:
        self.said, self.heard = SentLog(), ReceivedLog(kept)
        self.flying: dict[str, deque[Flying]] = {topic: deque() for topic in TOPICS}
        self.retained: dict[str, bytes] = {}
        self.doubted: set[str] = set()
        self.listens = False
        self.fresh: set[str] = set()
        """Topics that are not retained, on a subscription that was never at rest, and not heard on it."""
        self.number = 0

    # ---- the speaker

    @rule(topic=st.sampled_from(TOPICS))
    def says(self, topic: str) -> None:
        self._publish(topic, self._say(topic), awaited=True)
        self.doubted.discard(topic)

    @rule(topic=st.sampled_from(TOPICS), arrives=st.booleans())
    def dies_while_it_says(self, topic: str, arrives: bool) -> None:
        payload = self._say(topic)
        self.said.mark_uncertain(topic)
        self.doubted.add(topic)
        self.flying[topic] = deque(each._replace(awaited=False) for each in self.flying[topic])
        if arrives:
            self._publish(topic, payload, awaited=False)

    # ---- the listener

    @precondition(lambda self: not self.listens)
    @rule(restart=st.booleans(), another=st.booleans())
    def the_listener_comes(self, restart: bool, another: bool) -> None:
        """`again`: and lets the speaker tell all; `another`: it is one that knows nothing."""
        if restart or another:
            for topic in sorted(self.doubted & KEPT):
                self.says(topic)  # rule MQ-4: after a loss all of the state is said again
            self.said.restart()
        if another:
            self.heard = ReceivedLog(kept)
        self.listens = True
        self.heard.subscribe(TOPICS)
        self.fresh = set(TOPICS) - KEPT
        for topic, payload in self.retained.items():
            self.flying[topic].append(Flying(payload, awaited=topic not in self.doubted))

    @precondition(lambda self: self.listens)
    @rule()
    def the_listener_goes(self) -> None:
        self.listens = False
        for queue in self.flying.values():
            queue.clear()

    @precondition(lambda self: any(self.flying.values()))
    @rule(data=st.data())
    def a_message_arrives(self, data: st.DataObject) -> None:
        topic = data.draw(st.sampled_from([topic for topic in TOPICS if self.flying[topic]]))
        self.heard.add(topic, self.flying[topic].popleft().payload)
        self.fresh.discard(topic)

    @precondition(lambda self: self.listens and not any(self.flying.values()))
    @rule(topic=st.sampled_from(TOPICS))
    def a_stranger_is_heard(self, topic: str) -> None:
        self.number += 1
        payload = f"stranger {self.number}".encode()
        self.heard.add(topic, payload)
        self.heard.note_third_party(topic, payload)

    # ---- both

    @rule()
    def they_compare(self) -> None:
        marks = self.said.pending()
        self.heard.note_sent(marks)
        missing = self.heard.missing(marks, lambda _: self.listens)
        if missing:
            assert any(self.flying.values()), f"waits for ever for {missing}"
            return
        flying = {
            topic: queue
            for topic, queue in self.flying.items()
            if topic not in self.fresh and any(each.awaited for each in queue)
        }
        assert flying == {}, "rest is told too early"
        self.heard.confirm_idle()
        self.said.confirm(marks)
        for topic in self.fresh:  # what was under way on a fresh subscription is not waited for
            self.flying[topic] = deque(each._replace(awaited=False) for each in self.flying[topic])
        self.fresh.clear()

    @invariant()
    def all_that_is_said_and_retained_is_known(self) -> None:
        assert set(self.retained) <= set(self.said.retained_topics)

    def teardown(self) -> None:
        for topic, queue in self.flying.items():
            while queue:
                self.heard.add(topic, queue.popleft().payload)
        self.they_compare()

    # ---- inside

    def _say(self, topic: str) -> bytes:
        self.number += 1
        payload = f"message {self.number}".encode()
        self.said.add(topic, payload, retain=kept(topic))
        return payload

    def _publish(self, topic: str, payload: bytes, *, awaited: bool) -> None:
        if kept(topic):
            self.retained[topic] = payload
        if self.listens:
            self.flying[topic].append(Flying(payload, awaited))


TwoSides.TestCase.settings = settings(max_examples=600, stateful_step_count=40, deadline=None)
TestTwoSides = TwoSides.TestCase
