"""JSON values of a schema, drawn by hypothesis with a fixed seed, for tests that run in an event loop."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
WORDS = (
    "0000AA01",
    "0000aa01",
    "hub-2-plus",
    "ethernet",
    "wifi",
    "89883000000000000011",
    "001010000000001",
    "352907000000011",
    "carrier",
    "AAAA",
    "a/b",
    "+",
    "#",
    "\0",
    "",
    "x" * 300,
)
_WHOLE = st.one_of(st.sampled_from((0, 1, 2, 100, -1, 2**53 - 1, 2**64, 10**400)), st.integers())


def examples(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Return this number of values."""
    found: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return JSON values that match the shape of a type, without its bounds."""
    schema = msgspec.json.schema(kind)
    return _values(schema, schema.get("$defs", {}))


def _values(schema: Json, known: Json) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return st.deferred(lambda: _values(known[schema["$ref"].rpartition("/")[2]], known))
    if "anyOf" in schema:
        return st.one_of([_values(part, known) for part in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return _object(schema, known)
        case "array":
            return _array(schema, known)
        case kind:
            return _PLAIN.get(kind, _ANYTHING)


def _object(schema: Json, known: Json) -> st.SearchStrategy[Any]:
    fields = schema.get("properties")
    if fields is None:
        values = schema.get("additionalProperties") or {}
        inner = _values(values, known) if isinstance(values, dict) else _ANYTHING
        return st.dictionaries(st.sampled_from((*WORDS, *_SETTINGS, "1", "2", "-1")), inner, max_size=3)
    needed = {*schema.get("required", ()), "ask"} & fields.keys()
    drawn = {name: _values(field, known) for name, field in fields.items()}
    return st.fixed_dictionaries(
        {name: values for name, values in drawn.items() if name in needed},
        optional={name: values for name, values in drawn.items() if name not in needed},
    )


def _array(schema: Json, known: Json) -> st.SearchStrategy[Any]:
    if "prefixItems" in schema:
        return st.tuples(*(_values(item, known) for item in schema["prefixItems"]))
    return st.lists(_values(schema.get("items", {}), known), max_size=3)


_SETTINGS = ("activation_delay_ms", "boot_ms", "name")
_ANYTHING = st.one_of(_WHOLE, st.sampled_from(WORDS), st.booleans(), st.none(), st.just([]), st.just({}))
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    "string": st.one_of(st.sampled_from(WORDS), st.text(max_size=20)),
    "integer": _WHOLE,
    "boolean": st.booleans(),
    "null": st.none(),
}
