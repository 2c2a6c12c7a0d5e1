"""One world in the lab: its clock moved, its bench worked, its layers looked at - always from rest to rest.

Owns that a move of the clock settles before it returns, on both sides of the broker: the cloud's side is
here, the simulator's is asked (`protocol.Sync`). One thing at a time is done with a world.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.lab.control_plane import HEARD_BY_CLOUD, ControlPlane
from hubsim_cloud.lab.errors import BadRequest, LabRefused, NotIdle, NotThere
from hubsim_cloud.lab.journal import AnyEntry, ClockSet, FaultInjected, HubPut, Journal, unknown
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.third_party import publish_as_third_party
from hubsim_cloud.lab.trace_merge import WorldTrace
from hubsim_cloud.world.observer import STATION
from hubsim_cloud.world.world import CloudWorld, Observe, Observed, WorldPlan
from hubsim_contract.clock import WorldClock
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, HubSetup, Look
from hubsim_contract.lab.faults import AnyFault, AnyMessageFault, Inject, Replay
from hubsim_contract.lab.in_flight import NO_MARKS, Marks
from hubsim_contract.lab.protocol import ArmFault, CutStation, HubShown, Noted, PutHub, ShowWorld, Sync
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.port import Publish
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.topics import Topics

SETTLE_LIMIT_S = 15.0
"""How long a world may take to come to rest at one instant; then the request is refused."""


class ClockProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The clock of a world, and how far it is on its way."""

    world_ms: int
    held: bool
    due_ms: int | None
    """When anything wants to act next, as of the last rest."""
    moving_to_ms: int | None = None
    """Set while the clock is being moved."""


