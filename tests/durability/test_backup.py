"""Backups: complete while a cloud runs, verified before a restore, and without overwriting files."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from database_files import (
    contents,
    damaged,
    execute_sql,
    fixture_copy,
    image,
    mode_of,
    names_in_folder_of,
    overwrite,
    set_mode,
)
from rich_cloud import AJAX, run_history, running

from hubsim_cloud.domain.commands import SignUp
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.service.backup import backup, restore
from hubsim_cloud.service.migrations import MIGRATIONS
from hubsim_cloud.service.store import Store
from hubsim_contract.wire.messages import Profile
from hubsim_storage.errors import StoreError

NOBODY = Actor(None)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return fixture_copy(f"cloud-schema-{len(MIGRATIONS)}.db", tmp_path)


@pytest.fixture
def saved(database: Path, tmp_path: Path) -> Path:
    """A backup of the database."""
    target = tmp_path / "saved.db"
    backup(database, target)
    return target


def facts(path: Path) -> int:
    ((count,),) = execute_sql(path, "SELECT count(*) FROM facts")
    return int(count)


async def refusal(path: Path, database: Path) -> StoreError:
    with pytest.raises(StoreError) as caught:
        await restore(path, database)
    return caught.value


# ------------------------------------------------------------------ backup


def test_a_backup_has_all_data_of_the_database(database: Path, saved: Path) -> None:
    assert contents(saved) == contents(database)


def test_a_backup_is_one_complete_file_that_only_its_owner_can_read(saved: Path) -> None:
    rollback_journal = b"\x01\x01"  # the file format's write and read version (sqlite.org/fileformat.html)

    assert image(saved)[18:20] == rollback_journal
    assert [name for name in names_in_folder_of(saved) if name.startswith("saved.db")] == ["saved.db"]
    assert mode_of(saved) == 0o600


async def test_a_backup_has_everything_acknowledged_before_its_start(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    enough = asyncio.Event()
    path, going_on = tmp_path / "cloud.db", True

    async def write(name: str) -> None:
        number = 0
        while going_on:
            number += 1
            command = SignUp(email=f"{name}{number}@example.test", name="x" * 200)
            acknowledged.append((await cloud.does(NOBODY, command))["person"])
            enough.set()

    async with running(path) as cloud:
        writers = [asyncio.ensure_future(write(name)) for name in "abcdefgh"]
        counts = []
        for number in range(5):
            while len(acknowledged) < (number + 1) * 100:
                enough.clear()
                await enough.wait()
            counts.append(len(acknowledged))
            await asyncio.to_thread(backup, path, tmp_path / f"{number}.db")
        going_on = False
        await asyncio.gather(*writers)

    found = [facts(tmp_path / f"{number}.db") for number in range(5)]
    assert all(count <= there for count, there in zip(counts, found, strict=True))
    assert found[-1] < len(acknowledged) == facts(path)
    for number in range(5):
        store = await Store.open(tmp_path / f"{number}.db")
        assert len((await store.load()).facts) == found[number]
        await store.close()


async def test_a_backup_after_a_killed_cloud_includes_the_write_ahead_log(
    tmp_path: Path,
) -> None:
    path = tmp_path / "cloud.db"
    async with running(path) as cloud:
        await run_history(cloud)
        for ending in ("", "-wal"):
            overwrite(tmp_path / f"killed.db{ending}", image(tmp_path / f"cloud.db{ending}"))
        expected = len(cloud.service.engine.log)

    backup(tmp_path / "killed.db", tmp_path / "saved.db")

    assert facts(tmp_path / "saved.db") == expected


@pytest.mark.parametrize("ending", ["", ".part"])
def test_a_backup_does_not_overwrite_files(database: Path, tmp_path: Path, ending: str) -> None:
    other = tmp_path / f"saved.db{ending}"
    other.write_bytes(b"my thesis")

    with pytest.raises(StoreError):
        backup(database, tmp_path / "saved.db")

    assert other.read_bytes() == b"my thesis"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (damaged, "restore a backup|take another backup"),
        (lambda path: path.write_bytes(b"a shopping list\n" * 100), "file is not a database"),
        (lambda path: path.write_bytes(b""), "is not a hubsim database"),
        (lambda path: path.unlink(), "is not an existing file"),
    ],
    ids=["damaged", "no database", "empty", "not there"],
)
def test_a_failed_backup_leaves_no_file(database: Path, spoil: Callable[[Path], object], why: str) -> None:
    spoil(database)

    with pytest.raises(StoreError, match=why) as caught:
        backup(database, database.parent / "saved.db")

    assert caught.value.path == database
    assert not any(name.startswith("saved.db") for name in names_in_folder_of(database))


def test_a_backup_into_a_missing_folder_is_refused(database: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="give a path in a writable folder"):
        backup(database, tmp_path / "nowhere" / "saved.db")


# ------------------------------------------------------------------ restore


async def test_a_restored_database_equals_the_backup(database: Path, saved: Path) -> None:
    before = contents(saved)
    async with running(database) as cloud:
        await cloud.does(NOBODY, SignUp(email="after@example.test", name="After"))

    await restore(saved, database)

    assert contents(database) == contents(saved) == before


async def test_the_replaced_database_is_kept_complete(database: Path, saved: Path) -> None:
    async with running(database) as cloud:
        await cloud.does(NOBODY, SignUp(email="after@example.test", name="After"))
    before = contents(database)

    first, second = await restore(saved, database), await restore(saved, database)

    assert first == database.with_name("cloud.db.replaced-1")
    assert second == database.with_name("cloud.db.replaced-2")
    assert contents(first) == before
    assert contents(second) == contents(saved)


async def test_the_log_of_a_killed_cloud_stays_with_the_replaced_database(
    tmp_path: Path, saved: Path
) -> None:
    path, killed = tmp_path / "living.db", tmp_path / "killed.db"
    async with running(path) as cloud:
        await run_history(cloud)
        for ending in ("", "-wal"):
            overwrite(tmp_path / f"killed.db{ending}", image(tmp_path / f"living.db{ending}"))
        expected = len(cloud.service.engine.log)

    old = await restore(saved, killed)

    assert old is not None
    assert f"{old.name}-wal" not in names_in_folder_of(old)
    assert facts(old) == expected
    assert contents(killed) == contents(saved)


async def test_a_damaged_database_is_replaced_and_kept(database: Path, saved: Path) -> None:
    damaged(database)
    before = image(database)

    old = await restore(saved, database)

    assert old is not None
    assert image(old) == before
    assert contents(database) == contents(saved)


async def test_a_log_that_cannot_be_checkpointed_is_kept_with_the_replaced_database(
    database: Path, saved: Path
) -> None:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM facts").fetchone()
        execute_sql(database, "DELETE FROM sessions")

        old = await restore(saved, database)

        assert old is not None
        assert "cloud.db-wal" not in names_in_folder_of(database)
        assert "cloud.db.replaced-1-wal" in names_in_folder_of(database)
    assert contents(old)["sessions"] == []
    assert contents(database) == contents(saved)


async def test_a_backup_is_restored_where_there_is_no_database(saved: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.db"

    assert await restore(saved, new) is None

    assert contents(new) == contents(saved)


async def test_a_backup_with_an_older_schema_is_migrated(database: Path, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old = fixture_copy("cloud-schema-1.db", tmp_path / "old")
    before = image(old)

    await restore(old, database)

    assert contents(database)["schema"] == [(len(MIGRATIONS),)]
    assert facts(database) == facts(old)
    assert image(old) == before


async def test_a_restored_database_is_readable_only_by_its_owner(database: Path, saved: Path) -> None:
    set_mode(saved, 0o644)

    await restore(saved, database)

    assert mode_of(database) == 0o600


async def test_a_restore_is_refused_while_an_instance_runs(database: Path, saved: Path) -> None:
    before = contents(database)
    store = await Store.open(database)

    error = await refusal(saved, database)

    await store.close()
    assert error.path == database
    assert "is used by another hubsim" in error.why
    assert contents(database) == before
    assert names_in_folder_of(database) == ["cloud.db", "saved.db"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (damaged, "is damaged|is malformed"),
        (lambda path: overwrite(path, b"a shopping list\n" * 100), "file is not a database"),
        (lambda path: overwrite(path, b""), "is not a hubsim database"),
        (lambda path: overwrite(path, image(path)[:8192]), "damaged|malformed"),
        (lambda path: path.unlink(), "is not an existing file"),
        (lambda path: execute_sql(path, "PRAGMA user_version = 99"), "use a newer hubsim"),
        (lambda path: execute_sql(path, "DELETE FROM facts WHERE position = 40"), "fact 40 is missing"),
        (
            lambda path: execute_sql(path, "UPDATE facts SET fact = X'7b7d' WHERE position = 40"),
            "fact 40 cannot be read",
        ),
        (
            lambda path: execute_sql(path, "UPDATE fact_pages SET content = X''"),
            "facts 1 to 16 cannot be read",
        ),
        (
            lambda path: execute_sql(path, "UPDATE devices SET device = X'5b5d'"),
            "the device row of hub 0000AA01",
        ),
        (lambda path: execute_sql(path, "UPDATE sessions SET session = X'5b5d'"), "a session cannot be read"),
        (
            lambda path: execute_sql(path, "UPDATE credentials SET credential = X'5b5d'"),
            "the credential of olga",
        ),
        (lambda path: execute_sql(path, "UPDATE kept SET answer = X'5b5d'"), "a kept answer cannot be read"),
        (lambda path: execute_sql(path, "UPDATE hub_events SET event = X'5b5d'"), "event 1 of boot 1"),
        (lambda path: execute_sql(path, "DROP TABLE sessions"), "no such table: sessions"),
    ],
)
async def test_a_broken_backup_is_refused_without_changes(
    database: Path, saved: Path, spoil: Callable[[Path], object], why: str
) -> None:
    spoil(saved)
    before, files = image(database), names_in_folder_of(database)

    error = await refusal(saved, database)

    assert error.path == saved
    assert re.search(why, error.why)
    assert image(database) == before
    assert names_in_folder_of(database) == files


async def test_a_restore_after_a_killed_restore_starts_again(database: Path, saved: Path) -> None:
    overwrite(database.with_name("cloud.db.restoring"), b"half of a backup")

    await restore(saved, database)

    assert contents(database) == contents(saved)
    assert "cloud.db.restoring" not in names_in_folder_of(database)


# ------------------------------------------------------------------ after a restore


async def test_orders_of_a_restored_cloud_reach_a_carrier_that_is_ahead(
    tmp_path: Path,
) -> None:
    path, before = tmp_path / "cloud.db", tmp_path / "before.db"
    async with running(path) as cloud:
        await run_history(cloud)
        backup(path, before)
        cloud.confirms(AJAX, 7, Profile.INACTIVE)
    await restore(before, path)

    async with running(path) as cloud:
        cloud.confirms(AJAX, 7, Profile.INACTIVE)
        await cloud.does(NOBODY, SignUp(email="after@example.test", name="After"))
        profile = cloud.service.engine.state.profiles[AJAX]

    assert (profile.sequence, profile.wanted) == (8, Profile.ACTIVE)
