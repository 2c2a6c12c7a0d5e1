"""The cloud's storage: one SQLite file with the fact log, the latest state of each hub, and other records.

A whole batch is one transaction of a few statements, because each statement is a call to SQLite's thread.
After `commit` has returned, the batch survives a crash of the process and of the machine (`database`).

The newest facts are rows. Older ones are in compressed pages (`domain.fact_log`): `pack` moves them there, in
one transaction, so that each fact is always in exactly one of the two tables.

Events of hubs are packed in the order of their key and not of their age: the newest ones of each hub are in
its device record, and only `check` reads these tables. If the cloud has forgotten a hub that then sends an
event again, the event can be a row and in a page.
"""

import sqlite3
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Self

import aiosqlite
import msgspec

from hubsim_cloud.domain.fact_log import PAGE_FACTS, FactLog, FactPage, compressed, decompressed
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.replay import StateReplay
from hubsim_cloud.domain.sharing import share_record
from hubsim_cloud.domain.state import Device
from hubsim_cloud.service.migrations import SCHEMA
from hubsim_cloud.service.rows import Credential, Kept, RowChanges, UserSession
from hubsim_contract.wire.messages import HubEvent
from hubsim_storage.database import BUSY_MS, Database
from hubsim_storage.errors import StoreError

FORGOTTEN_AT_ONCE = 1_000
"""The number of old answers deleted in one transaction. It takes no longer than a batch of commands."""
LOOSE_FACTS = 1_000
"""The number of newest facts that stay rows, and objects in memory: most reads are about them."""
PAGES_AT_ONCE = 4
"""The number of pages that are packed after a batch. That takes about a millisecond."""
PROBE_BYTES = 65_536
"""The size of a probe: about that of a large batch."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The data of one transaction. `first_position` is the position of the first fact."""

    first_position: int = 0
    facts: tuple[Fact, ...] = ()
    devices: dict[str, Device] = {}
    events: tuple[HubEvent, ...] = ()
    rows: RowChanges = RowChanges()
    kept: dict[tuple[str, str], Kept] = {}
    """(scope, key) to the answer."""
    kept_at_ms: int = 0
    """The host time of these answers."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.facts or self.devices or self.events or self.kept) and self.rows.empty


class Saved(msgspec.Struct, frozen=True):
    """The stored data for `CloudEngine.restore`."""

    facts: FactLog
    devices: dict[str, Device]


_encode = msgspec.json.Encoder().encode
_fact_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)
_device_decoder = msgspec.json.Decoder(Device)
_credential_decoder = msgspec.json.Decoder(Credential)
_session_decoder = msgspec.json.Decoder(UserSession)
_kept_decoder = msgspec.json.Decoder(Kept)
_event_decoder = msgspec.json.Decoder(HubEvent)
_events_decoder = msgspec.json.Decoder(list[HubEvent])


class Store:
    """An open database. Use `Store.open`; only one instance for each file."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._packed: int | None = None
        """The number of facts in pages; None before `load`."""
        self._stored = 0
        """The number of all facts, in pages and as rows."""
        self._loose_events = 0
        """The number of events of hubs that are rows."""

    @classmethod
    async def open(cls, path: Path, *, busy_ms: int = BUSY_MS, outlives_machine: bool = True) -> Self:
        """Open or create the database and bring its schema up to date, or raise `StoreError`.

        Opening and every commit wait up to `busy_ms` for another program's lock, but not for another
        instance of hubsim. `outlives_machine`: see `Database.open`.
        """
        database = await Database.open(path, SCHEMA, busy_ms=busy_ms, outlives_machine=outlives_machine)
        return cls(database)

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    async def close(self) -> None:
        """Close the file and release its lock; a second call does nothing."""
        await self.database.close()

    # ------------------------------------------------------------------ reading

    async def load(self, replay: StateReplay | None = None) -> Saved:
        """Read the devices, and the facts in the order of their positions; `StoreError` names a bad row.

        `replay` takes everything while it is read. After an error it is incomplete.
        """
        devices = await self._devices()
        if replay is not None:
            replay.take_devices(devices)
        facts = FactLog()
        query = "SELECT first_position, last_position, content FROM fact_pages ORDER BY first_position"
        async with aclosing(self.database.chunks(query)) as chunks:
            async for rows in chunks:
                for row in rows:
                    read = self._read_page(FactPage(*row), facts)
                    if replay is not None:
                        replay.take_facts(read)
        query = "SELECT position, fact FROM facts ORDER BY position"
        async with aclosing(self.database.chunks(query)) as chunks:
            async for rows in chunks:
                read = self._read_facts(rows, facts)
                if replay is not None:
                    replay.take_facts(read)
        self._packed, self._stored = facts.packed, len(facts)
        ((self._loose_events,),) = await self.database.read("SELECT count(*) FROM hub_events")
        return Saved(facts, devices)

    async def _devices(self) -> dict[str, Device]:
        devices: dict[str, Device] = {}
        query = "SELECT hub, device FROM devices ORDER BY hub"
        async with aclosing(self.database.chunks(query)) as chunks:
            async for rows in chunks:
                for hub, blob in rows:
                    what = f"the device row of hub {hub}"
                    device = devices[hub] = self.database.decoded(_device_decoder, blob, what)
                    share_record(device, hub)
        return devices

    def _read_page(self, page: FactPage, facts: FactLog) -> list[Fact]:
        """Add a page, and return its facts. Raises `StoreError` for a gap before it, and for a bad page."""
        if page.first != facts.packed + 1:
            what = f"facts {facts.packed + 1} to {page.first - 1}"
            raise StoreError(self.path, f"{what} are missing; restore a backup")
        with self._named(f"facts {page.first} to {page.last}"):
            read = page.facts()
        facts.add(page)
        return read

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Convert the errors of reading a page to `StoreError`."""
        try:
            yield
        except (msgspec.DecodeError, ValueError, RecursionError, zlib.error) as error:
            raise StoreError(self.path, f"{what} cannot be read ({error}); restore a backup") from error

    def _read_facts(self, rows: Sequence[sqlite3.Row], facts: FactLog) -> list[Fact]:
        """Add the facts of the rows, and return them. Raises `StoreError` for a gap, and for a bad row."""
        first = len(facts) + 1
        read: list[Fact] = []
        for expected, (position, blob) in enumerate(rows, first):
            if position != expected:
                raise StoreError(self.path, f"fact {expected} is missing; restore a backup")
            read.append(self.database.decoded(_fact_decoder, blob, f"fact {position}"))
        facts.extend(read)
        return read

    async def credential(self, email: str) -> Credential | None:
        """Return the credential of the person with this address, or None."""
        rows = await self.database.read("SELECT credential FROM credentials WHERE email = ?", (email,))
        return (
            self.database.decoded(_credential_decoder, rows[0][0], f"the credential of {email}")
            if rows
            else None
        )

    async def sessions(self, now_ms: int) -> list[UserSession]:
        """Return the sessions that have not expired by this host time, in the order of their expiry."""
        query = "SELECT session FROM sessions WHERE expires_ms > ? ORDER BY expires_ms, token_hash"
        rows = await self.database.read(query, (now_ms,))
        return [self.database.decoded(_session_decoder, blob, "a session") for (blob,) in rows]

    async def kept(self, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], Kept]:
        """Return the answers stored under these (scope, key)."""
        if not names:
            return {}
        marks = ", ".join(["(?, ?)"] * len(names))
        # a cross join looks each one up by the primary key; IN (VALUES ...) would scan the table
        query = (
            f"WITH asked (scope, key) AS (VALUES {marks}) "  # noqa: S608 (question marks only)
            "SELECT scope, key, answer FROM asked CROSS JOIN kept USING (scope, key)"
        )
        rows = await self.database.read(query, [part for name in names for part in name])
        return {
            (scope, key): self.database.decoded(_kept_decoder, blob, "a kept answer")
            for scope, key, blob in rows
        }

    async def meta(self, name: str) -> bytes | None:
        """Return the value that `set_meta` stored under this name, or None."""
        rows = await self.database.read("SELECT value FROM meta WHERE name = ?", (name,))
        return bytes(rows[0][0]) if rows else None

    async def check(self) -> Saved:
        """Read every row of every table. Returns what `load` does; `StoreError` names the first bad row."""
        saved = await self.load()
        await self.sessions(now_ms=0)
        for email, blob in await self.database.read("SELECT email, credential FROM credentials"):
            self.database.decoded(_credential_decoder, blob, f"the credential of {email}")
        for (blob,) in await self.database.read("SELECT answer FROM kept"):
            self.database.decoded(_kept_decoder, blob, "a kept answer")
        for page, content in await self.database.read("SELECT page, content FROM hub_event_pages"):
            with self._named(f"page {page} of the events of hubs"):
                _events_decoder.decode(decompressed(content))
        for hub, boot, number, blob in await self.database.read("SELECT * FROM hub_events"):
            self.database.decoded(_event_decoder, blob, f"event {number} of boot {boot} of hub {hub}")
        return saved

    # ------------------------------------------------------------------ writing

    async def commit(self, batch: Batch) -> None:
        """Write the whole batch or nothing. Raises `StoreError` if nothing was written."""
        if batch.empty:
            return
        async with self.database.transaction() as connection:
            new_events = await _write(connection, batch)
        if batch.facts:
            self._stored = batch.first_position + len(batch.facts) - 1
        self._loose_events += new_events

    async def pack(
        self, most: int = PAGES_AT_ONCE, *, size: int = PAGE_FACTS, loose: int = LOOSE_FACTS
    ) -> list[FactPage]:
        """Move the oldest facts into at most `most` pages of `size` facts, and return the pages.

        The newest `loose` facts stay rows. Needs `load`. Raises `StoreError`; then nothing was moved.
        """
        if self._packed is None:
            return []
        count = min(most, (self._stored - self._packed - loose) // size)
        if count < 1:
            return []
        first, last = self._packed + 1, self._packed + count * size
        async with self.database.transaction() as connection:
            within = "position BETWEEN ? AND ?"
            rows = await connection.execute_fetchall(
                f"SELECT fact FROM facts WHERE {within} ORDER BY position",  # noqa: S608 (constant)
                (first, last),
            )
            facts = [fact for (fact,) in rows]
            pages = [
                FactPage.of(first + begin, facts[begin : begin + size])
                for begin in range(0, len(facts), size)
            ]
            await connection.executemany(
                "INSERT INTO fact_pages VALUES (?, ?, ?)", [msgspec.structs.astuple(page) for page in pages]
            )
            await connection.execute(f"DELETE FROM facts WHERE {within}", (first, last))  # noqa: S608 (constant)
        assert pages[-1].last == last, "load has read every fact"
        self._packed = last
        return pages

    async def pack_events(self, *, size: int = PAGE_FACTS, loose: int = LOOSE_FACTS) -> bool:
        """Move events of hubs into a page of `size` events; return whether there were enough.

        About `loose` events stay rows. Raises `StoreError`; then nothing was moved.
        """
        if self._loose_events < loose + size:
            return False
        async with self.database.transaction() as connection:
            query = "SELECT hub, boot, number, event FROM hub_events ORDER BY hub, boot, number LIMIT ?"
            rows = list(await connection.execute_fetchall(query, (size,)))
            page = compressed([event for *_, event in rows])
            await connection.execute("INSERT INTO hub_event_pages (content) VALUES (?)", (page,))
            await connection.executemany(
                "DELETE FROM hub_events WHERE (hub, boot, number) = (?, ?, ?)", [row[:3] for row in rows]
            )
        self._loose_events -= len(rows)
        return True

    async def set_meta(self, name: str, value: bytes) -> None:
        """Store a value under a name, and replace the previous one. Raises `StoreError`."""
        async with self.database.transaction() as connection:
            await connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    async def probe(self) -> None:
        """Write `PROBE_BYTES` and delete them again. Raises `StoreError` if that fails."""
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT OR REPLACE INTO meta VALUES ('probe', zeroblob(?))", (PROBE_BYTES,)
            )
            await connection.execute("DELETE FROM meta WHERE name = 'probe'")

    async def date_back(self, host_ms: int) -> None:
        """Date answers stored by a clock that was ahead to this host time. Raises `StoreError`."""
        await self.database.write([("UPDATE kept SET at_ms = ? WHERE at_ms > ?", [(host_ms, host_ms)])])

    async def forget_before(self, host_ms: int) -> None:
        """Delete answers stored and sessions expired before this host time. Raises `StoreError`."""
        async with self.database.transaction() as connection:
            await connection.execute("DELETE FROM sessions WHERE expires_ms < ?", (host_ms,))
        forgotten = FORGOTTEN_AT_ONCE
        while forgotten == FORGOTTEN_AT_ONCE:
            async with self.database.transaction() as connection:
                cursor = await connection.execute(
                    "DELETE FROM kept WHERE (scope, key) IN "
                    "(SELECT scope, key FROM kept WHERE at_ms < ? ORDER BY at_ms LIMIT ?)",
                    (host_ms, FORGOTTEN_AT_ONCE),
                )
                forgotten = cursor.rowcount


async def _write(connection: aiosqlite.Connection, batch: Batch) -> int:
    """Write the batch, and return how many of its events of hubs are new rows."""
    new_events = 0
    if batch.facts:
        first = batch.first_position
        rows = [(first + i, fact.at_ms, _encode(fact)) for i, fact in enumerate(batch.facts)]
        await connection.executemany("INSERT INTO facts VALUES (?, ?, ?)", rows)
    if batch.devices:
        await connection.executemany(
            "INSERT OR REPLACE INTO devices VALUES (?, ?)",
            [(hub, _encode(device)) for hub, device in batch.devices.items()],
        )
    if batch.events:
        cursor = await connection.executemany(
            "INSERT OR IGNORE INTO hub_events VALUES (?, ?, ?, ?)",
            [(event.hub, event.boot, event.number, _encode(event)) for event in batch.events],
        )
        new_events = cursor.rowcount
    if batch.kept:
        await connection.executemany(
            "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)",
            [(*name, batch.kept_at_ms, _encode(answer)) for name, answer in batch.kept.items()],
        )
    if not batch.rows.empty:
        await _write_rows(connection, batch.rows)
    return new_events


async def _write_rows(connection: aiosqlite.Connection, rows: RowChanges) -> None:
    await connection.executemany(
        "INSERT OR REPLACE INTO credentials VALUES (?, ?)",
        [(credential.email, _encode(credential)) for credential in rows.credentials],
    )
    await connection.executemany(
        "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)",
        [(session.token_hash, session.expires_ms, _encode(session)) for session in rows.sessions],
    )
    await connection.executemany(
        "DELETE FROM sessions WHERE token_hash = ?", [(token_hash,) for token_hash in rows.ended]
    )
