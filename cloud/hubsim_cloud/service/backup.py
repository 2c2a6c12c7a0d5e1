"""Backups of the cloud's database: taken while a cloud runs and writes, put back while none does.

Neither ever overwrites or removes what cannot be had again: a backup takes a name that is free, and the
database that a restored one replaces stays beside it. A backup is one complete file, on the disk when
it has its name. What is put back has been read to the last row before anything changes.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count
from pathlib import Path

from hubsim_cloud.service.store import Store
from hubsim_storage.database import take_lock
from hubsim_storage.errors import StoreError, why
from hubsim_storage.instance_lock import lock_path

_WAL, _INDEX = "-wal", "-shm"
"""SQLite's files beside a database in WAL mode: what is not in it yet, and an index of that."""


def backup(source: Path, target: Path) -> None:
    """Copy the database as it is at one instant, with all that was committed before the call.

    Takes no lock and disturbs nobody; blocks until the copy is on the disk. Raises `StoreError`, and
    leaves no `target` behind then.
    """
    _require(source)
    part = _beside(target, ".part")
    with _trouble(target, "cannot be written as a backup"), ExitStack() as undoing:
        for name in (target, part):
            _reserve(name)
            undoing.callback(_discard, name)
        _copy(source, part)
        part.replace(target)
        undoing.pop_all()
        _sync(target.parent)


async def restore(backup: Path, database: Path) -> Path | None:
    """Put the backup in the place of the database; return where the replaced one is now, if there was one.

    The database gets this program's schema. Raises `StoreError`, having changed nothing, for a backup that
    is damaged or of a newer program, and while an instance uses the database.
    """
    _require(backup)
    lock = take_lock(database)
    part = _beside(database, ".restoring")
    try:
        with _trouble(database, "could not be replaced, and nothing was changed"):
            _discard(part)
            _reserve(part)
            _copy(backup, part)
            await _prove(part, backup)
            return _put_in_place(part, database)
    finally:
        _discard(part)
        lock.release()


def _require(source: Path) -> None:
    if not source.is_file():
        raise StoreError(source, "is no file that is there; give the path of a database")


def _reserve(target: Path) -> None:
    """Take the name, which must be free, with an empty file that only its owner can read."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        text = "is there already, and a backup overwrites nothing; give another name"
        raise StoreError(target, text) from error


def _copy(source: Path, part: Path) -> None:
    """Write a copy that needs no other file, and have every page of it checked. Names `source` in errors.

    `part` is there already, and empty.
    """
    try:
        # read-only: closing it must not tidy up logs that may be another database's by then
        uri = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as here, closing(sqlite3.connect(part)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode = DELETE")
            ((verdict,), *_) = there.execute("PRAGMA integrity_check(1)").fetchall()
            tables = there.execute("SELECT name FROM sqlite_master WHERE name = 'facts'").fetchall()
    except sqlite3.Error as error:
        raise StoreError(source, why("cannot be copied", error)) from error
    if verdict != "ok":
        raise StoreError(source, f"is damaged ({' '.join(verdict.split())}); take another backup")
    if not tables:
        raise StoreError(source, "is no database of hubsim; give the path of another file")
    _sync(part)


async def _prove(part: Path, backup: Path) -> None:
    """Bring the copy to this program's schema and read every row. Names the backup in errors."""
    try:
        store = await Store.open(part)
        try:
            await store.check()
        finally:
            await store.close()
    except StoreError as error:
        raise StoreError(backup, error.why) from error
    _sync(part)


def _put_in_place(part: Path, database: Path) -> Path | None:
    """Replace the database by the copy in one step; at no instant is there none, or one of two halves."""
    old = _free_name(database)
    _settle(database)
    with suppress(FileNotFoundError):
        os.link(database, old)
    try:
        # What SQLite could not bring home (a damaged database's) must not be taken for the new one's.
        with suppress(FileNotFoundError):
            _beside(database, _WAL).rename(_beside(old, _WAL))
        _beside(database, _INDEX).unlink(missing_ok=True)
        part.replace(database)
    except BaseException:
        with suppress(FileNotFoundError):
            _beside(old, _WAL).rename(_beside(database, _WAL))
        old.unlink(missing_ok=True)
        raise
    _sync(database.parent)
    return old if old.exists() else None


def _settle(database: Path) -> None:
    """Bring home what stands in the write-ahead log of the last instance, if the database is sound."""
    if database.is_file():
        with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _free_name(database: Path) -> Path:
    """Return the first name beside the database that nothing has."""
    names = (_beside(database, f".replaced-{number}") for number in count(1))
    return next(name for name in names if not name.exists() and not _beside(name, _WAL).exists())


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _discard(part: Path) -> None:
    for file in (
        part,
        _beside(part, _WAL),
        _beside(part, _INDEX),
        _beside(part, "-journal"),
        lock_path(part),
    ):
        file.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Return when the file, or the folder with its names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _trouble(path: Path, what: str) -> Iterator[None]:
    """Let what the system refuses come out as a `StoreError`."""
    try:
        yield
    except OSError as error:
        raise StoreError(path, why(what, error)) from error
