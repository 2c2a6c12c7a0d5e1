"""The live events of one world: collected from cloud and bench in causal order, encoded once, read by many.

Owns when a world is watched: from the first reader until some time after the last one, so that a reader that
reconnects misses nothing. While it is not watched, it computes and keeps nothing.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec

from hubsim_cloud.domain.commands import BaseCommand
from hubsim_cloud.domain.facts import Fact, InstallingCompanyRemoved, ObjectDeleted
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.lab.act_events import act_event, hubs_of, order_event, repeated_order
from hubsim_cloud.lab.carrier_book import SLICE, CarrierBook
from hubsim_cloud.lab.control_plane import CARRIER
from hubsim_cloud.lab.fault_book import FaultBook
from hubsim_cloud.lab.fleet_view import FleetHub, fleet_hub
from hubsim_cloud.lab.watch_buffer import WatchBuffer, WatchReader
from hubsim_cloud.lab.watch_events import (
    THIRD_PARTY,
    ClockEvent,
    FaultEvent,
    HandsEvent,
    HelloEvent,
    MissedEvent,
    OrderEvent,
)
from hubsim_cloud.lab.watched_hubs import WatchedHubs
from hubsim_cloud.lab.watched_messages import Emitted, WatchedMessages
from hubsim_cloud.service.decision_batch import Decided
from hubsim_cloud.service.notices import Ended, StreamPosition
from hubsim_contract.lab.faults import Hit
from hubsim_contract.lab.hub_brief import HubBrief
from hubsim_contract.lab.protocol import BenchAnswer
from hubsim_contract.lab.watching import FaultHit, WatchedBench
from hubsim_contract.mqtt.port import Publish, Received
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.topics import MessageKind, Topics

LINGER_MS = 15_000
"""How long a world is still watched after its last reader has left."""
CLOCK_EVERY_MS = 100
"""The shortest time between two events about the clock."""
WAKE_EVERY_MS = 10
"""The shortest time between two wakes of the readers: under load each sends many events at once."""
_ANSWERS = "answers"
"""The source of bench actions: their answers arrive before the reports of their effects."""


class WatchedWorld(Protocol):
    """What a watch needs of the control of its world."""

    @property
    def engine(self) -> CloudEngine:
        """The cloud's core, for reading."""
        ...

    def watched_clock(self) -> ClockEvent:
        """Return the clock."""
        ...

    @property
    def faults(self) -> FaultBook:
        """The faults that were injected."""
        ...

    def watch_bench(self, *, watched: bool, show: tuple[str, ...] = ()) -> None:
        """Have the simulators report, or not; `show`: hubs whose briefs are needed."""
        ...


class _OpenWatch:
    """The parts of an open watch."""

    def __init__(self, buffer: WatchBuffer, messages: WatchedMessages, hubs: WatchedHubs) -> None:
        self.buffer = buffer
        self.messages = messages
        self.hubs = hubs
        self.clock_changed = False
        self.clock_ms = 0
        """When the clock was shown last, in real ms."""
        self.woken_ms = 0
        self.must_wake = False
        self.ends_ms: int | None = None
        """When the watch ends, unless a reader comes before; None while there is a reader."""


