"""Databases that cannot be used: each is refused with advice, and not changed."""

import os
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from database_files import (
    damaged,
    execute_sql,
    fixture_copy,
    image,
    mode_of,
    names_in_folder_of,
    overwrite,
    set_mode,
)

from hubsim_cloud.domain.fact_log import MAX_PAGE_BYTES
from hubsim_cloud.service.migrations import MIGRATIONS
from hubsim_cloud.service.store import Store
from hubsim_storage.errors import StoreError

NOBODY = 65_534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return fixture_copy(f"cloud-schema-{len(MIGRATIONS)}.db", tmp_path)


async def refusal(path: Path, *, busy_ms: int = 2_000) -> str:
    """Open and read the file as a starting cloud does, and return the error."""
    with pytest.raises(StoreError) as caught:
        await read(path, busy_ms)
    assert caught.value.path == path
    assert str(caught.value) == f"{path}: {caught.value.why}"
    return caught.value.why


async def read(path: Path, busy_ms: int) -> None:
    store = await Store.open(path, busy_ms=busy_ms)
    try:
        await store.load()
        await store.sessions(now_ms=0)
        await store.check()
    finally:
        await store.close()


# ------------------------------------------------------------------ rows


async def test_a_missing_fact_is_reported_with_its_position(path: Path) -> None:
    execute_sql(path, "DELETE FROM facts WHERE position = 40")

    assert await refusal(path) == "fact 40 is missing; restore a backup"


@pytest.mark.parametrize(
    "blob", [b'{"fact": "nothing_known"}', b'{"fact": "\xff"}', b'{"x": ' + b"[" * 100_000]
)
async def test_an_unreadable_fact_is_reported_with_its_position(path: Path, blob: bytes) -> None:
    execute_sql(path, "UPDATE facts SET fact = ? WHERE position = 40", blob)

    why = await refusal(path)

    assert why.startswith("fact 40 cannot be read (")
    assert why.endswith("; restore a backup")


async def test_a_missing_page_is_reported_with_its_positions(path: Path) -> None:
    execute_sql(path, "DELETE FROM fact_pages WHERE first_position = 1")

    assert await refusal(path) == "facts 1 to 16 are missing; restore a backup"


@pytest.mark.parametrize(
    "content",
    [
        b"no compressed content",
        zlib.compress(b"[]"),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b'[{"fact": "nothing_known"}]'),
        zlib.compress(b"[]")[:-1],
        zlib.compress(b"[" + b" " * MAX_PAGE_BYTES + b"]"),
    ],
    ids=["not compressed", "too few facts", "too deep", "unknown fact", "cut off", "too large"],
)
async def test_an_unreadable_page_is_reported_with_its_positions(path: Path, content: bytes) -> None:
    execute_sql(path, "UPDATE fact_pages SET content = ? WHERE first_position = 17", content)

    why = await refusal(path)

    assert why.startswith("facts 17 to 32 cannot be read (")
    assert why.endswith("; restore a backup")


@pytest.mark.parametrize(
    ("table", "column", "named"),
    [
        ("devices", "device", "the device row of hub 0000AA01 cannot be read"),
        ("sessions", "session", "a session cannot be read"),
        ("credentials", "credential", "the credential of olga@example.test cannot be read"),
        ("kept", "answer", "a kept answer cannot be read"),
        ("hub_events", "event", "event 1 of boot 1 of hub 0000AA02 cannot be read"),
        ("hub_event_pages", "content", "page 1 of the events of hubs cannot be read"),
    ],
)
async def test_an_unreadable_row_is_reported_with_its_name(
    path: Path, table: str, column: str, named: str
) -> None:
    execute_sql(path, f"UPDATE {table} SET {column} = ?", b"[]")  # noqa: S608 (our names)

    why = await refusal(path)

    assert why.startswith(named)
    assert why.endswith("; restore a backup")


# ------------------------------------------------------------------ files


