"""The databases of the shards of one machine, in one folder, and their redistribution to other shards.

A fleet that is started with another number of processes keeps its hubs: `arrange` copies them to the
databases of the new shards. It changes nothing until the copies are complete, and a crash at any instant
loses nothing. Refuses folders with hubs that would have no shard.
"""

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec

from hubsim_contract.lab.shards import WHOLE, Shard
from hubsim_simulator.serving.errors import SimulatorError
from hubsim_simulator.serving.store import SCHEMA
from hubsim_storage.database import Database, take_lock
from hubsim_storage.disk import sync

_STEM, _SUFFIX, _COPY = "simulator", ".db", ".new"
_JOURNAL = "simulator-shards.json"
_NAMES_SHOWN = 4
_MAIN = ""
_Row = Sequence[Any]


class HubsWithoutShard(SimulatorError):
    """A folder has hubs, or lines of the carrier, for which no shard is started."""

    def __init__(self, state: Path, what: str, kept: Iterable[Shard], wanted: Iterable[Shard]) -> None:
        super().__init__(
            f"{state}: {what}, which {_names(wanted)} would not have; "
            f"start {_names(kept)}, or give another --state"
        )


class HubsTwice(SimulatorError):
    """A folder has two databases that can have the same hubs."""

    def __init__(self, first: Path, second: Path) -> None:
        super().__init__(
            f"{first} and {second.name} can both have a hub, and hubsim does not know which is newer; "
            "move one of them to another folder"
        )


class _Rows(msgspec.Struct):
    """The content of some databases. The main world is the one of the newest."""

    worlds: dict[str, _Row] = {}
    hubs: list[_Row] = []
    lines: list[_Row] = []


class _Journal(msgspec.Struct):
    """The copies to put in place, and the databases to remove."""

    new: tuple[str, ...]
    old: tuple[str, ...]


def database_of(state: Path, shard: Shard) -> Path:
    """Return the path of a shard's database; that of the whole fleet is `simulator.db`."""
    return state / f"{_STEM}{'' if shard.is_whole else f'-{shard.level}'}{_SUFFIX}"


async def arrange(state: Path, shards: Sequence[Shard]) -> tuple[Shard, ...]:
    """Redistribute the hubs in the folder to these shards, and return the shards that had them before.

    Databases of shards that do not overlap with `shards` are not touched. Raises `HubsWithoutShard`,
    `HubsTwice`, and `StoreError`, for example while another process uses a database; then nothing has
    changed.
    """
    if not (state / _JOURNAL).exists() and not _sources(state, shards)[1]:
        return ()
    lock = take_lock(state / _JOURNAL)
    try:
        _finish(state)
        found, sources = _sources(state, shards)
        if sources:
            await _redistribute(state, sources, [each for each in shards if each not in found], shards)
        return tuple(sources)
    finally:
        lock.release()


def _sources(state: Path, shards: Sequence[Shard]) -> tuple[list[Shard], list[Shard]]:
    """Return the shards in the folder with hubs of `shards`, and those of them to redistribute."""
    found = [each for each in _found(state) if any(each.overlaps(shard) for shard in shards)]
    for first, second in combinations(found, 2):
        if first.overlaps(second):
            raise HubsTwice(database_of(state, first), database_of(state, second))
    return found, [each for each in found if each not in shards]


def _found(state: Path) -> list[Shard]:
    shards = [WHOLE] if database_of(state, WHOLE).exists() else []
    for file in state.glob(f"{_STEM}-*{_SUFFIX}"):
        shard = Shard.of_level(file.name.removeprefix(f"{_STEM}-").removesuffix(_SUFFIX))
        if shard is not None:
            shards.append(shard)
    return sorted(shards, key=lambda each: (each.count, each.index))


async def _redistribute(
    state: Path, sources: Sequence[Shard], targets: Sequence[Shard], shards: Sequence[Shard]
) -> None:
    async with AsyncExitStack() as stack:
        databases = []
        for shard in sources:
            database = await Database.open(database_of(state, shard), SCHEMA)
            stack.push_async_callback(database.close)
            databases.append(database)
        rows = await _read(databases)
        divided = _divide(state, rows, sources, targets, shards)
        copies = {shard: _copy_of(database_of(state, shard)) for shard in divided}
        for shard, part in divided.items():
            await _write(copies[shard], part)
        old = tuple(database_of(state, shard).name for shard in sources)
        journal = _Journal(tuple(database_of(state, shard).name for shard in divided), old)
        _write_whole(state / _JOURNAL, msgspec.json.encode(journal))
    _finish(state)


