"""The cloud's database: transactions are atomic, data is read back unchanged, bad files raise errors."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import msgspec
import pytest

from hubsim_cloud.domain.facts import CompanyCreated, Fact, PersonSignedUp
from hubsim_cloud.domain.refusals import Refusal, RefusalName
from hubsim_cloud.domain.state import Device
from hubsim_cloud.domain.types import App
from hubsim_cloud.service.rows import Credential, Kept, RowChanges, UserSession
from hubsim_cloud.service.store import FORGOTTEN_AT_ONCE, Batch, Store
from hubsim_contract.wire.messages import Hardware, HubEvent, Reported
from hubsim_storage.errors import StoreError

HUB = "0000AA01"
LIMIT_S = 10
OFF, FULL = 0, 2
"""SQLite's numbers for `synchronous`."""
"""How long a thread may take to end."""
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
    events=(LID,),
)


CREDENTIAL = Credential("person-1", "olga@example.test", "argon2:hash")


def session(token_hash: str, expires_ms: int, account: str | None = None) -> UserSession:
    return UserSession(token_hash, "person-1", App.PRO_APP, account, expires_ms, created_ms=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cloud.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = await Store.open(path)
    yield store
    await store.close()


async def loaded(path: Path) -> tuple[list[Fact], dict[str, Device]]:
    """Open the file as a restarted cloud does, and return its data."""
    store = await Store.open(path)
    try:
        saved = await store.load()
    finally:
        await store.close()
    return saved.facts, saved.devices


async def close_and_load(store: Store) -> tuple[list[Fact], dict[str, Device]]:
    """Close the store, and return the data of the file."""
    await store.close()
    return await loaded(store.path)


def execute_sql(path: Path, statement: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


# ------------------------------------------------------------------ facts, devices and events


async def test_a_new_database_is_empty(path: Path) -> None:
    assert await loaded(path) == ([], {})


async def test_facts_devices_and_events_are_read_back_unchanged(store: Store, path: Path) -> None:
    await store.commit(
        Batch(first_position=1, facts=(OLGA, WOLF), devices={HUB: DEVICE}, events=(LID,)),
    )

    assert await close_and_load(store) == ([OLGA, WOLF], {HUB: DEVICE})
    assert execute_sql(path, "SELECT hub, boot, number FROM hub_events") == [(HUB, 1, 1)]


async def test_a_second_batch_extends_the_log(store: Store) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))
    await store.commit(Batch(first_position=2, facts=(WOLF,)))

    assert (await close_and_load(store))[0] == [OLGA, WOLF]


async def test_a_new_device_row_replaces_the_previous_one(store: Store) -> None:
    await store.commit(Batch(devices={HUB: Device(online=True)}))
    await store.commit(Batch(devices={HUB: DEVICE}))

    assert (await close_and_load(store))[1] == {HUB: DEVICE}


async def test_a_repeated_event_is_stored_once(store: Store, path: Path) -> None:
    await store.commit(Batch(events=(LID,)))
    await store.commit(Batch(events=(LID,)))

    assert execute_sql(path, "SELECT count(*) FROM hub_events") == [(1,)]


async def test_an_empty_batch_writes_nothing(store: Store) -> None:
    assert Batch().empty

    await store.commit(Batch())

    assert await close_and_load(store) == ([], {})


def sample(annotation: Any) -> Any:
    """Return a value of this type that is not the default, if there is one."""
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
async def test_every_kind_of_fact_is_read_back_unchanged(store: Store, shape: type[msgspec.Struct]) -> None:
    fact = sample(shape)

    await store.commit(Batch(first_position=1, facts=(fact,)))

    assert (await close_and_load(store))[0] == [fact]


# ------------------------------------------------------------------ other records


async def test_a_credential_is_found_by_its_address(store: Store) -> None:
    await store.commit(Batch(rows=RowChanges(credentials=(CREDENTIAL,))))

    assert await store.credential("olga@example.test") == CREDENTIAL
    assert await store.credential("ivan@example.test") is None


async def test_a_new_password_replaces_the_old_one(store: Store) -> None:
    newer = Credential(CREDENTIAL.person, CREDENTIAL.email, "argon2:other")
    await store.commit(Batch(rows=RowChanges(credentials=(CREDENTIAL,))))

    await store.commit(Batch(rows=RowChanges(credentials=(newer,))))

    assert await store.credential("olga@example.test") == newer


async def test_sessions_are_read_until_they_expire_or_are_ended(store: Store) -> None:
    long, short, gone = session("a", 300), session("b", 200), session("c", 300)
    await store.commit(Batch(rows=RowChanges(sessions=(long, short, gone))))

    await store.commit(Batch(rows=RowChanges(ended=("c", "never there"))))

    assert await store.sessions(now_ms=199) == [short, long]
    assert await store.sessions(now_ms=200) == [long]


async def test_a_session_replaces_the_one_with_the_same_token(store: Store) -> None:
    await store.commit(Batch(rows=RowChanges(sessions=(session("a", 300),))))

    await store.commit(Batch(rows=RowChanges(sessions=(session("a", 300, account="company-1"),))))

    assert await store.sessions(now_ms=0) == [session("a", 300, account="company-1")]


async def test_facts_and_rows_of_one_batch_are_written_in_one_transaction(store: Store) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))

    with pytest.raises(StoreError):
        await store.commit(
            Batch(
                first_position=1,
                facts=(WOLF,),
                rows=RowChanges(credentials=(CREDENTIAL,), sessions=(session("a", 300),)),
                kept={("person-1", "k"): Kept("f")},
            )
        )

    assert await store.credential("olga@example.test") is None
    assert await store.sessions(now_ms=0) == []
    assert await store.kept([("person-1", "k")]) == {}


