"""Backup and restore of the cloud's database. A backup is possible while a cloud runs, a restore is not.

Neither overwrites or removes data: a backup needs a free name, and a restore keeps the replaced database
next to the new one. A backup is one complete file, and is on the disk before it gets its name. A restore
reads every row of the backup before it changes anything.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count
from pathlib import Path

from hubsim_cloud.service.store import Store
from hubsim_storage.database import take_lock
from hubsim_storage.disk import sync
from hubsim_storage.errors import StoreError, why
from hubsim_storage.instance_lock import lock_path

_WAL, _INDEX = "-wal", "-shm"
"""SQLite's files next to a database in WAL mode: changes that are not in the database yet, and an index."""


def backup(source: Path, target: Path) -> None:
    """Copy a consistent state of the database, with everything that was committed before the call.

    Takes no lock, so a running cloud is not affected. Blocks until the copy is on the disk. Raises
    `StoreError`; then there is no `target`.
    """
    _require(source)
    part = _sibling(target, ".part")
    with _os_errors(target, "cannot be written as a backup"), ExitStack() as undoing:
        for name in (target, part):
            _reserve(name)
            undoing.callback(_discard, name)
        _copy(source, part)
        part.replace(target)
        undoing.pop_all()
        sync(target.parent)


async def restore(backup: Path, database: Path) -> Path | None:
    """Replace the database by the backup. Return the new path of the replaced database, if there was one.

    The database gets this program's schema. Raises `StoreError` if the backup is damaged or from a newer
    program, or if an instance uses the database; then nothing was changed.
    """
    _require(backup)
    lock = take_lock(database)
    part = _sibling(database, ".restoring")
    try:
        with _os_errors(database, "could not be replaced, and nothing was changed"):
            _discard(part)
            _reserve(part)
            _copy(backup, part)
            await _verify(part, backup)
            return _put_in_place(part, database)
    finally:
        _discard(part)
        lock.release()


def _require(source: Path) -> None:
    if not source.is_file():
        raise StoreError(source, "is not an existing file; give the path of a database")


def _reserve(target: Path) -> None:
    """Create an empty file that only its owner can read. The name must be free."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        text = "already exists, and a backup does not overwrite files; give another name"
        raise StoreError(target, text) from error


def _copy(source: Path, part: Path) -> None:
    """Write a copy that needs no other file, and check every page of it. Errors name `source`.

    `part` exists and is empty.
    """
    try:
        # Read-only: closing it must not checkpoint logs that may belong to another database by then.
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
        raise StoreError(source, "is not a hubsim database; give the path of another file")
    sync(part)


async def _verify(part: Path, backup: Path) -> None:
    """Migrate the copy to this program's schema and read every row. Errors name the backup."""
    try:
        store = await Store.open(part)
        try:
            await store.check()
        finally:
            await store.close()
    except StoreError as error:
        raise StoreError(backup, error.why) from error
    sync(part)


def _put_in_place(part: Path, database: Path) -> Path | None:
    """Replace the database by the copy in one atomic step."""
    old = _free_name(database)
    _checkpoint(database)
    with suppress(FileNotFoundError):
        os.link(database, old)
    try:
        # The log of a damaged database must not be used for the new database.
        with suppress(FileNotFoundError):
            _sibling(database, _WAL).rename(_sibling(old, _WAL))
        _sibling(database, _INDEX).unlink(missing_ok=True)
        part.replace(database)
    except BaseException:
        with suppress(FileNotFoundError):
            _sibling(old, _WAL).rename(_sibling(database, _WAL))
        old.unlink(missing_ok=True)
        raise
    sync(database.parent)
    return old if old.exists() else None


def _checkpoint(database: Path) -> None:
    """Checkpoint the write-ahead log of the last instance, if the database is not damaged."""
    if database.is_file():
        with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _free_name(database: Path) -> Path:
    """Return the first free name for the replaced database."""
    names = (_sibling(database, f".replaced-{number}") for number in count(1))
    return next(name for name in names if not name.exists() and not _sibling(name, _WAL).exists())


def _sibling(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _discard(part: Path) -> None:
    for file in (
        part,
        _sibling(part, _WAL),
        _sibling(part, _INDEX),
        _sibling(part, "-journal"),
        lock_path(part),
    ):
        file.unlink(missing_ok=True)


@contextmanager
def _os_errors(path: Path, what: str) -> Iterator[None]:
    """Convert `OSError` to `StoreError`."""
    try:
        yield
    except OSError as error:
        raise StoreError(path, why(what, error)) from error
