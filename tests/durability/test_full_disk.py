"""A full disk while the cloud runs: nothing acknowledged is lost, and the cloud continues with free space."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cramped_cloud import NAME, NOBODY, OLGA, CrampedCloud, cramped, goes_online
from database_files import execute_sql, fixture_copy
from rich_cloud import HUB, NINE_MS

from hubsim_cloud.domain.commands import SignUp
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.queries import Accounts
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.service.rows import Credential, Key, RowChanges
from hubsim_cloud.service.service import StorageDown
from hubsim_contract.core import Stop, Wake
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    Disconnect,
    Publish,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.messages import HubEvent, Presence
from hubsim_contract.wire.topics import MessageKind


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[CrampedCloud]:
    async with cramped(tmp_path / "cloud.db") as cloud:
        yield cloud


async def test_a_command_on_a_full_disk_raises_storage_down(cloud: CrampedCloud) -> None:
    await cloud.signs_up()
    await cloud.fills_up()
    before = execute_sql(cloud.store.path, "SELECT count(*) FROM facts")

    with pytest.raises(StorageDown) as caught:
        await cloud.signs_up("ivan")

    assert "database or disk is full" in str(caught.value)
    assert str(caught.value).endswith("; make room on the disk")
    assert caught.value.error is cloud.service.trouble
    assert execute_sql(cloud.store.path, "SELECT count(*) FROM facts") == before


async def test_views_show_the_stored_facts_while_the_disk_is_full(cloud: CrampedCloud) -> None:
    await cloud.signs_up()
    await cloud.fills_up()

    seen = await cloud.service.look(OLGA, Accounts())

    assert not isinstance(seen, Refusal)
    assert "olga" in str(seen)
    assert cloud.service.engine.log == (await cloud.store.load()).facts


async def test_a_query_in_the_failed_batch_is_answered_from_the_stored_facts(cloud: CrampedCloud) -> None:
    await cloud.signs_up()
    await cloud.disk_is_full()
    snapshots = []
    while cloud.service.trouble is None:
        snapshots.append(asyncio.ensure_future(cloud.service.look(OLGA, Accounts())))
        await cloud.signs_up_many()

    seen = await asyncio.gather(*snapshots)

    assert all("olga" in str(view) for view in seen)


async def test_commands_that_were_not_committed_are_not_in_the_journal(cloud: CrampedCloud) -> None:
    await cloud.signs_up()
    await cloud.fills_up()
    with pytest.raises(StorageDown):
        await cloud.signs_up("ivan")
    await cloud.disk_has_room()
    await cloud.signs_up("rita")

    people = execute_sql(cloud.store.path, "SELECT count(*) FROM facts")

    signed_up = [decided.act.email for decided in cloud.journal if isinstance(decided.act, SignUp)]
    assert [(len(signed_up),)] == people
    assert (signed_up[0], signed_up[-1]) == ("olga@example.test", "rita@example.test")


async def test_rows_cannot_be_stored_while_the_disk_is_full(cloud: CrampedCloud) -> None:
    await cloud.fills_up()

    with pytest.raises(StorageDown):
        await cloud.service.keep(RowChanges(credentials=(Credential("person-1", "olga@example.test", "h"),)))

    assert await cloud.store.credential("olga@example.test") is None


async def test_the_first_command_with_free_space_is_executed(cloud: CrampedCloud) -> None:
    await cloud.fills_up()
    await cloud.disk_has_room()

    await cloud.signs_up()

    assert cloud.service.trouble is None
    assert cloud.service.engine.log == (await cloud.store.load()).facts


async def test_the_cloud_detects_free_space_without_a_command(
    cloud: CrampedCloud,
) -> None:
    await cloud.fills_up()
    cloud.probe_gate.set()
    await cloud.until(lambda: len(cloud.pauses) > 1)
    await cloud.idle()
    still = cloud.service.trouble
    await cloud.disk_has_room()

    cloud.probe_gate.set()
    await cloud.until(lambda: cloud.service.trouble is None)

    assert still is not None
    assert cloud.pauses == [cloud.pauses[0]] * len(cloud.pauses)


async def test_a_writable_database_is_not_probed(cloud: CrampedCloud) -> None:
    await cloud.fills_up()
    await cloud.disk_has_room()
    await cloud.signs_up()
    pauses = len(cloud.pauses)

    cloud.probe_gate.set()
    await cloud.signs_up("ivan")

    assert len(cloud.pauses) == pauses
    assert [task for task in asyncio.all_tasks() if task.get_name() == "cloud storage probe"] == []


# ------------------------------------------------------------------ the broker


async def test_the_connection_is_closed_and_opened_again(cloud: CrampedCloud) -> None:
    await goes_online(cloud)
    await cloud.fills_up()
    down = list(cloud.performed)
    cloud.performed.clear()
    await cloud.disk_has_room()

    await cloud.signs_up()

    assert [type(effect) for effect in down] == [Connect, Subscribe, Publish, Publish, Disconnect]
    presences = [decode(MessageKind.CLOUD_PRESENCE, effect.payload) for effect in down[2:4]]
    assert [presence.online for presence in presences] == [True, False]
    assert [type(effect) for effect in cloud.performed] == [Connect]


async def test_events_of_the_closed_connection_do_not_reach_the_next_one(
    cloud: CrampedCloud,
) -> None:
    await goes_online(cloud)
    await cloud.fills_up()
    await cloud.disk_has_room()
    cloud.performed.clear()

    for event in (ConnectionLost(), Connected(), Subscribed(), Wake()):
        cloud.service.post(event)
    await cloud.signs_up()

    assert [type(effect) for effect in cloud.performed] == [Connect]
    assert not cloud.service.engine.online


async def test_a_cloud_that_was_not_connected_is_not_connected_afterwards(cloud: CrampedCloud) -> None:
    await cloud.fills_up()
    await cloud.disk_has_room()

    await cloud.signs_up()

    assert [type(effect) for effect in cloud.performed] == [Disconnect]


async def test_a_cloud_stopped_on_a_full_disk_does_not_connect_again(cloud: CrampedCloud) -> None:
    await goes_online(cloud)
    await cloud.fills_up()
    cloud.service.post(Stop())
    await cloud.idle()
    await cloud.disk_has_room()
    cloud.performed.clear()

    await cloud.signs_up()

    assert cloud.performed == []


async def test_nothing_is_due_while_the_disk_is_full(tmp_path: Path) -> None:
    async with cramped(fixture_copy("cloud-schema-2.db", tmp_path)) as cloud:
        before = cloud.service.due()

        await cloud.fills_up()

        assert before == cloud.service.engine.due()
        assert before is not None
        assert cloud.service.due() is None


async def test_messages_of_hubs_on_a_full_disk_are_not_lost(cloud: CrampedCloud) -> None:
    await cloud.disk_is_full()
    cloud.receives(MessageKind.PRESENCE, Presence(hub=HUB, online=True, boot=1, connection=1))
    for number in range(1, 400):
        cloud.receives(
            MessageKind.EVENTS, HubEvent(hub=HUB, boot=1, number=number, kind="lid" * 30, at_ms=NINE_MS)
        )
    await cloud.idle()
    assert cloud.service.trouble is not None
    cloud.receives(MessageKind.EVENTS, HubEvent(hub=HUB, boot=1, number=400, kind="lid", at_ms=NINE_MS))
    await cloud.idle()
    await cloud.disk_has_room()

    await cloud.signs_up()

    assert execute_sql(cloud.store.path, "SELECT count(*), max(number) FROM hub_events") == [(400, 400)]
    assert (await cloud.store.load()).devices[HUB].online


# ------------------------------------------------------------------ an unreadable database


async def test_an_unreadable_database_gives_no_answers_until_it_is_readable(cloud: CrampedCloud) -> None:
    await cloud.signs_up()
    execute_sql(cloud.store.path, "ALTER TABLE facts RENAME TO mislaid")

    with pytest.raises(StorageDown):
        await cloud.signs_up("ivan")
    with pytest.raises(StorageDown):
        await cloud.service.look(OLGA, Accounts())
    with pytest.raises(StorageDown):
        await cloud.signs_up("ivan")
    execute_sql(cloud.store.path, "ALTER TABLE mislaid RENAME TO facts")

    await cloud.signs_up("ivan")
    assert "olga" in str(await cloud.service.look(OLGA, Accounts()))


async def test_waiting_callers_get_cloud_stopped_when_a_cloud_on_a_full_disk_is_killed(
    cloud: CrampedCloud,
) -> None:
    await cloud.fills_up()

    cloud.serving.cancel()
    await asyncio.wait({cloud.serving})

    assert [task for task in asyncio.all_tasks() if task.get_name() == "cloud storage probe"] == []


# ------------------------------------------------------------------ acknowledged requests


@pytest.mark.parametrize("seed", range(5))
async def test_each_request_repeated_over_full_disks_is_executed_once(cloud: CrampedCloud, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (test data, not secrets)
    refused = 0

    async def persists(number: int) -> str:
        nonlocal refused
        key = Key("anonymous", str(number), str(number))
        while True:
            try:
                command = SignUp(email=f"p{number}@example.test", name=NAME)
                done = await cloud.service.submit(NOBODY, command, key=key)
            except StorageDown:
                refused += 1
                await cloud.disk_has_room()
                continue
            assert isinstance(done.outcome, Accepted)
            return done.outcome.result["person"]

    async def batch(numbers: range) -> list[str]:
        return list(await asyncio.gather(*(persists(number) for number in numbers)))

    acknowledged: list[str] = []
    for begin in range(0, 1_000, 100):
        if chance.random() < 0.7:
            await cloud.disk_is_full()
        acknowledged += await batch(range(begin, begin + 100))

    facts = (await cloud.store.load()).facts
    assert refused > 0
    assert sorted(acknowledged) == sorted(fact.person for fact in facts)  # type: ignore[union-attr]
    assert len(set(acknowledged)) == len(facts) == 1_000
    assert cloud.service.engine.log == facts
