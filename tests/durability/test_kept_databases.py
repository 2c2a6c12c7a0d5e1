"""Databases of former programs: each opens, is brought up to date, and shows what its facts say."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from database_files import FIXTURES, contents, fixture_copy
from rich_cloud import AJAX, AJAX_2, APRIL_MS, HUB, HUB_2, HUB_3, KEY, TOPICS, live, running

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
from hubsim_cloud.engine import CloudEngine, QueryReceived
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
    """A database of each schema there ever was."""
    return fixture_copy(f"cloud-schema-{request.param}.db", tmp_path)


def raw_facts(path: Path) -> list[Fact]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT fact FROM facts ORDER BY position").fetchall()
    return [msgspec.json.decode(blob, type=Fact) for (blob,) in rows]


async def restored(path: Path) -> CloudEngine:
    """Return the engine that a cloud makes of the file."""
    store = await Store.open(path)
    try:
        saved = await store.load()
    finally:
        await store.close()
    engine = CloudEngine(CloudSettings(), TOPICS)
    engine.restore(saved.facts, saved.devices)
    return engine


def seen(engine: CloudEngine, actor: Actor, query: Query) -> dict[str, Any]:
    outcome = engine.look(QueryReceived(1, actor, query), NOW).outcome
    return dict(msgspec.to_builtins(outcome))


def test_there_is_a_kept_database_of_every_schema() -> None:
    assert {file.name for file in FIXTURES.glob("*.db")} == {
        f"cloud-schema-{number}.db" for number in SCHEMAS
    }


async def test_a_kept_database_loses_nothing_by_being_brought_up_to_date(path: Path) -> None:
    before, facts = contents(path), raw_facts(path)

    engine = await restored(path)

    after = contents(path)
    assert after["schema"] == [(len(MIGRATIONS),)]
    assert {name: rows for name, rows in after.items() if name in before} == before | {
        "schema": after["schema"]
    }
    assert engine.log == facts
    assert sorted(engine.state.devices) == [HUB, HUB_2]


async def test_a_kept_database_shows_the_state_that_its_facts_say(path: Path) -> None:
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


async def test_people_see_in_a_kept_database_what_they_saw_in_its_time(path: Path) -> None:
    engine = await restored(path)

    hubs = seen(engine, OLGA, DeviceList(object="object-1"))["hubs"]

    assert [(hub["hub"], hub["tile"], hub["online"]) for hub in hubs] == [
        (HUB, Tile.EXPIRES_SOON, True),
        (HUB_2, Tile.ACTIVATION_REQUIRED, False),
        (HUB_3, Tile.NONE, False),
    ]
    assert seen(engine, OLGA, CompanyDetails())["name"] == "olga and sons"
    assert "ivan@example.test" in str(seen(engine, OLGA, Employees()))
    assert "suspended" in str(seen(engine, OLGA, YourResellers()))
    assert str(seen(engine, RITA, PaymentHistory())).count("'total_cents': 500") == 3


async def test_what_stands_beside_the_facts_is_kept_too(tmp_path: Path) -> None:
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


async def test_a_cloud_lives_on_in_a_kept_database(path: Path) -> None:
    async with running(path) as cloud:
        person = await cloud.does(Actor(None), SignUp(email="new@example.test", name="New"))

    assert (await restored(path)).state.person_by_email["new@example.test"] == person["person"]


async def test_a_life_that_is_lived_again_comes_back_as_it_was(tmp_path: Path) -> None:
    async with running(tmp_path / "cloud.db") as cloud:
        await live(cloud)
        lived = cloud.service.engine.state

    again = (await restored(tmp_path / "cloud.db")).state

    again.dirty_hubs = lived.dirty_hubs  # cleared when made again: everything is published on connecting
    assert again == lived


async def test_a_migration_that_fails_leaves_the_schema_it_found(tmp_path: Path) -> None:
    path = fixture_copy("cloud-schema-1.db", tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE meta (in_the_way TEXT)")
    before = contents(path)

    with pytest.raises(StoreError, match="table meta already exists"):
        await Store.open(path)

    assert contents(path) == before


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_a_migration_is_one_transaction_that_counts_itself(version: int) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for number in range(version + 1):
            connection.executescript(SCHEMA.script(number))

        assert connection.execute("PRAGMA user_version").fetchone() == (version + 1,)
        assert not connection.in_transaction
