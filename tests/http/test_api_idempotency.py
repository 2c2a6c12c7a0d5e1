"""Idempotency keys: a repeated request has one effect, and the same response."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_world import HUB, Api, Caller, problem_of, served


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def objects(caller: Caller) -> list[str]:
    return [row["name"] for row in (await caller.get("/objects"))["objects"]]


async def test_a_repeated_command_has_one_effect_and_the_same_response(api: Api) -> None:
    olga = await api.owner("olga")

    first = await olga.call("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1")
    again = await olga.call("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1")

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await objects(olga) == ["Villa"]


async def test_commands_repeated_at_the_same_time_have_one_effect(api: Api) -> None:
    olga = await api.owner("olga")

    answers = await asyncio.gather(
        *(olga.call("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1") for _ in range(20))
    )

    assert {answer.text for answer in answers} == {'{"object":"object-1"}'}
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await objects(olga) == ["Villa"]


async def test_without_a_key_every_request_counts_separately(api: Api) -> None:
    olga = await api.owner("olga")

    for _ in range(2):
        await olga.do("POST", "/objects", {"name": "Villa"})

    assert await objects(olga) == ["Villa", "Villa"]


async def test_a_repeated_command_is_refused_again_even_if_it_would_succeed_now(api: Api) -> None:
    olga = await api.owner("olga")
    body = {"email": "ivan@example.com", "role": "installer"}
    first = await olga.call("POST", "/company/employees", body, Idempotency_Key="k-1")
    await api.person("ivan")

    again = await olga.call("POST", "/company/employees", body, Idempotency_Key="k-1")
    new = await olga.call("POST", "/company/employees", body, Idempotency_Key="k-2")

    assert problem_of(first) == problem_of(again)
    assert problem_of(again)["name"] == "account_not_found"
    assert again.headers["idempotency-replayed"] == "true"
    assert new.status_code == 201


async def test_a_key_is_valid_for_one_request_only(api: Api) -> None:
    olga = await api.dealer_with_hub()
    await olga.do("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1")

    other_body = await olga.call("POST", "/objects", {"name": "Barn"}, Idempotency_Key="k-1")
    other_path = await olga.refused("PUT", f"/hubs/{HUB}/arming", Idempotency_Key="k-1")

    assert other_body.status_code == 422
    assert problem_of(other_body)["name"] == other_path == "key_reused"
    assert not (await olga.get(f"/hubs/{HUB}"))["armed"]


async def test_keys_of_two_people_are_two_keys(api: Api) -> None:
    olga, eve = await api.owner("olga"), await api.owner("eve")

    await olga.do("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1")
    await eve.do("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1")

    assert await objects(olga) == await objects(eve) == ["Villa"]


async def test_the_same_request_for_another_account_is_another_request(api: Api) -> None:
    olga = await api.owner("olga")
    first = olga.company
    await olga.do("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1")
    await olga.do("PUT", "/session/account", {"company": None})
    second = await olga.do("POST", "/companies", {"name": "Second", "country": "PL"})
    await api.switch(olga, second["company"])

    refused = await olga.refused("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1")

    assert refused == "key_reused"
    assert await objects(olga) == []
    assert first != second["company"]


async def test_a_repeated_switch_has_the_same_response_and_does_not_switch_back(api: Api) -> None:
    olga = await api.owner("olga")
    body = {"company": olga.company}
    first = await olga.call("PUT", "/session/account", body, Idempotency_Key="k-1")
    await olga.do("PUT", "/session/account", {"company": None})

    again = await olga.call("PUT", "/session/account", body, Idempotency_Key="k-1")

    assert first.json() == again.json() == {"account": olga.company}
    assert again.headers["idempotency-replayed"] == "true"
    assert (await olga.get("/session"))["account"] is None


async def test_responses_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    async with served(path) as api:
        olga = await api.owner("olga")
        await olga.do("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1")

    async with served(path) as api:
        olga = Caller(api.client, olga.token)
        again = await olga.call("POST", "/objects", {"name": "Villa"}, Idempotency_Key="k-1")
        names = await objects(olga)

    assert again.json() == {"object": "object-1"}
    assert names == ["Villa"]


async def test_a_repeated_edit_is_not_stale_although_it_made_a_new_revision(api: Api) -> None:
    olga = await api.dealer_with_hub()
    seen = (await olga.call("GET", f"/hubs/{HUB}")).headers["etag"]
    headers = {"Idempotency_Key": "k-1", "If_Match": seen}

    answers = [
        await olga.call("PATCH", f"/hubs/{HUB}/configuration", {"ping_s": 30}, **headers) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [204, 204]


async def test_a_corrected_stale_edit_can_use_the_same_key(api: Api) -> None:
    olga = await api.dealer_with_hub()
    path = f"/hubs/{HUB}/configuration"

    stale = await olga.refused("PATCH", path, {"ping_s": 30}, Idempotency_Key="k-1", If_Match='"1"')
    seen = (await olga.call("GET", f"/hubs/{HUB}")).headers["etag"]
    mended = await olga.call("PATCH", path, {"ping_s": 30}, Idempotency_Key="k-1", If_Match=seen)

    assert stale == "stale"
    assert mended.status_code == 204


@pytest.mark.parametrize("key", ["", " ", "a b", "ż".encode(), "x" * 201])
async def test_a_key_must_be_visible_ascii(api: Api, key: str | bytes) -> None:
    olga = await api.owner("olga")

    answer = await api.client.post(
        "/v1/objects",
        json={"name": "Villa"},
        headers={"Authorization": f"Bearer {olga.token}", "Idempotency-Key": key},  # type: ignore[dict-item]
    )

    assert problem_of(answer)["name"] == "malformed_header"
    assert await objects(olga) == []


async def test_a_key_may_have_200_characters(api: Api) -> None:
    olga = await api.owner("olga")

    await olga.do("POST", "/objects", {"name": "Villa"}, Idempotency_Key="~" * 200)

    assert await objects(olga) == ["Villa"]
