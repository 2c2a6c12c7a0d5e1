"""The whole lab of one cloud: worlds opened, reset and removed; snapshots saved and brought back.

A snapshot is both sides of a world at one instant of rest: a complete copy of the cloud's database, and
what stands on the bench. Brought back, hubs are switched on anew, as after a power cut at that instant.
What a later history has left at the broker is taken away first, so that nobody takes it for news.
"""

import asyncio
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.lab.errors import BadRequest, LabError, NoSimulator, NotThere
from hubsim_cloud.lab.journal import (
    BenchActed,
    Journal,
    JournalStart,
    Restored,
    SavedJournal,
    begun,
    unknown,
)
from hubsim_cloud.lab.records import SimulatedSide, SnapshotRow, WorldOrder, WorldRow
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.world_control import WorldControl, observe_with
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
"""Where the clock of a new world begins that names no instant: 15 January 2026, 08:00 UTC."""
LAB_HASHING = Hashing(memory_kib=8, passes=1)
"""Passwords of plays are made up for one play: their hashes need not be dear, and plays are many."""
WORLDS_LIMIT = 64
"""So many worlds are open at most beside the main one; the next one is refused."""
REAP_EVERY_S = 30.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_DATABASE, _BENCH, _ABOUT, _JOURNAL = "cloud.db", "bench.json", "about.json", "journal.json"


