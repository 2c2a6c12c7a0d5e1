"""Pages of lists: changes between pages do not repeat or skip items, and a token is valid for one list."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from api_world import HUB, Api, Caller, problem_of, served
from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.http.paging import MAX_LIMIT, page_of
from hubsim_cloud.http.problems import Problem
from hubsim_cloud.http.routes import PagedList, SortOrder

SEAL = b"s" * 32


class Row(NamedTuple):
    key: str


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


@given(before=keys, after=keys, limit=st.integers(1, 5))
def test_each_permanent_item_is_on_exactly_one_page(before: list[str], after: list[str], limit: int) -> None:
    grown = [f"new-{key}" for key in after] + before
    rows, later = [Row(key) for key in before], [Row(key) for key in grown]
    listing = PagedList("rows", "key")

    page = page_of(rows, listing, limit=limit, token=None, seal=SEAL, about="x")
    found = [*page.items]
    while page.next_page is not None:
        page = page_of(later, listing, limit=limit, token=page.next_page, seal=SEAL, about="x")
        found += page.items

    assert [row.key for row in found] == before


@given(count=st.integers(0, 20), more=st.integers(0, 10), limit=st.integers(1, 5))
def test_lists_without_keys_have_pages_by_their_order(count: int, more: int, limit: int) -> None:
    for order in SortOrder:
        before, after = list(range(count)), list(range(count + more))
        if order is SortOrder.NEWEST_FIRST:
            before.reverse()
            after.reverse()
        listing = PagedList("rows", order)

        page = page_of(before, listing, limit=limit, token=None, seal=SEAL, about="x")
        found = [*page.items]
        grown = page.next_page is not None
        while page.next_page is not None:
            page = page_of(after, listing, limit=limit, token=page.next_page, seal=SEAL, about="x")
            found += page.items

        expected = after if grown and order is SortOrder.OLDEST_FIRST else before
        assert found == expected


def test_the_next_page_begins_at_the_place_of_a_deleted_item() -> None:
    listing = PagedList("rows", "key")
    page = page_of([Row("a"), Row("b"), Row("c")], listing, limit=2, token=None, seal=SEAL, about="x")

    rest = page_of([Row("a"), Row("c")], listing, limit=2, token=page.next_page, seal=SEAL, about="x")

    assert rest.items == [Row("c")]


@given(token=st.text(max_size=60))
def test_a_text_that_is_not_a_token_is_refused(token: str) -> None:
    with pytest.raises(Problem):
        page_of([Row("a")], PagedList("rows", "key"), limit=1, token=token, seal=SEAL, about="x")
