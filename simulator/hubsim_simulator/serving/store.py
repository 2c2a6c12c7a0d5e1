"""The simulator's database: each world with its settings, each hub with its setup, each carrier line."""

from pathlib import Path
from typing import Any, Self

import msgspec

from hubsim_contract.lab.bench_actions import HubSetup
from hubsim_contract.lab.protocol import ClockReading
from hubsim_simulator.carrier.memory import BadMemory, decode_memory, join_memory
from hubsim_simulator.serving.world_bench import Changes
from hubsim_storage.database import Database, Schema, Statement
from hubsim_storage.errors import StoreError

MIGRATIONS: tuple[str, ...] = (
    # prose: ignore (the name of a column)
    """
    CREATE TABLE worlds (
        world TEXT PRIMARY KEY,
        made BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hubs (
        world TEXT NOT NULL REFERENCES worlds ON DELETE CASCADE,
        hub TEXT NOT NULL,
        stand BLOB NOT NULL,
        PRIMARY KEY (world, hub)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lines (
        world TEXT NOT NULL REFERENCES worlds ON DELETE CASCADE,
        iccid TEXT NOT NULL,
        line BLOB NOT NULL,
        PRIMARY KEY (world, iccid)
    ) STRICT, WITHOUT ROWID;
    """,
    "ALTER TABLE worlds ADD COLUMN clock BLOB;",
)
"""Each migrates the schema from its index to its index + 1. They are never edited, only appended."""

SCHEMA = Schema("worlds", MIGRATIONS)


class WorldMade(msgspec.Struct, frozen=True, kw_only=True):
    """The settings with which a world's simulated side was created."""

    clock: ClockReading
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    models: dict[str, dict[str, Any]] = {}


class KeptClock(msgspec.Struct, frozen=True, kw_only=True):
    """A world's clock at the last change of the world, and the host's clock at the same moment."""

    world_ms: int
    held: bool
    host_ms: int

    def reading(self, host_ms: int) -> ClockReading:
        """Return the clock now: a running one has advanced with the host's, but never goes back."""
        passed_ms = 0 if self.held else max(0, host_ms - self.host_ms)
        return ClockReading(self.world_ms + passed_ms, self.held)


class KeptWorld(msgspec.Struct, frozen=True, kw_only=True):
    """A world as it was stored."""

    made: WorldMade
    clock: KeptClock | None = None
    """None: nothing has changed since the world was created."""
    hubs: tuple[HubSetup, ...] = ()
    carrier: bytes | None = None


_made_decoder = msgspec.json.Decoder(WorldMade)
_clock_decoder = msgspec.json.Decoder(KeptClock)
_setup_decoder = msgspec.json.Decoder(HubSetup)


class SimulatorStore:
    """An open database of the simulator."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or create the database. Raises `StoreError`."""
        database = await Database.open(path, SCHEMA)
        await database.connection.execute("PRAGMA foreign_keys = ON")
        return cls(database)

    async def load(self) -> dict[str, KeptWorld]:
        """Return all worlds; `StoreError` names a row that cannot be read."""
        rows = await self._database.read("SELECT world, made, clock FROM worlds")
        return {world: await self._load_world(world, made, clock) for world, made, clock in rows}

    async def make(self, world: str, made: WorldMade) -> None:
        """Store an empty world, in place of one of the same name."""
        await self._database.write(
            [
                ("DELETE FROM worlds WHERE world = ?", [(world,)]),
                ("INSERT INTO worlds (world, made) VALUES (?, ?)", [(world, msgspec.json.encode(made))]),
            ]
        )

    async def drop(self, world: str) -> None:
        """Remove a world."""
        await self._database.write([("DELETE FROM worlds WHERE world = ?", [(world,)])])

    async def keep(self, changes: list[Changes], host_ms: int) -> None:
        """Make changes durable, all in one transaction; `host_ms`: the host's time. Raises `StoreError`."""
        clocks = [
            (msgspec.json.encode(_clock(each.clock, host_ms)), each.world)
            for each in changes
            if each.hubs or each.removed or each.lines
        ]
        hubs = [(each.world, hub, setup) for each in changes for hub, setup in each.hubs.items()]
        removed = [(each.world, hub) for each in changes for hub in each.removed]
        lines = [(each.world, card, line) for each in changes for card, line in each.lines.items()]
        statements: list[Statement] = []
        if clocks:
            statements.append(("UPDATE worlds SET clock = ? WHERE world = ?", clocks))
        if removed:
            statements.append(("DELETE FROM hubs WHERE world = ? AND hub = ?", removed))
        if hubs:
            statements.append(("INSERT OR REPLACE INTO hubs VALUES (?, ?, ?)", hubs))
        if lines:
            statements.append(("INSERT OR REPLACE INTO lines VALUES (?, ?, ?)", lines))
        await self._database.write(statements)

    async def close(self) -> None:
        """Close the file."""
        await self._database.close()

    async def _load_world(self, world: str, made_blob: bytes, clock_blob: bytes | None) -> KeptWorld:
        what, decoded = f"the world {world or 'main'!r}", self._database.decoded
        made = decoded(_made_decoder, made_blob, what)
        clock = None if clock_blob is None else decoded(_clock_decoder, clock_blob, what)
        # prose: ignore (the name of a column)
        hubs = await self._database.read("SELECT hub, stand FROM hubs WHERE world = ? ORDER BY hub", (world,))
        lines = await self._database.read("SELECT line FROM lines WHERE world = ? ORDER BY iccid", (world,))
        carrier = join_memory(line for (line,) in lines)
        try:
            known = decode_memory(carrier)
        except BadMemory as error:
            raise StoreError(
                self._database.path, f"the carrier's lines cannot be read ({error}); restore a backup"
            ) from error
        setups = (decoded(_setup_decoder, setup, f"the hub {hub}") for hub, setup in hubs)
        return KeptWorld(made=made, clock=clock, hubs=tuple(setups), carrier=carrier if known else None)


def _clock(reading: ClockReading, host_ms: int) -> KeptClock:
    return KeptClock(world_ms=reading.world_ms, held=reading.held, host_ms=host_ms)