class WorldControl(ControlPlane):
    """The lab's hands on one world."""

    def __init__(self, world: CloudWorld, link: LabLink, open_third_party: OpenPort) -> None:
        trace, journal = world.observer, world.journal
        assert isinstance(trace, WorldTrace), "a lab observes the worlds of its host"
        assert isinstance(journal, Journal | None), "a lab observes the worlds of its host"
        self.world = world
        self.trace = trace
        self.journal = journal
        """Of a world that is traced."""
        self.topics, self.clock = world.topics, world.clock
        self.cloud_settings = world.plan.settings
        self._link = link
        self._open_third_party = open_third_party
        self._lock = asyncio.Lock()
        self._is_gone = False
        self._heard = 0
        """The number of the simulator's last answer of which the cloud has heard everything."""
        self._told = 0
        """The number of the simulator's last answer."""
        self._run: str | None = None
        """The run of the simulator that this world was synchronised with."""
        self._awaited: Marks = NO_MARKS
        """What the simulator has said, and the cloud is to hear."""
        self._noted: list[Noted] = []
        """The simulator's side of the trace since the world was at rest the last time."""
        self._due_ms: int | None = None
        self._moving_to_ms: int | None = None

    @property
    def engine(self) -> CloudEngine:
        """The cloud's core, to look at."""
        return self.world.service.engine

    def progress(self) -> ClockProgress:
        """Return where the clock stands, also while it is being moved."""
        clock = self.world.clock
        return ClockProgress(
            world_ms=clock.world_ms(), held=clock.held, due_ms=self._due_ms, moving_to_ms=self._moving_to_ms
        )

    # ------------------------------------------------------------------ time

    async def settle(self) -> ClockProgress:
        """Come to rest. Raises `NotIdle`."""
        async with self._turn():
            await self.come_to_rest()
        return self.progress()

    @asynccontextmanager
    async def is_idle(self) -> AsyncIterator[int]:
        """Hold the world at rest; give the instant. Raises `NotIdle`."""
        async with self._turn():
            clock, held = self.world.clock, self.world.clock.held
            await self._hold()
            try:
                await self.come_to_rest()
                await self.world.clock_was_set()
                yield clock.world_ms()
            finally:
                await self._set_held(held)

    @asynccontextmanager
    async def last_turn(self) -> AsyncIterator[None]:
        """Be alone with the world to take it down; nothing is done with it afterwards. Raises `NotThere`."""
        async with self._turn():
            try:
                yield
            finally:
                self._is_gone = True

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Be alone with the world. Raises `NotThere` when it was taken down while others had their turns."""
        async with self._lock:
            if self._is_gone:
                raise NotThere("world_not_found", f"the world {self.world.name!r} was taken down meanwhile")
            yield

    async def advance(self, to_ms: int) -> None:
        """Move the clock; every timer on the way fires in order, at its own time.

        Raises `BadRequest` for an instant that is over; `NotIdle` in the middle of it, with the clock
        where it got to.
        """
        async with self._turn():
            clock = self.world.clock
            if to_ms < clock.world_ms():
                raise BadRequest("clock_moved_back", "the world clock moves forward only")
            held = clock.held
            await self._hold()
            self._moving_to_ms = to_ms
            try:
                await self.come_to_rest()
                await super().advance(to_ms)
            finally:
                self._moving_to_ms = None
                self._note(ClockSet(at_ms=clock.world_ms(), held=held, moved=True))
                await self._set_held(held)

    async def hold(self, *, held: bool) -> ClockProgress:
        """Let the clock stand still, or run on with real time."""
        async with self._turn():
            changes = held is not self.world.clock.held
            await self._set_held(held)
            if changes:
                self._note(ClockSet(at_ms=self.world.clock.world_ms(), held=held))
            await self.come_to_rest()
        return self.progress()

    async def _hold(self) -> None:
        """Let the clock stand; not before the cloud is connected, which it tries again in world time."""
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
        self.world.poke()
        if not held and self._link.simulator is not None:
            await self._link.ask(Sync(world=self.world.name, clock=self.world.reading()))

    def due(self) -> int | None:
        """Return when anything wants to act next, as of the last rest."""
        return self._due_ms

    async def come_to_rest(self) -> None:
        """Let everything happen that happens at this instant. Raises `NotIdle`."""
        try:
            async with asyncio.timeout(SETTLE_LIMIT_S):
                while not await self._is_idle():
                    pass
        except TimeoutError:
            awaited = "; ".join(self.world.awaited(self._awaited)) or "the simulator does not answer"
            self._give_up()
            raise NotIdle(SETTLE_LIMIT_S, awaited) from None

    def _give_up(self) -> None:
        """Let the next rest not wait again for what has not come: it may have been taken off the broker."""
        self.world.tracker.heard.give_up()
        self._heard = self._told

    async def _is_idle(self) -> bool:
        """Bring both sides to rest, one after the other; say whether that left nothing under way.

        The simulator is the first, so that it has the time before it hears of what the cloud does at it.
        """
        world, tracker = self.world, self.world.tracker
        if not await self._link.has_simulator():
            await world.rest(NO_MARKS)
            self.trace.join(())
            self._due_ms = world.due()
            return True
        if self._run != self._link.simulator:
            self._run = self._link.simulator
            tracker.said.again()
            tracker.fresh = True
        said = tracker.said.pending()
        again, tracker.fresh = tracker.fresh, False
        try:
            answered = await self._link.ask(
                Sync(world=world.name, clock=world.reading(), said=said, heard=self._heard, again=again)
            )
        except LabRefused:
            tracker.said.settled(said)  # given up
            raise
        synced = answered.synced
        assert synced is not None
        tracker.said.settled(said)
        self._told = answered.number
        heard = {topic: mark for topic, mark in synced.said.items() if self._is_for_cloud(topic)}
        tracker.heard.learn(heard)
        if again:
            tracker.heard.give_up()  # what is retained for sure has just been told
        self._awaited = heard
        await world.rest(heard)
        self._awaited = NO_MARKS
        tracker.heard.agree()
        self._heard = answered.number
        self._noted += synced.noted
        self._due_ms = earliest(world.due(), synced.due_ms)
        if tracker.fresh or tracker.said.pending():
            return False
        self.trace.join(self._noted)
        self._noted = []
        return True

    def _is_for_cloud(self, topic: str) -> bool:
        address = self.world.topics.read(topic)
        return address is not None and address.kind in HEARD_BY_CLOUD

    # ------------------------------------------------------------------ the bench

    async def put(self, setup: HubSetup) -> None:
        """Put a hub on the bench. Raises `LabRefused`, `NoSimulator`."""
        async with self._turn():
            await self._link.ask(PutHub(world=self.world.name, setup=setup))
            put = msgspec.structs.replace(setup, flash=None)
            self._note(HubPut(at_ms=self._now_ms(), setup=put, remembers=setup.flash is not None))

    async def lay(self, hub: str, action: AnyBenchAction) -> None:
        """Lay hands on a hub. Raises `NotThere`, `LabRefused`, `NoSimulator`."""
        _check_hub(hub)
        async with self._turn():
            await self._link.lay(self.world.name, hub, action)

    async def fault(self, fault: AnyFault) -> None:
        """Let something go wrong. Raises `BadRequest` for what only a play in one process can do."""
        async with self._turn():
            await super().fault(fault)
            self._note(FaultInjected(at_ms=self._now_ms(), fault=fault))

    async def arm(self, fault: AnyMessageFault) -> None:
        """Let a fault strike messages on their way to the cloud, or to hubs and carrier."""
        if fault.message in HEARD_BY_CLOUD:
            self.world.filter.arm(fault)
        else:
            await self._link.ask(ArmFault(world=self.world.name, fault=fault))

    async def cut(self, station: str) -> None:
        """Cut a station's connection without a goodbye; it hears of it."""
        if station == STATION:
            self.world.port.sever(told=True)
        else:
            await self._link.ask(CutStation(world=self.world.name, station=station))

    async def publish(self, message: Publish) -> None:
        """Publish as a third party; both sides take the message into account, so that rest means rest."""
        for_cloud, tracker = self._is_for_cloud(message.topic), self.world.tracker
        if not for_cloud:
            tracker.said.say(message.topic, message.payload, retain=message.retain)
        await publish_as_third_party(self._open_third_party, message)
        if for_cloud:
            await self._heard_by_cloud(message)
            tracker.heard.disturb(message.topic, message.payload)

    def cannot(self, name: str, text: str) -> BadRequest:
        """Return the error that says that something cannot be done here."""
        return BadRequest(name, text)

    def _note(self, entry: AnyEntry) -> None:
        if self.journal is not None:
            self.journal.note(entry)

    def _now_ms(self) -> int:
        return self.world.clock.world_ms()

    async def _heard_by_cloud(self, message: Publish) -> None:
        try:
            async with asyncio.timeout(SETTLE_LIMIT_S):
                await self.world.heard(message.topic, message.payload)
        except TimeoutError:
            raise NotIdle(SETTLE_LIMIT_S, f"the cloud has not heard {message.topic}") from None

    async def topic_of(self, fault: Inject | Replay) -> str:
        """Return the topic on which a third party publishes. Raises `NotThere` for what no hub is called."""
        _check_hub(fault.hub)
        return await super().topic_of(fault)

    async def cards(self, hub: str) -> Mapping[int, Card]:
        """Return the cards in a hub's slots. Raises `NotThere`, `NoSimulator`."""
        return (await self._hub(hub)).setup.slots

    # ------------------------------------------------------------------ looking

    async def stands(self) -> list[HubSetup]:
        """Return how each hub stands on the bench. Raises `NoSimulator`."""
        shown = (await self._link.ask(ShowWorld(world=self.world.name, hubs=None))).shown
        assert shown is not None
        return [each.setup for each in shown.hubs.values()]

    async def hub(self, hub: str) -> HubShown:
        """Return what a hub on the bench shows, and how it stands. Raises `NotThere`, `NoSimulator`."""
        async with self._turn():
            return await self._hub(hub)

    async def _hub(self, hub: str) -> HubShown:
        shown = (await self._link.ask(ShowWorld(world=self.world.name, hubs=(hub,)))).shown
        assert shown is not None
        if hub not in shown.hubs:
            raise NotThere("no_such_hub", f"no hub {hub} is on this bench")
        return shown.hubs[hub]

    async def card(self, iccid: str) -> Look:
        """Return what the carrier holds for a card. Raises `NoSimulator`."""
        shown = (await self._link.ask(ShowWorld(world=self.world.name, cards=(iccid,)))).shown
        assert shown is not None
        return shown.cards[iccid]

    async def counters(self) -> dict[str, Look]:
        """Return what cloud and carrier have refused. Raises `NoSimulator`."""
        shown = (await self._link.ask(ShowWorld(world=self.world.name))).shown
        assert shown is not None
        return {"cloud": self.cloud_counters(), "carrier": shown.carrier}


def _check_hub(hub: str) -> None:
    """Raise `NotThere` for what no hub is called: it would make topics of other shapes."""
    if not HUB_ID.fullmatch(hub):
        raise NotThere("no_such_hub", f"no hub {hub!r} can be on this bench: 8 hex digits are expected")


def observe(plan: WorldPlan, clock: WorldClock) -> Observed:
    """Return the trace and the journal of a world, as a lab's host opens it.

    What was done to a traced world before is not known: its journal lacks its beginning.
    """
    return Observed(_trace(plan, clock), unknown(clock.world_ms()) if plan.traced else None)


def observe_with(journal: Journal | None) -> Observe:
    """Return who observes a world of which it is known what was done to it so far."""
    return observe if journal is None else lambda plan, clock: Observed(_trace(plan, clock), journal)


def _trace(plan: WorldPlan, clock: WorldClock) -> WorldTrace:
    return WorldTrace(Topics(plan.prefix), clock, kept=plan.traced)
