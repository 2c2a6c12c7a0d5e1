"""One world in the lab: its clock moved, its bench worked, its layers looked at - always from rest to rest.

Owns that a move of the clock settles before it returns, on both sides of the broker: the cloud's side is
here, the simulator's is asked (`protocol.Sync`). One thing at a time is done with a world.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from hubsim_cloud.lab.errors import BadRequest, LabRefused, NotIdle, NotThere
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.third_party import publish_as_third_party
from hubsim_cloud.world.journal import AnyEntry, ClockSet, FaultInjected, HubPut
from hubsim_cloud.world.snapshots import app_snapshot, applied_snapshot, invoice_snapshot, mail_snapshot
from hubsim_cloud.world.tapped_port import OpenPort
from hubsim_cloud.world.world import CloudWorld
from hubsim_contract.lab.bench_actions import AnyBenchAction, CardKind, HubSetup, Look
from hubsim_contract.lab.delivery import Watermark
from hubsim_contract.lab.faults import AnyFault, Cut, CutProcess, Inject, MessageFault, Process
from hubsim_contract.lab.protocol import ArmFault, CutStation, HubShown, Noted, PutHub, ShowWorld, Sync
from hubsim_contract.mqtt.port import Publish
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.topics import CARRIER_KINDS, MessageKind

SETTLE_LIMIT_S = 15.0
"""How long a world may take to come to rest at one instant; then the request is refused."""
CARRIER = "carrier"
_HEARD_BY_CLOUD = frozenset(
    {MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS, MessageKind.CONFIRMATION}
)


class ClockProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The clock of a world, and how far it is on its way."""

    world_ms: int
    held: bool
    due_ms: int | None
    """When anything wants to act next, as of the last rest."""
    moving_to_ms: int | None = None
    """Set while the clock is being moved."""