class WorldManager:
    """The lab. `run` until cancelled."""

    def __init__(
        self,
        host: CloudWorlds,
        link: LabLink,
        open_third_party: OpenPort,
        topics: LabTopics,
        state: Path,
        main: WorldPlan,
        *,
        idle_minutes: int,
        snapshot_limit: int,
    ) -> None:
        self._host = host
        self._link = link
        self._open_third_party = open_third_party
        self._topics = topics
        self._snapshots = state / "snapshots"
        self._main = main
        self._idle_s = idle_minutes * 60
        self._snapshot_limit = snapshot_limit
        self._labs: dict[str, WorldControl] = {}
        self._simulated: dict[str, SimulatedSide] = {}
        self._changing = asyncio.Lock()
        link.witness = self._hand_laid

    async def run(self) -> None:
        """Stay in touch with the simulator, and remove worlds that nobody has used for long."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._link.run(), name="lab link")
            while True:
                await asyncio.sleep(REAP_EVERY_S)
                await self.reap()

    async def reap(self) -> None:
        """Remove worlds that nobody has used for long."""
        for name in self._idle_worlds():
            with suppress(LabError):
                await self.remove(name)

    async def aclose(self) -> None:
        """Let go of the line to the simulator."""
        await self._link.aclose()

    def of(self, name: str) -> WorldControl:
        """Return the lab's hands on a world. Raises `NotThere`."""
        world = self._host.worlds.get(name)
        if world is None:
            raise NotThere("world_not_found", f"there is no world {name!r}")
        lab = self._labs.get(name)
        if lab is None or lab.world is not world:
            lab = self._labs[name] = WorldControl(world, self._link, self._open_third_party)
        return lab

    # ------------------------------------------------------------------ worlds

    async def worlds(self) -> list[WorldRow]:
        """Return all worlds, the main one first; once none is on its way to be begun anew."""
        async with self._changing:
            return [self._row(name) for name in self._host.worlds]

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
            self._host.forget(name)
            self._simulated.pop(name, None)
            self._side_file(name).unlink(missing_ok=True)
            with suppress(LabError):
                await self._link.ask(CloseWorld(world=name))

    async def reset(self, name: str) -> WorldRow:
        """Begin a world anew, with nothing in it, at the instant where its clock stands."""
        async with self._changing:
            world, simulated = self.of(name).world, self._side(name)
            clock = world.reading()
            plan = msgspec.structs.replace(world.plan, clock=clock)
            async with self._replaced(plan):
                await self._link.ask(_opening(name, clock, simulated, None))
                await self._keep(name, plan, simulated, _begun(plan, simulated))
        await self.of(name).settle()
        return self._row(name)

    # ------------------------------------------------------------------ snapshots

    def snapshots(self) -> list[SnapshotRow]:
        """Return all snapshots, by name."""
        files = sorted(self._snapshots.glob(f"*/{_ABOUT}"))
        return [msgspec.json.decode(file.read_bytes(), type=SnapshotRow) for file in files]

    async def save(self, world: str, name: str) -> SnapshotRow:
        """Save a world under a name that is free. Raises `BadRequest`, `NotThere`, `NotIdle`."""
        self._free_folder(name)
        if len(self.snapshots()) >= self._snapshot_limit:
            raise BadRequest("too_many_snapshots", f"{self._snapshot_limit} snapshots are kept at most")
        lab = self.of(world)
        row = SnapshotRow(
            name=name,
            world=world,
            world_ms=0,
            saved_ms=time.time_ns() // 1_000_000,
            settings=lab.world.plan.settings,
            simulated=self._side(world),
        )
        part = self._snapshots / f".{secrets.token_hex(4)}"
        part.mkdir(parents=True)
        try:
            async with lab.is_idle() as world_ms:
                row = msgspec.structs.replace(row, world_ms=world_ms)
                answered = await self._link.ask(SaveBench(world=world))
                journal = None if lab.journal is None else lab.journal.saved()
                await asyncio.to_thread(backup, self._host.database(world), part / _DATABASE)
            if journal is not None:
                (part / _JOURNAL).write_bytes(msgspec.json.encode(journal))
            (part / _BENCH).write_bytes(msgspec.json.encode(answered.bench))
            (part / _ABOUT).write_bytes(msgspec.json.encode(row))
            part.rename(self._free_folder(name))
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return row

    async def restore(self, world: str, name: str) -> WorldRow:
        """Bring a world back to where a snapshot was saved; what it is now is gone."""
        async with self._changing:
            snapshot, before = self._snapshot(name), self.of(world).world
            plan, held = before.plan, before.clock.held
            async with self._replaced(plan):
                await self._bring(world, plan, snapshot)
        await self.of(world).hold(held=held)
        return self._row(world)

    async def drop(self, name: str) -> None:
        """Remove a snapshot, once no world is being made of it. Raises `NotThere`."""
        async with self._changing:
            self._snapshot(name)
            shutil.rmtree(self._folder(name))

    async def _begin(self, name: str, order: WorldOrder) -> None:
        clock = ClockReading(DEFAULT_START_MS if order.start_ms is None else order.start_ms, held=order.held)
        simulated = SimulatedSide(carrier=order.carrier, hub=order.hub, models=order.models)
        plan = self._plan(name, _settings(order.cloud), clock)
        await self._link.ask(_opening(name, clock, simulated, None))
        await self._keep(name, plan, simulated, _begun(plan, simulated))

    async def _branch(self, name: str, snapshot: str, order: WorldOrder) -> None:
        if order.start_ms is not None or order.cloud or order.carrier or order.hub or order.models:
            raise BadRequest("cannot", "a snapshot brings its own clock and settings: leave them out")
        saved = self._snapshot(snapshot)
        await self._bring(name, self._plan(name, saved.settings, None), saved)

    async def _bring(self, name: str, plan: WorldPlan, snapshot: SnapshotRow) -> None:
        """Make a world as it was saved, with its clock standing still."""
        folder = self._folder(snapshot.name)
        clock = ClockReading(snapshot.world_ms, held=True)
        bench = msgspec.json.decode((folder / _BENCH).read_bytes(), type=SavedBench)
        simulated = snapshot.simulated if name else SimulatedSide()
        await self._link.ask(_opening(name, clock, simulated, bench))
        await asyncio.to_thread(shutil.copyfile, folder / _DATABASE, self._host.database(name))
        plan = msgspec.structs.replace(plan, clock=clock, settings=snapshot.settings)
        await self._keep(name, plan, simulated, _kept_journal(folder / _JOURNAL, snapshot.world_ms))

    def _snapshot(self, name: str) -> SnapshotRow:
        file = self._folder(name) / _ABOUT
        if not file.is_file():
            raise NotThere("no_such_snapshot", f"there is no snapshot {name!r}")
        return msgspec.json.decode(file.read_bytes(), type=SnapshotRow)

    def _free_folder(self, name: str) -> Path:
        folder = self._folder(name)
        if folder.exists():
            raise BadRequest("snapshot_exists", f"there is a snapshot {name!r} already: remove it first")
        return folder

    def _folder(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            text = "a snapshot has a name of 1 to 63 letters, digits, dots, hyphens and underscores"
            raise BadRequest("bad_name", text)
        return self._snapshots / name

    # ------------------------------------------------------------------ inside

    def _new_name(self, wanted: str | None) -> str:
        name = wanted if wanted is not None else f"w-{secrets.token_hex(4)}"
        try:
            world_name(name)
        except ValueError as error:
            raise BadRequest("bad_name", str(error)) from error
        if name in self._host.worlds:
            raise BadRequest("world_exists", f"there is a world {name!r} already")
        if len(self._host.worlds) > WORLDS_LIMIT:
            raise BadRequest("too_many_worlds", f"{WORLDS_LIMIT} worlds are open at most: remove one first")
        return name

    def _plan(self, name: str, settings: CloudSettings, clock: ClockReading | None) -> WorldPlan:
        return msgspec.structs.replace(
            self._main,
            name=name,
            prefix=self._topics.of_world(name),
            settings=settings,
            http=msgspec.structs.replace(self._main.http, hashing=LAB_HASHING),
            clock=clock,
            operator_token=secrets.token_urlsafe(24),
            traced=True,
        )

    async def _keep(self, name: str, plan: WorldPlan, simulated: SimulatedSide, journal: Journal) -> None:
        """Bring the cloud's side of a world up; what it is made of outlives a restart."""
        self._simulated[name] = simulated
        if name:
            self._side_file(name).parent.mkdir(parents=True, exist_ok=True)
            self._side_file(name).write_bytes(msgspec.json.encode(simulated))
        await self._host.open(plan, observe_with(journal if name else None))

    def _hand_laid(self, name: str, hub: str, laid: BenchAnswer) -> None:
        """Write down what somebody's hands did, however they were laid."""
        journal = self.of(name).journal if name in self._host.worlds else None
        if journal is not None and laid.action is not None:
            journal.note(BenchActed(at_ms=laid.at_ms, hub=hub, action=laid.action, refused=laid.refused))

    async def _take_down(self, name: str) -> None:
        """Take the cloud's side of a world down, with what the broker retains of it."""
        lab, world = self.of(name), self.of(name).world
        async with lab.last_turn():
            world.port.clear_retained(world.desired_topics())
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLEAR_LIMIT_S):
                    await world.acknowledged()
            await self._host.close(name)
        self._labs.pop(name, None)

    @asynccontextmanager
    async def _replaced(self, plan: WorldPlan) -> AsyncIterator[None]:
        """Let a world be made anew in here; where that fails there is one of this plan all the same."""
        if not await self._link.has_simulator():
            raise NoSimulator
        await self._take_down(plan.name)
        try:
            await self._link.ask(CloseWorld(world=plan.name))
            self._host.forget(plan.name)
            yield
        except LabError:
            if plan.name not in self._host.worlds:
                await self._host.open(plan)
            raise

    def _side(self, name: str) -> SimulatedSide:
        if name and name not in self._simulated and self._side_file(name).is_file():
            self._simulated[name] = msgspec.json.decode(
                self._side_file(name).read_bytes(), type=SimulatedSide
            )
        return self._simulated.get(name, SimulatedSide())

    def _side_file(self, name: str) -> Path:
        return self._snapshots.parent / "worlds" / f"{name}.side"

    def _row(self, name: str) -> WorldRow:
        world = self._host.worlds[name]
        reading = world.reading()
        return WorldRow(
            name=name,
            world_ms=reading.world_ms,
            held=reading.held,
            prefix=world.plan.prefix,
            operator_token=world.operator_token,
        )

    def _idle_worlds(self) -> list[str]:
        oldest = time.monotonic() - self._idle_s
        return [name for name, world in self._host.worlds.items() if name and world.used_at < oldest]


