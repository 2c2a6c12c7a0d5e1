"""The cloud's database in a file for other servers: without secrets, and checked before it is used.

Sessions, answers to repeated requests, and the seal of page tokens stay on this server. Hashes of passwords
leave it only if a client asks for them. A database from outside may have been written by anyone, so its
schema and all of its pages are checked before a statement uses its tables (sqlite.org/security.html), and all
rows before a cloud opens it.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from hubsim_cloud.domain.market import Market
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.backup import backup
from hubsim_cloud.service.migrations import SCHEMA
from hubsim_cloud.service.package_check import check_packages
from hubsim_cloud.service.passwords import is_usable_hash
from hubsim_cloud.service.rows import Credential
from hubsim_cloud.service.store import Store
from hubsim_contract.wire.topics import Topics
from hubsim_storage.errors import StoreError, why
from hubsim_storage.instance_lock import lock_path

EMPTIED = ("sessions", "kept")
"""The tables whose rows stay on the server."""
PASSWORDS = "credentials"
"""The table of the hashes of passwords."""
_BOOT = "boot"
"""The only value of `meta` that leaves the server: hubs have seen it."""
_BOOT_NUMBER = re.compile(rb"[0-9]{1,15}")
_PRAGMAS = ("PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON", "PRAGMA mmap_size = 0")
_OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_master"
_credential_decoder = msgspec.json.Decoder(Credential)
_CANNOT_REPLAY = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError)
"""The errors of facts that each can be read, and that cannot follow each other."""


def write_portable(source: Path, target: Path, *, passwords: bool) -> None:
    """Copy a database without secrets; `passwords`: with the hashes of passwords.

    Blocks until the copy is on the disk. Raises `StoreError`.
    """
    backup(source, target)
    with _sqlite_errors(target), closing(sqlite3.connect(target, isolation_level=None)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        for table in tables.intersection(EMPTIED if passwords else (*EMPTIED, PASSWORDS)):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 (a constant)
        if "meta" in tables:  # not in the oldest schema
            connection.execute("DELETE FROM meta WHERE name <> ?", (_BOOT,))
        connection.execute("VACUUM")  # the deleted rows are still in the file before


async def check_portable(path: Path, settings: CloudSettings, market: Market) -> None:
    """Check a database from outside, and migrate it to this program's schema. Raises `StoreError`.

    All rows are read, and the facts are replayed with these settings.
    """
    _check_schema(path)
    try:
        store = await Store.open(path)
        try:
            await _check_secrets(store)
            saved = await store.check()
        finally:
            await store.close()
    finally:
        lock_path(path).unlink(missing_ok=True)
    engine = CloudEngine(settings, Topics(), market=market)
    try:
        engine.restore(saved.facts, saved.devices)
    except _CANNOT_REPLAY as error:
        raise StoreError(path, f"its facts do not follow each other ({error!r})") from error
    check_packages(engine.state, path)


def _check_schema(path: Path) -> None:
    """Raise `StoreError` unless the file has the tables of a version of the schema, and nothing else."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with _sqlite_errors(path), closing(sqlite3.connect(uri, uri=True)) as connection:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        if version > len(SCHEMA.steps):
            text = (
                f"has schema {version}, this program supports up to {len(SCHEMA.steps)}; use a newer hubsim"
            )
            raise StoreError(path, text)
        if version < 1 or set(connection.execute(_OBJECTS)) != _objects(version):
            raise StoreError(path, "is not the database of a hubsim cloud")
        ((verdict,), *_) = connection.execute("PRAGMA integrity_check(1)").fetchall()
    if verdict != "ok":
        raise StoreError(path, f"is damaged ({' '.join(verdict.split())})")


async def _check_secrets(store: Store) -> None:
    """Raise `StoreError` for rows that no other server would write, and for values that it could not use."""
    for table in EMPTIED:
        if await store.database.read(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608 (a constant)
            raise StoreError(store.path, f"has rows in the table {table}, which stay on a server")
    for name, value in await store.database.read("SELECT name, value FROM meta"):
        if name != _BOOT or not _BOOT_NUMBER.fullmatch(value):
            raise StoreError(store.path, f"has a value {name!r} that it must not have")
    for (blob,) in await store.database.read(f"SELECT credential FROM {PASSWORDS}"):  # noqa: S608 (a constant)
        credential = store.database.decoded(_credential_decoder, blob, "a credential")
        if not is_usable_hash(credential.password_hash):
            raise StoreError(
                store.path, f"has a hash of a password of {credential.email} that is not argon2id"
            )


def _objects(version: int) -> set[tuple[str, ...]]:
    """Return the tables and indexes of a version of the schema."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for step in range(version):
            connection.executescript(SCHEMA.script(step))
        return set(connection.execute(_OBJECTS))


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    """Convert the errors of SQLite to `StoreError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(path, why("cannot be used as the database", error)) from error