class WorldControl:
    """The lab's hands on one world."""

    def __init__(self, world: CloudWorld, link: LabLink, open_third_party: OpenPort) -> None:
        self.world = world
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
        self._awaited: dict[str, Watermark] = {}
        """What the simulator has said, and the cloud is to hear."""
        self._noted: list[Noted] = []
        """The simulator's side of the trace since the world was at rest the last time."""
        self._due_ms: int | None = None
        self._moving_to_ms: int | None = None

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
            await self._settle()
        return self.progress()

    @asynccontextmanager
    async def is_idle(self) -> AsyncIterator[int]:
        """Hold the world at rest; give the instant. Raises `NotIdle`."""
        async with self._turn():
            clock, held = self.world.clock, self.world.clock.held
            await self._hold()
            try:
                await self._settle()
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

    async def advance(self, to_ms: int) -> ClockProgress:
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
                await self._settle()
                while self._due_ms is not None and self._due_ms <= to_ms:
                    clock.catch_up(self._due_ms)
                    await self._settle()
                clock.catch_up(to_ms)  # one that ran until just now may have passed it
                await self._settle()
            finally:
                self._moving_to_ms = None
                self._note(ClockSet(at_ms=clock.world_ms(), held=held, moved=True))
                await self._set_held(held)
        return self.progress()

    async def hold(self, *, held: bool) -> ClockProgress:
        """Let the clock stand still, or run on with real time."""
        async with self._turn():
            changes = held is not self.world.clock.held
            await self._set_held(held)
            if changes:
                self._note(ClockSet(at_ms=self.world.clock.world_ms(), held=held))
            await self._settle()
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

    async def _settle(self) -> None:
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
        self.world.port.heard.give_up()
        self._heard = self._told

    async def _is_idle(self) -> bool:
        """Bring both sides to rest, one after the other; say whether that left nothing under way.

        The simulator is the first, so that it has the time before it hears of what the cloud does at it.
        """
        world, port = self.world, self.world.port
        if not await self._link.has_simulator():
            await world.rest({})
            world.trace.join(())
            self._due_ms = world.due()
            return True
        if self._run != self._link.simulator:
            self._run = self._link.simulator
            port.said.again()
            port.fresh = True
        said = port.said.pending()
        again, port.fresh = port.fresh, False
        try:
            answered = await self._link.ask(
                Sync(world=world.name, clock=world.reading(), said=said, heard=self._heard, again=again)
            )
        except LabRefused:
            port.said.settled(said)  # given up
            raise
        synced = answered.synced
        assert synced is not None
        port.said.settled(said)
        self._told = answered.number
        heard = {topic: mark for topic, mark in synced.said.items() if self._is_for_cloud(topic)}
        port.heard.learn(heard)
        if again:
            port.heard.give_up()  # what is retained for sure has just been told
        self._awaited = heard
        await world.rest(heard)
        self._awaited = {}
        port.heard.agree()
        self._heard = answered.number
        self._noted += synced.noted
        self._due_ms = earliest(world.due(), synced.due_ms)
        if port.fresh or port.said.pending():
            return False
        world.trace.join(self._noted)
        self._noted = []
        return True

    def _is_for_cloud(self, topic: str) -> bool:
        address = self.world.topics.read(topic)
        return address is not None and address.kind in _HEARD_BY_CLOUD

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
            match fault:
                case MessageFault():
                    await self._arm(fault)
                case Cut():
                    await self._link.ask(CutStation(world=self.world.name, station=fault.hub))
                case CutProcess(process=Process.CLOUD):
                    self.world.port.cut()
                case CutProcess(process=Process.CARRIER):
                    await self._link.ask(CutStation(world=self.world.name, station=CARRIER))
                case Inject():
                    await self._inject(fault)
                case _:
                    raise BadRequest("cannot", "a lab cannot do that: it takes the process itself")
            self._note(FaultInjected(at_ms=self._now_ms(), fault=fault))

    def _note(self, entry: AnyEntry) -> None:
        if self.world.journal is not None:
            self.world.journal.note(entry)

    def _now_ms(self) -> int:
        return self.world.clock.world_ms()

    async def _arm(self, fault: MessageFault) -> None:
        about = fault.hub
        if about is not None and fault.message in CARRIER_KINDS:
            about = await self._card_of(about)
        armed = msgspec.structs.replace(fault, hub=about)
        if fault.message in _HEARD_BY_CLOUD:
            self.world.port.arm(armed)  # type: ignore[arg-type]  # one of AnyMessageFault
        else:
            await self._link.ask(ArmFault(world=self.world.name, fault=armed))  # type: ignore[arg-type]

    async def _inject(self, fault: Inject) -> None:
        """Publish as a stranger; both sides take the message into account, so that rest means rest."""
        _check_hub(fault.hub)
        about = await self._card_of(fault.hub) if fault.message in CARRIER_KINDS else fault.hub
        payload = fault.payload.encode() * fault.repeat
        message = Publish(self.world.topics.of(fault.message, about), payload, fault.retain)
        port = self.world.port
        if fault.message not in _HEARD_BY_CLOUD:
            port.said.say(message.topic, payload, retain=fault.retain)
        await publish_as_third_party(self._open_third_party, message)
        if fault.message in _HEARD_BY_CLOUD:
            await self._heard_by_cloud(message)
            port.heard.disturb(message.topic, payload)

    async def _heard_by_cloud(self, message: Publish) -> None:
        try:
            async with asyncio.timeout(SETTLE_LIMIT_S):
                await self.world.heard(message.topic, message.payload)
        except TimeoutError:
            raise NotIdle(SETTLE_LIMIT_S, f"the cloud has not heard {message.topic}") from None

    async def _card_of(self, hub: str) -> str:
        slots = (await self._hub(hub)).setup.slots
        card = next((slots[slot] for slot in sorted(slots) if slots[slot].kind is CardKind.AJAX), None)
        if card is None:
            raise BadRequest("no_ajax_sim", f"no Ajax SIM is in the hub {hub}")
        return card.iccid

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
        refused = sum(self.world.service.engine.refused.values())
        return {"cloud": {"refused_messages": refused}, "carrier": shown.carrier}

    def app(self, hub: str) -> Look:
        """Return what the app shows of a hub."""
        engine, clock = self.world.service.engine, self.world.clock
        return app_snapshot(engine.state, hub, clock.world_ms(), self.world.plan.settings)

    def applied(self, hub: str) -> Look:
        """Return what a hub has reported."""
        return applied_snapshot(self.world.service.engine.state, hub)

    def mailbox(self, address: str) -> list[Look]:
        """Return the mails of an address, oldest first."""
        return mail_snapshot(self.world.service.engine.state, address)

    def invoices(self) -> list[Look]:
        """Return every invoice, oldest first."""
        return invoice_snapshot(self.world.service.engine.state)


def _check_hub(hub: str) -> None:
    """Raise `NotThere` for what no hub is called: it would make topics of other shapes."""
    if not HUB_ID.fullmatch(hub):
        raise NotThere("no_such_hub", f"no hub {hub!r} can be on this bench: 8 hex digits are expected")
