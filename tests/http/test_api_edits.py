"""Two people edit at the same time: revisions in ETag and If-Match."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_world import HUB, Api, problem_of, served


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def test_of_two_edits_of_the_same_revision_one_is_stale(api: Api) -> None:
    olga = await api.dealer_with_hub()
    ivan = await api.employee(olga, "ivan", "installer", "pro_app")
    path = f"/hubs/{HUB}/configuration"
    seen = (await olga.call("GET", f"/hubs/{HUB}")).headers["etag"]

    first, second = await asyncio.gather(
        olga.call("PATCH", path, {"ping_s": 30}, If_Match=seen),
        ivan.call("PATCH", path, {"ping_s": 90}, If_Match=seen),
    )
    now = await ivan.call("GET", f"/hubs/{HUB}")

    assert first.status_code == 204
    assert second.status_code == 412
    problem = problem_of(second)
    assert problem["name"] == "stale"
    assert problem["facts"] == {"expected": seen.strip('"'), "current": str(now.json()["revision"])}
    assert now.json()["ping_s"] == 30
    assert now.headers["etag"] == f'"{now.json()["revision"]}"'


async def test_employees_and_the_billing_zone_have_the_revision_of_the_company(api: Api) -> None:
    olga = await api.owner("olga")
    await api.person("ivan")
    company = (await olga.call("GET", "/company")).headers["etag"]
    employees = (await olga.call("GET", "/company/employees")).headers["etag"]
    body = {"email": "ivan@example.com", "role": "installer"}

    await olga.do("POST", "/company/employees", body, If_Match=employees)
    stale = [
        await olga.refused("PUT", "/company/billing-zone", {"zone": "Europe/Berlin"}, If_Match=company),
        await olga.refused(
            "PUT", "/company/employees/person-2/role", {"role": "installer"}, If_Match=company
        ),
        await olga.refused("DELETE", "/company/employees/person-2", If_Match=company),
    ]

    assert company == employees
    assert stale == ["stale"] * 3


async def test_reports_of_hubs_make_no_edit_stale(api: Api) -> None:
    olga = await api.dealer_with_hub()
    seen = (await olga.call("GET", f"/hubs/{HUB}")).headers["etag"]

    await api.hub_reports(HUB, online=False)
    await api.hub_reports(HUB)

    await olga.do("PUT", f"/hubs/{HUB}/arming", If_Match=seen)


async def test_a_star_or_no_header_matches_any_revision(api: Api) -> None:
    olga = await api.dealer_with_hub()

    await olga.do("PUT", f"/hubs/{HUB}/arming", If_Match="*")
    await olga.do("DELETE", f"/hubs/{HUB}/arming")

    assert not (await olga.get(f"/hubs/{HUB}"))["armed"]


@pytest.mark.parametrize("header", ["1", 'W/"1"', '"a"', '"1", "2"', '"' + "1" * 16 + '"', '""', '"-1"'])
async def test_only_the_format_of_an_etag_is_accepted(api: Api, header: str) -> None:
    olga = await api.dealer_with_hub()

    answer = await olga.call("PUT", f"/hubs/{HUB}/arming", If_Match=header)

    assert answer.status_code == 400
    assert problem_of(answer)["facts"] == {"header": "If-Match"}


async def test_if_match_is_refused_where_there_is_no_revision(api: Api) -> None:
    olga = await api.owner("olga")

    assert await olga.refused("POST", "/objects", {"name": "Villa"}, If_Match='"1"') == "malformed_header"
    assert (await olga.get("/objects"))["objects"] == []


async def test_a_refusal_takes_precedence_over_a_stale_revision(api: Api) -> None:
    await api.dealer_with_hub()
    eve = await api.dealer("eve")

    assert await eve.refused("PUT", f"/hubs/{HUB}/arming", If_Match='"1"') == "not_permitted"
