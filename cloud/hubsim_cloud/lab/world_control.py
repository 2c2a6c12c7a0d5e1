"""The control of one world in the lab: clock, bench and queries.

Ensures that a move of the clock ends with an idle world on both sides of the broker: the cloud's side is in
this process, the simulator's answers `protocol.Sync`. One operation at a time runs on a world.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.lab.bench_roster import BenchRoster
from hubsim_cloud.lab.control_plane import ControlPlane
from hubsim_cloud.lab.errors import BadRequest, LabRefused, NoSuchHub, NotIdle, NotThere
from hubsim_cloud.lab.fault_book import FaultBook, left_of, stays_armed
from hubsim_cloud.lab.journal import AnyEntry, ClockSet, FaultInjected, HubPut, Journal
from hubsim_cloud.lab.lab_observer import LabObserver
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.third_party import publish_as_third_party
from hubsim_cloud.lab.watch_events import FaultEvent, FaultState
from hubsim_cloud.lab.world_watch import WatchedClock
from hubsim_cloud.lab.world_watches import WorldWatches
from hubsim_cloud.world.observer import STATION
from hubsim_cloud.world.world import CloudWorld
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, HubSetup, Snapshot
from hubsim_contract.lab.faults import AnyCarrierFault, AnyFault, AnyMessageFault, Inject, Replay
from hubsim_contract.lab.in_flight import NO_MARKS, Marks
from hubsim_contract.lab.protocol import (
    ActOnCarrier,
    ArmFault,
    BenchEvent,
    CutStation,
    DisarmFault,
    HubShown,
    LabAnswer,
    PutHub,
    ShowCards,
    ShowDeadlines,
    ShowFaults,
    ShowWorld,
    Sync,
)
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.port import Publish
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.topics import RECEIVED_BY_CLOUD

SETTLE_LIMIT_S = 15.0
"""How long a world may take to become idle at one instant; then the request is refused."""


class ClockProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The clock of a world, and its target while it is being moved."""

    world_ms: int
    held: bool
    due_ms: int | None
    """The instant of the earliest timer, as of when the world was last idle."""
    moving_to_ms: int | None = None
    """Set while the clock is being moved."""


