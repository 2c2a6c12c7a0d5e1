"""The control of one world in the lab: bench, faults and queries; its time is in `settled_world`."""

import asyncio
from collections.abc import Mapping

import msgspec

from hubsim_cloud.lab.bench_roster import BenchRoster
from hubsim_cloud.lab.errors import BadRequest, LabRefused, NoSimulator, NoSuchHub, NotIdle, NotThere
from hubsim_cloud.lab.fault_book import FaultBook, left_of, stays_armed
from hubsim_cloud.lab.fleet_list import FleetList
from hubsim_cloud.lab.journal import FaultDisarmed, FaultInjected, HubPut, HubTaken
from hubsim_cloud.lab.settled_world import SETTLE_LIMIT_S, ClockProgress, SettledWorld
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.snapshot_store import SavedFaults
from hubsim_cloud.lab.third_party import publish_as_third_party
from hubsim_cloud.lab.watch_events import ClockEvent, FaultState
from hubsim_cloud.lab.world_watches import WorldWatches
from hubsim_cloud.world.observer import STATION
from hubsim_cloud.world.world import CloudWorld
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, HubSetup, Snapshot
from hubsim_contract.lab.faults import AnyCarrierFault, AnyFault, AnyMessageFault, Inject, Replay
from hubsim_contract.lab.protocol import (
    ActOnCarrier,
    ArmFault,
    CutStation,
    DisarmFault,
    HubShown,
    LabAnswer,
    PutHub,
    ShowCards,
    ShowDeadlines,
    ShowFaults,
    ShowWorld,
    TakeHub,
)
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.port import Publish
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.topics import RECEIVED_BY_CLOUD


class WorldControl(SettledWorld):
    """The lab's control of one world."""

    def __init__(
        self, world: CloudWorld, link: LabLink, open_third_party: OpenPort, watches: WorldWatches
    ) -> None:
        super().__init__(world, link)
        self.roster = BenchRoster(link, world.name)
        """The hubs on the bench, for lists."""
        self.fleet = FleetList(world, self.roster)
        """All hubs of the world."""
        self._open_third_party = open_third_party
        self.faults = FaultBook()
        """The faults that were injected."""
        self._watches = watches
        self.watch.attach(self, watches.changed)

    # ------------------------------------------------------------------ the watch

    def watched_clock(self) -> ClockEvent:
        """Return the clock for those who watch."""
        return ClockEvent(**msgspec.structs.asdict(self.progress()))

    def watch_bench(self, *, watched: bool, show: tuple[str, ...] = ()) -> None:
        """Have the simulators report what happens on the bench, or not; `show`: hubs to report anyway."""
        if show:
            self._watches.ask(self.world.name, show)
        elif watched:
            self._watches.begin(self.world.name, self.watch)
        else:
            self._watches.end(self.world.name, self.watch)

    # ------------------------------------------------------------------ the bench

    async def put(self, setup: HubSetup) -> None:
        """Put a hub on the bench. Raises `LabRefused`, `NoSimulator`."""
        async with self._exclusive():
            await self._link.ask(PutHub(world=self.world.name, setup=setup))
            put = msgspec.structs.replace(setup, flash=None)
            self._record(HubPut(at_ms=self._now_ms(), setup=put, remembers=setup.flash is not None))

    async def take(self, hub: str) -> None:
        """Take a hub off the bench. Raises `NotThere`, `LabRefused`, `NoSimulator`."""
        _check_hub(hub)
        async with self._exclusive():
            try:
                await self._link.ask(TakeHub(world=self.world.name, hub=hub))
            except LabRefused as error:
                raise NoSuchHub(str(error)) if error.name == "no_such_hub" else error from None
            self._record(HubTaken(at_ms=self._now_ms(), hub=hub))

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
            fault = self.faults.fault(name)
            if fault is not None:
                self._record(FaultDisarmed(at_ms=self._now_ms(), fault=fault))

    def armed(self) -> SavedFaults:
        """Return the armed faults for a snapshot; those of the bench are saved with it."""
        return SavedFaults(cloud=tuple(self.world.filter.armed()), injected=self.faults.known())

    def rearm(self, saved: SavedFaults) -> None:
        """Arm the faults of a snapshot in a new world, which has not run yet."""
        self.faults.remember(saved.injected)
        for fault in saved.cloud:
            self.world.filter.rearm(fault)

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

    async def read_clock(self) -> ClockProgress:
        """Return the clock, also while it is being moved.

        While it runs, timers fire and start without this control, so both sides are asked for the earliest.
        """
        if self.clock.held:
            return self.progress()
        try:
            shown = (await self.look(ShowDeadlines(world=self.world.name, limit=1))).deadlines
        except (NoSimulator, LabRefused):
            shown = None
        if not self.clock.held:
            bench_ms = shown.deadlines[0].due_ms if shown is not None and shown.deadlines else None
            self._due_ms = earliest(self.world.due(), bench_ms)
        return self.progress()

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
