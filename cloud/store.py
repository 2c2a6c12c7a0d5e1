"""The cloud's memory: one SQLite file with the fact log, the latest of each hub, and hub events.

One writer, immediate transactions, one transaction for a whole batch: a statement costs a hop to
SQLite's thread, so a batch of any size is three of them. What `commit` has returned from survives a
crash of process and machine (WAL with synchronous=FULL). Migrations are numbered and recorded in the
transaction that makes them.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Self, TypeVar

import aiosqlite
import msgspec

from cloud.domain.facts import Fact
from cloud.domain.state import Device
from contract.messages import HubEvent

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE facts (
        position INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        fact BLOB NOT NULL
    ) STRICT;
    CREATE TABLE devices (
        hub TEXT PRIMARY KEY,
        device BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hub_events (
        hub TEXT NOT NULL,
        boot INTEGER NOT NULL,
        number INTEGER NOT NULL,
        event BLOB NOT NULL,
        PRIMARY KEY (hub, boot, number)
    ) STRICT, WITHOUT ROWID;
    """,
)
"""Each brings the schema from its index to its index + 1. They are never edited, only appended."""

BUSY_MS = 2_000
"""How long to wait for another program's lock before refusing; well below what a play waits for rest."""


_ADVICE = {
    sqlite3.SQLITE_BUSY: "end the other program that has it open",
    sqlite3.SQLITE_CANTOPEN: "give a path in a writable folder",
    sqlite3.SQLITE_CORRUPT: "restore a backup",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "look after the disk",
    sqlite3.SQLITE_NOTADB: "give the path of another file",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
}
"""What to do about SQLite's primary result codes (sqlite.org/rescode.html)."""
_PRIMARY_CODE = 0xFF
"""The bits of a result code that hold the primary one."""


class StoreError(Exception):
    """The database cannot be used. The text says which, why, and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction makes durable. `first_position` is that of the first fact."""

    first_position: int = 0
    facts: tuple[Fact, ...] = ()
    devices: dict[str, Device] = {}
    events: tuple[HubEvent, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.facts or self.devices or self.events)


class Saved(msgspec.Struct, frozen=True):
    """Everything the store holds, as it was read on opening."""

    facts: list[Fact]
    devices: dict[str, Device]


T = TypeVar("T")
_encode = msgspec.json.Encoder().encode
_fact_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)
_device_decoder = msgspec.json.Decoder(Device)


class Store:
    """An open database. Use `Store.open`; one instance for each file."""

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    async def open(cls, path: Path, *, busy_ms: int = BUSY_MS) -> Self:
        """Open or create the database and bring its schema up to date, or raise `StoreError`.

        Opening and every commit wait up to `busy_ms` for another program's lock.
        """
        try:
            # a connect that fails in aiosqlite's thread can still speak to the event loop after its end
            sqlite3.connect(path).close()
            connection = await aiosqlite.connect(path, isolation_level=None, timeout=busy_ms / 1000)
        except sqlite3.Error as error:
            raise StoreError(path, _why("cannot be opened", error)) from error
        store = cls(path, connection)
        try:
            await store._prepare()
        except BaseException as error:
            await connection.close()
            if isinstance(error, sqlite3.Error):
                raise StoreError(path, _why("cannot be used as the database", error)) from error
            raise
        return store

    async def load(self) -> Saved:
        """Read everything, facts in the order of their positions; `StoreError` names a bad row."""
        facts: list[Fact] = []
        for position, blob in await self._read("SELECT position, fact FROM facts ORDER BY position"):
            if position != len(facts) + 1:
                raise StoreError(self.path, f"fact {len(facts) + 1} is missing; restore a backup")
            facts.append(self._decoded(_fact_decoder, blob, f"fact {position}"))
        devices = {
            hub: self._decoded(_device_decoder, blob, f"the device row of hub {hub}")
            for hub, blob in await self._read("SELECT hub, device FROM devices ORDER BY hub")
        }
        return Saved(facts, devices)

    async def commit(self, batch: Batch) -> None:
        """Write the whole batch or nothing. Raises `StoreError` when nothing was written."""
        if batch.empty:
            return
        connection = self._connection
        try:
            try:
                await connection.execute("BEGIN IMMEDIATE")
                await self._write(batch)
                await connection.execute("COMMIT")
            except BaseException:
                # does nothing when it was the COMMIT that was cancelled, and came through all the same
                await connection.rollback()
                raise
        except sqlite3.Error as error:
            why = _why("could not be written, and nothing was changed", error)
            raise StoreError(self.path, why) from error

    async def close(self) -> None:
        """Close the file; a second call does nothing."""
        await self._connection.close()

    async def _write(self, batch: Batch) -> None:
        if batch.facts:
            first = batch.first_position
            rows = [(first + i, fact.at_ms, _encode(fact)) for i, fact in enumerate(batch.facts)]
            await self._connection.executemany("INSERT INTO facts VALUES (?, ?, ?)", rows)
        if batch.devices:
            await self._connection.executemany(
                "INSERT OR REPLACE INTO devices VALUES (?, ?)",
                [(hub, _encode(device)) for hub, device in batch.devices.items()],
            )
        if batch.events:
            await self._connection.executemany(
                "INSERT OR IGNORE INTO hub_events VALUES (?, ?, ?, ?)",
                [(event.hub, event.boot, event.number, _encode(event)) for event in batch.events],
            )

    async def _prepare(self) -> None:
        await self._connection.execute("PRAGMA journal_mode = WAL")
        await self._connection.execute("PRAGMA synchronous = FULL")
        ((version,),) = await self._read("PRAGMA user_version")
        if version > len(MIGRATIONS):
            raise StoreError(
                self.path,
                f"has schema {version}, this program knows up to {len(MIGRATIONS)}; use a newer hubsim",
            )
        for index in range(version, len(MIGRATIONS)):
            await self._connection.executescript(
                f"BEGIN IMMEDIATE; {MIGRATIONS[index]} PRAGMA user_version = {index + 1}; COMMIT;"
            )

    async def _read(self, query: str) -> Iterable[sqlite3.Row]:
        try:
            return await self._connection.execute_fetchall(query)
        except sqlite3.Error as error:
            raise StoreError(self.path, _why("cannot be read", error)) from error

    def _decoded(self, decoder: msgspec.json.Decoder[T], blob: bytes, what: str) -> T:
        try:
            return decoder.decode(blob)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StoreError(self.path, f"{what} cannot be read ({error}); restore a backup") from error


def _why(trouble: str, error: sqlite3.Error) -> str:
    """Return what went wrong by SQLite's own words, and what to do where that is known."""
    # sqlite3 gives no code to what it refuses by itself
    advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)
    return f"{trouble} ({error})" + (f"; {advice}" if advice else "")
