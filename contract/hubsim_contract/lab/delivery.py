"""Two sides of a broker agree on whether anything is still under way between them.

A broker does not tell when it has nothing left to deliver. But each topic of the contract has one speaker
and one listener, and a broker keeps the order within a topic. So a side that tells the last message of each
topic (its check sum, and how many there were) lets the other side know what to wait for. Pure.

A count stands for nothing once a connection died with messages of unknown fate (rule MQ-4), or a
subscription is new: then the message itself is looked for, and counting begins anew from it. Nobody waits
for a message of unknown fate, and messages that are alike are not told apart until counting has begun.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from zlib import crc32

import msgspec

RECENT = 16
"""So many messages of a topic are told apart when counts cannot be relied on."""
_NOTHING = crc32(b"")
"""Of the message that takes away what the broker retains on a topic."""


class Watermark(msgspec.Struct, frozen=True, array_like=True):
    """The last message said on a topic."""

    checksum: int
    """CRC-32 of the payload."""
    count: int
    """How many messages were said on the topic so far."""
    anew: bool = False
    """Whether the count is not to be relied on."""


class SentLog:
    """What one side has said, and what of it the other side has not been heard to have."""

    def __init__(self) -> None:
        self._marks: dict[str, Watermark] = {}
        self._pending: dict[str, None] = {}
        self._retained: dict[str, None] = {}

    @property
    def retained_topics(self) -> tuple[str, ...]:
        """The topics on which the broker may hold something of this side."""
        return tuple(self._retained)

    def say(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Note a message."""
        before = self._marks.get(topic)
        count, anew = (0, False) if before is None else (before.count, before.anew)
        self._marks[topic] = Watermark(crc32(payload), count + 1, anew)
        self._pending[topic] = None
        if retain and payload:
            self._retained[topic] = None
        elif retain:
            self._retained.pop(topic, None)

    def doubt(self, topic: str) -> None:
        """Note that the last message may never arrive: nobody waits for it."""
        self._marks[topic] = msgspec.structs.replace(self._marks[topic], anew=True)
        self._pending.pop(topic, None)

    def again(self) -> None:
        """Expect the other side to have nothing but what the broker retains: tell all of that again."""
        self._pending = dict.fromkeys(self._retained)
        self._marks = {topic: msgspec.structs.replace(mark, anew=True) for topic, mark in self._marks.items()}

    def pending(self) -> dict[str, Watermark]:
        """Return the last messages of which the other side is not known to have heard."""
        return {topic: self._marks[topic] for topic in self._pending}

    def settled(self, marks: Mapping[str, Watermark]) -> None:
        """Take note that the other side has these; what was said since stays pending."""
        for topic, mark in marks.items():
            if self._marks.get(topic) == mark:
                self._pending.pop(topic, None)
                if mark.anew:
                    self._marks[topic] = msgspec.structs.replace(mark, anew=False)


class ReceivedLog:
    """What one side has heard. `retained` says of a topic whether the broker keeps its last message."""

    def __init__(self, retained: Callable[[str], bool]) -> None:
        self._retained = retained
        self._counts: dict[str, int] = {}
        self._recent: dict[str, deque[int]] = {}
        """Check sums of the last messages since the subscription, the newest last."""
        self._ahead: dict[str, int] = {}
        """What the speaker counted more than this side."""
        self._counted: set[str] = set()
        """Topics whose count can be relied on."""
        self._fresh = True
        """Whether a subscription is so new that something may have been said before it."""
        self._held: set[str] = set()
        """Topics on which the broker retains something, as far as the other side has told."""
        self._owed: dict[str, None] = {}
        """Retained topics newly subscribed to, of which nothing was heard yet."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics on which anything was heard."""
        return tuple(self._counts)

    def hear(self, topic: str, payload: bytes) -> None:
        """Note a message."""
        self._counts[topic] = self._counts.get(topic, 0) + 1
        self._recent.setdefault(topic, deque(maxlen=RECENT)).append(crc32(payload))
        self._owed.pop(topic, None)
        if not payload:
            self._held.discard(topic)

    def subscribe(self, topics: Iterable[str]) -> None:
        """Note that the subscription to these topics is new: what is retained on them will come.

        Until `agree`, nobody waits for what else was said: it may have been before.
        """
        self._fresh = True
        for topic in topics:
            self._counted.discard(topic)
            self._recent.pop(topic, None)
            if topic in self._held:
                self._owed[topic] = None

    def learn(self, marks: Mapping[str, Watermark]) -> None:
        """Note what the other side has said."""
        for topic, mark in marks.items():
            if mark.checksum == _NOTHING:
                self._held.discard(topic)
                self._owed.pop(topic, None)
            elif self._retained(topic):
                self._held.add(topic)

    def has(self, topic: str, payload: bytes) -> bool:
        """Return whether this message was one of the last on its topic."""
        return crc32(payload) in self._recent.get(topic, ())

    def disturb(self, topic: str, payload: bytes) -> None:
        """Note that somebody else said this message, which was heard: the speaker's are counted anew."""
        self._counted.discard(topic)
        recent, third_party = self._recent.get(topic, deque()), crc32(payload)
        for place in reversed(range(len(recent))):
            if recent[place] == third_party:
                del recent[place]
                return

    def give_up(self) -> None:
        """Expect nothing of new subscriptions any more: somebody may have taken away what was retained."""
        self._owed.clear()
        self._counted.clear()

    def agree(self) -> None:
        """Take note that both sides have found each other at rest."""
        self._fresh = False

    def missing(self, marks: Mapping[str, Watermark], listening: Callable[[str], bool]) -> list[str]:
        """Return the topics of which a message is still under way.

        Nothing is under way to a side that does not listen, nor what was said before it did, unless the
        broker retains it.
        """
        deaf = {topic for topic in marks if not listening(topic)}
        self._counted.difference_update(deaf)
        said = [topic for topic, mark in marks.items() if topic not in deaf and not self._has(topic, mark)]
        return said + [topic for topic in self._owed if topic not in marks and listening(topic)]

    def _has(self, topic: str, mark: Watermark) -> bool:
        counted, recent = self._counts.get(topic, 0), self._recent.get(topic, ())
        if self._fresh and not recent and not self._retained(topic):
            self._counted.discard(topic)
            return True
        if topic in self._counted and not mark.anew:
            return counted + self._ahead.get(topic, 0) >= mark.count
        if mark.checksum not in recent:
            return False
        later = list(reversed(recent)).index(mark.checksum)
        self._counted.add(topic)
        self._ahead[topic] = mark.count - (counted - later)
        return True
