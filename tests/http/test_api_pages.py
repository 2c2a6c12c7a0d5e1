"""Pages of lists: changes between pages do not repeat or skip items, and a token is valid for one list."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from api_world import HUB, Api, Caller, problem_of, served
from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.domain.pager import LastItem, Pager
from hubsim_cloud.http.paging import MAX_LIMIT, next_page, read_pager
from hubsim_cloud.http.problems import Problem

SEAL = b"s" * 32


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def read_through(caller: Caller, path: str, field: str, limit: int) -> list[Any]:
    """Return all items of a list, page by page."""
    found: list[Any] = []
    page, joint = await caller.get(f"{path}?limit={limit}"), "&"
    while True:
        assert len(page[field]) <= limit
        found += page[field]
        if page["next_page"] is None:
            return found
        page = await caller.get(f"{path}?limit={limit}{joint}page={page['next_page']}")


async def test_all_pages_together_are_the_whole_list(api: Api) -> None:
    olga = await api.owner("olga")
    for number in range(7):
        await olga.do("POST", "/objects", {"name": f"Object {number}"})

    for limit in (1, 3, 7, 50):
        rows = await read_through(olga, "/objects", "objects", limit)
        assert [row["name"] for row in rows] == [f"Object {number}" for number in range(7)]


async def test_every_list_can_be_read_one_by_one(api: Api) -> None:
    olga = await api.dealer_with_hub()
    await api.employee(olga, "ivan", "installer")
    rita = await api.sign_in("rita", company="company-2")
    lists = {
        olga: {
            "/session/accounts": "accounts",
            "/company/history": "rows",
            "/company/employees": "employees",
            "/connections": "resellers",
            "/mailbox": "mails",
            f"/hubs/{HUB}/history": "rows",
            "/objects/object-1/hubs": "hubs",
        },
        rita: {"/dealers": "dealers", "/dealers/requests": "requests", "/reseller/payments": "invoices"},
    }

    for caller, paths in lists.items():
        for path, field in paths.items():
            whole = (await caller.get(path))[field]
            assert await read_through(caller, path, field, 1) == whole, path


async def test_new_mail_between_two_pages_does_not_move_the_next_page(api: Api) -> None:
    ivan = await api.person("ivan")
    for name in ("anna", "bert", "cora"):
        await invites(await api.owner(name), "ivan")
    first = await ivan.get("/mailbox?limit=2")

    await invites(await api.owner("dora"), "ivan")
    second = await ivan.get(f"/mailbox?limit=2&page={first['next_page']}")

    names = [mail["company_name"] for mail in first["mails"] + second["mails"]]
    assert names == ["Cora Security", "Bert Security", "Anna Security"]
    assert second["next_page"] is None


async def invites(owner: Caller, name: str) -> None:
    await owner.do("POST", "/company/employees", {"email": f"{name}@example.com", "role": "installer"})


async def test_a_token_is_valid_for_one_list_one_filter_and_one_account(api: Api) -> None:
    olga, eve = await api.dealer_with_hub(), await api.dealer("eve")
    token = (await olga.get("/company/history?limit=1"))["next_page"]
    forged = ("B" if token.startswith("A") else "A") + token[1:]
    country = (await api.sign_in("olga", company=olga.company)).token
    assert country is not None

    refused = [
        await eve.refused("GET", f"/company/history?page={token}"),
        await olga.refused("GET", f"/hubs/{HUB}/history?page={token}"),
        await olga.refused("GET", f"/company/history?page={token[:-2]}"),
        await olga.refused("GET", f"/company/history?page={forged}"),
        await olga.refused("GET", f"/company/history?page={token}A"),
        await olga.refused("GET", "/company/history?page=x"),
        await olga.refused("GET", "/company/history?page="),
        await olga.refused("GET", "/company/history?page=%C5%BC%00"),
    ]
    other_app = await api.sign_in("olga", "pro_app", olga.company)
    hubs = (await olga.get("/objects?limit=1"))["next_page"]

    assert refused == ["bad_page_token"] * len(refused)
    assert hubs is None
    assert await other_app.refused("GET", f"/objects?page={token}") == "bad_page_token"


async def test_a_token_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    async with served(path) as api:
        olga = await api.owner("olga")
        for name in ("One", "Two"):
            await olga.do("POST", "/objects", {"name": name})
        token = (await olga.get("/objects?limit=1"))["next_page"]

    async with served(path) as api:
        (row,) = (await Caller(api.client, olga.token).get(f"/objects?page={token}"))["objects"]

    assert row["name"] == "Two"


@pytest.mark.parametrize("limit", ["0", "-1", str(MAX_LIMIT + 1), "x", "", "1.5", "१", "9" * 5000])
async def test_a_page_has_1_to_200_items(api: Api, limit: str) -> None:
    olga = await api.owner("olga")

    answer = await olga.call("GET", f"/objects?limit={limit}")

    assert problem_of(answer)["errors"][0]["pointer"] == "?limit"


async def test_a_view_without_a_list_refuses_paging(api: Api) -> None:
    olga = await api.owner("olga")

    assert await olga.refused("GET", "/company?limit=1") == "invalid_request"


keys = st.lists(st.integers(0, 30).map(str), unique=True, max_size=20)


def page(
    items: Sequence[str], limit: int, after: LastItem | None, wanted: str = ""
) -> tuple[list[str], Pager]:
    pager = Pager(limit, after)
    rows = pager.of_keys(items, str, name=str, wanted=lambda item: wanted in item)
    return list(rows), pager


@given(before=keys, after=keys, limit=st.integers(1, 5), wanted=st.sampled_from(["", "1"]))
def test_each_permanent_item_is_on_exactly_one_page(
    before: list[str], after: list[str], limit: int, wanted: str
) -> None:
    grown = [f"new-{key}" for key in after] + before

    found, pager = page(before, limit, None, wanted)
    while pager.last is not None:
        more, pager = page(grown, limit, pager.last, wanted)
        assert 1 <= len(more) <= limit
        found += more

    assert found == [key for key in before if wanted in key]


@given(count=st.integers(0, 20), more=st.integers(0, 10), limit=st.integers(1, 5))
def test_lists_without_keys_have_pages_by_their_order(count: int, more: int, limit: int) -> None:
    for newest_first in (False, True):
        before, after = list(range(count)), list(range(count + more))

        pager = Pager(limit)
        found = [*pager.of_log(before, int, newest_first=newest_first)]
        grown = pager.last is not None
        while pager.last is not None:
            pager = Pager(limit, pager.last)
            found += pager.of_log(after, int, newest_first=newest_first)

        expected = after if grown and not newest_first else before
        assert found == (expected[::-1] if newest_first else expected)


def test_the_next_page_begins_at_the_place_of_a_deleted_item() -> None:
    _, pager = page(["a", "b", "c"], 2, None)

    rest, _ = page(["a", "c"], 2, pager.last)

    assert rest == ["c"]


def test_a_page_makes_only_its_own_rows() -> None:
    made: list[int] = []

    Pager(2, LastItem("4", 4)).of_keys(range(100), made.append, name=str)

    assert made == [5, 6]


@given(token=st.text(max_size=60))
def test_a_text_that_is_not_a_token_is_refused(token: str) -> None:
    with pytest.raises(Problem):
        read_pager({"page": token}, SEAL, "x")


def test_a_token_continues_after_the_last_item() -> None:
    _, pager = page(["a", "b", "c"], 2, None)

    token = next_page(pager, SEAL, "x")
    rest, _ = page(["a", "b", "c"], 2, read_pager({"page": token}, SEAL, "x").after)

    assert rest == ["c"]
