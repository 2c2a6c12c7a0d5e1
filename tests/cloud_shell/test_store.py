"""The cloud's database: all or nothing, everything back as it was, and no silence about a bad file."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import msgspec
import pytest

from cloud.domain.facts import CompanyCreated, Fact, PersonSignedUp
from cloud.domain.state import Device
from cloud.store import MIGRATIONS, Batch, Store, StoreError
from contract.messages import Hardware, HubEvent, Reported

HUB = "0000AA01"
OLGA = PersonSignedUp(at_ms=1, person="person-1", email="olga@example.test", name="Olga")
WOLF = CompanyCreated(
    at_ms=2,
    by="person-1",
    company="company-2",
    name="Wolf",
    country="PL",
    owner="person-1",
    zone="Europe/Warsaw",
)
LID = HubEvent(hub=HUB, boot=1, number=1, kind="lid_opened", at_ms=3)
DEVICE = Device(
    online=True,
    boot=1,
    connection=2,
    reported=Reported(
        hub=HUB, boot=1, sequence=1, applied_version=4, hardware=Hardware(model="hub-2", firmware="2")
    ),
    missing_since_ms={"wifi": 5},
    events=[LID],
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cloud.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = await Store.open(path)
    yield store
    await store.close()


async def loaded(path: Path) -> tuple[list[Fact], dict[str, Device]]:
    """Open the file as a restarted cloud does, and return what it finds."""
    store = await Store.open(path)
    try:
        saved = await store.load()
    finally:
        await store.close()
    return saved.facts, saved.devices


def by_hand(path: Path, statement: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


async def refusal(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        await loaded(path)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


# ------------------------------------------------------------------ what is written comes back


async def test_a_new_database_is_empty(path: Path) -> None:
    assert await loaded(path) == ([], {})


async def test_facts_devices_and_events_come_back_as_they_were(store: Store, path: Path) -> None:
    await store.commit(
        Batch(first_position=1, facts=(OLGA, WOLF), devices={HUB: DEVICE}, events=(LID,)),
    )

    assert await loaded(path) == ([OLGA, WOLF], {HUB: DEVICE})
    assert by_hand(path, "SELECT hub, boot, number FROM hub_events") == [(HUB, 1, 1)]


async def test_batches_follow_each_other(store: Store, path: Path) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))
    await store.commit(Batch(first_position=2, facts=(WOLF,)))

    assert (await loaded(path))[0] == [OLGA, WOLF]


async def test_the_latest_of_a_hub_replaces_what_was_known_before(store: Store, path: Path) -> None:
    await store.commit(Batch(devices={HUB: Device(online=True)}))
    await store.commit(Batch(devices={HUB: DEVICE}))

    assert (await loaded(path))[1] == {HUB: DEVICE}


async def test_an_event_that_is_stored_again_is_stored_once(store: Store, path: Path) -> None:
    await store.commit(Batch(events=(LID,)))
    await store.commit(Batch(events=(LID,)))

    assert by_hand(path, "SELECT count(*) FROM hub_events") == [(1,)]


async def test_an_empty_batch_touches_nothing(store: Store, path: Path) -> None:
    assert Batch().empty

    await store.commit(Batch())

    assert await loaded(path) == ([], {})


def sample(annotation: Any) -> Any:
    """Return some value of this type, never the default where there is a choice."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in (int, float):
        return 7
    if annotation is str:
        return "word"
    if annotation is bool:
        return True
    if origin is UnionType or type(None) in arguments:
        return sample(next(each for each in arguments if each is not type(None)))
    if origin is tuple:
        return (sample(arguments[0]),)
    if getattr(annotation, "__metadata__", None):
        return sample(arguments[0])
    if issubclass(annotation, Enum):
        return list(annotation)[-1]
    assert issubclass(annotation, msgspec.Struct)
    return annotation(**{field.name: sample(field.type) for field in msgspec.structs.fields(annotation)})


@pytest.mark.parametrize("shape", get_args(Fact), ids=lambda shape: shape.__name__)
async def test_every_kind_of_fact_comes_back_as_it_was(
    store: Store, path: Path, shape: type[msgspec.Struct]
) -> None:
    fact = sample(shape)

    await store.commit(Batch(first_position=1, facts=(fact,)))

    assert (await loaded(path))[0] == [fact]


# ------------------------------------------------------------------ all or nothing


async def test_a_batch_of_which_one_part_cannot_be_written_leaves_nothing_behind(
    store: Store, path: Path
) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))

    with pytest.raises(StoreError, match="nothing was changed"):
        await store.commit(
            Batch(first_position=1, facts=(WOLF,), devices={HUB: DEVICE}, events=(LID,)),
        )

    assert await loaded(path) == ([OLGA], {})
    assert by_hand(path, "SELECT count(*) FROM hub_events") == [(0,)]


async def test_after_a_failed_batch_the_next_one_is_written(store: Store, path: Path) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))
    with pytest.raises(StoreError):
        await store.commit(Batch(first_position=1, facts=(WOLF,)))

    await store.commit(Batch(first_position=2, facts=(WOLF,)))

    assert (await loaded(path))[0] == [OLGA, WOLF]


