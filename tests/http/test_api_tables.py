"""The tables of the API are complete: each command, query, refusal and fact has a row."""

from typing import Any, get_args

import msgspec
import pytest

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.permissions import PERMISSIONS
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.domain.types import SortOrder
from hubsim_cloud.domain.visibility import OWN, SHOWN
from hubsim_cloud.http.app import create_app
from hubsim_cloud.http.examples import EXAMPLES, IN_PATH
from hubsim_cloud.http.openapi import _answer_type, _body_type
from hubsim_cloud.http.problem_pages import problem_page_of
from hubsim_cloud.http.problems import PROBLEM_STATUS, REFUSAL_STATUS, ProblemName
from hubsim_cloud.http.route_types import input_type, path_names, view_type
from hubsim_cloud.http.routes import ROUTES, PagedList, Route
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.http.system_routes import system_routes

LISTS = [route for route in ROUTES if route.listing is not None]


@pytest.fixture(scope="module")
def document() -> Any:
    return create_app({}, HttpSettings()).openapi()  # type: ignore[arg-type]


def named(route: Route) -> str:
    return route.action


def test_every_command_and_query_has_exactly_one_route() -> None:
    acts = [route.act for route in ROUTES]

    assert len(acts) == len(set(acts))
    assert set(acts) == {*get_args(Command), *get_args(Query)}


def test_no_two_routes_have_the_same_method_and_path() -> None:
    places = [(route.method, f"/v1{route.path}") for route in ROUTES]
    places += [(door.method, door.path) for door in system_routes(HttpSettings())]

    assert len(places) == len(set(places))


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_path_and_input_together_have_all_fields_of_the_command_or_query(route: Route) -> None:
    asked = {field.name for field in msgspec.structs.fields(input_type(route))}

    assert asked | set(path_names(route.path)) == set(route.act.__struct_fields__)
    assert not asked & set(path_names(route.path))


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.is_command], ids=named)
def test_every_view_with_a_list_of_rows_has_pages(route: Route) -> None:
    rows = [
        field.name
        for field in msgspec.structs.fields(view_type(route))
        if str(field.type).startswith("tuple[")
        and field.name not in {"tabs", "actions", "icons", "channels", "sims", "packages"}
    ]
    expected = [] if route.action == "activation_form" else rows

    assert ([] if route.listing is None else [route.listing.field]) == expected


@pytest.mark.parametrize("route", LISTS, ids=named)
def test_the_key_of_a_list_is_a_field_of_its_rows(route: Route) -> None:
    assert isinstance(route.listing, PagedList)
    (field,) = (one for one in msgspec.structs.fields(view_type(route)) if one.name == route.listing.field)
    (row, _) = get_args(field.type)

    assert isinstance(route.listing.key, SortOrder) or route.listing.key in row.__struct_fields__


def test_every_refusal_and_every_problem_has_a_status_and_an_explanation() -> None:
    assert set(REFUSAL_STATUS) == set(RefusalName)
    assert set(PROBLEM_STATUS) == set(ProblemName)
    assert not {name.value for name in RefusalName} & {name.value for name in ProblemName}
    assert all(problem_page_of(name).text for name in (*RefusalName, *ProblemName))


def test_the_status_depends_on_the_kind_of_refusal() -> None:
    assert REFUSAL_STATUS[RefusalName.NOT_SIGNED_IN] == 401
    assert all(status == 404 for name, status in REFUSAL_STATUS.items() if name.value.endswith("_not_found"))
    assert all(
        status == 422
        for name, status in REFUSAL_STATUS.items()
        if name.value.startswith(("invalid", "unknown"))
    )
    assert set(REFUSAL_STATUS.values()) == {401, 403, 404, 409, 422}


def test_every_fact_has_a_row_with_its_audience_and_an_existing_query() -> None:
    assert set(SHOWN) == set(get_args(Fact))
    queries = {str(query.__struct_config__.tag) for query in get_args(Query)}
    for rows in SHOWN.values():
        assert rows
        assert all(row.by in queries and row.by in (PERMISSIONS.keys() | OWN) for row in rows)


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_example_is_valid(route: Route, document: Any) -> None:
    example = EXAMPLES.get(route.action)
    operation = document["paths"][f"/v1{route.path}"][route.method.lower()]

    if route.is_command:
        body = _body_type(route)
        if msgspec.structs.fields(body):
            assert example is not None
            msgspec.convert(example.sent, body, strict=True)
            assert operation["requestBody"]["content"]["application/json"]["example"] == example.sent
        assert set(route.returns) == set((example.answer if example else None) or {})
    else:
        assert example is not None
        answer = msgspec.convert(example.answer, _answer_type(route), strict=True)
        assert msgspec.json.decode(msgspec.json.encode(answer)) == example.answer
    assert set(path_names(route.path)) <= set(IN_PATH)


@pytest.mark.parametrize("door", system_routes(HttpSettings()), ids=lambda door: door.path)
def test_the_examples_of_system_routes_are_valid(door: Any, document: Any) -> None:
    operation = document["paths"][door.path][door.method.lower()]

    if door.body is not None:
        sent = operation["requestBody"]["content"]["application/json"]["example"]
        msgspec.convert(sent, door.body)
    if isinstance(door.answer, type):
        answer = operation["responses"][str(door.status)]["content"]["application/json"]["example"]
        assert msgspec.json.decode(msgspec.json.encode(msgspec.convert(answer, door.answer))) == answer


def test_every_operation_has_a_description_permissions_and_problems(document: Any) -> None:
    operations = [one for path in document["paths"].values() for one in path.values()]

    assert len({one["operationId"] for one in operations}) == len(operations)
    for one in operations:
        assert one["summary"]
        assert one["tags"]
        assert "500" in one["responses"]
    commands = {route.action for route in ROUTES if route.is_command}
    keyed = {
        one["operationId"]
        for one in operations
        if {"$ref": "#/components/parameters/IdempotencyKey"} in one["parameters"]
    }
    assert keyed == commands


def test_every_reference_in_the_document_has_a_target(document: Any) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for part in node.values() for found in references(part)]
        return [found for part in node for found in references(part)] if isinstance(node, list) else []

    for reference in references(document):
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_the_document_has_texts_of_the_source_with_null_for_none(document: Any) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["ConfigureHubBody"]["properties"]["ping_s"]["description"].startswith("10 to 300 s")
    assert "null keeps a value" in document["paths"]["/v1/hubs/{hub}/configuration"]["patch"]["summary"]
    assert "- `expiring`: Continues until" in schemas["ServiceState"]["description"]
