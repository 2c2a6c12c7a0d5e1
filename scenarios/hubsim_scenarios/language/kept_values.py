"""Values that a step keeps for later steps: which values can be kept, and where they can be used.

`{keep: before}` in a pattern declares a name; `$before` in a later step refers to the value. Parameters of a
matrix have the same form. The sign differs from `@`, which means the id of a declared thing.
"""

from collections.abc import Mapping
from typing import Any

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.composites import Fields
from hubsim_scenarios.language.errors import BadText, quoted
from hubsim_scenarios.language.forms import FormShape, ListedShape, SlotShape
from hubsim_scenarios.language.ids import IdShape
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.read_context import NAME, VALUE_REFERENCE, ReadContext, Unread
from hubsim_scenarios.language.scalars import (
    AliasShape,
    ChoiceShape,
    DurationShape,
    FlagShape,
    InstantShape,
    IntegerShape,
    OptionalShape,
    TextShape,
    VisibleTextShape,
    ZoneShape,
)
from hubsim_scenarios.language.variants import OneOfShape
from hubsim_scenarios.language.vocabulary import KeptRef, ValueKind

_KINDS: Mapping[type, ValueKind] = {
    AliasShape: ValueKind.TEXT,
    ChoiceShape: ValueKind.TEXT,
    FlagShape: ValueKind.FLAG,
    FormShape: ValueKind.TEXT,
    IdShape: ValueKind.TEXT,
    InstantShape: ValueKind.INSTANT,
    IntegerShape: ValueKind.NUMBER,
    ListedShape: ValueKind.TEXT,
    SlotShape: ValueKind.NUMBER,
    TextShape: ValueKind.TEXT,
    VisibleTextShape: ValueKind.TEXT,
    ZoneShape: ValueKind.TEXT,
    type(None): ValueKind.ANY,
}
_DURATIONS = {"ms": ValueKind.MILLISECONDS, "s": ValueKind.SECONDS, "min": ValueKind.MINUTES}


def kind_of(shape: object) -> ValueKind | None:
    """Return the kind of the values of a shape; None for lists, mappings and cards, which cannot be kept."""
    if isinstance(shape, OptionalShape):
        shape = shape.shape
    if isinstance(shape, OneOfShape):
        kinds = {kind for part in shape.shapes if (kind := kind_of(part)) is not None}
        return kinds.pop() if len(kinds) == 1 else ValueKind.ANY if kinds else None
    return _DURATIONS[shape.unit] if isinstance(shape, DurationShape) else _KINDS.get(type(shape))


def declare_kept(node: Node, shape: object, reading: ReadContext) -> tuple[str, ValueKind] | Unread:
    """Declare the name under which the current step keeps a value; return it with the value's kind."""
    kind = kind_of(shape)
    if not isinstance(node, Scalar) or node.null:
        return reading.wrong_kind(node, "a new name")
    name, error = node.text, None
    if reading.no_keep:
        error = BadText(f"'keep' cannot be used here: {reading.no_keep}")
    elif kind is None:
        error = BadText("'keep' is for single values, not for lists and mappings", "keep a value in it")
    elif not NAME.fullmatch(name):
        hint = "use small letters, digits, - and _, and begin with a letter"
        error = BadText(f"{quoted(name)} cannot be a name", hint)
    elif name in reading.kept or name in reading.keeping or name in reading.parameters:
        error = BadText(f"{quoted(name)} is already the name of a value", "rename one of the two")
    if kind is not None:
        reading.keeping[name] = kind
    if error is not None or kind is None:
        return reading.bad(node.place, error or BadText(""))
    return name, kind


def refers(node: Node) -> bool:
    """Return whether the node is a reference such as `$before`."""
    return isinstance(node, Scalar) and VALUE_REFERENCE.fullmatch(node.text) is not None


def reference(word: Scalar, wanted: ValueKind, reading: ReadContext) -> KeptRef | Unread:
    """Return the reference to a value of a fitting kind, or `UNREAD` after a report."""
    found = VALUE_REFERENCE.fullmatch(word.text)
    kind = reading.kept.get(found["name"]) if found is not None else None
    if found is None or kind is None:
        if found is None or reading.borrowed is None:
            return reading.stray_value(word)
        reading.borrowed.add(word.place, f"no step before keeps a value as {quoted(found['name'])}")
        return KeptRef(found["name"])
    if not kind.fits(wanted):
        return reading.bad(word.place, BadText(f"{word.text} is {kind}; {wanted} is expected here"))
    return KeptRef(found["name"])


def references(node: nodes.Mapping, fields: Fields, reading: ReadContext) -> dict[str, Any]:
    """Return the fields of an action that refer to a kept value, by their key in the file.

    In a file that keeps no value, `$` and a name is an ordinary text.
    """
    found: dict[str, Any] = {}
    for key, value in node.entries:
        field = fields.get(key.text)
        kind = kind_of(field.shape) if field is not None else None
        if kind is None or not isinstance(value, Scalar) or not refers(value):
            continue
        names_values = reading.kept or reading.keeping or reading.parameters or reading.borrowed is not None
        if kind is not ValueKind.TEXT or names_values:
            found[key.text] = reference(value, kind, reading)
    return found


def end_step(reading: ReadContext) -> None:
    """Let later steps use the values that the current step keeps."""
    reading.kept |= reading.keeping
    reading.keeping = {}
