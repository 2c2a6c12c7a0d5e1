"""Databases of older versions: each opens, is migrated, and shows the state of its facts."""

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from database_files import FIXTURES, contents, fixture_copy
from rich_cloud import AJAX, AJAX_2, APRIL_MS, HUB, HUB_2, HUB_3, KEY, TOPICS, run_history, running

from hubsim_cloud.domain.commands import SignUp
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.queries import (
    CompanyDetails,
    DeviceList,
    Employees,
    PaymentHistory,
    Query,
    YourResellers,
)
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor, App, Role, SubscriptionState
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.ports import QueryReceived
from hubsim_cloud.service.migrations import MIGRATIONS, SCHEMA
from hubsim_cloud.service.service import CommandDone
from hubsim_cloud.service.store import Store
from hubsim_contract.core import Now
from hubsim_contract.wire.messages import OrderStage, Profile, ServiceState
from hubsim_contract.wire.service import Tile
from hubsim_storage.errors import StoreError

SCHEMAS = range(1, len(MIGRATIONS) + 1)
NOW = Now(APRIL_MS, APRIL_MS)
OLGA = Actor("person-1", App.PRO_DESKTOP, "company-1")
RITA = Actor("person-3", App.PRO_DESKTOP, "company-3")


@pytest.fixture(params=SCHEMAS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database of each schema version."""
    return fixture_copy(f"cloud-schema-{request.param}.db", tmp_path)


def raw_facts(path: Path) -> list[Fact]:
    with closing(sqlite3.connect(path)) as connection:
        rows = [blob for (blob,) in connection.execute("SELECT fact FROM facts ORDER BY position")]
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'fact_pages'").fetchone():
            pages = connection.execute("SELECT content FROM fact_pages ORDER BY first_position")
            rows = [row for (page,) in pages for row in _json_rows(page)] + rows
    return [msgspec.json.decode(blob, type=Fact) for blob in rows]


def _json_rows(page: bytes) -> list[msgspec.Raw]:
    return msgspec.json.decode(zlib.decompress(page), type=list[msgspec.Raw])


async def restored(path: Path) -> CloudEngine:
    """Return the engine that a cloud restores from the file."""
    store = await Store.open(path)
    try:
        saved = await store.load()
    finally:
        await store.close()
    engine = CloudEngine(CloudSettings(), TOPICS)
    engine.restore(saved.facts, saved.devices)
    return engine


def view_of(engine: CloudEngine, actor: Actor, query: Query) -> dict[str, Any]:
    outcome = engine.look(QueryReceived(1, actor, query), NOW).outcome
    return dict(msgspec.to_builtins(outcome))


def test_there_is_a_fixture_of_every_schema() -> None:
    assert {file.name for file in FIXTURES.glob("*.db")} == {
        f"cloud-schema-{number}.db" for number in SCHEMAS
    }


async def test_a_migration_keeps_all_data(path: Path) -> None:
    before, facts = contents(path), raw_facts(path)

    engine = await restored(path)

    after = contents(path)
    assert after["schema"] == [(len(MIGRATIONS),)]
    assert {name: rows for name, rows in after.items() if name in before} == before | {
        "schema": after["schema"]
    }
    assert engine.log == facts
    assert sorted(engine.state.devices) == [HUB, HUB_2]


async def test_an_old_database_gives_the_state_of_its_facts(path: Path) -> None:
    engine = await restored(path)
    state = engine.state

    assert [person.email for person in state.people.values()][:5] == [
        f"{name}@example.test" for name in ("olga", "petr", "rita", "sven", "ivan")
    ]
    assert state.companies["company-1"].registration_number == "5260001246"
    assert state.companies["company-1"].employees["person-5"].role is Role.INSTALLER
    assert state.companies["company-1"].employees["person-5"].joined
    assert [run.state for run in state.subscriptions.values()] == [
        SubscriptionState.EXPIRING,
        SubscriptionState.ENDED,
    ]
    assert state.hubs[HUB].wanted.service is ServiceState.EXPIRING
    assert state.hubs[HUB].configuration.ping_s == 30
    assert state.hubs[HUB].armed
    assert [(state.profiles[card].wanted, state.profiles[card].stage) for card in (AJAX, AJAX_2)] == [
        (Profile.ACTIVE, OrderStage.EXECUTED),
        (Profile.INACTIVE, OrderStage.EXECUTED),
    ]
    assert [invoice.month for invoice in state.invoices] == ["2026-01"] * 2 + ["2026-02"] * 2 + [
        "2026-03"
    ] * 2


async def test_views_of_an_old_database_are_unchanged(path: Path) -> None:
    engine = await restored(path)

    hubs = view_of(engine, OLGA, DeviceList(object="object-1"))["hubs"]

    assert [(hub["hub"], hub["tile"], hub["online"]) for hub in hubs] == [
        (HUB, Tile.EXPIRES_SOON, True),
        (HUB_2, Tile.ACTIVATION_REQUIRED, False),
        (HUB_3, Tile.NONE, False),
    ]
    assert view_of(engine, OLGA, CompanyDetails())["name"] == "olga and sons"
    assert "ivan@example.test" in str(view_of(engine, OLGA, Employees()))
    assert "suspended" in str(view_of(engine, OLGA, YourResellers()))
    assert str(view_of(engine, RITA, PaymentHistory())).count("'total_cents': 500") == 3


async def test_other_records_are_kept_too(tmp_path: Path) -> None:
    path = fixture_copy("cloud-schema-2.db", tmp_path)
    async with running(path) as cloud:
        replayed = await cloud.service.submit(
            Actor(None), SignUp(email="last@example.test", name="Last"), key=KEY
        )

    store = await Store.open(path)
    credential, sessions = await store.credential("olga@example.test"), await store.sessions(now_ms=0)
    await store.close()

    assert replayed == CommandDone(Accepted((), {"person": "person-7"}), replayed=True)
    assert credential is not None
    assert credential.person == "person-1"
    assert [(session.person, session.account) for session in sessions] == [("person-1", "company-1")]


async def test_a_cloud_continues_on_an_old_database(path: Path) -> None:
    async with running(path) as cloud:
        person = await cloud.does(Actor(None), SignUp(email="new@example.test", name="New"))

    assert (await restored(path)).state.person_by_email["new@example.test"] == person["person"]


async def test_a_new_database_is_restored_with_the_same_state(tmp_path: Path) -> None:
    async with running(tmp_path / "cloud.db") as cloud:
        await run_history(cloud)
        original = cloud.service.engine.state

    again = (await restored(tmp_path / "cloud.db")).state

    again.dirty_hubs = original.dirty_hubs  # empty after a restore: everything is published on connecting
    assert again == original


async def test_a_failed_migration_keeps_the_old_schema(tmp_path: Path) -> None:
    path = fixture_copy("cloud-schema-1.db", tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE meta (in_the_way TEXT)")
    before = contents(path)

    with pytest.raises(StoreError, match="table meta already exists"):
        await Store.open(path)

    assert contents(path) == before


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_a_migration_and_its_version_are_one_transaction(version: int) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for number in range(version + 1):
            connection.executescript(SCHEMA.script(number))

        assert connection.execute("PRAGMA user_version").fetchone() == (version + 1,)
        assert not connection.in_transaction
