"""One instance for each database: a second one is refused, and does not affect the first."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from database_files import execute_sql

from hubsim_cloud.domain.facts import PersonSignedUp
from hubsim_cloud.service.migrations import MIGRATIONS
from hubsim_cloud.service.store import Batch, Store
from hubsim_storage.errors import StoreError
from hubsim_storage.instance_lock import lock_path

OLGA = PersonSignedUp(at_ms=1, person="person-1", email="olga@example.test", name="Olga")
HOLDER = """
import asyncio, pathlib, sys
from hubsim_cloud.domain.facts import PersonSignedUp
from hubsim_cloud.service.store import Batch, Store

async def main():
    store = await Store.open(pathlib.Path(sys.argv[1]))
    fact = PersonSignedUp(at_ms=1, person="person-1", email="olga@example.test", name="Olga")
    await store.commit(Batch(first_position=1, facts=(fact,)))
    print("here", flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cloud.db"


@pytest.fixture
def other(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the database open, with a fact in it."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (our own program)
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        yield process
        with contextlib.suppress(ProcessLookupError):
            process.kill()


@pytest.mark.process
async def test_a_second_process_is_refused_with_the_id_of_the_first(
    path: Path, other: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreError) as caught:
        await Store.open(path)

    assert str(caught.value) == f"{path}: is used by another hubsim, process {other.pid}; stop that one first"


@pytest.mark.process
async def test_a_killed_process_releases_its_lock_and_loses_no_fact(
    path: Path, other: subprocess.Popen[str]
) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()

    store = await Store.open(path)
    saved = await store.load()
    await store.close()

    assert saved.facts == [OLGA]


async def test_a_second_store_in_one_process_is_refused(path: Path) -> None:
    store = await Store.open(path)

    with pytest.raises(StoreError, match=f"process {os.getpid()}"):
        await Store.open(path)

    await store.close()


async def test_a_refused_store_does_not_affect_the_first(path: Path) -> None:
    store = await Store.open(path)
    with pytest.raises(StoreError):
        await Store.open(path)

    await store.commit(Batch(first_position=1, facts=(OLGA,)))

    assert (await store.load()).facts == [OLGA]
    with pytest.raises(StoreError):
        await Store.open(path)
    await store.close()


async def test_a_closed_store_releases_its_lock(path: Path) -> None:
    for _ in range(3):
        await (await Store.open(path)).close()


async def test_a_store_that_failed_to_open_holds_no_lock(path: Path) -> None:
    await (await Store.open(path)).close()
    execute_sql(path, "PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="schema 99"):
        await Store.open(path)
    execute_sql(path, f"PRAGMA user_version = {len(MIGRATIONS)}")

    await (await Store.open(path)).close()


async def test_a_cancelled_opening_holds_no_lock(path: Path) -> None:
    for turns in range(12):
        opening = asyncio.ensure_future(Store.open(path))
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait({opening})
        assert opening.cancelled()

    await (await Store.open(path)).close()


async def test_a_lock_without_a_process_id_is_respected(path: Path) -> None:
    store = await Store.open(path)
    lock_path(path).write_text("")

    with pytest.raises(StoreError, match="is used by another hubsim; stop that one first"):
        await Store.open(path)

    await store.close()