class WorldControl(ControlPlane):
    """The lab's control of one world."""

    def __init__(
        self, world: CloudWorld, link: LabLink, open_third_party: OpenPort, watches: WorldWatches
    ) -> None:
        observer, journal = world.observer, world.journal
        assert isinstance(observer, LabObserver), "a lab observes all worlds of its server"
        assert isinstance(journal, Journal | None), "a lab observes all worlds of its server"
        self.world = world
        self.trace = observer.trace
        self.watch = observer.watch
        """The live events of the world. Send one with `watch.publish`."""
        self.faults = FaultBook()
        self._watches = watches
        self.journal = journal
        """The journal of a traced world; None for other worlds."""
        self.topics, self.clock = world.topics, world.clock
        self.cloud_settings = world.plan.settings
        self.roster = BenchRoster(link, world.name)
        """The hubs on the bench, for lists."""
        self._link = link
        self._open_third_party = open_third_party
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
        self.watch.attach(self, watches.changed)

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

    # ------------------------------------------------------------------ the watch

    def watched_clock(self) -> WatchedClock:
        """Return the clock for those who watch."""
        return WatchedClock(**msgspec.structs.asdict(self.progress()))

    def fault_event(self, at_ms: int, name: str, left: int) -> list[FaultEvent]:
        """Return the events of a fault that was applied."""
        return self.faults.hit(at_ms, name, left)

    def watch_bench(self, *, watched: bool, show: tuple[str, ...] = ()) -> None:
        """Have the simulators report what happens on the bench, or not; `show`: hubs to report anyway."""
        if show:
            self._watches.ask(self.world.name, show)
        elif watched:
            self._watches.begin(self.world.name, self.watch)
        else:
            self._watches.end(self.world.name, self.watch)

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

    # ------------------------------------------------------------------ the bench

    async def put(self, setup: HubSetup) -> None:
        """Put a hub on the bench. Raises `LabRefused`, `NoSimulator`."""
        async with self._exclusive():
            await self._link.ask(PutHub(world=self.world.name, setup=setup))
            put = msgspec.structs.replace(setup, flash=None)
            self._record(HubPut(at_ms=self._now_ms(), setup=put, remembers=setup.flash is not None))

    async def perform(self, hub: str, action: AnyBenchAction) -> None:
        """Perform a bench action on a hub. Raises `NotThere`, `LabRefused`, `NoSimulator`."""
        _check_hub(hub)
        async with self._exclusive():
            await self._link.perform(self.world.name, hub, action)

    async def inject(self, fault: AnyFault) -> str | None:
        """Inject a fault, and return its id if it stays armed.

        Raises `BadRequest` for faults that need all processes in one play.
        """
        async with self._exclusive():
            name = self.faults.add(fault)
            try:
                await self.fault(fault, name)
            except BaseException:
                self.faults.drop(name)
                raise
            self._record(FaultInjected(at_ms=self._now_ms(), fault=fault))
            if stays_armed(fault):
                return name
            self._show_fault(name, FaultState.DONE, 0)
            self.faults.drop(name)
        return None

    async def arm(self, fault: AnyMessageFault, name: str) -> None:
        """Apply a fault to messages on their way to the cloud, or to hubs and carrier."""
        if fault.message in RECEIVED_BY_CLOUD:
            self._show_fault(name, FaultState.ARMED, fault.count)
            self.world.filter.arm(fault, name)
        else:
            await self._arm_at_bench(name, ArmFault(world=self.world.name, fault=fault, id=name))

    async def act_on_carrier(self, fault: AnyCarrierFault, name: str) -> None:
        """Make the carrier act by itself on the card whose ICCID is the `hub` of the fault."""
        await self._arm_at_bench(name, ActOnCarrier(world=self.world.name, fault=fault, id=name))

    async def _arm_at_bench(self, name: str, request: ArmFault | ActOnCarrier) -> None:
        """Arm a fault at the simulator. It is shown as armed before it can be applied."""
        stays = stays_armed(request.fault)
        if stays:
            self._show_fault(name, FaultState.ARMED, left_of(request.fault))
        try:
            await self._link.ask(request)
        except BaseException:
            if stays:
                self._show_fault(name, FaultState.DISARMED, 0)
            raise

    def _show_fault(self, name: str, state: FaultState, left: int) -> None:
        self.watch.fault(self.faults.event(self._now_ms(), name, state, left), self.faults.hub(name))

    async def cut(self, station: str) -> None:
        """Cut a station's connection without a DISCONNECT; the station receives `ConnectionLost`."""
        if station == STATION:
            self.world.port.sever(notify=True)
        else:
            await self._link.ask(CutStation(world=self.world.name, station=station))

    async def publish(self, message: Publish) -> None:
        """Publish as a third party; both trackers count the message, so that idle really means idle."""
        for_cloud, tracker = self._is_for_cloud(message.topic), self.world.tracker
        if not for_cloud:
            tracker.sent_log.add(message.topic, message.payload, retain=message.retain)
        self.watch.third_party(message)
        await publish_as_third_party(self._open_third_party, message)
        if for_cloud:
            await self._until_cloud_received(message)
            tracker.received_log.note_third_party(message.topic, message.payload)

    def cannot(self, name: str, text: str) -> BadRequest:
        """Return the error for an action that this world cannot perform."""
        return BadRequest(name, text)

    async def disarm(self, name: str) -> None:
        """Disarm a fault by its id. Raises `NotThere`, `NoSimulator`."""
        async with self._exclusive():
            if not self.world.filter.disarm(name):
                try:
                    await self._link.ask(DisarmFault(world=self.world.name, id=name))
                except LabRefused as error:
                    raise NotThere(error.name, f"no fault {name!r} is armed in this world") from error
            self._show_fault(name, FaultState.DISARMED, 0)

    def _record(self, entry: AnyEntry) -> None:
        if self.journal is not None:
            self.journal.record(entry)

    def _now_ms(self) -> int:
        return self.world.clock.world_ms()

    async def _until_cloud_received(self, message: Publish) -> None:
        try:
            async with asyncio.timeout(SETTLE_LIMIT_S):
                await self.world.until_received(message.topic, message.payload)
        except TimeoutError:
            raise NotIdle(SETTLE_LIMIT_S, f"the cloud has not received {message.topic}") from None

    async def topic_of(self, fault: Inject | Replay) -> str:
        """Return the topic on which a third party publishes. Raises `NotThere` for an invalid hub id."""
        _check_hub(fault.hub)
        return await super().topic_of(fault)

    async def cards(self, hub: str) -> Mapping[int, Card]:
        """Return the cards in a hub's slots. Raises `NotThere`, `NoSimulator`."""
        return (await self._hub(hub)).setup.slots

    # ------------------------------------------------------------------ queries

    async def hub_setups(self) -> list[HubSetup]:
        """Return the setup of each hub on the bench. Raises `NoSimulator`."""
        shown = (await self._link.ask(ShowWorld(world=self.world.name, hubs=None))).shown
        assert shown is not None
        return [each.setup for each in shown.hubs.values()]

    async def hub(self, hub: str) -> HubShown:
        """Return the state and the setup of a hub on the bench. Raises `NotThere`, `NoSimulator`."""
        async with self._exclusive():
            return await self._hub(hub)

    async def look(self, request: ShowFaults | ShowCards | ShowDeadlines) -> LabAnswer:
        """Return what the simulator shows. Raises `NoSimulator`."""
        return await self._link.ask(request)

    @property
    def had_simulator(self) -> bool:
        """Whether a simulator was online since the start of this lab."""
        return self._link.has_seen_simulator

    async def _hub(self, hub: str) -> HubShown:
        shown = (await self._link.ask(ShowWorld(world=self.world.name, hubs=(hub,)))).shown
        assert shown is not None
        if hub not in shown.hubs:
            raise NoSuchHub(f"no hub {hub} is on this bench")
        return shown.hubs[hub]

    async def card(self, iccid: str) -> Snapshot:
        """Return the carrier's record of a card. Raises `NoSimulator`."""
        shown = (await self._link.ask(ShowWorld(world=self.world.name, cards=(iccid,)))).shown
        assert shown is not None
        return shown.cards[iccid]

    async def counters(self) -> dict[str, Snapshot]:
        """Return the counters of cloud and carrier. Raises `NoSimulator`."""
        shown = (await self._link.ask(ShowWorld(world=self.world.name))).shown
        assert shown is not None
        return {"cloud": self.cloud_counters(), "carrier": shown.carrier}


def _check_hub(hub: str) -> None:
    """Raise `NotThere` for an invalid hub id: it would make topics of another form."""
    if not HUB_ID.fullmatch(hub):
        raise NotThere("no_such_hub", f"{hub!r} is not a hub id: 8 hex digits are expected")