async def test_a_database_of_a_newer_program_is_refused(path: Path) -> None:
    newer = len(MIGRATIONS) + 1
    execute_sql(path, f"PRAGMA user_version = {newer}")

    why = f"has schema {newer}, this program supports up to {len(MIGRATIONS)}; use a newer hubsim"
    assert await refusal(path) == why


async def test_a_damaged_page_is_found_anywhere(path: Path) -> None:
    damaged(path)

    why = await refusal(path)

    assert why.startswith(
        ("is damaged (", "cannot be used as the database (database disk image is malformed")
    )
    assert why.endswith("; restore a backup")


async def test_a_file_that_is_not_a_database_is_refused(path: Path) -> None:
    overwrite(path, b"a shopping list, not a database\n" * 100)

    why = "cannot be used as the database (file is not a database); give the path of another file"
    assert await refusal(path) == why


async def test_a_database_without_our_tables_is_refused(path: Path) -> None:
    execute_sql(path, "DROP TABLE facts")

    assert await refusal(path) == "is not a hubsim database; give the path of another file"


@pytest.mark.parametrize("version", [0, 1])
async def test_a_database_of_another_program_is_refused(tmp_path: Path, version: int) -> None:
    path = tmp_path / "cookies.db"
    execute_sql(path, "CREATE TABLE cookies (name TEXT)")
    execute_sql(path, f"PRAGMA user_version = {version}")

    assert await refusal(path) == "is not a hubsim database; give the path of another file"


async def test_a_database_locked_by_another_program_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        why = await refusal(path, busy_ms=0)

    assert why.endswith("(database is locked); close the other program that has it open")


async def test_a_database_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    why = await refusal(tmp_path / "nowhere" / "cloud.db")

    assert why == "cannot be opened (No such file or directory); give a path in a writable folder"


async def test_a_folder_instead_of_a_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "cloud.db"
    folder.mkdir()

    assert await refusal(folder) == "cannot be opened (it is a folder); give a path in a writable folder"
    assert names_in_folder_of(folder) == ["cloud.db"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: execute_sql(path, "PRAGMA user_version = 99"),
        lambda path: execute_sql(path, "DROP TABLE facts"),
        lambda path: execute_sql(path, "DELETE FROM facts WHERE position = 40"),
        damaged,
    ],
    ids=["newer", "no tables", "missing fact", "damaged"],
)
async def test_a_refused_file_is_not_changed(path: Path, spoil: Callable[[Path], object]) -> None:
    spoil(path)
    before = image(path)

    await refusal(path)

    assert image(path) == before


# ------------------------------------------------------------------ read-only


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of this user in which the test has only the mode_of of an ordinary user."""
    with tempfile.TemporaryDirectory() as name:
        user = os.geteuid()
        if user == 0:
            os.chown(name, NOBODY, -1)
            os.seteuid(NOBODY)  # the superuser may write anywhere
        try:
            yield Path(name)
        finally:
            os.seteuid(user)
            Path(name).chmod(0o700)


async def test_a_read_only_file_is_refused(folder: Path) -> None:
    await (await Store.open(folder / "cloud.db")).close()
    set_mode(folder / "cloud.db", 0o400)

    why = await refusal(folder / "cloud.db")

    assert why == "cannot be opened (Permission denied); make the file and its folder writable"


@pytest.mark.parametrize("there", [True, False])
async def test_a_read_only_folder_is_refused(folder: Path, there: bool) -> None:
    if there:
        await (await Store.open(folder / "cloud.db")).close()
    set_mode(folder, 0o500)

    why = await refusal(folder / "cloud.db")

    assert why.startswith("cannot be ")
    assert why.endswith("; make the file and its folder writable")


async def test_a_new_database_is_readable_only_by_its_owner(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "cloud.db")
    await store.set_meta("name", b"value")

    modes = {name: mode_of(tmp_path / name) for name in names_in_folder_of(tmp_path / "cloud.db")}
    await store.close()

    assert modes == dict.fromkeys(("cloud.db", "cloud.db-wal", "cloud.db-shm"), 0o600)
