"""The texts that an editor shows for a key: its meaning, its values, its default."""

import re
from enum import Enum

import msgspec

from hubsim_contract.docstrings import documented_texts
from hubsim_scenarios.language.composites import Field, RecordShape
from hubsim_scenarios.language.field_docs import defaults_of
from hubsim_scenarios.language.scalars import DurationShape, OptionalShape

_FIRST_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)


class Documents:
    """The texts for the fields of a mapping, from the docstrings and defaults of its struct if it has one."""

    def __init__(self, struct: type[msgspec.Struct] | None = None) -> None:
        self._texts = documented_texts(struct) if struct else {}
        self._defaults = defaults_of(struct) if struct else {}

    def about(self, field: Field) -> str:
        """Return the text about a field."""
        parts = [field.doc or self._texts.get(field.name, ""), f"Takes {_takes(field)}."]
        default = self._defaults.get(field.name, self._defaults.get(f"{field.name}_ms"))
        default_text = _default(default, field)
        if default_text:
            parts.append(f"Default: {default_text}.")
        return " ".join(part for part in parts if part)


def made_by(record: RecordShape) -> type[msgspec.Struct] | None:
    """Return the struct that a record becomes, or None."""
    return record._make


def _inner(field: Field) -> object:
    return field.shape.shape if isinstance(field.shape, OptionalShape) else field.shape


def _default(default: object, field: Field) -> str:
    """Return a default as an author would write it, or '' for None and for an empty value."""
    match default, _inner(field):
        case ((None | () | {} | msgspec.Struct()), _):
            return ""
        case bool(), _:
            return "on" if default else "off"
        case int(amount), DurationShape() as shape:
            return shape.said(amount)
        case Enum(), _:
            return str(default.value)
        case tuple(), _:
            return ", ".join(map(str, default))
        case _:
            return str(default)


def _takes(field: Field) -> str:
    shape = _inner(field)
    return "a mapping" if isinstance(shape, RecordShape) else str(field.shape.describe())


def first_sentence(struct: type[msgspec.Struct]) -> str:
    """Return the first sentence of a struct's docstring."""
    text = " ".join((struct.__doc__ or "").split())
    found = _FIRST_SENTENCE.match(text)
    return found[0] if found else text
