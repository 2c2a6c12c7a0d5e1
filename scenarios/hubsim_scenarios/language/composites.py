"""Shapes of lists and mappings, and the loop that reads the fields of a mapping.

One pass reports all unknown keys, wrong values and missing fields.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.errors import Place, did_you_mean, probably, quoted
from hubsim_scenarios.language.likely_mistakes import as_list, no_space, split_texts
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.read_context import UNREAD, ReadContext, Unread
from hubsim_scenarios.language.scalars import Shape


class Field(msgspec.Struct, frozen=True):
    """One field: its name in the struct, its key in the file, and its shape."""

    name: str
    key: str
    shape: Any
    """A `Shape`."""
    required: bool = False
    doc: str = ""


Fields = dict[str, Field]
"""Fields by their key in the file."""


def table(*fields: Field) -> Fields:
    """Return the fields by key."""
    return {field.key: field for field in fields}


def read_fields(
    node: nodes.Mapping,
    fields: Fields,
    what: str,
    reading: ReadContext,
    done: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the readable values by field name. `what` names the mapping in messages.

    `done` are values that were read before, by key.
    """
    values: dict[str, Any] = {}
    settled: set[str] = set()
    rests = split_texts(node, fields)
    for key, value_node in node.entries:
        field = fields.get(key.text)
        if field is None:
            settled.add(_report_unknown(key, fields, what, rests.get(key.text), reading))
            continue
        settled.add(field.key)
        value = done[key.text] if key.text in done else field.shape.read(value_node, reading)
        if value is not UNREAD:
            values[field.name] = value
    report_missing(node.place, fields, settled, what, reading)
    return values


def _report_unknown(key: Scalar, fields: Fields, what: str, rest: str | None, reading: ReadContext) -> str:
    """Report the key, and return the key probably meant, so that it is not also reported as missing.

    `rest` is the hint for the rest of a text with a comma; '' for a further one, which is not reported.
    """
    if reading.problems.full:
        reading.problems.add(key.place, "")
        return ""
    if rest == "":
        reading.problems.suppress()
        return ""
    text = f"unknown field {quoted(key.text)} in {what}"
    reading.problems.add(
        key.place, text, rest or no_space(key.text, fields) or did_you_mean(key.text, fields)
    )
    return probably(key.text, fields) or key.text.partition(":")[0]


def report_missing(place: Place, fields: Fields, present: set[str], what: str, reading: ReadContext) -> None:
    """Report every required field that is missing."""
    for key, field in fields.items():
        if field.required and key not in present:
            reading.problems.add(place, f"{what} needs the field {key!r}: {field.shape.describe()}")


class DeferredShape:
    """A field that is read after the others, because it needs their values; its value is the node."""

    def __init__(self, described: str) -> None:
        self._described = described

    def read(self, node: Node, reading: ReadContext) -> Node:
        """Return the node itself."""
        del reading
        return node

    def describe(self) -> str:
        """Return what an author may write."""
        return self._described


class RecordShape:
    """A mapping with known fields. Makes a struct of the type `make`, or without one a dict of values."""

    def __init__(self, what: str, fields: Fields, make: type[msgspec.Struct] | None = None) -> None:
        self.what = what
        self.fields = fields
        self._make = make

    def read(self, node: Node, reading: ReadContext) -> object:
        """Return the record, or `UNREAD` when a required field of the struct is missing."""
        if not isinstance(node, nodes.Mapping):
            return reading.wrong_kind(node, self.describe())
        values = read_fields(node, self.fields, self.what, reading)
        if self._make is None:
            return values
        if any(field.required and field.name not in values for field in self.fields.values()):
            return UNREAD
        return self._make(**values)

    def describe(self) -> str:
        """Return what an author may write."""
        return f"a mapping with {', '.join(self.fields)}"


class ListShape:
    """A list. With `any_order` a comparison ignores the order."""

    def __init__(self, item: Shape, *, any_order: bool = False) -> None:
        self.item = item
        self.any_order = any_order

    def read(self, node: Node, reading: ReadContext) -> tuple[object, ...] | Unread:
        """Return the items, or `UNREAD` when one of them could not be read."""
        if not isinstance(node, nodes.Sequence):
            return reading.wrong_kind(node, self.describe(), as_list(node))
        values = [self.item.read(item, reading) for item in node.items]
        return UNREAD if UNREAD in values else tuple(values)

    def describe(self) -> str:
        """Return what an author may write."""
        order = " in any order" if self.any_order else ""
        return f"a list{order} (each item: {self.item.describe()})"


class OneOrMoreShape:
    """A value, or a list of different values. Its value is a tuple."""

    def __init__(self, item: Shape) -> None:
        self.item = item

    def read(self, node: Node, reading: ReadContext) -> tuple[object, ...] | Unread:
        """Return the values, or `UNREAD` when one of them could not be read."""
        if not isinstance(node, nodes.Sequence):
            value = self.item.read(node, reading)
            return UNREAD if isinstance(value, Unread) else (value,)
        if not node.items:
            return reading.wrong_kind(node, self.describe())
        values = [self.item.read(item, reading) for item in node.items]
        for place, value in enumerate(values):
            if value is not UNREAD and value in values[:place]:
                reading.problems.add(node.items[place].place, "the list has this value already")
        return UNREAD if UNREAD in values else tuple(values)

    def describe(self) -> str:
        """Return what an author may write."""
        return f"{self.item.describe()}, or a list of such words"


class MapShape:
    """A mapping with free keys."""

    def __init__(self, key: Shape, value: Shape) -> None:
        self.key = key
        self.value = value

    def read(self, node: Node, reading: ReadContext) -> Mapping[object, object] | Unread:
        """Return the entries, or `UNREAD` when one of them could not be read."""
        if not isinstance(node, nodes.Mapping):
            return reading.wrong_kind(node, self.describe())
        pairs = [
            (self.key.read(key, reading), self.value.read(value, reading)) for key, value in node.entries
        ]
        if any(UNREAD in pair for pair in pairs):
            return UNREAD
        return dict(pairs)

    def describe(self) -> str:
        """Return what an author may write."""
        return f"a mapping from {self.key.describe()} to {self.value.describe()}"