class WorldWatch:
    """The watch of one world. `changed` is called when `due` may be earlier than before."""

    def __init__(self, world: str, topics: Topics, world_ms: Callable[[], int]) -> None:
        self.book = CarrierBook()
        self._world = world
        self._topics = topics
        self._world_ms = world_ms
        self._control: WatchedWorld | None = None
        self._changed: Callable[[], None] = _nothing
        self._open: _OpenWatch | None = None
        self._is_closed = False

    def attach(self, control: WatchedWorld, changed: Callable[[], None]) -> None:
        """Take the control of the world. Nothing can be watched before."""
        self._control, self._changed = control, changed

    @property
    def is_open(self) -> bool:
        """Whether the world is watched."""
        return self._open is not None

    @property
    def readers(self) -> int:
        """The number of readers."""
        return len(self._open.buffer.readers) if self._open is not None else 0

    # ------------------------------------------------------------------ readers

    async def open(self, hubs: frozenset[str] | None, after: StreamPosition | None) -> WatchReader:
        """Return a reader of the events about these hubs, or of all, after a position or from now on.

        The first reader begins the watch. The caller closes it with `leave`. Raises `TooManyWatchers`.
        """
        assert self._control is not None
        await self.book.catch_up(self._control.engine.log)
        parts = self._open
        if parts is None:
            parts = self._begin(self._control)
        reader = parts.buffer.open(hubs, after)
        parts.ends_ms = None
        if self._is_closed:
            reader.end(Ended.STOPPING)
        return reader

    def leave(self, reader: WatchReader) -> None:
        """Close a reader; a second call does nothing."""
        parts = self._open
        if parts is None:
            return
        parts.buffer.leave(reader)
        if not parts.buffer.readers and parts.ends_ms is None:
            parts.ends_ms = _real_ms() + LINGER_MS
            self._changed()

    def close(self) -> None:
        """End all readers, also those that come later: the world stops."""
        self._is_closed = True
        if self._open is not None:
            self._open.buffer.end(Ended.STOPPING)
        self._end()

    def _begin(self, control: WatchedWorld) -> _OpenWatch:
        def row_of(hub: str, brief: HubBrief | None) -> FleetHub:
            engine = control.engine
            return fleet_hub(engine.state, hub, self._world_ms(), engine.settings, brief)

        messages = WatchedMessages(
            self._topics, self._world_ms, _real_ms, self.book.hub_of, self._emit, self._changed
        )
        hubs = WatchedHubs(row_of, self._show_hub, _real_ms())
        self._open = _OpenWatch(WatchBuffer(self._hello), messages, hubs)
        if not self._is_closed:
            control.watch_bench(watched=True)
        return self._open

    def _end(self) -> None:
        if self._open is not None and self._control is not None:
            self._open = None
            self._control.watch_bench(watched=False)

    # ------------------------------------------------------------------ events from outside

    def publish(self, name: str, data: Any, hubs: Iterable[str] | None = None) -> None:
        """Send an event to the readers; `hubs`: those that it is about, None for every reader."""
        if self._open is not None:
            self._open.messages.put(Emitted(name, data, None if hubs is None else frozenset(hubs)))

    def clock_moved(self) -> None:
        """Show the clock again."""
        if self._open is not None:
            self._open.clock_changed = True
            self._changed()

    def hands(self, hub: str, answered: BenchAnswer) -> None:
        """Show a bench action."""
        if self._open is not None and answered.action is not None:
            event = HandsEvent(
                at_ms=answered.at_ms,
                hub=hub,
                action=answered.action,
                refused=answered.refused,
                reason=answered.text or None,
            )
            # before the messages that it causes, which come later over the same connection
            self._open.messages.from_bench(_ANSWERS, Emitted("hands", event, frozenset((hub,))))

    def fault(self, event: FaultEvent, hub: str | None) -> None:
        """Show a fault of one hub, or of all."""
        self.publish("fault", event, None if hub is None else (hub,))

    def third_party(self, message: Publish) -> None:
        """Show a message that a third party publishes."""
        if self._open is not None:
            self._open.messages.published(message, THIRD_PARTY)

    def bench(self, news: WatchedBench) -> None:
        """Take what a simulator reports."""
        parts = self._open
        if parts is None or self._control is None:
            return
        if news.roster is not None:
            stations = set(news.roster) - set(news.attached)
            parts.messages.running |= stations | ({CARRIER} if news.carrier else set())
        for brief in news.hubs:
            if brief.attached:
                parts.messages.running.discard(brief.hub)
            else:
                parts.messages.running.add(brief.hub)
        parts.messages.running.difference_update(news.gone)
        for event in news.events:
            if isinstance(event, FaultHit):
                for shown in self._fault_events(event.at_ms, event.fault, event.left):
                    parts.messages.from_bench(news.source, shown)
            else:
                parts.messages.reported(news.source, event)
        if news.missed:
            parts.messages.from_bench(news.source, Emitted("missed", MissedEvent(count=news.missed), None))
        parts.hubs.take(news)
        self._changed()

    # ------------------------------------------------------------------ the cloud's side

    def published(self, message: Publish) -> None:
        """Show a message of the cloud."""
        parts = self._open
        if parts is None:
            return
        parts.messages.published(message)
        address = self._topics.read(message.topic)
        if address is None or self._control is None:
            return
        if address.kind is MessageKind.DESIRED:
            self._touch(address.subject)
        elif address.kind is MessageKind.ORDER and self._control.engine.order_attempts(address.subject) > 1:
            repeated = repeated_order(self.book, address.subject, self._world_ms())
            if repeated is not None:
                self._show_order(repeated)

    def received(self, message: Received) -> None:
        """Note that a message has reached the cloud, before any fault is applied."""
        if self._open is not None:
            self._open.messages.received(message)

    def delivered(self, message: Received, hit: Hit | None) -> None:
        """Show that the cloud gets a message."""
        if self._open is not None:
            self._hit(hit)
            self._open.messages.delivered(message, hit)

    def stopped(self, message: Received, hit: Hit) -> None:
        """Show that a fault keeps a message from the cloud."""
        if self._open is not None:
            self._hit(hit)
            self._open.messages.stopped(message, hit)

    def decided(self, decided: Decided) -> None:
        """Show a command of a person or of the operator."""
        if self._open is not None and self._control is not None and isinstance(decided.act, BaseCommand):
            event = act_event(self._control.engine.state, decided)
            self.publish("act", event, hubs_of(decided.act))

    def record(self, facts: Iterable[Fact]) -> None:
        """Follow facts that are durable now."""
        if self._open is None or self._control is None:
            return
        self.book.read(self._control.engine.log, SLICE)
        for fact in facts:
            hub = getattr(fact, "hub", None)
            if hub is not None:
                self._touch(hub)
            order = order_event(self.book, fact)
            if order is not None:
                self._show_order(order)
            if isinstance(fact, ObjectDeleted | InstallingCompanyRemoved):
                for each in self.book.was_in(fact.object):
                    self._touch(each)

    def kept(self, hubs: Iterable[str]) -> None:
        """Follow hubs whose reports are durable now."""
        if self._open is not None:
            for hub in hubs:
                self._touch(hub)

    # ------------------------------------------------------------------ time

    def due(self) -> int | None:
        """Return when `flush` must be called, in real ms, or None."""
        parts = self._open
        if parts is None:
            return None
        return earliest(
            parts.messages.due(),
            parts.hubs.due(_real_ms()),
            parts.clock_ms + CLOCK_EVERY_MS if parts.clock_changed else None,
            parts.woken_ms + WAKE_EVERY_MS if parts.must_wake else None,
            parts.ends_ms,
        )

    def flush(self) -> None:
        """Do what is due."""
        parts, now_ms = self._open, _real_ms()
        if parts is None or self._control is None:
            return
        if parts.ends_ms is not None and parts.ends_ms <= now_ms:
            self._end()
            return
        parts.messages.wake()
        needed = parts.hubs.flush(now_ms)
        if needed:
            self._control.watch_bench(watched=True, show=tuple(needed))
        if parts.clock_changed and parts.clock_ms + CLOCK_EVERY_MS <= now_ms:
            parts.clock_changed, parts.clock_ms = False, now_ms
            parts.messages.put(Emitted("clock", self._control.watched_clock(), None))
        if parts.must_wake and parts.woken_ms + WAKE_EVERY_MS <= now_ms:
            self._wake(parts, now_ms)

    # ------------------------------------------------------------------ inside

    def _emit(self, event: Emitted) -> None:
        """Encode an event, and wake the readers: at once if they were not woken just now."""
        parts = self._open
        if parts is None:
            return
        parts.buffer.append(event.name, event.data, event.hubs)
        now_ms = _real_ms()
        if parts.woken_ms + WAKE_EVERY_MS <= now_ms:
            self._wake(parts, now_ms)
        else:
            parts.must_wake = True
            self._changed()

    def _wake(self, parts: _OpenWatch, now_ms: int) -> None:
        parts.must_wake, parts.woken_ms = False, now_ms
        parts.buffer.wake()

    def _touch(self, hub: str) -> None:
        assert self._open is not None
        self._open.hubs.touch(hub)
        self._changed()

    def _show_hub(self, row: FleetHub) -> None:
        self.publish("hub", row, (row.hub,))

    def _show_order(self, order: OrderEvent) -> None:
        self.publish("order", order, () if order.hub is None else (order.hub,))

    def _hit(self, hit: Hit | None) -> None:
        if hit is not None and self._open is not None:
            for event in self._fault_events(self._world_ms(), hit.id, hit.left):
                self._open.messages.put(event)

    def _fault_events(self, at_ms: int, name: str, left: int) -> list[Emitted]:
        assert self._control is not None
        hub = self._control.faults.hub(name)
        hubs = None if hub is None else frozenset((hub,))
        return [Emitted("fault", event, hubs) for event in self._control.faults.hit(at_ms, name, left)]

    def _hello(self, missed: int) -> HelloEvent:
        assert self._control is not None
        assert self._open is not None
        clock = self._control.watched_clock()
        return HelloEvent(
            run=self._open.buffer.run, world=self._world, missed=missed, **msgspec.structs.asdict(clock)
        )


def _real_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _nothing() -> None:
    pass
