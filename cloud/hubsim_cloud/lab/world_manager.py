"""The lab of one cloud: opens, resets and removes worlds; saves and restores snapshots.

A snapshot has both sides of a world at one instant when it is idle: a complete copy of the cloud's database,
and the contents of the bench. After a restore hubs are switched on again, as after a power cut at that
instant. Messages that the broker still retains are cleared first, so that no station receives them.
"""

import asyncio
import secrets
import shutil
import time
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from hubsim_cloud.domain.market import Market
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.lab.errors import BadRequest, LabError, NoSimulator, NotThere
from hubsim_cloud.lab.journal import BenchActionPerformed, Journal
from hubsim_cloud.lab.observing import kept_journal, observe_with, start_journal
from hubsim_cloud.lab.records import (
    SimulatedSide,
    SnapshotRow,
    WorldOrder,
    WorldRow,
    ordered_market,
    ordered_settings,
)
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.snapshot_file import read_snapshot_file, write_snapshot_file
from hubsim_cloud.lab.snapshot_store import ABOUT, BENCH, DATABASE, FAULTS, JOURNAL, SnapshotStore
from hubsim_cloud.lab.world_control import WorldControl
from hubsim_cloud.lab.world_watches import WorldWatches
from hubsim_cloud.service.backup import backup
from hubsim_cloud.service.passwords import Hashing
from hubsim_cloud.world.world import WorldPlan
from hubsim_cloud.world.worlds import CloudWorlds
from hubsim_contract.lab.protocol import (
    BenchAnswer,
    ClockReading,
    CloseWorld,
    LabTopics,
    OpenWorld,
    SaveBench,
    SavedBench,
    world_name,
)
from hubsim_contract.lab.tapped_port import OpenPort

DEFAULT_START_MS = 1_768_464_000_000
"""The default start of a new world's clock: 15 January 2026, 08:00 UTC."""
LAB_HASHING = Hashing(memory_kib=8, passes=1)
"""A cheap hash is enough: passwords of plays are random and used for one play, and plays are many."""
WORLDS_LIMIT = 64
"""The number of worlds in addition to the main one; the next one is refused."""
REAP_EVERY_S = 30.0


