"""One world of a lab in time: its clock, and the rest that it comes to at each instant.

Ensures that a move of the clock ends with an idle world on both sides of the broker: the cloud's side is in
this process, the simulator's answers `protocol.Sync`. One operation at a time runs on a world.
"""

import asyncio
from abc import ABC
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.lab.control_plane import ControlPlane
from hubsim_cloud.lab.errors import BadRequest, LabRefused, NotIdle, NotThere
from hubsim_cloud.lab.journal import AnyEntry, ClockSet, Journal
from hubsim_cloud.lab.lab_observer import LabObserver
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.world.world import CloudWorld
from hubsim_contract.lab.in_flight import NO_MARKS, Marks
from hubsim_contract.lab.protocol import BenchEvent, Sync
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.topics import RECEIVED_BY_CLOUD

SETTLE_LIMIT_S = 15.0
"""How long a world may take to become idle at one instant; then the request is refused."""


class ClockProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The clock of a world, and its target while it is being moved."""

    world_ms: int
    held: bool
    due_ms: int | None
    """The instant of the earliest timer, as of when the world was last idle or its running clock was read."""
    moving_to_ms: int | None = None
    """Set while the clock is being moved."""


class SettledWorld(ControlPlane, ABC):
    """The time of one world. The bench and the queries are in `WorldControl`."""

    def __init__(self, world: CloudWorld, link: LabLink) -> None:
        observer, journal = world.observer, world.journal
        assert isinstance(observer, LabObserver), "a lab observes all worlds of its server"
        assert isinstance(journal, Journal | None), "a lab observes all worlds of its server"
        self.world = world
        self.trace = observer.trace
        self.watch = observer.watch
        """The live events of the world. Send one with `watch.publish`."""
        self.journal = journal
        """The journal of a traced world; None for other worlds."""
        self.topics, self.clock = world.topics, world.clock
        self.cloud_settings = world.plan.settings
        self._link = link
        self._lock = asyncio.Lock()
        self._is_gone = False
        self._received = 0
        """The number of the simulator's last answer whose messages the cloud has all received."""
        self._answered = 0
        """The number of the simulator's last answer."""
        self._run: str | None = None
        """The run of the simulator that this world was synchronised with."""
        self._awaited: Marks = NO_MARKS
        """The messages that the simulator has sent and the cloud must receive."""
        self._bench_events: list[BenchEvent] = []
        """The simulator's events since the world was last idle."""
        self._due_ms: int | None = None
        self._moving_to_ms: int | None = None

    @property
    def engine(self) -> CloudEngine:
        """The cloud's core, for reading."""
        return self.world.service.engine

    def progress(self) -> ClockProgress:
        """Return the clock, also while it is being moved."""
        clock = self.world.clock
        return ClockProgress(
            world_ms=clock.world_ms(), held=clock.held, due_ms=self._due_ms, moving_to_ms=self._moving_to_ms
        )

    # ------------------------------------------------------------------ time

    async def settle(self) -> ClockProgress:
        """Wait until the world is idle. Raises `NotIdle`."""
        async with self._exclusive():
            await self.wait_until_idle()
        return self.progress()

    @asynccontextmanager
    async def held_idle(self) -> AsyncIterator[int]:
        """Hold the world idle, and yield the instant. Raises `NotIdle`."""
        async with self._exclusive():
            clock, held = self.world.clock, self.world.clock.held
            await self._hold()
            try:
                await self.wait_until_idle()
                await self.world.clock_was_set()
                yield clock.world_ms()
            finally:
                await self._set_held(held)

    @asynccontextmanager
    async def closing(self) -> AsyncIterator[None]:
        """Take the world exclusively to close it; later operations raise `NotThere`. Raises `NotThere`."""
        async with self._exclusive():
            try:
                yield
            finally:
                self._is_gone = True

    @asynccontextmanager
    async def _exclusive(self) -> AsyncIterator[None]:
        """Take the world exclusively. Raises `NotThere` when it was closed in the meantime."""
        async with self._lock:
            if self._is_gone:
                raise NotThere("world_not_found", f"the world {self.world.name!r} was closed in the meantime")
            yield

    async def advance(self, to_ms: int) -> None:
        """Move the clock; every timer on the way fires in order, at its own time.

        Raises `BadRequest` for an instant in the past; `NotIdle` on the way, and then the clock stays at the
        instant that it has reached.
        """
        async with self._exclusive():
            clock = self.world.clock
            if to_ms < clock.world_ms():
                raise BadRequest("clock_moved_back", "the world clock moves forward only")
            held = clock.held
            await self._hold()
            self._moving_to_ms = to_ms
            try:
                await self.wait_until_idle()
                await super().advance(to_ms)
            finally:
                self._moving_to_ms = None
                self.watch.clock_moved()
                self._record(ClockSet(at_ms=clock.world_ms(), held=held, moved=True))
                await self._set_held(held)

    async def hold(self, *, held: bool) -> ClockProgress:
        """Hold the clock, or release it to run with real time."""
        async with self._exclusive():
            changes = held is not self.world.clock.held
            await self._set_held(held)
            if changes:
                self._record(ClockSet(at_ms=self.world.clock.world_ms(), held=held))
            await self.wait_until_idle()
        return self.progress()

    async def _hold(self) -> None:
        """Hold the clock, but not before the cloud is connected: it retries in world time."""
        if not self.world.clock.held:
            try:
                async with asyncio.timeout(SETTLE_LIMIT_S):
                    await self.world.until_ready()
            except TimeoutError:
                raise NotIdle(SETTLE_LIMIT_S, "; ".join(self.world.ready())) from None
        self.world.clock.hold()

    async def _set_held(self, held: bool) -> None:
        clock = self.world.clock
        if held:
            clock.hold()
        else:
            clock.release()
        await self.world.clock_was_set()
        self.world.reschedule()
        self.watch.clock_moved()
        if not held and self._link.simulator is not None:
            await self._link.ask(Sync(world=self.world.name, clock=self.world.reading()))

    def due(self) -> int | None:
        """Return the instant of the earliest timer, as of when the world was last idle."""
        return self._due_ms

    async def wait_until_idle(self) -> None:
        """Wait until the world is idle at this instant. Raises `NotIdle`."""
        try:
            async with asyncio.timeout(SETTLE_LIMIT_S):
                while not await self._settle_once():
                    pass
            self.watch.clock_moved()
        except TimeoutError:
            awaited = "; ".join(self.world.awaited(self._awaited)) or "the simulator does not answer"
            self._give_up()
            raise NotIdle(SETTLE_LIMIT_S, awaited) from None

    def _give_up(self) -> None:
        """Stop waiting for messages that have not arrived: the broker may have lost them."""
        self.world.tracker.received_log.give_up()
        self._received = self._answered

    async def _settle_once(self) -> bool:
        """Wait until each side is idle, one after the other; return whether both are idle now.

        The simulator is first, so that it has the new time before it receives the cloud's messages.
        """
        world, tracker = self.world, self.world.tracker
        if not await self._link.has_simulator():
            await world.wait_until_idle(NO_MARKS)
            self.trace.merge(())
            self._due_ms = world.due()
            return True
        if self._run != self._link.simulator:
            self._run = self._link.simulator
            tracker.sent_log.restart()
            tracker.fresh = True
        sent = tracker.sent_log.pending()
        resubscribed, tracker.fresh = tracker.fresh, False
        try:
            answered = await self._link.ask(
                Sync(
                    world=world.name,
                    clock=world.reading(),
                    sent=sent,
                    received=self._received,
                    resubscribed=resubscribed,
                )
            )
        except LabRefused:
            tracker.sent_log.confirm(sent)  # given up
            raise
        synced = answered.synced
        assert synced is not None
        tracker.sent_log.confirm(sent)
        self._answered = answered.number
        for_cloud = {topic: mark for topic, mark in synced.sent.items() if self._is_for_cloud(topic)}
        tracker.note_sent(for_cloud)
        if resubscribed:
            tracker.received_log.give_up()  # this answer reports everything that is certainly retained
        self._awaited = for_cloud
        await world.wait_until_idle(for_cloud)
        self._awaited = NO_MARKS
        tracker.received_log.confirm_idle()
        self._received = answered.number
        self._bench_events += synced.events
        self._due_ms = earliest(world.due(), synced.due_ms)
        if tracker.fresh or tracker.sent_log.pending():
            return False
        self.trace.merge(self._bench_events)
        self._bench_events = []
        return True

    def _is_for_cloud(self, topic: str) -> bool:
        address = self.world.topics.read(topic)
        return address is not None and address.kind in RECEIVED_BY_CLOUD

    def _record(self, entry: AnyEntry) -> None:
        if self.journal is not None:
            self.journal.record(entry)

    def _now_ms(self) -> int:
        return self.world.clock.world_ms()
