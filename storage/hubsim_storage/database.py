"""One SQLite file with one writer: locked, checked, migrated, and written in complete transactions.

A committed transaction survives a crash of process and machine (WAL with synchronous=FULL), unless the
database is opened without `outlives_machine`. Each file has one instance, by a lock of the operating system.
Opening changes nothing in a file that it refuses.
"""

import asyncio
import errno
import os
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite
import msgspec

from hubsim_storage.errors import StoreError, why
from hubsim_storage.instance_lock import InstanceLock, Taken

BUSY_MS = 2_000
"""Wait for another program's lock before refusing; far less than a play waits for a settled world."""
ROWS_AT_ONCE = 1_000
"""The number of rows in memory while a table is read in chunks."""

T = TypeVar("T")
Statement = tuple[str, Sequence[Sequence[Any]]]
"""SQL, and the rows of values to execute it with."""


class Schema:
    """The schema of one kind of database, as the list of steps that created it.

    `PRAGMA user_version` counts the steps applied to a database; each step is one transaction that also
    increments the count. Steps are never edited, only appended. Every database of the kind has the table
    `table`.
    """

    def __init__(self, table: str, steps: Sequence[str]) -> None:
        self.table = table
        self.steps = tuple(steps)

    def script(self, version: int) -> str:
        """Return the SQL that migrates a database from this version to the next, in one transaction."""
        return f"BEGIN IMMEDIATE; {self.steps[version]} PRAGMA user_version = {version + 1}; COMMIT;"


