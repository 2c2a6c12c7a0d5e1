"""One SQLite file with one writer: locked, migrated, written in whole transactions or not at all.

What `write` has returned from survives a crash of process and machine (WAL with synchronous=FULL).
Migrations are numbered and recorded in the transaction that makes them.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite

from durable.errors import StoreError, why
from durable.lock import FileLock

BUSY_MS = 2_000
"""How long to wait for another program's lock before refusing; well below what a play waits for rest."""

Statement = tuple[str, Sequence[Sequence[Any]]]
"""SQL, and the rows of values to run it for."""


class Database:
    """An open database file. Use `Database.open`."""

    def __init__(self, path: Path, connection: aiosqlite.Connection, lock: FileLock) -> None:
        self.path = path
        self.connection = connection
        self._lock = lock
        self._writing = asyncio.Lock()
        """One transaction at a time: there is one connection."""

    @classmethod
    async def open(cls, path: Path, migrations: Sequence[str], *, busy_ms: int = BUSY_MS) -> Self:
        """Open or create the file and bring its schema up to date, or raise `StoreError`.

        Each migration brings the schema from its index to its index + 1. Opening and every write wait up
        to `busy_ms` for another program's lock.
        """
        lock = FileLock(path)
        try:
            # a connect that fails in aiosqlite's thread can still speak to the event loop after its end
            sqlite3.connect(path).close()
            connection = await aiosqlite.connect(path, isolation_level=None, timeout=busy_ms / 1000)
        except BaseException as error:
            lock.release()
            if isinstance(error, sqlite3.Error):
                raise StoreError(path, why("cannot be opened", error)) from error
            raise
        database = cls(path, connection, lock)
        try:
            await database._prepare(migrations)
        except BaseException as error:
            await database.close()
            if isinstance(error, sqlite3.Error):
                raise StoreError(path, why("cannot be used as the database", error)) from error
            raise
        return database

    async def read(self, query: str, values: Sequence[Any] = ()) -> Iterable[sqlite3.Row]:
        """Return the rows, or raise `StoreError`."""
        try:
            return await self.connection.execute_fetchall(query, values)
        except sqlite3.Error as error:
            raise StoreError(self.path, why("cannot be read", error)) from error

    async def write(self, statements: Sequence[Statement]) -> None:
        """Run all statements in one transaction, or none. Raises `StoreError` when nothing was written."""
        if not statements:
            return
        try:
            async with self._writing, self._transaction():
                for query, rows in statements:
                    await self.connection.executemany(query, rows)
        except sqlite3.Error as error:
            raise StoreError(
                self.path, why("could not be written, and nothing was changed", error)
            ) from error

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        await self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            await self.connection.execute("COMMIT")
        except BaseException:
            # does nothing when it was the COMMIT that was cancelled, and came through all the same
            await self.connection.rollback()
            raise

    async def close(self) -> None:
        """Close the file; a second call does nothing."""
        await self.connection.close()
        self._lock.release()

    async def _prepare(self, migrations: Sequence[str]) -> None:
        await self.connection.execute("PRAGMA journal_mode = WAL")
        await self.connection.execute("PRAGMA synchronous = FULL")
        ((version,),) = await self.read("PRAGMA user_version")
        if version > len(migrations):
            raise StoreError(
                self.path,
                f"has schema {version}, this program knows up to {len(migrations)}; use a newer hubsim",
            )
        for index in range(version, len(migrations)):
            await self.connection.executescript(
                f"BEGIN IMMEDIATE; {migrations[index]} PRAGMA user_version = {index + 1}; COMMIT;"
            )
