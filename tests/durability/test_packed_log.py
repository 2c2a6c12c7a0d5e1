"""The log of facts in compressed pages: whatever ends the process, every fact is there once."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from database_files import contents, execute_sql
from killed_program import lines_until_killed
from rich_cloud import TOPICS, running

from hubsim_cloud.domain.commands import SignUp
from hubsim_cloud.domain.fact_log import PAGE_FACTS
from hubsim_cloud.domain.facts import Fact, PersonSignedUp
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.backup import backup, restore
from hubsim_cloud.service.packing import pack_in_advance
from hubsim_cloud.service.store import LOOSE_FACTS, Batch, Store
from hubsim_contract.wire.messages import HubEvent

PACKER = """
import asyncio, pathlib, sys
from hubsim_cloud.domain.facts import PersonSignedUp
from hubsim_cloud.service.store import Batch, Store

async def main():
    store = await Store.open(pathlib.Path(sys.argv[1]))
    await store.load()
    number = 0
    while True:
        number += 1
        fact = PersonSignedUp(at_ms=number, person=f"p{number}", email="olga@example.test", name="Olga")
        await store.commit(Batch(first_position=number, facts=(fact,)))
        print(number, flush=True)
        await store.pack(size=3, loose=2)

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cloud.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = await Store.open(path)
    await store.load()
    yield store
    await store.close()


def fact(number: int) -> Fact:
    return PersonSignedUp(at_ms=number, person=f"p{number}", email="olga@example.test", name="Olga")


def facts(count: int) -> list[Fact]:
    return [fact(number) for number in range(1, count + 1)]


async def commit(store: Store, count: int) -> None:
    await store.commit(Batch(first_position=1, facts=tuple(facts(count))))


def loose(path: Path) -> list[int]:
    return [position for (position,) in execute_sql(path, "SELECT position FROM facts ORDER BY position")]


async def test_the_newest_facts_stay_rows_and_all_are_read(path: Path, store: Store) -> None:
    await commit(store, 10)

    pages = await store.pack(5, size=3, loose=2)
    saved = await store.load()

    assert [(page.first, page.last) for page in pages] == [(1, 3), (4, 6)]
    assert loose(path) == [7, 8, 9, 10]
    assert saved.facts == facts(10)
    assert saved.facts.packed == 6


async def test_a_page_is_packed_when_there_are_enough_facts(path: Path, store: Store) -> None:
    await commit(store, LOOSE_FACTS + PAGE_FACTS - 1)
    assert await store.pack() == []
    await store.commit(Batch(first_position=LOOSE_FACTS + PAGE_FACTS, facts=(fact(1),)))

    (page,) = await store.pack()

    assert (page.first, page.last) == (1, PAGE_FACTS)
    assert len(loose(path)) == LOOSE_FACTS


async def test_a_packed_log_is_less_than_a_fifth_of_its_rows(path: Path, store: Store) -> None:
    await commit(store, 20_000)
    rows = _size(path)
    log = (await store.load()).facts

    await pack_in_advance(store, log)

    assert log.packed > 18_000
    assert log == facts(20_000)
    assert _size(path) < rows / 5


async def test_a_log_that_is_packed_while_it_runs_is_the_same_after_a_restart(store: Store) -> None:
    await commit(store, 100)
    engine = CloudEngine(CloudSettings(), TOPICS)
    engine.restore((await store.load()).facts, {})

    for page in await store.pack(size=7, loose=10):
        engine.log.pack(page)
    again = CloudEngine(CloudSettings(), TOPICS)
    again.restore((await store.load()).facts, {})

    assert engine.log.packed == 28
    assert engine.log == again.log == facts(100)
    assert engine.state == again.state


async def test_a_running_cloud_packs_its_log(path: Path) -> None:
    count = LOOSE_FACTS + 2 * PAGE_FACTS
    async with running(path) as cloud:
        people = (SignUp(email=f"p{number}@example.test", name="P") for number in range(count))
        await asyncio.gather(*(cloud.does(Actor(None), person) for person in people))
        await cloud.does(Actor(None), SignUp(email="last@example.test", name="after the packing"))
        log, state = cloud.service.engine.log, cloud.service.engine.state

    async with running(path) as again:
        assert log.packed == again.service.engine.log.packed == 2 * PAGE_FACTS
        assert list(again.service.engine.log) == list(log)
        assert again.service.engine.state.people == state.people


async def test_events_of_hubs_are_packed_and_none_is_lost(path: Path, store: Store) -> None:
    events = [
        HubEvent(hub=f"0000AA0{hub}", boot=1, number=number, kind="lid_opened", at_ms=1)
        for hub in range(3)
        for number in range(1, 11)
    ]
    await store.commit(Batch(events=tuple(events)))

    while await store.pack_events(size=8, loose=5):
        pass

    pages = execute_sql(path, "SELECT content FROM hub_event_pages ORDER BY page")
    rows = execute_sql(path, "SELECT event FROM hub_events ORDER BY hub, boot, number")
    packed = [msgspec.json.decode(zlib.decompress(page), type=list[HubEvent]) for (page,) in pages]
    loose = [msgspec.json.decode(row, type=HubEvent) for (row,) in rows]
    assert [len(page) for page in packed] == [8, 8, 8]
    assert [event for page in packed for event in page] + loose == events
    await store.check()


async def test_an_event_that_comes_again_is_counted_once(path: Path, store: Store) -> None:
    first, second = (
        HubEvent(hub="0000AA01", boot=1, number=number, kind="lid_opened", at_ms=1) for number in (1, 2)
    )
    for _ in range(9):
        await store.commit(Batch(events=(first, first)))

    assert not await store.pack_events(size=2, loose=0)
    await store.commit(Batch(events=(first, second)))
    assert await store.pack_events(size=2, loose=0)

    assert execute_sql(path, "SELECT count(*) FROM hub_events") == [(0,)]


async def test_a_backup_of_a_packed_log_has_every_fact(path: Path, store: Store, tmp_path: Path) -> None:
    await commit(store, 100)
    await store.pack(size=7, loose=10)
    backup(path, tmp_path / "saved.db")

    await restore(tmp_path / "saved.db", tmp_path / "restored.db")

    assert contents(tmp_path / "restored.db")["fact_pages"] == contents(path)["fact_pages"]
    restored = await Store.open(tmp_path / "restored.db")
    assert (await restored.load()).facts == facts(100)
    await restored.close()


async def test_without_room_on_the_disk_no_fact_moves(path: Path, store: Store) -> None:
    await commit(store, 3_000)
    log = (await store.load()).facts
    ((pages,),) = await store.database.connection.execute_fetchall("PRAGMA page_count")
    await store.database.connection.execute(f"PRAGMA max_page_count = {pages}")

    await pack_in_advance(store, log)

    assert (log.packed, len(loose(path))) == (0, 3_000)
    assert (await store.load()).facts == facts(3_000)


@pytest.mark.process
@pytest.mark.parametrize("answers", [5, 6, 7, 50, 200])
async def test_a_process_killed_while_it_packs_has_each_fact_once(path: Path, answers: int) -> None:
    assert len(lines_until_killed(PACKER, path, answers)) >= answers

    store = await Store.open(path)
    saved = (await store.load()).facts
    await store.close()

    assert len(saved) >= answers
    assert saved == facts(len(saved))


def _size(path: Path) -> int:
    execute_sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size