async def test_stored_answers_are_found_by_scope_and_key(store: Store) -> None:
    granted = Kept("f1", result={"object": "object-1"})
    refused = Kept("f2", refusal=Refusal(RefusalName.NOT_PERMITTED, "No.", {"why": "role"}))
    await store.commit(Batch(kept={("olga", "k"): granted, ("ivan", "k"): refused}))

    found = await store.kept([("olga", "k"), ("ivan", "k"), ("olga", "other"), ("k", "olga")])

    assert found == {("olga", "k"): granted, ("ivan", "k"): refused}


async def test_only_old_answers_and_expired_sessions_are_deleted(store: Store) -> None:
    many = {("olga", f"old {number}"): Kept("f") for number in range(FORGOTTEN_AT_ONCE + 1)}
    await store.commit(Batch(kept=many, kept_at_ms=99, rows=RowChanges(sessions=(session("a", 99),))))
    young = Batch(
        kept={("olga", "k"): Kept("f")}, kept_at_ms=100, rows=RowChanges(sessions=(session("b", 100),))
    )
    await store.commit(young)

    await store.forget_before(100)

    assert execute_sql(store.path, "SELECT scope, key FROM kept") == [("olga", "k")]
    assert await store.sessions(now_ms=0) == [session("b", 100)]


async def test_a_value_is_found_by_its_name(store: Store) -> None:
    nothing = await store.meta("epoch")
    await store.set_meta("epoch", b"1")
    await store.set_meta("epoch", b"\x00\xff")

    assert nothing is None
    assert await store.meta("epoch") == b"\x00\xff"


async def test_a_probe_writes_and_leaves_nothing(store: Store) -> None:
    await store.probe()

    assert execute_sql(store.path, "SELECT * FROM meta") == []


async def test_concurrent_writers_wait_for_the_open_transaction(store: Store) -> None:
    batches = [
        Batch(first_position=number, facts=(OLGA,), kept={("olga", str(number)): Kept("f")}, kept_at_ms=99)
        for number in range(1, 21)
    ]

    await asyncio.gather(
        *(store.commit(batch) for batch in batches),
        *(store.set_meta("n", str(number).encode()) for number in range(20)),
        store.forget_before(100),
        store.credential("olga@example.test"),
    )

    assert await store.meta("n") == b"19"
    assert len((await store.load()).facts) == 20


async def test_the_repr_of_rows_shows_no_secret() -> None:
    rows = RowChanges(credentials=(CREDENTIAL,), sessions=(session("a token hash", 300),))

    shown = f"{rows} {rows!r} {Batch(rows=rows)!r}"

    assert "argon2" not in shown
    assert "a token hash" not in shown


# ------------------------------------------------------------------ transactions


async def test_a_batch_with_one_bad_part_writes_nothing(store: Store, path: Path) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))

    with pytest.raises(StoreError, match="nothing was changed"):
        await store.commit(
            Batch(first_position=1, facts=(WOLF,), devices={HUB: DEVICE}, events=(LID,)),
        )

    assert await close_and_load(store) == ([OLGA], {})
    assert execute_sql(path, "SELECT count(*) FROM hub_events") == [(0,)]


async def test_after_a_failed_batch_the_next_one_is_written(store: Store) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))
    with pytest.raises(StoreError):
        await store.commit(Batch(first_position=1, facts=(WOLF,)))

    await store.commit(Batch(first_position=2, facts=(WOLF,)))

    assert (await close_and_load(store))[0] == [OLGA, WOLF]


async def test_a_cancelled_commit_is_complete_or_not_written(path: Path) -> None:
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


@pytest.mark.parametrize(("options", "synchronous"), [({}, FULL), ({"outlives_machine": False}, OFF)])
async def test_a_commit_waits_for_the_disk_only_if_the_file_must_survive_the_machine(
    path: Path, options: dict[str, bool], synchronous: int
) -> None:
    store = await Store.open(path, **options)

    rows = await store.database.read("PRAGMA synchronous")
    await store.close()

    assert [tuple(row) for row in rows] == [(synchronous,)]


async def test_a_store_can_be_closed_twice(path: Path) -> None:
    store = await Store.open(path)

    await store.close()
    await store.close()


# ------------------------------------------------------------------ failures while it is open


async def test_a_store_without_its_tables_reports_that_nothing_was_written(store: Store, path: Path) -> None:
    execute_sql(path, "DROP TABLE facts")

    with pytest.raises(StoreError, match="could not be written"):
        await store.commit(Batch(first_position=1, facts=(OLGA,)))


async def test_a_full_disk_writes_nothing_and_the_error_has_advice(store: Store) -> None:
    await store.commit(Batch(first_position=1, facts=(OLGA,)))
    await store.database.connection.execute("PRAGMA max_page_count = 1")
    long = tuple(msgspec.structs.replace(OLGA, name="Olga" * 1_000) for _ in range(10))

    with pytest.raises(StoreError, match=r"nothing was changed \(database or disk is full\); make room"):
        await store.commit(Batch(first_position=2, facts=long))

    assert (await close_and_load(store))[0] == [OLGA]


async def cancel_open(path: Path) -> None:
    """Begin to open a database, and cancel that while the thread opens the file."""
    opening = asyncio.create_task(Store.open(path))
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.wait({opening})
    assert opening.cancelled()


def test_a_cancelled_opening_does_not_create_the_file_again(tmp_path: Path) -> None:
    with asyncio.Runner() as loop:
        loop.run(cancel_open(tmp_path / "cloud.db"))
        for file in tmp_path.iterdir():
            file.unlink()

        for thread in set(threading.enumerate()) - {threading.current_thread()}:
            thread.join(LIMIT_S)

    assert list(tmp_path.iterdir()) == []
