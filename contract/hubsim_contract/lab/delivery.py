"""How the two sides of a broker find out whether a message between them is still in flight.

A broker does not report when it has nothing left to deliver. But each topic of the contract has one sender
and one receiver, and a broker keeps the order within a topic. So one side reports the last message of each
topic (its checksum, and the number of messages so far), and the other side waits for exactly that. Pure.

A count is not reliable after a connection was lost with messages of unknown fate (rule MQ-4), or when a
subscription is new. Then the receiver looks for the message itself, and counts from there. Neither side
waits for a message of unknown fate. Equal messages cannot be distinguished until counting has started.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from zlib import crc32

import msgspec

RECENT = 16
"""The number of messages of a topic that can be distinguished while its count is not reliable."""
_EMPTY = crc32(b"")
"""The checksum of the message that clears the retained message of a topic."""


class Watermark(msgspec.Struct, frozen=True, array_like=True):
    """The last message sent on a topic."""

    checksum: int
    """CRC-32 of the payload."""
    count: int
    """The number of messages sent on the topic so far."""
    uncertain: bool = False
    """Whether the count is not reliable."""


class SentLog:
    """The messages that one side has sent, and those that the other side has not confirmed yet."""

    def __init__(self) -> None:
        self._marks: dict[str, Watermark] = {}
        self._pending: dict[str, None] = {}
        self._retained: dict[str, None] = {}

    @property
    def retained_topics(self) -> tuple[str, ...]:
        """The topics on which the broker may retain a message of this side."""
        return tuple(self._retained)

    def add(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Record a message that was sent."""
        before = self._marks.get(topic)
        count, uncertain = (0, False) if before is None else (before.count, before.uncertain)
        self._marks[topic] = Watermark(crc32(payload), count + 1, uncertain)
        self._pending[topic] = None
        if retain and payload:
            self._retained[topic] = None
        elif retain:
            self._retained.pop(topic, None)

    def mark_uncertain(self, topic: str) -> None:
        """Record that the last message of a topic may never arrive. The receiver does not wait for it."""
        self._marks[topic] = msgspec.structs.replace(self._marks[topic], uncertain=True)
        self._pending.pop(topic, None)

    def restart(self) -> None:
        """Report all retained messages again: the other side has restarted and has only those."""
        self._pending = dict.fromkeys(self._retained)
        self._marks = {
            topic: msgspec.structs.replace(mark, uncertain=True) for topic, mark in self._marks.items()
        }

    def pending(self) -> dict[str, Watermark]:
        """Return the last message of each topic that the other side has not confirmed."""
        return {topic: self._marks[topic] for topic in self._pending}

    def confirm(self, marks: Mapping[str, Watermark]) -> None:
        """Record that the other side has received these. Messages sent since then stay pending."""
        for topic, mark in marks.items():
            if self._marks.get(topic) == mark:
                self._pending.pop(topic, None)
                if mark.uncertain:
                    self._marks[topic] = msgspec.structs.replace(mark, uncertain=False)


class ReceivedLog:
    """The messages that one side has received. `retained`: whether the broker retains messages of a topic."""

    def __init__(self, retained: Callable[[str], bool]) -> None:
        self._retained = retained
        self._counts: dict[str, int] = {}
        self._recent: dict[str, deque[int]] = {}
        """Checksums of the last messages since the subscription, the newest last."""
        self._ahead: dict[str, int] = {}
        """By topic, the sender's count minus the count of this side."""
        self._counted: set[str] = set()
        """Topics whose count is reliable."""
        self._fresh = True
        """Whether a subscription is so new that messages may have been sent before it."""
        self._resubscribed: set[str] = set()
        """Topics with a subscription that is newer than what the other side has reported."""
        self._known_retained: set[str] = set()
        """Topics on which the broker retains a message, as reported by the other side."""
        self._expected: dict[str, None] = {}
        """Retained topics with a new subscription and no message yet."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics on which a message was received."""
        return tuple(self._counts)

    def add(self, topic: str, payload: bytes) -> None:
        """Record a message that was received."""
        self._counts[topic] = self._counts.get(topic, 0) + 1
        self._recent.setdefault(topic, deque(maxlen=RECENT)).append(crc32(payload))
        self._expected.pop(topic, None)
        if not payload:
            self._known_retained.discard(topic)

    def subscribe(self, topics: Iterable[str]) -> None:
        """Record a new subscription to these topics: the messages that are retained on them will arrive.

        Until `confirm_idle`, other messages are not awaited: they may have been sent before the subscription.
        """
        self._fresh = True
        for topic in topics:
            self._resubscribed.add(topic)
            self._counted.discard(topic)
            self._recent.pop(topic, None)
            if topic in self._known_retained:
                self._expected[topic] = None

    def note_sent(self, marks: Mapping[str, Watermark]) -> None:
        """Record what the other side has sent."""
        for topic, mark in marks.items():
            if mark.checksum == _EMPTY:
                self._known_retained.discard(topic)
                self._expected.pop(topic, None)
            elif self._retained(topic):
                self._known_retained.add(topic)

    def begin(self) -> None:
        """Record that the other side reports now what it has sent, over the subscriptions of this instant."""
        self._resubscribed.clear()

    def has(self, topic: str, payload: bytes) -> bool:
        """Return whether this message was one of the last on its topic."""
        return crc32(payload) in self._recent.get(topic, ())

    def note_third_party(self, topic: str, payload: bytes) -> None:
        """Record that a received message came from a third party: the sender's count starts again."""
        self._counted.discard(topic)
        recent, third_party = self._recent.get(topic, deque()), crc32(payload)
        for place in reversed(range(len(recent))):
            if recent[place] == third_party:
                del recent[place]
                return

    def give_up(self) -> None:
        """Stop waiting for retained messages of new subscriptions: a third party may have cleared them."""
        self._expected.clear()
        self._counted.clear()

    def confirm_idle(self) -> None:
        """Record that both sides are idle."""
        self._fresh = False

    def missing(self, marks: Mapping[str, Watermark], listening: Callable[[str], bool]) -> list[str]:
        """Return the topics of which a message is still in flight.

        Messages to a side without a subscription are not in flight. Neither are messages sent before the
        subscription, unless the broker retains them.
        """
        unsubscribed = {topic for topic in marks if not listening(topic)}
        self._counted.difference_update(unsubscribed)
        sent = [
            topic for topic, mark in marks.items() if topic not in unsubscribed and not self._has(topic, mark)
        ]
        return sent + [topic for topic in self._expected if topic not in marks and listening(topic)]

    def _has(self, topic: str, mark: Watermark) -> bool:
        counted, recent = self._counts.get(topic, 0), self._recent.get(topic, ())
        if topic in self._resubscribed and not self._retained(topic):
            return True
        if self._fresh and not recent and not self._retained(topic):
            self._counted.discard(topic)
            return True
        if topic in self._counted and not mark.uncertain:
            return counted + self._ahead.get(topic, 0) >= mark.count
        if mark.checksum not in recent:
            return False
        later = list(reversed(recent)).index(mark.checksum)
        self._counted.add(topic)
        self._ahead[topic] = mark.count - (counted - later)
        return True