async def test_a_commit_that_is_cancelled_ends_as_cancelled_and_is_whole_or_not_there(path: Path) -> None:
    for turns in range(6):
        store = await Store.open(path)
        saved = await store.load()
        batch = Batch(first_position=len(saved.facts) + 1, facts=(OLGA, WOLF))
        committing = asyncio.ensure_future(store.commit(batch))
        for _ in range(turns):
            await asyncio.sleep(0)

        committing.cancel()
        await asyncio.wait({committing})

        assert committing.cancelled()
        again = await store.load()
        assert len(again.facts) - len(saved.facts) in (0, 2)
        await store.commit(Batch(first_position=len(again.facts) + 1, facts=(OLGA,)))
        await store.close()


async def test_a_store_can_be_closed_twice(path: Path) -> None:
    store = await Store.open(path)

    await store.close()
    await store.close()


# ------------------------------------------------------------------ bad files


async def test_a_missing_fact_is_found_and_named(store: Store, path: Path) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA, WOLF)))
    by_hand(path, "DELETE FROM facts WHERE position = 1")

    assert "fact 1 is missing; restore a backup" in await refusal(path)


async def test_a_fact_that_cannot_be_read_is_named(store: Store, path: Path) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA, WOLF)))
    by_hand(path, "UPDATE facts SET fact = ? WHERE position = 2", b'{"fact": "nothing_known"}')

    assert re.search(r"fact 2 cannot be read \(.*nothing_known", await refusal(path))


@pytest.mark.parametrize("blob", [b'{"fact": "\xff"}', b'{"x": ' + b"[" * 100_000])
async def test_bytes_of_whatever_kind_in_the_place_of_a_fact_are_named(
    store: Store, path: Path, blob: bytes
) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))
    by_hand(path, "UPDATE facts SET fact = ?", blob)

    assert "fact 1 cannot be read" in await refusal(path)


async def test_a_device_row_that_cannot_be_read_is_named_by_its_hub(store: Store, path: Path) -> None:
    await store.commit(Batch(devices={HUB: DEVICE}))
    by_hand(path, "UPDATE devices SET device = ?", b"\x00")

    assert f"the device row of hub {HUB} cannot be read" in await refusal(path)


async def test_a_database_of_a_newer_program_is_refused_and_left_alone(store: Store, path: Path) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))
    newer = len(MIGRATIONS) + 1
    by_hand(path, f"PRAGMA user_version = {newer}")

    text = await refusal(path)

    assert f"has schema {newer}" in text
    assert "use a newer hubsim" in text
    assert by_hand(path, "SELECT count(*) FROM facts") == [(1,)]


def damage(path: Path) -> None:
    """Leave nothing but the first page as it was."""
    pages = path.read_bytes()
    path.write_bytes(pages[:4096] + b"\xff" * (len(pages) - 4096))


async def test_a_damaged_file_is_refused_with_advice(store: Store, path: Path) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA, WOLF), devices={HUB: DEVICE}))
    await store.close()
    damage(path)

    assert (await refusal(path)).endswith(
        "cannot be read (database disk image is malformed); restore a backup"
    )


@pytest.mark.usefixtures("store")
async def test_a_database_without_its_tables_is_refused(path: Path) -> None:
    by_hand(path, "DROP TABLE facts")

    assert "cannot be read (no such table: facts)" in await refusal(path)


async def test_a_database_that_another_program_holds_is_refused_with_advice(
    path: Path,
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(StoreError, match=r"\(database is locked\); end the other program"):
            await Store.open(path, busy_ms=0)


@pytest.fixture
def shopping_list(path: Path) -> Path:
    path.write_bytes(b"a shopping list, not a database\n" * 100)
    return path


async def test_a_file_that_is_no_database_is_refused(shopping_list: Path) -> None:
    text = await refusal(shopping_list)

    assert text.endswith(
        ": cannot be used as the database (file is not a database); give the path of another file"
    )


async def test_a_database_in_a_folder_that_is_not_there_is_refused_with_advice(tmp_path: Path) -> None:
    assert "give a path in a writable folder" in await refusal(tmp_path / "nowhere" / "cloud.db")


async def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "give a path in a writable folder" in await refusal(tmp_path)


async def test_a_store_whose_tables_are_gone_says_that_nothing_was_written(store: Store, path: Path) -> None:
    by_hand(path, "DROP TABLE facts")

    with pytest.raises(StoreError, match="could not be written"):
        await store.commit(Batch(first_position=1, facts=(OLGA,)))


async def test_a_full_disk_leaves_nothing_half_written_and_says_what_to_do(store: Store, path: Path) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))
    await store._connection.execute("PRAGMA max_page_count = 1")
    long = tuple(msgspec.structs.replace(OLGA, name="Olga" * 1_000) for _ in range(10))

    with pytest.raises(StoreError, match=r"nothing was changed \(database or disk is full\); make room"):
        await store.commit(Batch(first_position=2, facts=long))

    assert (await loaded(path))[0] == [OLGA]
