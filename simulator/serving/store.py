"""What the simulator keeps: each world with its settings, each hub as it stands, each line of the carrier."""

from pathlib import Path
from typing import Any, Self

import msgspec

from contract.bench import HubStand
from contract.lab import ClockReading
from durable.database import Database, Schema, Statement
from durable.errors import StoreError
from simulator.carrier.memory import BadMemory, decode_memory, join_memory
from simulator.serving.bench import Changes

MIGRATIONS: tuple[str, ...] = (
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
)
"""Each brings the schema from its index to its index + 1. They are never edited, only appended."""

SCHEMA = Schema("worlds", MIGRATIONS)


class WorldMade(msgspec.Struct, frozen=True, kw_only=True):
    """How a world's simulated side was made, as it was asked for."""

    clock: ClockReading
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    models: dict[str, dict[str, Any]] = {}


class KeptWorld(msgspec.Struct, frozen=True, kw_only=True):
    """A world as it was kept."""

    made: WorldMade
    hubs: tuple[HubStand, ...] = ()
    carrier: bytes | None = None


_made_decoder = msgspec.json.Decoder(WorldMade)
_stand_decoder = msgspec.json.Decoder(HubStand)


class SimulatorStore:
    """An open database of the simulator."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or create it. Raises `StoreError`."""
        database = await Database.open(path, SCHEMA)
        await database.connection.execute("PRAGMA foreign_keys = ON")
        return cls(database)

    async def load(self) -> dict[str, KeptWorld]:
        """Return all worlds; `StoreError` names a row that cannot be read."""
        worlds = {
            world: self._database.decoded(_made_decoder, blob, f"the world {world or 'main'!r}")
            for world, blob in await self._database.read("SELECT world, made FROM worlds")
        }
        return {world: await self._load_world(world, made) for world, made in worlds.items()}

    async def make(self, world: str, made: WorldMade) -> None:
        """Keep a world that begins with nothing, in place of one of the same name."""
        await self._database.write(
            [
                ("DELETE FROM worlds WHERE world = ?", [(world,)]),
                ("INSERT INTO worlds VALUES (?, ?)", [(world, msgspec.json.encode(made))]),
            ]
        )

    async def drop(self, world: str) -> None:
        """Forget a world."""
        await self._database.write([("DELETE FROM worlds WHERE world = ?", [(world,)])])

    async def keep(self, changes: list[Changes]) -> None:
        """Make changes durable, all in one transaction. Raises `StoreError`."""
        hubs = [(each.world, hub, stand) for each in changes for hub, stand in each.hubs.items()]
        lines = [(each.world, card, line) for each in changes for card, line in each.lines.items()]
        statements: list[Statement] = []
        if hubs:
            statements.append(("INSERT OR REPLACE INTO hubs VALUES (?, ?, ?)", hubs))
        if lines:
            statements.append(("INSERT OR REPLACE INTO lines VALUES (?, ?, ?)", lines))
        await self._database.write(statements)

    async def close(self) -> None:
        """Close the file."""
        await self._database.close()

    async def _load_world(self, world: str, made: WorldMade) -> KeptWorld:
        hubs = await self._database.read("SELECT hub, stand FROM hubs WHERE world = ? ORDER BY hub", (world,))
        lines = await self._database.read("SELECT line FROM lines WHERE world = ? ORDER BY iccid", (world,))
        carrier = join_memory(line for (line,) in lines)
        try:
            known = decode_memory(carrier)
        except BadMemory as error:
            raise StoreError(
                self._database.path, f"the carrier's lines cannot be read ({error}); restore a backup"
            ) from error
        stands = (self._database.decoded(_stand_decoder, stand, f"the hub {hub}") for hub, stand in hubs)
        return KeptWorld(made=made, hubs=tuple(stands), carrier=carrier if known else None)