class Database:
    """An open database file. Use `Database.open`. Safe for use by several tasks."""

    def __init__(self, path: Path, connection: aiosqlite.Connection, lock: InstanceLock) -> None:
        self.path = path
        self.connection = connection
        self._lock = lock
        self._exclusive = asyncio.Lock()
        """Keeps other statements out of an open transaction."""

    @classmethod
    async def open(
        cls, path: Path, schema: Schema, *, busy_ms: int = BUSY_MS, outlives_machine: bool = True
    ) -> Self:
        """Open or create the file and migrate its schema. Raises `StoreError`.

        Opening and every transaction wait up to `busy_ms` for another program's lock, but not for another
        instance of hubsim. Without `outlives_machine` a transaction does not wait for the disk: it survives a
        crash of the process, but a crash of the machine may destroy the file.
        """
        lock = take_lock(path)
        try:
            database = cls(path, await _connect(path, busy_ms), lock)
        except BaseException:
            lock.release()
            raise
        try:
            await database._prepare(schema, "FULL" if outlives_machine else "OFF")
        except BaseException as error:
            await database.close()
            if isinstance(error, sqlite3.Error):
                raise StoreError(path, why("cannot be used as the database", error)) from error
            raise
        return database

    async def close(self) -> None:
        """Close the file and release its lock; a second call does nothing."""
        try:
            await self.connection.close()
        finally:
            self._lock.release()

    async def read(self, query: str, values: Sequence[Any] = ()) -> Sequence[sqlite3.Row]:
        """Return the rows. Raises `StoreError`."""
        async with self._exclusive:
            try:
                return list(await self.connection.execute_fetchall(query, values))
            except sqlite3.Error as error:
                raise StoreError(self.path, why("cannot be read", error)) from error

    async def chunks(self, query: str, values: Sequence[Any] = ()) -> AsyncGenerator[list[sqlite3.Row], None]:
        """Yield the rows in lists of up to `ROWS_AT_ONCE`. Raises `StoreError`.

        A reader of a large table needs memory for one list only. Close the iterator (`aclosing`): until its
        end nothing else uses the database.
        """
        async with self._exclusive:
            try:
                async with self.connection.execute(query, values) as cursor:
                    while rows := list(await cursor.fetchmany(ROWS_AT_ONCE)):
                        yield rows
            except sqlite3.Error as error:
                raise StoreError(self.path, why("cannot be read", error)) from error

    async def write(self, statements: Sequence[Statement]) -> None:
        """Execute all statements in one transaction. Raises `StoreError`; then nothing was written."""
        if statements:
            async with self.transaction() as connection:
                for query, rows in statements:
                    await connection.executemany(query, rows)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Run the body in one transaction. Raises `StoreError`; then nothing was written."""
        async with self._exclusive:
            try:
                try:
                    await self.connection.execute("BEGIN IMMEDIATE")
                    yield self.connection
                    await self.connection.execute("COMMIT")
                except BaseException:
                    # does nothing if the COMMIT was cancelled but succeeded anyway
                    await self.connection.rollback()
                    raise
            except sqlite3.Error as error:
                problem = why("could not be written, and nothing was changed", error)
                raise StoreError(self.path, problem) from error

    async def shrink(self) -> None:
        """Make the file smaller, if more than a quarter of it is empty. Raises `StoreError`."""
        async with self._exclusive:
            try:
                ((empty,),) = await self.connection.execute_fetchall("PRAGMA freelist_count")
                ((pages,),) = await self.connection.execute_fetchall("PRAGMA page_count")
                if empty * 4 > pages:
                    await self.connection.execute("VACUUM")
            except sqlite3.Error as error:
                raise StoreError(self.path, why("cannot be made smaller", error)) from error

    def decoded(self, decoder: msgspec.json.Decoder[T], blob: bytes, what: str) -> T:
        """Return the decoded content of a row. Raises `StoreError` that names the row."""
        try:
            return decoder.decode(blob)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StoreError(self.path, f"{what} cannot be read ({error}); restore a backup") from error

    async def _prepare(self, schema: Schema, synchronous: str) -> None:
        ((version,),) = await self.connection.execute_fetchall("PRAGMA user_version")
        if version > len(schema.steps):
            raise StoreError(
                self.path,
                f"has schema {version}, this program supports up to {len(schema.steps)}; use a newer hubsim",
            )
        tables = {
            name for (name,) in await self.connection.execute_fetchall("SELECT name FROM sqlite_master")
        }
        if (version and schema.table not in tables) or (tables and not version):
            raise StoreError(self.path, "is not a hubsim database; give the path of another file")
        ((verdict,),) = await self.connection.execute_fetchall("PRAGMA quick_check(1)")
        if verdict != "ok":
            raise StoreError(self.path, f"is damaged ({' '.join(verdict.split())}); restore a backup")
        await self.connection.execute("PRAGMA journal_mode = WAL")
        await self.connection.execute(f"PRAGMA synchronous = {synchronous}")
        for version_now in range(version, len(schema.steps)):
            await self.connection.executescript(schema.script(version_now))


async def _connect(path: Path, busy_ms: int) -> aiosqlite.Connection:
    """Open the file; a new one is accessible to its owner only. The caller holds its lock."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        # a failed connect in aiosqlite's thread can still call the event loop after the loop has ended
        sqlite3.connect(path).close()
        return await _opened(path, busy_ms)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(path, why("cannot be opened", error)) from error


async def _opened(path: Path, busy_ms: int) -> aiosqlite.Connection:
    """Open the file in the client's thread.

    Waits for the thread also when cancelled. Otherwise it could create the file again after its removal.
    """
    opening = asyncio.ensure_future(aiosqlite.connect(path, isolation_level=None, timeout=busy_ms / 1000))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(sqlite3.Error):
            await (await opening).close()
        raise


def take_lock(path: Path) -> InstanceLock:
    """Take the lock of a database. Raises `StoreError`."""
    if path.is_dir():
        raise StoreError(path, why("cannot be opened", IsADirectoryError(errno.EISDIR, "it is a folder")))
    try:
        return InstanceLock.take(path)
    except Taken as taken:
        whose = "" if taken.pid is None else f", process {taken.pid}"
        raise StoreError(path, f"is used by another hubsim{whose}; stop that one first") from taken
    except OSError as error:
        raise StoreError(path, why("cannot be opened", error)) from error
