"""Rows that are stored with a command, and sessions."""

import asyncio

from cloud_bench import HOST_MS, KEY, NOBODY, SIGN_UP, Cloud

from hubsim_cloud.domain.commands import (
    SignUp,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.types import App
from hubsim_cloud.service.rows import Credential, RowChanges, UserSession


def credential(accepted: Accepted) -> RowChanges:
    """Return the credential of the new person."""
    return RowChanges(credentials=(Credential(accepted.result["person"], "olga@example.test", "a hash"),))


async def test_rows_are_stored_with_an_accepted_command(cloud: Cloud) -> None:
    await cloud.service.submit(NOBODY, SIGN_UP, row_changes=credential)

    kept = await cloud.store.credential("olga@example.test")
    assert kept == Credential("person-1", "olga@example.test", "a hash")


async def test_no_rows_are_stored_with_a_refusal_or_a_replay(cloud: Cloud) -> None:
    await cloud.service.submit(NOBODY, SIGN_UP, key=KEY)
    granted: list[Accepted] = []

    def row_changes(accepted: Accepted) -> RowChanges:
        granted.append(accepted)
        return credential(accepted)

    await cloud.service.submit(NOBODY, SIGN_UP, row_changes=row_changes)
    await cloud.service.submit(NOBODY, SIGN_UP, key=KEY, row_changes=row_changes)

    assert granted == []
    assert await cloud.store.credential("olga@example.test") is None


def session(token_hash: str, account: str | None = None) -> UserSession:
    return UserSession(token_hash, "person-1", App.PRO_APP, account, expires_ms=9_000, created_ms=HOST_MS)


async def test_sessions_are_durable_after_keep_returns(cloud: Cloud) -> None:
    await cloud.service.keep(RowChanges(sessions=(session("a"), session("b"))))
    await cloud.service.keep(RowChanges(ended=("a",)))

    assert await cloud.store.sessions(now_ms=HOST_MS) == [session("b")]


async def test_rows_of_one_batch_are_applied_in_order(cloud: Cloud) -> None:
    await asyncio.gather(
        cloud.service.keep(RowChanges(sessions=(session("a"), session("b")))),
        cloud.service.keep(RowChanges(sessions=(session("a", "company-1"),))),
        cloud.service.keep(RowChanges(ended=("b", "c"))),
        cloud.service.keep(RowChanges(sessions=(session("c"),))),
    )

    assert await cloud.store.sessions(now_ms=HOST_MS) == [session("a", "company-1"), session("c")]


async def test_concurrent_commands_and_sign_ins_all_succeed(cloud: Cloud) -> None:
    await asyncio.gather(
        *(cloud.service.submit(NOBODY, SignUp(email=f"p{n}@example.test", name="P")) for n in range(10)),
        *(cloud.service.keep(RowChanges(sessions=(session(f"s{n}"),))) for n in range(10)),
    )

    assert len(cloud.watcher.batches) == 10
    assert len(await cloud.store.sessions(now_ms=HOST_MS)) == 10
