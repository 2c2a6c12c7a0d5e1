"""Guessers at the sign-in: limits, the waiting room, the log, the metric, and honest people meanwhile."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_world import PASSWORD, Api, problem_of, served

from hubsim_cloud.http.problems import ProblemName
from hubsim_cloud.service.sign_in_limits import ADDRESS_FAILURES, PAIR_FAILURES

GUESSERS = 150


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def guess(api: Api, name: str, password: str = "a wrong guess") -> str:  # noqa: S107 (no password)
    """Return the name of the problem, or an empty text for a session."""
    body = {"email": f"{name}@example.com", "password": password, "app": "pro_app"}
    answer = await api.anonymous.call("POST", "/sessions", body)
    return "" if answer.is_success else str(problem_of(answer)["name"])


async def metric(api: Api, outcome: str) -> float:
    lines = (await api.client.get("/metrics")).text.splitlines()
    name = f'hubsim_cloud_sign_ins_total{{outcome="{outcome}"}} '
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


async def test_guesses_for_an_account_are_paused_logged_and_counted(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    await api.person("olga")

    names = [await guess(api, "olga") for _ in range(30)]
    right = await guess(api, "olga", PASSWORD)
    body = {"email": "olga@example.com", "password": PASSWORD, "app": "pro_app"}
    answer = await api.anonymous.call("POST", "/sessions", body)
    api.host.at_ms += 1_000
    later = await guess(api, "olga", PASSWORD)

    assert names == ["wrong_credentials"] * PAIR_FAILURES + ["too_many_attempts"] * (30 - PAIR_FAILURES)
    assert right == "too_many_attempts"
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert problem_of(answer)["facts"] == {"retry_after_s": "1"}
    assert later == ""
    logged = [record for record in caplog.records if "too many wrong passwords" in record.getMessage()]
    assert [record.levelno for record in logged] == [logging.WARNING]
    assert "'olga@example.com' from 127.0.0.1" in logged[0].getMessage()
    assert await metric(api, "wrong_credentials") == PAIR_FAILURES
    assert await metric(api, "too_many_attempts") == 30 - PAIR_FAILURES + 2
    assert await metric(api, "accepted") == 2


async def test_an_unknown_account_is_limited_as_a_known_one(api: Api) -> None:
    await api.person("olga")

    olga = [await guess(api, "olga") for _ in range(PAIR_FAILURES + 1)]
    unknown = [await guess(api, "zoe") for _ in range(PAIR_FAILURES + 1)]

    assert olga == unknown


@pytest.mark.parametrize("accounts", [1, GUESSERS])
async def test_honest_people_sign_in_while_many_clients_guess(api: Api, accounts: int) -> None:
    people = [f"honest{number}" for number in range(10)]
    for name in people:
        await api.person(name)
    stop = asyncio.Event()

    async def guesser(number: int) -> set[str]:
        names = set()
        while not stop.is_set():
            names.add(await guess(api, f"victim{number % accounts}"))
        return names

    guessers = [asyncio.create_task(guesser(number)) for number in range(GUESSERS)]
    honest = [await guess(api, name, PASSWORD) for name in people for _ in range(3)]
    stop.set()
    seen = set().union(*await asyncio.gather(*guessers))

    assert honest == [""] * 30
    assert ProblemName.TOO_MANY_ATTEMPTS in seen
    assert seen <= {ProblemName.WRONG_CREDENTIALS, ProblemName.TOO_MANY_ATTEMPTS, ProblemName.TOO_BUSY}


async def test_a_repeated_sign_up_is_not_another_way_to_guess(api: Api) -> None:
    account = {"email": "olga@example.com", "name": "Olga", "password": PASSWORD}
    await api.anonymous.do("POST", "/accounts", account, Idempotency_Key="one")

    names = [
        await api.anonymous.refused(
            "POST", "/accounts", {**account, "password": f"wrong guess {number}"}, Idempotency_Key="one"
        )
        for number in range(PAIR_FAILURES + 1)
    ]

    assert names == ["key_reused"] * PAIR_FAILURES + ["too_many_attempts"]


async def test_an_address_that_guesses_many_accounts_is_limited(api: Api) -> None:
    await api.person("olga")

    names = [await guess(api, f"unknown{number}") for number in range(ADDRESS_FAILURES + 1)]

    assert names == ["wrong_credentials"] * ADDRESS_FAILURES + ["too_many_attempts"]
    assert await guess(api, "olga", PASSWORD) == ""
