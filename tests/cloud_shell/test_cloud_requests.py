"""The options of a command: an idempotency key, and an expected revision."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from cloud_bench import HOST_MS, KEY, NOBODY, SIGN_UP, Cloud, running
from engine_bench import HUB, TOPICS

from hubsim_cloud.domain.commands import (
    AddEmployee,
    ArmHub,
    ConfigureHub,
    CreateCompany,
    SetBillingZone,
    SignUp,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.queries import Employees
from hubsim_cloud.domain.refusals import Refusal, RefusalName
from hubsim_cloud.domain.revisions import Stale
from hubsim_cloud.domain.types import Actor, EmployeeRole
from hubsim_cloud.domain.views.people import EmployeesView
from hubsim_cloud.service.rows import Key
from hubsim_cloud.service.service import CommandDone, KeyReused
from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Presence
from hubsim_contract.wire.topics import MessageKind

# ------------------------------------------------------------------ keys


async def test_a_repeated_request_gets_the_first_answer_and_does_nothing(cloud: Cloud) -> None:
    first = await cloud.service.submit(NOBODY, SIGN_UP, key=KEY)

    again = await cloud.service.submit(NOBODY, SIGN_UP, key=KEY)

    assert isinstance(first.outcome, Accepted)
    assert not first.replayed
    assert again == CommandDone(Accepted((), first.outcome.result), replayed=True)
    assert cloud.facts == 1


async def test_a_repeated_request_gets_its_refusal_even_if_it_would_now_be_accepted(cloud: Cloud) -> None:
    olga = Actor("person-1")
    command = CreateCompany(name="Wolf", country="PL")
    first = await cloud.service.submit(olga, command, key=KEY)
    await cloud.does(NOBODY, SIGN_UP)

    again = await cloud.service.submit(olga, command, key=KEY)

    assert isinstance(first.outcome, Refusal)
    assert first.outcome.name is RefusalName.NOT_SIGNED_IN
    assert again == CommandDone(first.outcome, replayed=True)


async def test_two_requests_with_one_key_in_one_batch_have_one_effect(cloud: Cloud) -> None:
    done = await asyncio.gather(*(cloud.service.submit(NOBODY, SIGN_UP, key=KEY) for _ in range(5)))

    assert [each.replayed for each in done] == [False, True, True, True, True]
    assert {str(each.outcome.result) for each in done if isinstance(each.outcome, Accepted)} == {
        "{'person': 'person-1'}"
    }
    assert cloud.facts == 1


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_key_that_was_used_for_another_request_is_refused(cloud: Cloud, at_once: bool) -> None:
    other = Key(KEY.scope, KEY.key, "another request")
    requests: list[Callable[[], Awaitable[CommandDone]]] = [
        lambda: cloud.service.submit(NOBODY, SIGN_UP, key=KEY),
        lambda: cloud.service.submit(NOBODY, SignUp(email="ivan@example.test", name="Ivan"), key=other),
    ]

    if at_once:
        outcomes = await asyncio.gather(*(each() for each in requests), return_exceptions=True)
    else:
        outcomes = [(await asyncio.gather(each(), return_exceptions=True))[0] for each in requests]

    assert isinstance(outcomes[0], CommandDone)
    assert isinstance(outcomes[1], KeyReused)
    assert outcomes[1].key == other
    assert cloud.facts == 1


async def test_keys_of_different_people_are_different(cloud: Cloud) -> None:
    await cloud.service.submit(NOBODY, SIGN_UP, key=Key("olga", "a key", "f"))

    done = await cloud.service.submit(
        NOBODY, SignUp(email="ivan@example.test", name="Ivan"), key=Key("ivan", "a key", "g")
    )

    assert not done.replayed
    assert cloud.facts == 2


async def test_the_answer_of_a_key_survives_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path / "cloud.db") as cloud:
        await cloud.service.submit(NOBODY, SIGN_UP, key=KEY)

    async with running(tmp_path / "cloud.db") as cloud:
        again = await cloud.service.submit(NOBODY, SIGN_UP, key=KEY)

    assert again == CommandDone(Accepted((), {"person": "person-1"}), replayed=True)


async def test_the_answer_of_a_key_is_kept_until_it_is_deleted(cloud: Cloud) -> None:
    await cloud.service.submit(NOBODY, SIGN_UP, key=KEY)

    await cloud.store.forget_before(HOST_MS)
    kept = await cloud.service.submit(NOBODY, SIGN_UP, key=KEY)
    await cloud.store.forget_before(HOST_MS + 1)
    forgotten = await cloud.service.submit(NOBODY, SIGN_UP, key=KEY)

    assert kept.replayed
    assert not forgotten.replayed
    assert isinstance(forgotten.outcome, Refusal)


async def test_the_answer_of_a_key_stored_by_a_clock_that_was_ahead_is_deleted_in_time(cloud: Cloud) -> None:
    right_ms = HOST_MS - 1_000
    await cloud.service.submit(NOBODY, SIGN_UP, key=KEY)

    await cloud.store.date_back(right_ms)
    await cloud.store.forget_before(right_ms)
    kept = await cloud.store.kept([(KEY.scope, KEY.key)])
    await cloud.store.forget_before(right_ms + 1)
    forgotten = await cloud.store.kept([(KEY.scope, KEY.key)])

    assert kept
    assert not forgotten


async def test_a_key_and_its_facts_are_committed_together(cloud: Cloud) -> None:
    path = cloud.store.path
    with closing(sqlite3.connect(path)) as observer:
        asked = asyncio.ensure_future(cloud.service.submit(NOBODY, SIGN_UP, key=KEY))
        pairs = set()
        while not asked.done():
            pairs.add(_facts_and_answers(observer))
            await asyncio.sleep(0)
        pairs.add(_facts_and_answers(observer))

    assert pairs <= {(0, 0), (1, 1)}
    assert (1, 1) in pairs


def _facts_and_answers(observer: sqlite3.Connection) -> tuple[int, int]:
    query = "SELECT (SELECT count(*) FROM facts), (SELECT count(*) FROM kept)"
    facts, answers = observer.execute(query).fetchone()
    return facts, answers


# ------------------------------------------------------------------ revisions


async def test_an_edit_with_the_current_revision_is_accepted(cloud: Cloud) -> None:
    owner = await cloud.company()
    await cloud.hub(owner)
    before = await cloud.hub_revision(owner)

    await cloud.does(owner, ConfigureHub(hub=HUB, ping_s=30), expects=before)

    assert await cloud.hub_revision(owner) == cloud.facts > before


async def test_an_edit_after_that_of_another_person_is_stale_and_changes_nothing(cloud: Cloud) -> None:
    owner = await cloud.company()
    await cloud.hub(owner)
    seen = await cloud.hub_revision(owner)
    await cloud.does(owner, ArmHub(hub=HUB), expects=seen)
    current, facts = await cloud.hub_revision(owner), cloud.facts

    done = await cloud.service.submit(owner, ConfigureHub(hub=HUB, ping_s=30), expects=seen)

    assert done == CommandDone(Stale(expected=seen, current=current))
    assert cloud.facts == facts


async def test_one_of_two_concurrent_edits_is_stale(cloud: Cloud) -> None:
    owner = await cloud.company()
    await cloud.hub(owner)
    seen = await cloud.hub_revision(owner)

    done = await asyncio.gather(
        *(
            cloud.service.submit(owner, ConfigureHub(hub=HUB, ping_s=ping_s), expects=seen)
            for ping_s in (20, 30)
        )
    )

    assert [type(each.outcome) for each in done] == [Accepted, Stale]


async def test_a_refused_command_is_not_stale(cloud: Cloud) -> None:
    owner = await cloud.company()
    await cloud.hub(owner)

    done = await cloud.service.submit(owner, ConfigureHub(hub=HUB, ping_s=1), expects=0)

    assert isinstance(done.outcome, Refusal)


async def test_a_stale_answer_is_not_stored_and_the_request_can_be_sent_again(cloud: Cloud) -> None:
    owner = await cloud.company()
    command = SetBillingZone(zone="Asia/Tokyo")
    stale = await cloud.service.submit(owner, command, key=KEY, expects=0)
    assert isinstance(stale.outcome, Stale)

    done = await cloud.service.submit(owner, command, key=KEY, expects=stale.outcome.current)

    assert isinstance(done.outcome, Accepted)
    assert not done.replayed


async def test_company_and_employee_list_share_a_revision(cloud: Cloud) -> None:
    owner = await cloud.company()
    await cloud.does(NOBODY, SignUp(email="ivan@example.test", name="Ivan"))
    seen = await cloud.company_revision(owner)

    added = AddEmployee(email="ivan@example.test", role=EmployeeRole.INSTALLER)
    await cloud.does(owner, added, expects=seen)

    assert owner.account is not None
    employees = await cloud.service.look(owner, Employees())
    assert isinstance(employees, EmployeesView)
    assert employees.revision == await cloud.company_revision(owner) > seen
    assert employees.revision == cloud.service.revision(owner.account)
    stale = await cloud.service.submit(owner, SetBillingZone(zone="Asia/Tokyo"), expects=seen)
    assert isinstance(stale.outcome, Stale)


async def test_messages_of_hubs_do_not_make_an_edit_stale(cloud: Cloud) -> None:
    owner = await cloud.company()
    await cloud.hub(owner)
    seen = await cloud.hub_revision(owner)

    offline = Presence(hub=HUB, online=False, boot=1, connection=1)
    cloud.service.post(Received(TOPICS.of(MessageKind.PRESENCE, HUB), encode(offline)))

    await cloud.does(owner, ConfigureHub(hub=HUB, ping_s=30), expects=seen)


async def test_a_company_without_edits_has_the_revision_0(cloud: Cloud) -> None:
    assert cloud.service.revision("company-9") == 0


async def test_a_command_without_an_edit_accepts_no_revision(cloud: Cloud) -> None:
    with pytest.raises(AssertionError):
        await cloud.service.submit(NOBODY, SIGN_UP, expects=1)
