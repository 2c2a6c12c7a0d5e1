"""The components of the OpenAPI document, from the types of the requests and responses."""

from collections.abc import Iterable, Mapping
from enum import EnumMeta
from typing import Any

import msgspec

from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.http.problems import (
    MEDIA_TYPE,
    PROBLEM_STATUS,
    REFUSAL_STATUS,
    ProblemDocument,
    ProblemName,
    status_of,
    title_of,
)
from hubsim_contract.docstrings import documented_texts

Json = dict[str, Any]

PROBLEM_HEADERS: dict[int, Json] = {
    401: {"WWW-Authenticate": {"description": "Always `Bearer`.", "schema": {"type": "string"}}},
    503: {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
}
SECURITY_SCHEMES: Json = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a session, from `POST /v1/sessions`.",
    },
    "operator": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of the operator, which is a setting of the cloud.",
    },
}


def ref(kind: str, name: str) -> Json:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def prose(docstring: str | None) -> str:
    """Return a docstring for readers outside Python: without line breaks, and with `null` for None."""
    return " ".join((docstring or "").split()).replace("None", "null")


def schemas(types: Iterable[type], sources: Mapping[str, type]) -> Json:
    """Return the schemas of these types and of all types in them, with the texts after their fields.

    `sources` has, by name, the type in the source of each type that was made at run time.
    """
    kinds = tuple(types)
    _refs, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    written = {kind.__name__: kind for kind in _all_types(kinds)} | dict(sources)
    for name, schema in components.items():
        _describe(schema, written.get(name))
    return components


def _describe(schema: Json, kind: type | None) -> None:
    """Add the texts after fields and members, which Python does not keep, to the schema."""
    if "description" in schema:
        schema["description"] = prose(schema["description"])
    if kind is None:
        return
    texts = documented_texts(kind)
    for name, field in schema.get("properties", {}).items():
        if name in texts:
            field["description"] = texts[name]
    if isinstance(kind, EnumMeta):
        lines = [
            f"- `{kind[name].value}`: {text}" for name, text in texts.items() if name in kind.__members__
        ]
        schema["description"] = "\n".join([schema.get("description", ""), *lines]).strip()


def _all_types(kinds: Iterable[type]) -> list[type]:
    """Return all records and enums in these types, including the types themselves."""
    found: dict[type, None] = {}
    waiting: list[Any] = list(msgspec.inspect.multi_type_info(kinds))
    while waiting:
        info = waiting.pop()
        match info:
            case msgspec.inspect.StructType(cls=kind, fields=fields):
                if kind not in found:
                    found[kind] = None
                    waiting += [field.type for field in fields]
            case msgspec.inspect.EnumType(cls=kind):
                found[kind] = None
            case msgspec.inspect.UnionType(types=parts):
                waiting += parts
            case msgspec.inspect.VarTupleType(item_type=part) | msgspec.inspect.ListType(item_type=part):
                waiting.append(part)
            case _:
                pass
    return list(found)


def problem_responses() -> Json:
    """Return the response of all problems of a status, for each status."""
    found: Json = {}
    names = sorted({*PROBLEM_STATUS.values(), *REFUSAL_STATUS.values()})
    for status in names:
        found[response_name(status)] = _problem_response(status)
    return found


def response_name(status: int) -> str:
    """Return the name of the component for all problems of a status."""
    return f"Problem{status}"


def _problem_response(status: int) -> Json:
    kinds: tuple[type[ProblemName | RefusalName], ...] = (ProblemName, RefusalName)
    names = [name for kind in kinds for name in kind if status_of(name) == status]
    first = names[0]
    example = ProblemDocument(
        type=f"/problems/{first.value}",
        title=title_of(first),
        status=status,
        detail="A sentence about what is wrong.",
        name=first.value,
        facts={},
    )
    return {
        "description": "By name: " + ", ".join(f"`{name.value}`" for name in names) + ".",
        "headers": PROBLEM_HEADERS.get(status, {}),
        "content": {
            MEDIA_TYPE: {
                "schema": ref("schemas", ProblemDocument.__name__),
                "example": msgspec.to_builtins(example),
            }
        },
    }
