"""The trace of one world that runs on several processes.

The cloud's side is written down as it happens; the simulator's comes in pieces, whenever the world is at
rest. The two are put together at the messages that both have seen, so that causes stand before effects.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.world.observer import CloudObserver, fact_event
from hubsim_contract.lab.port_filter import ReadableClock, facts_of
from hubsim_contract.lab.protocol import Noted
from hubsim_contract.lab.trace import TraceEvent
from hubsim_contract.mqtt.port import Publish, Received
from hubsim_contract.wire.topics import CARRIER_KINDS, MessageKind, Topics

EVENTS_MAX = 200_000
"""So many events of a world are kept; then the oldest are dropped, and their numbers with them."""
CLOUD, CARRIER = "cloud", "carrier"
PUBLISHED, HEARD = "published", "heard"
"""The second is a note of the simulator that a station has a message of the cloud; no part of the trace."""
_OF_CLOUD = frozenset({MessageKind.DESIRED, MessageKind.ORDER})


class WorldTrace(CloudObserver):
    """One world's trace. `kept` is False for a world that nobody traces; then nothing is written down."""

    def __init__(self, topics: Topics, clock: ReadableClock, *, kept: bool) -> None:
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

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Write an event down."""
        if self._is_kept:
            self._open.append(TraceEvent(self._clock.world_ms(), event, who, facts))

    def record(self, facts: Iterable[Fact]) -> None:
        """Write facts down, each under its own instant."""
        if self._is_kept:
            self._open += [fact_event(fact) for fact in facts]

    def published(self, station: str, message: Publish) -> None:
        """Write down a message of the cloud."""
        if self._is_kept:
            super().published(station, message)

    def heard(self, station: str, message: Received) -> None:  # noqa: ARG002 (it is the cloud)
        """Write down a message of whoever speaks on this topic, unless it is an old one that was retained."""
        if self._is_kept and not message.retained:
            self.add(PUBLISHED, self._speaker(message.topic), **facts_of(message))

    def _speaker(self, topic: str) -> str:
        address = self._topics.read(topic)
        if address is None or address.kind in _OF_CLOUD:
            return CLOUD
        return CARRIER if address.kind in CARRIER_KINDS else address.subject


def joined(cloud: Sequence[TraceEvent], simulator: Sequence[Noted]) -> list[TraceEvent]:
    """Return both sides in one order: each side's own as it was, and every message before it is heard.

    A station's message stands once, where the simulator published it, if it did; a message of the cloud
    where the cloud published it. What can stand in any order stands by its instant.
    """
    return _Joining(cloud, simulator).run()


_Said = tuple[Any, Any]
"""Topic and payload."""


class _Joining:
    """Two rows of events, of which each may have to wait for the other."""

    def __init__(self, cloud: Sequence[TraceEvent], simulator: Sequence[Noted]) -> None:
        self._cloud = deque(cloud)
        self._simulator = deque(simulator)
        self._to_come = Counter(
            [_said(event.facts) for event in cloud if event.event == PUBLISHED and event.who == CLOUD]
            + [_said(note.facts) for note in simulator if note.event == PUBLISHED]
        )
        """Messages that their speaker has still to publish."""
        self._to_hear: Counter[_Said] = Counter()
        """Messages published, and not heard on the other side."""
        self._together: list[TraceEvent] = []

    def run(self) -> list[TraceEvent]:
        """Take the one or the other until nothing is left."""
        while self._cloud and self._simulator:
            ahead = self._cloud[0].at_ms < self._simulator[0].at_ms
            if self._waits_simulator() or (ahead and not self._waits_cloud()):
                self._take_cloud()
            else:
                self._take_simulator()
        while self._simulator:
            self._take_simulator()
        while self._cloud:
            self._take_cloud()
        return self._together

    def _waits_simulator(self) -> bool:
        note = self._simulator[0]
        return note.event == HEARD and self._is_to_come(_said(note.facts))

    def _waits_cloud(self) -> bool:
        event = self._cloud[0]
        return _is_of_station(event) and self._is_to_come(_said(event.facts))

    def _is_to_come(self, said: _Said) -> bool:
        return self._to_come[said] > 0 and not self._to_hear[said]

    def _take_cloud(self) -> None:
        event = self._cloud.popleft()
        if _is_of_station(event) and self._heard(_said(event.facts)):
            return
        if event.event == PUBLISHED and event.who == CLOUD:
            self._published(_said(event.facts))
        self._together.append(event)

    def _take_simulator(self) -> None:
        note = self._simulator.popleft()
        if note.event == HEARD:
            self._heard(_said(note.facts))
            return
        if note.event == PUBLISHED:
            self._published(_said(note.facts))
        self._together.append(TraceEvent(note.at_ms, note.event, note.who, note.facts))

    def _published(self, said: _Said) -> None:
        self._to_come[said] -= 1
        self._to_hear[said] += 1

    def _heard(self, said: _Said) -> bool:
        """Take note that a message was heard; return whether it stands already."""
        stands = self._to_hear[said] > 0
        self._to_hear[said] -= stands
        return stands


def _is_of_station(event: TraceEvent) -> bool:
    return event.event == PUBLISHED and event.who != CLOUD


def _said(facts: Mapping[str, Any]) -> _Said:
    return facts["topic"], facts["payload"]