def _divide(
    state: Path,
    rows: _Rows,
    sources: Sequence[Shard],
    targets: Sequence[Shard],
    shards: Sequence[Shard],
) -> dict[Shard, _Rows]:
    """Return the rows of each target. Raises `HubsWithoutShard`."""
    parts = {shard: _Rows(worlds={_MAIN: rows.worlds[_MAIN]}) for shard in targets if _MAIN in rows.worlds}
    carrier = next((shard for shard in parts if shard.serves_carrier), None)
    homeless = []
    for row in rows.hubs:
        home = next((shard for shard in parts if shard.has(row[1])), None) if row[0] == _MAIN else carrier
        if home is None:
            homeless.append(row[1])
        else:
            parts[home].hubs.append(row)
    if homeless:
        one, several = f"the hub {homeless[0]}", f"{len(homeless)} hubs, such as {homeless[0]}"
        raise HubsWithoutShard(state, f"it has {one if len(homeless) == 1 else several}", sources, shards)
    if carrier is None and (rows.lines or len(rows.worlds) > 1):
        raise HubsWithoutShard(state, "it has the cards of the carrier", sources, shards)
    if carrier is not None:
        parts[carrier].lines, parts[carrier].worlds = rows.lines, rows.worlds
    return parts


async def _read(databases: Sequence[Database]) -> _Rows:
    rows, newest_ms = _Rows(), -1
    for database in databases:
        for world in await database.read("SELECT world, made, clock FROM worlds"):
            host_ms = 0 if world[2] is None else msgspec.json.decode(world[2])["host_ms"]
            if world[0] != _MAIN or host_ms > newest_ms:
                rows.worlds[world[0]] = tuple(world)
                newest_ms = max(newest_ms, host_ms)
        # prose: ignore (the name of a column)
        rows.hubs += map(tuple, await database.read("SELECT world, hub, stand FROM hubs"))
        rows.lines += map(tuple, await database.read("SELECT world, iccid, line FROM lines"))
    return rows


async def _write(path: Path, rows: _Rows) -> None:
    database = await Database.open(path, SCHEMA)
    try:
        await database.write(
            [
                ("INSERT INTO worlds (world, made, clock) VALUES (?, ?, ?)", list(rows.worlds.values())),
                ("INSERT INTO hubs VALUES (?, ?, ?)", rows.hubs),
                ("INSERT INTO lines VALUES (?, ?, ?)", rows.lines),
            ]
        )
    finally:
        await database.close()


# ------------------------------------------------------------------ the exchange of the files


def _finish(state: Path) -> None:
    """Finish an exchange whose journal is complete, and remove the copies of one that is not."""
    journal = state / _JOURNAL
    if journal.exists():
        planned = msgspec.json.decode(journal.read_bytes(), type=_Journal)
        for name in planned.new:
            if _copy_of(state / name).exists():
                _remove_logs(state / name)
                _copy_of(state / name).rename(state / name)
        sync(state)
        for name in planned.old:
            _remove(state / name)
        sync(state)
        journal.unlink()
    for copy in state.glob(f"{_STEM}*{_SUFFIX}{_COPY}"):
        _remove(copy)
    for lock in state.glob(f"{_STEM}*{_SUFFIX}{_COPY}.lock"):
        lock.unlink()  # only `arrange` uses it, which has a lock for the whole folder


def _copy_of(database: Path) -> Path:
    return database.with_name(database.name + _COPY)


def _remove(database: Path) -> None:
    database.unlink(missing_ok=True)
    _remove_logs(database)


def _remove_logs(database: Path) -> None:
    """Remove the files that SQLite keeps next to a database."""
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _write_whole(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + _COPY)
    temporary.write_bytes(data)
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def _names(shards: Iterable[Shard]) -> str:
    names = [str(each) for each in shards]
    rest = "" if len(names) <= _NAMES_SHOWN else f" ... ({len(names)} shards)"
    shown = ", ".join(names[:_NAMES_SHOWN]) + rest
    return f"shard{'s' if len(names) > 1 else ''} {shown}"
