"""The cloud's memory: one SQLite file with the fact log, the latest of each hub, and what stands beside.

One writer, immediate transactions, one transaction for a whole batch: a statement costs a hop to
SQLite's thread, so a batch of any size is a few of them. What `commit` has returned from survives a
crash of process and machine (WAL with synchronous=FULL). One instance for each file, by a lock that
the operating system holds. Opening changes nothing in a file that it refuses.
"""

import asyncio
import errno
import os
import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite
import msgspec

from cloud.domain.facts import Fact
from cloud.domain.state import Device
from cloud.instance_lock import InstanceLock, Taken
from cloud.migrations import MIGRATIONS, script
from cloud.rows import Credential, Kept, Rows, Session
from contract.messages import HubEvent

BUSY_MS = 2_000
"""How long to wait for another program's lock before refusing; well below what a play waits for rest."""
FORGOTTEN_AT_ONCE = 1_000
"""So many old answers are deleted in one transaction; commands wait no longer for it than for a batch."""
PROBE_BYTES = 65_536
"""What a probing write needs room for: about what a large batch does."""

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
_OS_ADVICE = {
    errno.EACCES: "make the file and its folder writable",
    errno.EDQUOT: "make room on the disk",
    errno.EISDIR: "give a path in a writable folder",
    errno.ENOENT: "give a path in a writable folder",
    errno.ENOSPC: "make room on the disk",
    errno.EPERM: "make the file and its folder writable",
    errno.EROFS: "make the file and its folder writable",
}
_PRIMARY_CODE = 0xFF
"""The bits of a result code that hold the primary one."""


