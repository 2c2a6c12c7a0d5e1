"""Fields in the reference: allowed values, default, and meaning."""

from collections.abc import Mapping
from enum import Enum

import msgspec

from hubsim_contract.docstrings import documented_texts
from hubsim_scenarios.language.composites import Field, Fields
from hubsim_scenarios.language.scalars import DurationShape, OptionalShape

REQUIRED = "required"


def field_table(fields: Fields, struct: type[msgspec.Struct] | None = None) -> str:
    """Return the fields as a table; a struct adds its defaults and the docstrings of its fields."""
    defaults = defaults_of(struct) if struct else {}
    texts = documented_texts(struct) if struct else {}
    rows = [_row(key, field, defaults, texts) for key, field in fields.items()]
    return "\n".join(["| field | takes | default | |", "|---|---|---|---|", *rows])


def defaults_of(struct: type[msgspec.Struct]) -> dict[str, object]:
    """Return the defaults of the fields that have one."""
    found: dict[str, object] = {}
    for field in msgspec.structs.fields(struct):
        if field.default is not msgspec.NODEFAULT:
            found[field.name] = field.default
        elif field.default_factory is not msgspec.NODEFAULT:
            found[field.name] = field.default_factory()
    return found


def cell(text: str) -> str:
    """Return the text escaped for one table cell, in one line."""
    return " ".join(text.replace("|", "\\|").split())


def _row(key: str, field: Field, defaults: Mapping[str, object], texts: Mapping[str, str]) -> str:
    default, value = "", defaults.get(field.name, defaults.get(f"{field.name}_ms"))
    if field.required and value is None:
        default = REQUIRED
    elif value is not None:
        default = f"`{_written(value, field.shape)}`"
    meaning = field.doc or texts.get(field.name, "")
    return f"| `{key}` | {cell(field.shape.describe())} | {default} | {cell(meaning)} |"


def _written(default: object, shape: object) -> str:
    """Return a default as an author would write it."""
    inner = shape.shape if isinstance(shape, OptionalShape) else shape
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, int) and isinstance(inner, DurationShape):
        return inner.said(default)
    if isinstance(default, tuple):
        return f"[{', '.join(map(str, default))}]"
    return str(default)