_CLEAR_LIMIT_S = 5.0
"""How long the broker may take to acknowledge what is cleared there; then it is left."""


def _settings(values: Mapping[str, Any]) -> CloudSettings:
    unknown = sorted(values.keys() - set(CloudSettings.__struct_fields__))
    if unknown:
        raise BadRequest("bad_settings", f"cloud: there is no setting {unknown[0]!r}")
    try:
        return msgspec.convert(values, CloudSettings)
    except msgspec.ValidationError as error:
        raise BadRequest("bad_settings", f"cloud: {error}") from error


def _begun(plan: WorldPlan, simulated: SimulatedSide) -> Journal:
    assert plan.clock is not None
    return begun(
        JournalStart(
            world_ms=plan.clock.world_ms,
            cloud=plan.settings,
            carrier=simulated.carrier,
            hub=simulated.hub,
            models=tuple(simulated.models),
        )
    )


def _kept_journal(file: Path, world_ms: int) -> Journal:
    """Return the journal that a snapshot has kept, with a note that it was brought back.

    One that this version cannot read is as good as none: the world is the same without it.
    """
    try:
        journal = Journal(msgspec.json.decode(file.read_bytes(), type=SavedJournal))
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return unknown(world_ms)
    journal.note(Restored(at_ms=world_ms))
    return journal


def _opening(name: str, clock: ClockReading, simulated: SimulatedSide, bench: SavedBench | None) -> OpenWorld:
    return OpenWorld(
        world=name,
        clock=clock,
        carrier=simulated.carrier,
        hub=simulated.hub,
        models=simulated.models,
        bench=bench,
    )