class StoreError(Exception):
    """The database cannot be used. The text says which, why, and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction makes durable. `first_position` is that of the first fact."""

    first_position: int = 0
    facts: tuple[Fact, ...] = ()
    devices: dict[str, Device] = {}
    events: tuple[HubEvent, ...] = ()
    rows: Rows = Rows()
    kept: dict[tuple[str, str], Kept] = {}
    """(scope, key) to the answer that was given."""
    kept_at_ms: int = 0
    """The host time from which the age of these answers counts."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.facts or self.devices or self.events or self.kept) and self.rows.empty


class Saved(msgspec.Struct, frozen=True):
    """What an engine is made from, as it was read."""

    facts: list[Fact]
    devices: dict[str, Device]


T = TypeVar("T")
_encode = msgspec.json.Encoder().encode
_fact_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)
_device_decoder = msgspec.json.Decoder(Device)
_credential_decoder = msgspec.json.Decoder(Credential)
_session_decoder = msgspec.json.Decoder(Session)
_kept_decoder = msgspec.json.Decoder(Kept)
_event_decoder = msgspec.json.Decoder(HubEvent)


class Store:
    """An open database. Use `Store.open`; one instance for each file."""

    def __init__(self, path: Path, connection: aiosqlite.Connection, lock: InstanceLock) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock
        self._turn = asyncio.Lock()
        """Keeps other statements out of a transaction that is open."""

    @classmethod
    async def open(cls, path: Path, *, busy_ms: int = BUSY_MS) -> Self:
        """Open or create the database and bring its schema up to date, or raise `StoreError`.

        Opening and every commit wait up to `busy_ms` for another program's lock; another instance of
        hubsim is not waited for.
        """
        lock = take_lock(path)
        try:
            store = cls(path, await _connect(path, busy_ms), lock)
        except BaseException:
            lock.release()
            raise
        try:
            await store._prepare()
        except BaseException as error:
            await store.close()
            if isinstance(error, sqlite3.Error):
                raise StoreError(path, why("cannot be used as the database", error)) from error
            raise
        return store

    async def close(self) -> None:
        """Close the file and let others have it; a second call does nothing."""
        try:
            await self._connection.close()
        finally:
            self._lock.release()

    # ------------------------------------------------------------------ reading

    async def load(self) -> Saved:
        """Read facts, in the order of their positions, and devices; `StoreError` names a bad row."""
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

    async def credential(self, email: str) -> Credential | None:
        """Return how the person with this address proves to be it, or None."""
        rows = await self._read("SELECT credential FROM credentials WHERE email = ?", (email,))
        return self._decoded(_credential_decoder, rows[0][0], f"the credential of {email}") if rows else None

    async def sessions(self, now_ms: int) -> list[Session]:
        """Return the sessions that have not expired by this host time, the one to expire first in front."""
        query = "SELECT session FROM sessions WHERE expires_ms > ? ORDER BY expires_ms, token_hash"
        rows = await self._read(query, (now_ms,))
        return [self._decoded(_session_decoder, blob, "a session") for (blob,) in rows]

    async def kept(self, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], Kept]:
        """Return the answers that are kept under these (scope, key)."""
        if not names:
            return {}
        marks = ", ".join(["(?, ?)"] * len(names))
        # a cross join looks each one up by the primary key; IN (VALUES ...) would scan the table
        query = (
            f"WITH asked (scope, key) AS (VALUES {marks}) "  # noqa: S608 (question marks only)
            "SELECT scope, key, answer FROM asked CROSS JOIN kept USING (scope, key)"
        )
        rows = await self._read(query, [part for name in names for part in name])
        return {
            (scope, key): self._decoded(_kept_decoder, blob, "a kept answer") for scope, key, blob in rows
        }

    async def meta(self, name: str) -> bytes | None:
        """Return what `set_meta` stored under this name, or None."""
        rows = await self._read("SELECT value FROM meta WHERE name = ?", (name,))
        return bytes(rows[0][0]) if rows else None

    async def check(self) -> None:
        """Read every row of every table. Raises `StoreError` that names the first bad one."""
        await self.load()
        await self.sessions(now_ms=0)
        for email, blob in await self._read("SELECT email, credential FROM credentials"):
            self._decoded(_credential_decoder, blob, f"the credential of {email}")
        for (blob,) in await self._read("SELECT answer FROM kept"):
            self._decoded(_kept_decoder, blob, "a kept answer")
        for hub, boot, number, blob in await self._read("SELECT * FROM hub_events"):
            self._decoded(_event_decoder, blob, f"event {number} of boot {boot} of hub {hub}")

    # ------------------------------------------------------------------ writing

    async def commit(self, batch: Batch) -> None:
        """Write the whole batch or nothing. Raises `StoreError` when nothing was written."""
        if batch.empty:
            return
        async with self._transaction():
            await self._write(batch)

    async def set_meta(self, name: str, value: bytes) -> None:
        """Store a value under a name, in place of the former one. Raises `StoreError`."""
        async with self._transaction():
            await self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    async def probe(self) -> None:
        """Write something of `PROBE_BYTES` and take it away again. Raises `StoreError` when that fails."""
        async with self._transaction():
            await self._connection.execute(
                "INSERT OR REPLACE INTO meta VALUES ('probe', zeroblob(?))", (PROBE_BYTES,)
            )
            await self._connection.execute("DELETE FROM meta WHERE name = 'probe'")

    async def forget_before(self, host_ms: int) -> None:
        """Delete answers kept and sessions expired before this host time. Raises `StoreError`."""
        async with self._transaction():
            await self._connection.execute("DELETE FROM sessions WHERE expires_ms < ?", (host_ms,))
        forgotten = FORGOTTEN_AT_ONCE
        while forgotten == FORGOTTEN_AT_ONCE:
            async with self._transaction():
                cursor = await self._connection.execute(
                    "DELETE FROM kept WHERE (scope, key) IN "
                    "(SELECT scope, key FROM kept WHERE at_ms < ? ORDER BY at_ms LIMIT ?)",
                    (host_ms, FORGOTTEN_AT_ONCE),
                )
                forgotten = cursor.rowcount

    # ------------------------------------------------------------------ inside

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
        if batch.kept:
            await self._connection.executemany(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)",
                [(*name, batch.kept_at_ms, _encode(answer)) for name, answer in batch.kept.items()],
            )
        if not batch.rows.empty:
            await self._write_rows(batch.rows)

    async def _write_rows(self, rows: Rows) -> None:
        await self._connection.executemany(
            "INSERT OR REPLACE INTO credentials VALUES (?, ?)",
            [(credential.email, _encode(credential)) for credential in rows.credentials],
        )
        await self._connection.executemany(
            "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)",
            [(session.token_hash, session.expires_ms, _encode(session)) for session in rows.sessions],
        )
        await self._connection.executemany(
            "DELETE FROM sessions WHERE token_hash = ?", [(token_hash,) for token_hash in rows.ended]
        )

    async def _prepare(self) -> None:
        ((version,),) = await self._connection.execute_fetchall("PRAGMA user_version")
        if version > len(MIGRATIONS):
            raise StoreError(
                self.path,
                f"has schema {version}, this program knows up to {len(MIGRATIONS)}; use a newer hubsim",
            )
        tables = {
            name for (name,) in await self._connection.execute_fetchall("SELECT name FROM sqlite_master")
        }
        if (version and "facts" not in tables) or (tables and not version):
            raise StoreError(self.path, "is no database of hubsim; give the path of another file")
        ((verdict,),) = await self._connection.execute_fetchall("PRAGMA quick_check(1)")
        if verdict != "ok":
            raise StoreError(self.path, f"is damaged ({' '.join(verdict.split())}); restore a backup")
        await self._connection.execute("PRAGMA journal_mode = WAL")
        await self._connection.execute("PRAGMA synchronous = FULL")
        for index in range(version, len(MIGRATIONS)):
            await self._connection.executescript(script(index))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        """Make what is done inside all or nothing; `StoreError` says that it was nothing."""
        async with self._turn:
            try:
                try:
                    await self._connection.execute("BEGIN IMMEDIATE")
                    yield
                    await self._connection.execute("COMMIT")
                except BaseException:
                    # does nothing when it was the COMMIT that was cancelled, and came through all the same
                    await self._connection.rollback()
                    raise
            except sqlite3.Error as error:
                trouble = why("could not be written, and nothing was changed", error)
                raise StoreError(self.path, trouble) from error

    async def _read(self, query: str, values: Sequence[Any] = ()) -> Sequence[sqlite3.Row]:
        async with self._turn:
            try:
                return list(await self._connection.execute_fetchall(query, values))
            except sqlite3.Error as error:
                raise StoreError(self.path, why("cannot be read", error)) from error

    def _decoded(self, decoder: msgspec.json.Decoder[T], blob: bytes, what: str) -> T:
        try:
            return decoder.decode(blob)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StoreError(self.path, f"{what} cannot be read ({error}); restore a backup") from error


async def _connect(path: Path, busy_ms: int) -> aiosqlite.Connection:
    """Open the file, which is made for its owner alone if it is not there. Its lock must be held."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        # a connect that fails in aiosqlite's thread can still speak to the event loop after its end
        sqlite3.connect(path).close()
        return await aiosqlite.connect(path, isolation_level=None, timeout=busy_ms / 1000)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(path, why("cannot be opened", error)) from error


def take_lock(path: Path) -> InstanceLock:
    """Take the lock of a database, or raise `StoreError`."""
    if path.is_dir():
        raise StoreError(path, why("cannot be opened", IsADirectoryError(errno.EISDIR, "it is a folder")))
    try:
        return InstanceLock.take(path)
    except Taken as taken:
        whose = "" if taken.pid is None else f", process {taken.pid}"
        raise StoreError(path, f"is used by another hubsim{whose}; end that one first") from taken
    except OSError as error:
        raise StoreError(path, why("cannot be opened", error)) from error


def why(trouble: str, error: sqlite3.Error | OSError) -> str:
    """Return what went wrong in the words of SQLite or the system, and what to do where that is known."""
    if isinstance(error, OSError):
        what, advice = error.strerror or str(error), _OS_ADVICE.get(error.errno or 0)
    else:
        # sqlite3 gives no code to what it refuses by itself
        what, advice = str(error), _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)
    return f"{trouble} ({what})" + (f"; {advice}" if advice else "")
