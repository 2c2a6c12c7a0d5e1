"""The permission table over HTTP: every cell, and every id of another company."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from api_world import HUB, HUB_2, Api, Caller, Json, problem_of, served

from hubsim_cloud.domain.permissions import PERMISSIONS, allowed, apps_of
from hubsim_cloud.domain.settings import ServiceManagerRights
from hubsim_cloud.domain.types import App, Role
from hubsim_cloud.http.route_types import input_type, path_names
from hubsim_cloud.http.routes import ROUTES, Route
from hubsim_cloud.service.operator_access import OperatorAccess

TODAY = ServiceManagerRights.TODAY
BY_ACTION = {route.action: route for route in ROUTES}


def test_every_cell_has_a_route() -> None:
    assert PERMISSIONS.keys() <= BY_ACTION.keys()


WORKPLACES = [(role, app) for role in Role for app in App if app in apps_of(role)]


@pytest.mark.parametrize(("role", "app"), WORKPLACES)
async def test_every_action_is_permitted_according_to_the_table(role: Role, app: App, tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        caller = await member(api, role, app)

        answers = {action: await request(caller, BY_ACTION[action], NOTHING) for action in PERMISSIONS}

    by_the_table = {action: refused_by_the_table(answer, action) for action, answer in answers.items()}
    assert by_the_table == {action: not allowed(role, app, action, TODAY) for action in PERMISSIONS}


@pytest.mark.parametrize("role", [Role.SERVICE_MANAGER, Role.SENIOR_SERVICE_MANAGER])
async def test_service_managers_cannot_switch_to_the_company_in_the_mobile_app(
    role: Role, tmp_path: Path
) -> None:
    async with served(tmp_path / "cloud.db") as api:
        olga = await api.dealer()
        await api.employee(olga, "ivan", role.value)
        caller = await api.sign_in("ivan", App.PRO_APP)

        answer = await caller.call("PUT", "/session/account", {"company": olga.company})

    assert problem_of(answer)["name"] == "not_permitted"
    assert (Role.INSTALLER, App.PRO_APP) in WORKPLACES
    assert (role, App.PRO_APP) not in WORKPLACES


@pytest.mark.parametrize("action", sorted(BY_ACTION.keys() - {"sign_up"}))
async def test_every_action_and_view_needs_a_session(action: str, tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        without = await request(api.anonymous, BY_ACTION[action], NOTHING)
        with_another = await request(Caller(api.client, "no-token-of-anybody"), BY_ACTION[action], NOTHING)

    for answer in (without, with_another):
        assert problem_of(answer)["name"] == "not_signed_in"
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_ids_of_another_company_give_no_access(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        olga = await api.dealer_with_hub()
        ivan = await api.employee(olga, "ivan", "installer")
        eve = await api.dealer("eve")
        theirs = {
            "object": "object-1",
            "hub": HUB,
            "donor": HUB,
            "country": "PL",
            "employee": ivan.person,
            "dealer": olga.company,
            "company": olga.company,
        }
        before = await seen(olga)

        for route in ROUTES:
            if path_names(route.path):
                answer = await request(
                    eve, route, {**theirs, "target": HUB, "role": "installer", "action": "resume"}
                )
                refusal = problem_of(answer)["name"]
                expected = {
                    "employee": {"employee_not_found"},
                    "dealer": {"not_a_reseller"},
                    "object": {"not_permitted", "hub_already_added"},
                }
                assert refusal in expected.get(path_names(route.path)[0], {"not_permitted"}), route.path

        assert await seen(olga) == before


async def test_a_reseller_cannot_answer_a_request_to_another_one(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        olga, rita, sam = await api.dealer(), await api.reseller("rita"), await api.reseller("sam")
        await olga.do("POST", "/connections", {"reseller": rita.company})

        refusals = [
            await sam.refused("POST", f"/dealers/{olga.company}/{answer}", {})
            for answer in ("approval", "rejection", "suspension", "restoration")
        ]

        assert refusals == ["request_not_found"] * 4
        assert (await sam.get("/dealers/requests"))["requests"] == []
        assert len((await rita.get("/dealers/requests"))["requests"]) == 1


async def test_only_the_operator_appoints_resellers_and_can_do_nothing_else(tmp_path: Path) -> None:
    appointed = {"company": "company-1", "email": "desk@example.com"}
    async with served(tmp_path / "cloud.db") as api:
        olga = await api.owner("olga")

        as_owner = await olga.refused("POST", "/operator/resellers", appointed)
        wrong = await Caller(api.client, "operator").refused("POST", "/operator/resellers", appointed)
        elsewhere = await api.operator.refused("GET", "/company")
        await api.operator.do("POST", "/operator/resellers", appointed)
        api.world.operator = OperatorAccess(None)
        without_token = await api.operator.refused("POST", "/operator/resellers", appointed)

    assert {as_owner, elsewhere} == {"not_permitted"}
    assert {wrong, without_token} == {"not_signed_in"}


NOTHING = {
    "action": "stop_now",
    "company": "company-999",
    "employee": "person-999",
    "dealer": "company-999",
    "object": "object-999",
    "hub": HUB_2,
    "donor": HUB_2,
    "country": "XX",
    "target": HUB_2,
    "email": "nobody@example.com",
    "role": "installer",
}
"""Names of things that do not exist."""


async def member(api: Api, role: Role, app: App) -> Caller:
    olga = await api.dealer()
    if role is Role.OWNER:
        return await api.sign_in("olga", app, olga.company)
    return await api.employee(olga, "ivan", role.value, app)


async def request(caller: Caller, route: Route, names: dict[str, str]) -> httpx.Response:
    """Call the route with these names; its other values are arbitrary texts."""
    path = route.path.format(**names) if path_names(route.path) else route.path
    needed = [field.name for field in msgspec.structs.fields(input_type(route)) if field.required]
    values: Json = {name: names.get(name, "nothing-there") for name in needed}
    if not route.is_command:
        query = "&".join(f"{name}={value}" for name, value in values.items())
        return await caller.call(route.method, f"{path}?{query}" if query else path)
    if route.action == "sign_up":
        values["password"] = "nothing-there"  # noqa: S105 (of no real user)
    return await caller.call(route.method, path, values)


def refused_by_the_table(answer: httpx.Response, action: str) -> bool:
    """Return whether the table refused it: only a refusal of the table names the action."""
    if answer.is_success:
        return False
    problem: Any = problem_of(answer)
    return problem["name"] == "not_permitted" and problem["facts"].get("action") == action


async def seen(caller: Caller) -> list[Any]:
    paths = (
        "/company",
        "/company/employees",
        "/objects",
        "/connections",
        f"/hubs/{HUB}",
        f"/hubs/{HUB}/history",
    )
    return [await caller.get(path) for path in paths]
