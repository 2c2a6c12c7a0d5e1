"""The OpenAPI document of the API, from the tables of routes.

Every operation has its example, its headers, and every status of its responses.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from hubsim_cloud.domain.permissions import PERMISSIONS
from hubsim_cloud.http.accounts import NewAccount
from hubsim_cloud.http.examples import EXAMPLES, IN_PATH, ApiExample
from hubsim_cloud.http.paging import DEFAULT_LIMIT, MAX_LIMIT, PAGING
from hubsim_cloud.http.problems import ProblemDocument
from hubsim_cloud.http.requests import MAX_KEY_CHARS, OCTETS
from hubsim_cloud.http.route_types import input_type, page_type, path_names, view_type
from hubsim_cloud.http.routes import PREFIX, Caller, Route
from hubsim_cloud.http.schemas import (
    SECURITY_SCHEMES,
    Json,
    problem_responses,
    prose,
    ref,
    response_name,
    schemas,
)
from hubsim_cloud.http.server_sent import MEDIA_TYPE
from hubsim_cloud.http.system_routes import SystemRoute

_ABOUT = """What Dealers and Resellers can do and see in a cloud of Ajax hubs with Ajax SIM cards.

The response to a request that fails is a problem document (RFC 9457) with a stable `name` and `facts`.
Every command takes an `Idempotency-Key`: a repeated command with the same key has one effect, and the same
response. Lists have pages. Title and detail of a problem are Polish for `Accept-Language: pl`. Fields that
end in `_ms` are milliseconds since 1970-01-01T00:00Z in world time.
Every further world has the same API under `/worlds/{name}`."""

_FILE: Json = {"type": "string", "format": "binary"}
_NO_EXAMPLE = ApiExample()
_CALLERS: dict[Caller, list[Json]] = {
    Caller.PERSON: [{"session": []}],
    Caller.OPERATOR: [{"operator": []}],
    Caller.ANYBODY: [],
}
_PARAMETERS: Json = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A new key for each command, the same key when the command is repeated.",
        "schema": {"type": "string", "pattern": rf"^[\x21-\x7e]{{1,{MAX_KEY_CHARS}}}$"},
        "example": "7f0c1f0e-7a56-4c0e-9d0a-3c2d1c1f8a11",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` of the version to edit; the response is 412 when it is stale.",
        "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,15}")$'},
        "example": '"42"',
    },
    "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The `id` of the last received event; the stream continues after it.",
        "schema": {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9a-f]{8}\.[0-9]{1,15})?$"},
        "example": "1042.5f3a9c01.17",
    },
    "limit": {
        "name": "limit",
        "in": "query",
        "description": "The largest number of items on the page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    },
    "page": {
        "name": "page",
        "in": "query",
        "description": "The `next_page` of the previous page of the same list and account.",
        "schema": {"type": "string"},
    },
}
_HEADERS: Json = {
    "ETag": {"description": "The revision of the view.", "schema": {"type": "string"}},
    "IdempotencyReplayed": {
        "description": "`true`: this is the response to an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}


def completed(document: Json, routes: Sequence[Route], system_routes: Sequence[SystemRoute]) -> Json:
    """Add the tables to the framework's document and return it."""
    document["info"]["description"] = _ABOUT
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(_schemas(routes, system_routes))
    components["responses"] = problem_responses()
    components["parameters"] = _PARAMETERS
    components["headers"] = _HEADERS
    components["securitySchemes"] = SECURITY_SCHEMES
    paths = document.setdefault("paths", {})
    for route in routes:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route)
    for system_route in system_routes:
        operation = _system_operation(system_route)
        paths.setdefault(system_route.path, {})[system_route.method.lower()] = operation
    return document


# ------------------------------------------------------------------ types


def _schemas(routes: Sequence[Route], system_routes: Sequence[SystemRoute]) -> Json:
    types: list[type] = [ProblemDocument]
    sources: dict[str, type] = {}
    for route in routes:
        if route.is_command:
            body = _body_type(route)
            types.append(body)
            sources[body.__name__] = body if body is NewAccount else route.act
        else:
            answer = _answer_type(route)
            types.append(answer)
            sources[answer.__name__] = view_type(route)
    for row in system_routes:
        types += [kind for kind in (row.body, row.answer, *row.events.values()) if isinstance(kind, type)]
    return schemas(types, sources)


def _body_type(route: Route) -> type[msgspec.Struct]:
    return NewAccount if route.caller is Caller.ANYBODY else input_type(route)


def _answer_type(route: Route) -> type[msgspec.Struct]:
    view = view_type(route)
    return view if route.listing is None else page_type(view, route.listing)


# ------------------------------------------------------------------ operations


def _operation(route: Route) -> Json:
    text = prose(route.act.__doc__)
    example = EXAMPLES.get(route.action, _NO_EXAMPLE)
    operation: Json = {
        "operationId": route.action,
        "tags": [route.tag.value],
        "summary": text.partition(". ")[0].partition(" (")[0].rstrip("."),
        "description": text + _permitted(route.action),
        "security": _CALLERS[route.caller],
        "parameters": _path_parameters(route.path),
        "responses": {str(route.status): _success(route, example)} | _problems(_statuses(route)),
    }
    if route.is_command:
        operation["parameters"] += [ref("parameters", "IdempotencyKey")]
        operation["parameters"] += [ref("parameters", "IfMatch")] if route.revision else []
        operation |= _request_body(_body_type(route), example)
    else:
        operation["parameters"] += _query_parameters(route)
    return operation


