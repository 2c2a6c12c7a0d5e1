"""The trace of one world that runs in several processes.

The cloud's events are recorded as they happen; the simulator's arrive in batches, whenever the world is idle.
The two are merged at the messages that both sides have seen, so that causes precede their effects.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.world.observer import CloudObserver, fact_event
from hubsim_contract.lab.port_filter import ReadableClock, facts_of
from hubsim_contract.lab.protocol import BenchEvent
from hubsim_contract.lab.trace import TraceEvent
from hubsim_contract.mqtt.port import Publish, Received
from hubsim_contract.wire.topics import CARRIER_KINDS, SENT_BY_CLOUD, MessageKind, Topics

EVENTS_MAX = 200_000
"""The number of events kept for a world; then the oldest are dropped, and their numbers with them."""
CLOUD, CARRIER = "cloud", "carrier"
PUBLISHED, RECEIVED = "published", "received"
"""The simulator reports with `received` that a station has a message of the cloud; it is not in the trace."""


class WorldTrace(CloudObserver):
    """One world's trace. `kept` is False for a world without a trace; then no event is recorded."""

    def __init__(self, topics: Topics, clock: ReadableClock, *, kept: bool) -> None:
        self._topics = topics
        self._clock = clock
        self._is_kept = kept
        self._events: list[TraceEvent] = []
        self._open: list[TraceEvent] = []
        """The cloud's events since the world was last idle."""
        self._dropped = 0

    def since(self, number: int) -> tuple[int, list[dict[str, Any]]]:
        """Return the total number of events, and the events after the first `number`."""
        begin = max(0, number - self._dropped)
        return self._dropped + len(self._events), [event.plain() for event in self._events[begin:]]

    def merge(self, simulator: Sequence[BenchEvent]) -> None:
        """Merge the simulator's events with the cloud's, while the world is idle."""
        self._events += merged(self._open, simulator)
        self._open = []
        surplus = len(self._events) - EVENTS_MAX
        if surplus > 0:
            del self._events[:surplus]
            self._dropped += surplus

    # ------------------------------------------------------------------ the cloud's side

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Record an event."""
        if self._is_kept:
            self._open.append(TraceEvent(self._clock.world_ms(), event, who, facts))

    def record(self, facts: Iterable[Fact]) -> None:
        """Record facts, each at its own instant."""
        if self._is_kept:
            self._open += [fact_event(fact) for fact in facts]

    def published(self, station: str, message: Publish) -> None:
        """Record a message of the cloud."""
        if self._is_kept:
            super().published(station, message)

    def received(self, station: str, message: Received) -> None:  # noqa: ARG002 (it is the cloud)
        """Record a message of the topic's sender, unless it is retained or the cloud's presence."""
        sender = self._sender(message.topic)
        if self._is_kept and not message.retained and sender is not None:
            self.add(PUBLISHED, sender, **facts_of(message))

    def _sender(self, topic: str) -> str | None:
        address = self._topics.read(topic)
        if address is not None and address.kind is MessageKind.CLOUD_PRESENCE:
            return None
        if address is None or address.kind in SENT_BY_CLOUD:
            return CLOUD
        return CARRIER if address.kind in CARRIER_KINDS else address.subject


def merged(cloud: Sequence[TraceEvent], simulator: Sequence[BenchEvent]) -> list[TraceEvent]:
    """Return both sides in one order: each side keeps its order, and every message precedes its receipt.

    A station's message appears once, where the simulator published it, if it did; a message of the cloud
    where the cloud published it. Independent events are ordered by their instants.
    """
    return _Merge(cloud, simulator).run()


_Message = tuple[Any, Any]
"""Topic and payload."""


class _Merge:
    """Two sequences of events, each of which may have to wait for the other."""

    def __init__(self, cloud: Sequence[TraceEvent], simulator: Sequence[BenchEvent]) -> None:
        self._cloud = deque(cloud)
        self._simulator = deque(simulator)
        self._unpublished = Counter(
            [_message(event.facts) for event in cloud if event.event == PUBLISHED and event.who == CLOUD]
            + [_message(event.facts) for event in simulator if event.event == PUBLISHED]
        )
        """Messages that their sender has not published yet."""
        self._in_flight: Counter[_Message] = Counter()
        """Messages published, but not received on the other side."""
        self._merged: list[TraceEvent] = []

    def run(self) -> list[TraceEvent]:
        """Take events of either side until none is left."""
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
        return self._merged

    def _waits_simulator(self) -> bool:
        event = self._simulator[0]
        return event.event == RECEIVED and self._is_unpublished(_message(event.facts))

    def _waits_cloud(self) -> bool:
        event = self._cloud[0]
        return _is_of_station(event) and self._is_unpublished(_message(event.facts))

    def _is_unpublished(self, message: _Message) -> bool:
        return self._unpublished[message] > 0 and not self._in_flight[message]

    def _take_cloud(self) -> None:
        event = self._cloud.popleft()
        if _is_of_station(event) and self._received(_message(event.facts)):
            return
        if event.event == PUBLISHED and event.who == CLOUD:
            self._published(_message(event.facts))
        self._merged.append(event)

    def _take_simulator(self) -> None:
        event = self._simulator.popleft()
        if event.event == RECEIVED:
            self._received(_message(event.facts))
            return
        if event.event == PUBLISHED:
            self._published(_message(event.facts))
        self._merged.append(TraceEvent(event.at_ms, event.event, event.who, event.facts))

    def _published(self, message: _Message) -> None:
        self._unpublished[message] -= 1
        self._in_flight[message] += 1

    def _received(self, message: _Message) -> bool:
        """Record that a message was received; return whether its event is in the trace already."""
        in_flight = self._in_flight[message] > 0
        self._in_flight[message] -= in_flight
        return in_flight


def _is_of_station(event: TraceEvent) -> bool:
    return event.event == PUBLISHED and event.who != CLOUD


def _message(facts: Mapping[str, Any]) -> _Message:
    return facts["topic"], facts["payload"]