class WorldManager:
    """The lab. `run` until cancelled."""

    def __init__(
        self,
        cloud_worlds: CloudWorlds,
        link: LabLink,
        open_third_party: OpenPort,
        topics: LabTopics,
        state: Path,
        main: WorldPlan,
        *,
        idle_minutes: int,
        snapshot_limit: int,
    ) -> None:
        self._cloud_worlds = cloud_worlds
        self._link = link
        self._open_third_party = open_third_party
        self._topics = topics
        self.snapshots = SnapshotStore(state / "snapshots", snapshot_limit)
        self._state = state
        self._main = main
        self._idle_s = idle_minutes * 60
        self._labs: dict[str, WorldControl] = {}
        self._simulated: dict[str, SimulatedSide] = {}
        self._changing = asyncio.Lock()
        self._watches = WorldWatches(link)
        link.on_bench_answer = self._record_bench_action

    async def run(self) -> None:
        """Run the link to the simulator, and remove idle worlds."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._link.run(), name="lab link")
            group.create_task(self._watches.run(), name="lab watches")
            while True:
                await asyncio.sleep(REAP_EVERY_S)
                await self.reap()

    async def reap(self) -> None:
        """Remove the worlds that were not used for longer than the limit."""
        for name in self._idle_worlds():
            with suppress(LabError):
                await self.remove(name)

    async def aclose(self) -> None:
        """Close the link to the simulator."""
        await self._link.aclose()

    def of(self, name: str) -> WorldControl:
        """Return the control of a world. Raises `NotThere`."""
        world = self._cloud_worlds.worlds.get(name)
        if world is None:
            raise NotThere("world_not_found", f"unknown world {name!r}")
        lab = self._labs.get(name)
        if lab is None or lab.world is not world:
            lab = self._labs[name] = WorldControl(world, self._link, self._open_third_party, self._watches)
        return lab

    # ------------------------------------------------------------------ worlds

    async def worlds(self) -> list[WorldRow]:
        """Return all worlds, the main one first. Waits for a reset or restore in progress."""
        async with self._changing:
            return [self._row(name) for name in self._cloud_worlds.worlds]

    async def open(self, order: WorldOrder) -> WorldRow:
        """Open a new world. Raises `BadRequest`, `NotThere`, `NoSimulator`, `Refused`."""
        async with self._changing:
            name = self._new_name(order.name)
            if order.snapshot is None:
                await self._begin(name, order)
            else:
                await self._branch(name, order.snapshot, order)
        await self.of(name).hold(held=order.held)
        return self._row(name)

    async def remove(self, name: str) -> None:
        """Remove a world with everything in it. Raises `NotThere`, and `BadRequest` for the main one."""
        if not name:
            raise BadRequest("cannot", "the main world cannot be removed; it can be reset")
        async with self._changing:
            await self._take_down(name)
            await self._cloud_worlds.forget(name)
            self._simulated.pop(name, None)
            self._side_file(name).unlink(missing_ok=True)
            with suppress(LabError):
                await self._link.ask(CloseWorld(world=name))

    async def reset(self, name: str, start_ms: int | None = None) -> WorldRow:
        """Reset a world: it is empty afterwards. Its clock stays, or is held at `start_ms`."""
        async with self._changing:
            world, simulated = self.of(name).world, self._side(name)
            clock = world.reading() if start_ms is None else ClockReading(start_ms, held=True)
            plan = msgspec.structs.replace(world.plan, clock=clock)
            async with self._replaced(plan):
                await self._link.ask(_opening(name, clock, simulated, None))
                await self._keep(name, plan, simulated, start_journal(plan, simulated))
        await self.of(name).settle()
        return self._row(name)

    # ------------------------------------------------------------------ snapshots

    async def save(self, world: str, name: str) -> SnapshotRow:
        """Save a world under a name that is free.

        Raises `BadRequest`, `NotThere`, `NotIdle`, `StoreError`.
        """
        with self.snapshots.new(name) as part:
            lab = self.of(world)
            async with lab.held_idle() as world_ms:
                answered = await self._link.ask(SaveBench(world=world))
                journal = None if lab.journal is None else lab.journal.saved()
                faults = lab.armed()
                await asyncio.to_thread(backup, self._cloud_worlds.database(world), part / DATABASE)
            if journal is not None:
                (part / JOURNAL).write_bytes(msgspec.json.encode(journal))
            (part / BENCH).write_bytes(msgspec.json.encode(answered.bench))
            (part / FAULTS).write_bytes(msgspec.json.encode(faults))
            row = SnapshotRow(
                name=name,
                world=world,
                world_ms=world_ms,
                saved_ms=time.time_ns() // 1_000_000,
                settings=lab.world.plan.settings,
                market=lab.world.plan.market,
                simulated=self._side(world),
            )
            (part / ABOUT).write_bytes(msgspec.json.encode(row))
        return row

    async def restore(self, world: str, name: str) -> WorldRow:
        """Restore a world from a snapshot; its present state is lost."""
        async with self._changing:
            snapshot, before = self.snapshots.row(name), self.of(world).world
            plan, held = before.plan, before.clock.held
            async with self._replaced(plan):
                await self._create_from(world, plan, snapshot)
        await self.of(world).hold(held=held)
        return self._row(world)

    async def drop(self, name: str) -> None:
        """Remove a snapshot. Waits for a world that is being created from it. Raises `NotThere`."""
        async with self._changing:
            self.snapshots.drop(name)

    async def write_file(self, name: str, *, passwords: bool) -> BinaryIO:
        """Return a snapshot as an open file without a name; `passwords`: with the hashes of passwords.

        Raises `NotThere`, `StoreError`.
        """
        with self.snapshots.held(name) as parts, ExitStack() as failed:
            file = failed.enter_context((parts / "file").open("w+b"))
            row = self.snapshots.row(name)
            await asyncio.to_thread(write_snapshot_file, parts, file, row, passwords=passwords)
            failed.pop_all()
        return file

    async def read_file(self, name: str, content: AsyncIterable[bytes]) -> SnapshotRow:
        """Create a snapshot from the content of a file. Raises `BadRequest`, `StoreError`."""
        with self.snapshots.new(name) as part, self.snapshots.scratch() as scratch:
            file = scratch / "file"
            with file.open("wb") as received:
                async for chunk in content:
                    received.write(chunk)
            row = await asyncio.to_thread(read_snapshot_file, file, part)
            row = msgspec.structs.replace(row, name=name)
            (part / ABOUT).write_bytes(msgspec.json.encode(row))
        return row

    async def _begin(self, name: str, order: WorldOrder) -> None:
        clock = ClockReading(DEFAULT_START_MS if order.start_ms is None else order.start_ms, held=order.held)
        simulated = SimulatedSide(carrier=order.carrier, hub=order.hub, models=order.models)
        plan = self._plan(name, ordered_settings(order), ordered_market(order), clock)
        await self._link.ask(_opening(name, clock, simulated, None))
        await self._keep(name, plan, simulated, start_journal(plan, simulated))

    async def _branch(self, name: str, snapshot: str, order: WorldOrder) -> None:
        if order.is_configured:
            raise BadRequest("cannot", "a snapshot has its own clock, settings and market: omit them")
        saved = self.snapshots.row(snapshot)
        await self._create_from(name, self._plan(name, saved.settings, saved.market, None), saved)

    async def _create_from(self, name: str, plan: WorldPlan, snapshot: SnapshotRow) -> None:
        """Create a world from a snapshot, with its clock held."""
        clock = ClockReading(snapshot.world_ms, held=True)
        bench = self.snapshots.read(snapshot.name, BENCH, SavedBench)
        faults = self.snapshots.faults(snapshot.name)
        simulated = snapshot.simulated if name else SimulatedSide()
        await self._link.ask(_opening(name, clock, simulated, bench))
        database = self.snapshots.part(snapshot.name, DATABASE)
        await asyncio.to_thread(shutil.copyfile, database, self._cloud_worlds.database(name))
        plan = msgspec.structs.replace(plan, clock=clock, settings=snapshot.settings, market=snapshot.market)
        journal = kept_journal(self.snapshots.part(snapshot.name, JOURNAL), snapshot.world_ms)
        await self._keep(name, plan, simulated, journal)
        self.of(name).rearm(faults)

    # ------------------------------------------------------------------ inside

    def _new_name(self, requested: str | None) -> str:
        name = requested if requested is not None else f"w-{secrets.token_hex(4)}"
        try:
            world_name(name)
        except ValueError as error:
            raise BadRequest("bad_name", str(error)) from error
        if name in self._cloud_worlds.worlds:
            raise BadRequest("world_exists", f"the world {name!r} exists already")
        if len(self._cloud_worlds.worlds) > WORLDS_LIMIT:
            raise BadRequest(
                "too_many_worlds", f"{WORLDS_LIMIT} worlds are open, the limit: remove one first"
            )
        return name

    def _plan(
        self, name: str, settings: CloudSettings, market: Market, clock: ClockReading | None
    ) -> WorldPlan:
        return msgspec.structs.replace(
            self._main,
            name=name,
            prefix=self._topics.of_world(name),
            settings=settings,
            market=market,
            http=msgspec.structs.replace(self._main.http, hashing=LAB_HASHING),
            clock=clock,
            operator_token=secrets.token_urlsafe(24),
            traced=True,
        )

    async def _keep(self, name: str, plan: WorldPlan, simulated: SimulatedSide, journal: Journal) -> None:
        """Open the cloud's side of a world; its parameters survive a restart."""
        self._simulated[name] = simulated
        if name:
            self._side_file(name).parent.mkdir(parents=True, exist_ok=True)
            self._side_file(name).write_bytes(msgspec.json.encode(simulated))
        await self._cloud_worlds.open(plan, observe_with(journal if name else None))

    def _record_bench_action(self, name: str, hub: str, answered: BenchAnswer) -> None:
        """Record a bench action in the journal and the watch, whether it came over HTTP or MQTT."""
        if name not in self._cloud_worlds.worlds:
            return
        lab = self.of(name)
        lab.watch.hands(hub, answered)
        journal = lab.journal
        if journal is not None and answered.action is not None:
            journal.record(
                BenchActionPerformed(
                    at_ms=answered.at_ms, hub=hub, action=answered.action, refused=answered.refused
                )
            )

    async def _take_down(self, name: str) -> None:
        """Close the cloud's side of a world, and clear its retained messages at the broker."""
        lab, world = self.of(name), self.of(name).world
        async with lab.closing():
            world.port.clear_retained(world.desired_topics())
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLEAR_LIMIT_S):
                    await world.acknowledged()
            await self._cloud_worlds.close(name)
        self._labs.pop(name, None)

    @asynccontextmanager
    async def _replaced(self, plan: WorldPlan) -> AsyncIterator[None]:
        """Replace a world in the `with` block; if that fails, open one from `plan` anyway."""
        if not await self._link.has_simulator():
            raise NoSimulator
        await self._take_down(plan.name)
        try:
            await self._link.ask(CloseWorld(world=plan.name))
            await self._cloud_worlds.forget(plan.name)
            yield
        except LabError:
            if plan.name not in self._cloud_worlds.worlds:
                await self._cloud_worlds.open(plan)
            raise

    def _side(self, name: str) -> SimulatedSide:
        file = self._side_file(name)
        if name and name not in self._simulated and file.is_file():
            self._simulated[name] = msgspec.json.decode(file.read_bytes(), type=SimulatedSide)
        return self._simulated.get(name, SimulatedSide())

    def _side_file(self, name: str) -> Path:
        return self._state / "worlds" / f"{name}.side"

    def _row(self, name: str) -> WorldRow:
        world = self._cloud_worlds.worlds[name]
        clock, prefix = world.reading(), world.plan.prefix
        return WorldRow(name=name, world_ms=clock.world_ms, held=clock.held, prefix=prefix)

    def _idle_worlds(self) -> list[str]:
        oldest = time.monotonic() - self._idle_s
        worlds = self._cloud_worlds.worlds
        kept = {"", *(name for name, lab in self._labs.items() if lab.watch.readers)}
        return [name for name, world in worlds.items() if world.used_at < oldest and name not in kept]


_CLEAR_LIMIT_S = 5.0
"""How long the broker may take to acknowledge that messages are cleared; then the world is closed anyway."""


def _opening(name: str, clock: ClockReading, simulated: SimulatedSide, bench: SavedBench | None) -> OpenWorld:
    return OpenWorld(
        world=name,
        clock=clock,
        carrier=simulated.carrier,
        hub=simulated.hub,
        models=simulated.models,
        bench=bench,
    )