def _permitted(action: str) -> str:
    """Return the roles and client applications that may do it, from the permission table."""
    row = PERMISSIONS.get(action)
    if row is None:
        return ""
    names = [f"{role.value} ({', '.join(sorted(apps))})" for role, apps in row.items() if apps]
    return f"\n\nPermitted: {'; '.join(names)}."


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "example": IN_PATH[name]}
        for name in path_names(path)
    ]


def _query_parameters(route: Route) -> list[Json]:
    return [*_parameters_of(input_type(route), route.act), *_paging(paged=route.listing is not None)]


def _parameters_of(kind: type[msgspec.Struct], source: type) -> list[Json]:
    properties = schemas([kind], {kind.__name__: source})[kind.__name__]["properties"]
    found = []
    for field in msgspec.structs.fields(kind):
        schema = properties[field.name]
        # In a query string, an omitted parameter corresponds to null in JSON.
        given = next((part for part in schema.get("anyOf", ()) if part != {"type": "null"}), schema)
        found.append({"name": field.name, "in": "query", "required": field.required, "schema": given})
    return found


def _paging(*, paged: bool) -> list[Json]:
    return [ref("parameters", name) for name in PAGING] if paged else []


def _request_body(kind: type[msgspec.Struct], example: ApiExample) -> Json:
    fields = msgspec.structs.fields(kind)
    if not fields:
        return {}
    content = _shown(ref("schemas", kind.__name__), example.sent)
    required = any(field.required for field in fields)
    return {"requestBody": {"required": required, "content": {"application/json": content}}}


def _success(route: Route, example: ApiExample) -> Json:
    headers: Json = {}
    content: Json | None
    if route.is_command:
        headers["Idempotency-Replayed"] = ref("headers", "IdempotencyReplayed")
        content = _result_schema(route) if route.returns else None
    else:
        headers |= {"ETag": ref("headers", "ETag")} if route.revision else {}
        content = ref("schemas", _answer_type(route).__name__)
    response: Json = {"description": "Done." if route.is_command else "The view.", "headers": headers}
    if content is not None:
        response["content"] = {"application/json": _shown(content, example.answer)}
    return response


def _shown(schema: Json, example: Json | None) -> Json:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _result_schema(route: Route) -> Json:
    kind: Any = ["string", "null"] if route.returns == ("account",) else "string"
    return {
        "type": "object",
        "properties": {name: {"type": kind} for name in route.returns},
        "required": list(route.returns),
    }


def _statuses(route: Route) -> set[int]:
    """Return the statuses of the problems that the route can raise."""
    found = {404, 413, 422, 503} | ({401, 403} if route.caller is not Caller.ANYBODY else set())
    if route.is_command:
        found |= {400, 409, 415} | ({412} if route.revision else set())
    elif route.listing is not None:
        found |= {400}
    return found | ({409} if route.conflicts else set())


def _problems(statuses: set[int]) -> Json:
    return {str(status): ref("responses", response_name(status)) for status in sorted(statuses | {500})}


# ------------------------------------------------------------------ system routes


def _system_operation(route: SystemRoute) -> Json:
    name = getattr(route.handler, "__name__", "")
    summary, _, text = (route.handler.__doc__ or "").partition("\n\n")
    example = route.example or EXAMPLES.get(name, _NO_EXAMPLE)
    success = _system_success(route, example)
    operation: Json = {
        "operationId": name,
        "tags": [route.tag],
        "summary": prose(summary).rstrip("."),
        "description": prose(text),
        "security": _CALLERS[route.caller],
        "parameters": _path_parameters(route.path),
        "responses": {str(route.status): success} | _problems(set(route.problems)),
    }
    if route.may_wait:
        operation["responses"]["503"] = success | {"description": "Not ready: the cloud waits for something."}
    if route.may_be_empty:
        operation["responses"]["204"] = {"description": "Done, without an answer."}
    if route.query is not None:
        operation["parameters"] += _parameters_of(route.query, route.query)
    operation["parameters"] += _paging(paged=route.paged)
    if route.answer == MEDIA_TYPE:
        operation["parameters"] += [ref("parameters", "LastEventId")]
    if isinstance(route.body, str):
        return operation | {"requestBody": {"required": True, "content": {route.body: {"schema": _FILE}}}}
    return operation | (_request_body(route.body, example) if route.body is not None else {})


def _system_success(route: SystemRoute, example: ApiExample) -> Json:
    response: Json = {"description": "Done." if route.answer is None else "The view."}
    if isinstance(route.answer, str):
        content: Json = {"schema": _FILE if route.answer == OCTETS else {"type": "string"}}
        if route.events:
            content["x-events"] = {name: ref("schemas", kind.__name__) for name, kind in route.events.items()}
        response["content"] = {route.answer: content}
    elif route.answer is not None:
        schema = ref("schemas", route.answer.__name__)
        response["content"] = {"application/json": _shown(schema, example.answer)}
    return response
