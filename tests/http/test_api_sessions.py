"""Accounts and sessions: passwords, tokens, expiry, and secrets that stay in the cloud."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from api_world import CHEAP, HOST_MS, PASSWORD, Api, Caller, open_world, problem_of, served

from hubsim_cloud.domain.types import App
from hubsim_cloud.http.accounts import Credentials, NewAccount, NewSession
from hubsim_cloud.service.auth import SESSIONS_PER_PERSON, SignedIn
from hubsim_cloud.service.passwords import Hashing, Passwords
from hubsim_cloud.service.sign_in_limits import PAUSE_MAX_MS
from hubsim_cloud.service.waiting_room import TooBusy, WaitingRoom

HOUR_MS = 3_600_000
YEAR_MS = 365 * 24 * HOUR_MS
OLGA = {"email": "olga@example.com", "name": "Olga", "password": PASSWORD}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def test_signing_in_returns_a_token_for_the_personal_account(api: Api) -> None:
    await api.anonymous.do("POST", "/accounts", OLGA)

    answer = await api.anonymous.call(
        "POST", "/sessions", {"email": " OLGA@example.com ", "password": PASSWORD, "app": "pro_app"}
    )

    assert answer.status_code == 201
    session = answer.json()
    assert session.keys() == {"person", "app", "account", "created_at", "expires_at", "token"}
    assert (session["person"], session["app"], session["account"]) == ("person-1", "pro_app", None)
    assert session["created_at"] == "2027-01-15T08:00:00.000Z"
    assert session["expires_at"] == "2027-01-15T20:00:00.000Z"
    assert answer.headers["cache-control"] == "no-store"


async def test_an_unknown_address_and_a_wrong_password_get_the_same_response(api: Api) -> None:
    await api.anonymous.do("POST", "/accounts", OLGA)

    wrong = [
        await api.anonymous.call(
            "POST", "/sessions", {"email": email, "password": password, "app": "pro_app"}
        )
        for email, password in (
            ("olga@example.com", "wrong password"),
            ("nobody@example.com", PASSWORD),
            ("no address at all", PASSWORD),
            ("olga@example.com", ""),
        )
    ]

    assert {answer.text for answer in wrong} == {wrong[0].text}
    assert problem_of(wrong[0])["name"] == "wrong_credentials"
    assert wrong[0].status_code == 401


class CountingPasswords(Passwords):
    """Counts comparisons of passwords."""

    compared = 0

    async def matches(self, password_hash: str, password: str, *visitor: Any, **turn: Any) -> bool:
        self.compared += 1
        return await super().matches(password_hash, password, *visitor, **turn)


async def test_an_unknown_address_takes_as_much_work_as_a_wrong_password(api: Api) -> None:
    await api.anonymous.do("POST", "/accounts", OLGA)
    counting = CountingPasswords(CHEAP)
    api.world.auth._passwords = counting

    work = []
    for email in ("olga@example.com", "nobody@example.com"):
        await api.anonymous.refused(
            "POST", "/sessions", {"email": email, "password": "wrong", "app": "pro_app"}
        )
        work.append(counting.compared)

    assert work == [1, 2]
    # both hashes are of the same parameters
    credential = await api.world.store.credential("olga@example.com")
    assert credential is not None
    assert api.world.auth._decoy.split("$")[:4] == credential.password_hash.split("$")[:4]


@pytest.mark.parametrize("password", ["", "1234567", "x" * 129])
async def test_a_password_has_8_to_128_characters(api: Api, password: str) -> None:
    answer = await api.anonymous.call("POST", "/accounts", {**OLGA, "password": password})

    problem = problem_of(answer)
    assert problem["name"] == "invalid_request"
    assert problem["errors"][0]["pointer"] == "/password"
    assert api.world.service.engine.log == []


async def test_a_refused_account_leaves_no_password(api: Api) -> None:
    await api.anonymous.do("POST", "/accounts", OLGA)

    refused = await api.anonymous.refused("POST", "/accounts", {**OLGA, "password": "another password"})

    assert refused == "email_taken"
    await api.sign_in("olga")


async def test_signing_out_ends_a_session(api: Api) -> None:
    olga = await api.person("olga")

    answer = await olga.call("DELETE", "/session")

    assert answer.status_code == 204
    assert await olga.refused("GET", "/session") == "not_signed_in"


async def test_an_expired_session_stays_expired_when_the_clock_is_set_back(api: Api) -> None:
    olga = await api.person("olga")
    api.host.at_ms += 12 * HOUR_MS - 1
    await olga.get("/session")

    api.host.at_ms += 1
    expired = await olga.refused("GET", "/session")
    api.host.at_ms = HOST_MS
    after = await olga.refused("GET", "/session")

    assert expired == after == "not_signed_in"


async def test_setting_the_clock_back_does_not_extend_a_session(api: Api) -> None:
    olga, zoe = await api.person("olga"), await api.person("zoe")
    api.host.at_ms += 13 * HOUR_MS
    await zoe.refused("GET", "/session")

    api.host.at_ms = HOST_MS

    assert await olga.refused("GET", "/session") == "not_signed_in"


async def test_sessions_and_their_accounts_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    async with served(path) as api:
        olga = await api.owner("olga")
        gone = await api.sign_in("olga")
        await gone.do("DELETE", "/session")

    async with served(path) as api:
        again = Caller(api.client, olga.token)
        session = await again.get("/session")
        ended = await Caller(api.client, gone.token).refused("GET", "/session")

    assert session["account"] == olga.company
    assert ended == "not_signed_in"


async def test_expired_sessions_stay_expired_after_a_restart_with_the_clock_set_back(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    async with served(path) as api:
        olga = await api.person("olga")
    async with served(path, host_ms=HOST_MS + 13 * HOUR_MS) as api:
        await api.person("zoe")

    async with served(path, host_ms=HOST_MS) as api:
        assert await Caller(api.client, olga.token).refused("GET", "/session") == "not_signed_in"


async def test_a_session_begun_while_the_clock_was_far_ahead_ends_in_time(api: Api) -> None:
    api.host.at_ms = HOST_MS + YEAR_MS
    olga = await api.person("olga")
    api.host.at_ms = HOST_MS
    during = await olga.get("/session")

    api.host.at_ms = HOST_MS + 12 * HOUR_MS

    assert during["created_at"] == "2027-01-15T08:00:00.000Z"
    assert during["expires_at"] == "2027-01-15T20:00:00.000Z"
    assert await olga.refused("GET", "/session") == "not_signed_in"


async def test_a_session_begun_while_the_clock_is_far_ahead_lasts_as_usual_after_a_restart(
    tmp_path: Path,
) -> None:
    path = tmp_path / "cloud.db"
    async with served(path, host_ms=HOST_MS + YEAR_MS) as api:
        olga = await api.person("olga")
    async with served(path) as api:
        await Caller(api.client, olga.token).get("/session")
        await api.world.auth.keep_sessions()

    async with served(path, host_ms=HOST_MS + 12 * HOUR_MS) as api:
        stored = await api.world.store.sessions(0)
        answer = await Caller(api.client, olga.token).refused("GET", "/session")

    assert [session.expires_ms for session in stored] == [HOST_MS + 12 * HOUR_MS]
    assert answer == "not_signed_in"


async def test_a_session_keeps_the_time_it_has_left_when_the_clock_is_set_back(api: Api) -> None:
    olga = await api.person("olga")
    api.host.at_ms = HOST_MS + 11 * HOUR_MS
    await olga.get("/session")
    api.host.at_ms = HOST_MS
    await olga.get("/session")

    api.host.at_ms = HOST_MS + HOUR_MS

    assert await olga.refused("GET", "/session") == "not_signed_in"


async def test_a_limit_of_wrong_passwords_ends_after_the_clock_was_far_ahead(api: Api) -> None:
    await api.person("olga")
    api.host.at_ms = HOST_MS + YEAR_MS
    wrong = {"email": "olga@example.com", "password": "wrong password", "app": "pro_app"}
    while await api.anonymous.refused("POST", "/sessions", wrong) != "too_many_attempts":
        pass

    api.host.at_ms = HOST_MS
    at_once = await api.anonymous.refused("POST", "/sessions", wrong)
    api.host.at_ms = HOST_MS + PAUSE_MAX_MS

    assert at_once == "too_many_attempts"
    assert await api.anonymous.refused("POST", "/sessions", wrong) == "wrong_credentials"


async def test_a_session_past_the_limit_ends_the_oldest(api: Api) -> None:
    first = await api.person("olga")
    second = await api.sign_in("olga")
    for _ in range(SESSIONS_PER_PERSON - 1):
        await api.sign_in("olga")

    assert await first.refused("GET", "/session") == "not_signed_in"
    assert (await second.get("/session"))["person"] == first.person
    assert api.world.auth.sessions == SESSIONS_PER_PERSON


async def test_a_refused_switch_does_not_change_the_session(api: Api) -> None:
    await api.owner("eve")
    olga = await api.owner("olga")

    refused = await olga.refused("PUT", "/session/account", {"company": "company-1"})

    assert refused == "not_a_member"
    assert (await olga.get("/session"))["account"] == olga.company


async def test_a_removed_employee_keeps_the_session_but_not_the_membership(api: Api) -> None:
    olga = await api.dealer()
    ivan = await api.employee(olga, "ivan", "installer")

    await olga.do("DELETE", f"/company/employees/{ivan.person}")

    assert await ivan.refused("GET", "/objects") == "not_a_member"
    assert (await ivan.get("/session"))["account"] == olga.company


async def test_signing_in_replaces_a_hash_with_older_parameters(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    async with served(path) as api:
        await api.person("olga")
        before = await api.world.store.credential("olga@example.com")

    async with served(path) as api:
        api.world.auth._passwords = Passwords(Hashing(memory_kib=16, passes=1))
        await api.sign_in("olga")
        after = await api.world.store.credential("olga@example.com")
        await api.sign_in("olga")

    assert before is not None
    assert after is not None
    assert "m=8," in before.password_hash
    assert "m=16," in after.password_hash


async def test_work_past_the_limit_is_refused_without_losing_other_work() -> None:
    passwords = Passwords(Hashing(memory_kib=8, passes=1, at_once=1, waiting=1))
    first, second, third = (asyncio.create_task(passwords.hash(PASSWORD)) for _ in range(3))

    with pytest.raises(TooBusy):
        await third

    await asyncio.gather(first, second)
    assert await passwords.matches(await passwords.hash(PASSWORD), PASSWORD)


async def test_too_much_waiting_work_responds_with_retry_after(api: Api) -> None:
    api.world.auth._passwords.room = WaitingRoom(0, 0)

    answer = await api.anonymous.call("POST", "/accounts", OLGA)

    assert answer.status_code == 503
    assert problem_of(answer)["name"] == "too_busy"
    assert int(answer.headers["retry-after"]) > 0


async def test_logs_responses_reprs_and_the_database_have_no_password_and_no_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "cloud.db"
    texts: list[str] = []
    async with served(path) as api:
        olga = await api.owner("olga")
        assert olga.token is not None
        wrong = (
            {**OLGA, "password": [PASSWORD]},
            {**OLGA, "pasword": PASSWORD},
            {**OLGA, "password": PASSWORD * 10},
            {"email": PASSWORD},
        )
        texts += [(await api.anonymous.call("POST", "/accounts", body)).text for body in wrong]
        texts.append((await api.anonymous.call("POST", "/sessions", {**OLGA, "app": "x"})).text)
        texts.append((await olga.call("GET", "/company")).text)
        texts.append((await api.client.get("/metrics")).text)
        (session,) = (one for one in api.world.auth._sessions.values() if one.person == olga.person)
        credential = await api.world.store.credential("olga@example.com")
        assert credential is not None
        texts += [repr(session), repr(credential), repr(SignedIn(olga.token, session))]
        await olga.do("POST", "/objects", {"name": "Villa"}, Idempotency_Key="a-key")
    texts += [
        repr(NewAccount(email="a@example.com", name="A", password=PASSWORD)),
        repr(Credentials(email="a@example.com", password=PASSWORD, app=App.PRO_APP)),
        repr(
            NewSession(
                person="p", app=App.PRO_APP, account=None, created_at="", expires_at="", token=olga.token
            )
        ),
    ]
    # `hubsim_server.logs` keeps the debug events of aiosqlite out of every log.
    ours = [record for record in caplog.records if record.name != "aiosqlite"]
    texts += [record.getMessage() + str(record.args) for record in ours]
    stored = b"".join(file.read_bytes() for file in sorted(tmp_path.iterdir()))  # noqa: ASYNC240 (closed files)

    everything = "\n".join(texts)
    assert PASSWORD not in everything
    assert olga.token not in everything
    assert credential.password_hash not in everything
    assert session.token_hash not in everything
    assert PASSWORD.encode() not in stored
    assert olga.token.encode() not in stored


async def test_a_repeated_sign_up_with_another_password_is_another_request(api: Api) -> None:
    first = await api.anonymous.call("POST", "/accounts", OLGA, Idempotency_Key="one")
    again = await api.anonymous.call("POST", "/accounts", OLGA, Idempotency_Key="one")
    other = await api.anonymous.refused(
        "POST", "/accounts", {**OLGA, "password": "other password"}, Idempotency_Key="one"
    )

    assert (
        (first.status_code, first.json())
        == (again.status_code, again.json())
        == (201, {"person": "person-1"})
    )
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert other == "key_reused"


async def test_the_key_of_page_tokens_survives_a_restart(tmp_path: Path) -> None:
    seals = []
    for _ in range(2):
        world = await open_world(tmp_path / "cloud.db", lambda: HOST_MS)
        seals.append(world.auth.seal)
        await world.store.close()

    assert seals[0] == seals[1]
    assert len(seals[0]) == 32
