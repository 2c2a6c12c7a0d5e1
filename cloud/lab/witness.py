"""The trace of one world that runs on several processes.

The cloud's side is written down as it happens; the simulator's comes in pieces, whenever the world is at
rest. The two are put together at the messages that both have seen, so that causes stand before effects.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import msgspec

from cloud.domain.facts import Fact
from contract.lab import Noted
from contract.topics import CARRIER_KINDS, Kind, Topics
from contract.trace import TraceEvent

EVENTS_MAX = 200_000
"""So many events of a world are kept; then the oldest are dropped, and their numbers with them."""
CLOUD, CARRIER = "cloud", "carrier"
HEARD = "heard"
"""A note of the simulator that a station has a message of the cloud; not part of the trace."""
_OF_CLOUD = frozenset({Kind.DESIRED, Kind.ORDER})


class Clock(Protocol):
    """The world clock, for reading."""

    def world_ms(self) -> int:
        """Return the world time in ms."""
        ...


class WorldTrace:
    """One world's trace. `kept` is False for a world that nobody traces; then nothing is written down."""

    def __init__(self, topics: Topics, clock: Clock, *, kept: bool) -> None:
        self._topics = topics
        self._clock = clock
        self._is_kept = kept
        self._events: list[TraceEvent] = []
        self._open: list[TraceEvent] = []
        """The cloud's side since the world was at rest the last time."""
        self._dropped = 0

    def since(self, number: int) -> tuple[int, list[dict[str, Any]]]:
        """Return the number behind the last event, and the events from this number on, from 0."""
        begin = max(0, number - self._dropped)
        return self._dropped + len(self._events), [event.plain() for event in self._events[begin:]]

    def join(self, noted: Sequence[Noted]) -> None:
        """Put the simulator's side to the cloud's, at rest."""
        self._events += joined(self._open, noted)
        self._open = []
        surplus = len(self._events) - EVENTS_MAX
        if surplus > 0:
            del self._events[:surplus]
            self._dropped += surplus

    # ------------------------------------------------------------------ the cloud's side

    def add(self, at_ms: int, event: str, who: str, /, **facts: Any) -> None:
        """Write an event down."""
        if self._is_kept:
            self._open.append(TraceEvent(at_ms, event, who, facts))

    def record(self, facts: Iterable[Fact]) -> None:
        """Write facts down, each under its own instant."""
        if self._is_kept:
            for fact in facts:
                self.add(fact.at_ms, "fact", CLOUD, **msgspec.to_builtins(fact))

    def published(self, topic: str, payload: bytes) -> None:
        """Write a message down, of whoever speaks on this topic."""
        if self._is_kept:
            text = payload.decode(errors="replace")
            self.add(self._clock.world_ms(), "published", self._speaker(topic), topic=topic, payload=text)

    def interfered(self, topic: str, arrives: int) -> None:
        """Write down that a fault struck a message on its way to the cloud."""
        self.add(self._clock.world_ms(), "interfered", CLOUD, topic=topic, arrives=arrives)

    def connection_lost(self) -> None:
        """Write down that the cloud's connection died."""
        self.add(self._clock.world_ms(), "connection_lost", CLOUD)

    def _speaker(self, topic: str) -> str:
        address = self._topics.read(topic)
        if address is None or address.kind in _OF_CLOUD:
            return CLOUD
        return CARRIER if address.kind in CARRIER_KINDS else address.subject


def joined(cloud: Sequence[TraceEvent], simulator: Sequence[Noted]) -> list[TraceEvent]:
    """Return both sides in one order that keeps the order of each.

    Messages that both sides have seen stand once: the simulator's `published` is what the cloud heard,
    its `heard` what the cloud published.
    """
    together: list[TraceEvent] = []
    place = 0
    for note in simulator:
        if note.event in {"published", HEARD}:
            seen = _find(cloud, place, note)
            if seen is not None:
                together += cloud[place : seen + 1]
                place = seen + 1
                continue
        if note.event != HEARD:
            together.append(TraceEvent(note.at_ms, note.event, note.who, note.facts))
    return [*together, *cloud[place:]]


def _find(cloud: Sequence[TraceEvent], begin: int, note: Noted) -> int | None:
    for place in range(begin, len(cloud)):
        event = cloud[place]
        if event.event == "published" and event.facts == note.facts:
            return place
    return None
