"""Reads patterns from nodes: by the type of the field where it is known, untyped where it is not."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.comparison_reader import (
    COMPARISON_WORDS,
    amount,
    comparisons,
    kept,
    untyped_instant,
)
from hubsim_scenarios.language.comparisons import Comparator, WordGroup
from hubsim_scenarios.language.composites import Field, Fields, ListShape, MapShape, RecordShape
from hubsim_scenarios.language.errors import BadText, did_you_mean, quoted
from hubsim_scenarios.language.ids import ALIAS_SIGN, IdShape, id_hint, named
from hubsim_scenarios.language.kept_values import refers
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.patterns import (
    AllOf,
    Count,
    Empty,
    Exactly,
    Has,
    Matching,
    Not,
    OneOf,
    Pattern,
    RowsPattern,
    TextPattern,
)
from hubsim_scenarios.language.read_context import UNREAD, ReadContext, Unread
from hubsim_scenarios.language.scalars import (
    FlagShape,
    InstantShape,
    IntegerShape,
    OptionalShape,
    Shape,
    TextShape,
)
from hubsim_scenarios.language.variants import OneOfShape, VariantShape

MIN_CHOICES = 2
_COUNT: Final = IntegerShape(0)
_FLAG: Final = FlagShape()
OTHER_WORDS: Final = {
    **dict.fromkeys(("from", "min", "minimum", "gte", "ge", ">="), "write at_least"),
    **dict.fromkeys(("to", "max", "maximum", "lte", "le", "<="), "write at_most"),
    **dict.fromkeys(("above", "after", "greater_than", "gt", ">"), "write more_than"),
    **dict.fromkeys(("below", "before", "smaller_than", "lt", "<"), "write less_than"),
    **dict.fromkeys(("matches", "match", "like"), "write regex"),
    **dict.fromkeys(("between", "range", "within"), "write {at_least: 20, at_most: 80}"),
    **dict.fromkeys(("tolerance", "plus_minus", "delta"), "write {about: 50, give_or_take: 5}"),
}
"""Words for comparisons in other tools, each with the hint for its user."""
_Made = Pattern | Unread


class PatternOf:
    """A pattern as a shape, for tables of fields. Without an inner shape it accepts any pattern."""

    def __init__(self, shape: Any = None) -> None:
        self.shape = shape

    def read(self, node: Node, reading: ReadContext) -> _Made:
        """Return the pattern."""
        return read_pattern(node, self.shape, reading)

    def describe(self) -> str:
        """Return what an author may write."""
        return self.shape.describe() if self.shape else "a pattern"


class GroupPattern(PatternOf):
    """The pattern of a group of fields: a mapping of its fields, because each field is compared alone."""

    def read(self, node: Node, reading: ReadContext) -> _Made:
        """Return the `Matching`."""
        if not isinstance(node, nodes.Mapping):
            return reading.wrong_kind(node, self.describe())
        pattern = super().read(node, reading)
        if isinstance(pattern, (Matching, Unread)):
            return pattern
        text = "a group is a mapping of its fields, not a pattern word"
        return reading.bad(node.place, BadText(text, "write the pattern word under a field"))


def read_pattern(node: Node, shape: Any, reading: ReadContext) -> _Made:
    """Return the pattern of the node, or `UNREAD` after a report."""
    nullable = shape is None or isinstance(shape, OptionalShape)
    if isinstance(shape, OptionalShape):
        shape = shape.shape
    if isinstance(node, Scalar):
        if node.null and nullable:
            return Exactly(None)
        if node.null and node.text:
            text = f"the value is never null; {shape.describe()} is expected here"
            reading.problems.add(node.place, text)
            return UNREAD
        return _scalar(node, shape, reading)
    if isinstance(node, nodes.Sequence):
        return _rows(node, _part(shape, ListShape), reading)
    words = [key for key, _ in node.entries if key.text in PATTERN_WORDS]
    if not words:
        return _mapping(node, _part(shape, RecordShape, MapShape, VariantShape), reading)
    other = next((key for key, _ in node.entries if key.text not in PATTERN_WORDS), None)
    if other is not None:
        reading.problems.add(
            other.place,
            f"{quoted(other.text)} cannot be combined with the pattern word {words[0].text!r}",
        )
        return UNREAD
    whole = OptionalShape(shape) if nullable and shape is not None else shape
    made = [_WORDS[key.text](value, whole, reading) for key, value in node.entries if key.text in _WORDS]
    return _all([*made, *comparisons(node, shape, reading)])


def _part(shape: Any, *kinds: type) -> Any:
    """Return the shape, or of several shapes the one of these kinds if there is one."""
    parts = shape.shapes if isinstance(shape, OneOfShape) else ()
    return next((part for part in parts if isinstance(part, kinds)), shape)


def _bare(shape: Any) -> Any:
    return shape.shape if isinstance(shape, OptionalShape) else shape


def _all(parts: list[_Made]) -> _Made:
    good = tuple(part for part in parts if not isinstance(part, Unread))
    if len(good) < len(parts):
        return UNREAD
    return good[0] if len(good) == 1 else AllOf(good)


def _scalar(node: Scalar, shape: Any, reading: ReadContext) -> _Made:
    if refers(node):
        return kept(node, shape, reading)
    if shape is None:
        if node.text.startswith(ALIAS_SIGN):
            return named(node, (), reading)
        return TextPattern(node.text) if node.plain else Exactly(node.text)
    if isinstance(shape, IdShape):
        return shape.read(node, reading)
    if isinstance(shape, OneOfShape):
        return _of_several(node, shape, reading)
    if node.text.startswith(ALIAS_SIGN):
        text = f"{quoted(node.text)} is the id of a thing; {shape.describe()} is expected here"
        reading.problems.add(node.place, text)
        return UNREAD
    if isinstance(shape, InstantShape):
        return amount(node, Comparator.EXACTLY, shape, reading)
    return _typed(shape.read(node, reading), node, reading)


def _of_several(node: Scalar, shapes: OneOfShape, reading: ReadContext) -> _Made:
    for shape in shapes.shapes:
        made = reading.attempt(lambda shape=shape: _scalar(node, shape, reading))  # type: ignore[misc]
        if not isinstance(made, Unread):
            return made
    ids = [shape for shape in shapes.shapes if isinstance(shape, IdShape) and not shape.alias.by_name]
    hint = id_hint(node.text, [kind for shape in ids for kind in shape.alias.kinds], reading) if ids else ""
    shapes.none_fits(node, hint, reading)
    return UNREAD


def _typed(value: object, node: Scalar, reading: ReadContext) -> _Made:
    if isinstance(value, Unread):
        return UNREAD
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, (str, int)):
        return Exactly(value)
    if isinstance(value, WordGroup):
        return value
    reading.problems.add(node.place, f"{quoted(node.text)} has no id; name a declared thing")
    return UNREAD


def _items(node: nodes.Sequence, shape: Any, reading: ReadContext) -> tuple[Pattern, ...] | Unread:
    item = shape.item if isinstance(shape, ListShape) else None
    made = [read_pattern(part, item, reading) for part in node.items]
    good = tuple(part for part in made if not isinstance(part, Unread))
    return good if len(good) == len(made) else UNREAD


def _rows(node: nodes.Sequence, shape: Any, reading: ReadContext) -> _Made:
    if shape is not None and not isinstance(shape, ListShape):
        return reading.wrong_kind(node, shape.describe())
    items = _items(node, shape, reading)
    if isinstance(items, Unread):
        return UNREAD
    return RowsPattern(items, any_order=shape.any_order if shape else False)


def _mapping(node: nodes.Mapping, shape: Any, reading: ReadContext) -> _Made:
    if shape is not None and not isinstance(shape, (RecordShape, MapShape, VariantShape)):
        return _no_mapping(node, shape, reading)
    if not node.entries:
        text = "an empty mapping matches everything: name a field, or write {empty: on} for an empty one"
        reading.problems.add(node.place, text)
        return UNREAD
    fields = _fields(node, shape, reading)
    made: dict[str, Pattern] = {}
    for key, value in node.entries:
        field = fields.get(key.text)
        part = UNREAD if field is None else read_pattern(value, field.shape, reading)
        if field is not None and not isinstance(part, Unread):
            made[field.name] = part
    return Matching(made) if len(made) == len(node.entries) else UNREAD


def _fields(node: nodes.Mapping, shape: Any, reading: ReadContext) -> Fields:
    """Return the fields by the keys of the node; report each other key."""
    match shape:
        case VariantShape():
            return shape.fitting(node, reading)
        case RecordShape():
            for key, _ in node.entries:
                if key.text not in shape.fields:
                    text = f"unknown field {quoted(key.text)} in {shape.what}"
                    reading.unknown(key.place, text, key.text, shape.fields)
            return shape.fields
        case MapShape():
            keys = [key for key, _ in node.entries if shape.key.read(key, reading) is not UNREAD]
            return {key.text: Field(key.text, key.text, shape.value) for key in keys}
        case _:
            names = [key.text for key, _ in node.entries]
            return {name: Field(name, name, untyped_instant(name)) for name in names}


def _no_mapping(node: nodes.Mapping, shape: Shape, reading: ReadContext) -> Unread:
    """Report a mapping where a single value or a list is expected; a key may be a misspelt pattern word."""
    if not node.entries or isinstance(shape, ListShape):
        return reading.wrong_kind(node, shape.describe())
    key = node.entries[0][0]
    hint = OTHER_WORDS.get(key.text) or did_you_mean(key.text, PATTERN_WORDS)
    text = f"{quoted(key.text)} is not a pattern word; {shape.describe()} or a pattern is expected here"
    return reading.bad(key.place, BadText(text, hint))


def _has(node: Node, shape: Any, reading: ReadContext) -> _Made:
    if not isinstance(node, nodes.Sequence):
        return reading.wrong_kind(node, "a list")
    if not _list_like(node, "has", shape, reading):
        return UNREAD
    if not node.items:
        reading.problems.add(node.place, "'has' without items matches every list: name an item")
        return UNREAD
    items = _items(node, _part(_bare(shape), ListShape), reading)
    return UNREAD if isinstance(items, Unread) else Has(items)


def _count(node: Node, shape: Any, reading: ReadContext) -> _Made:
    if not _list_like(node, "count", shape, reading):
        return UNREAD
    if isinstance(node, nodes.Mapping) or refers(node):
        pattern = read_pattern(node, _COUNT, reading)
        return UNREAD if isinstance(pattern, Unread) else Count(pattern)
    count = _COUNT.read(node, reading)
    return Count(count) if isinstance(count, int) else UNREAD


def _list_like(node: Node, word: str, shape: Any, reading: ReadContext) -> bool:
    """Return whether the field may be a list; report a pattern word for lists if not."""
    shape = _part(_bare(shape), ListShape, MapShape)
    if shape is None or isinstance(shape, (ListShape, MapShape)):
        return True
    reading.problems.add(node.place, f"{word!r} is for lists only; {shape.describe()} is expected here")
    return False


def _not(node: Node, shape: Any, reading: ReadContext) -> _Made:
    before, reading.no_keep = reading.no_keep, "a value under 'not' is not seen when the step passes"
    inner = read_pattern(node, shape, reading)
    reading.no_keep = before
    return UNREAD if isinstance(inner, Unread) else Not(inner)


def _one_of(node: Node, shape: Any, reading: ReadContext) -> _Made:
    if not isinstance(node, nodes.Sequence):
        return reading.wrong_kind(node, "a list of patterns")
    if len(node.items) < MIN_CHOICES:
        reading.problems.add(node.place, "'one_of' needs two patterns or more: with one, write it alone")
        return UNREAD
    before, reading.no_keep = reading.no_keep, "only one of the patterns under 'one_of' has to match"
    made = [read_pattern(item, shape, reading) for item in node.items]
    reading.no_keep = before
    good = tuple(part for part in made if not isinstance(part, Unread))
    for place, part in enumerate(made):
        if not isinstance(part, Unread) and part in made[:place]:
            reading.problems.add(node.items[place].place, "'one_of' has this pattern already")
            return UNREAD
    return OneOf(good) if len(good) == len(made) else UNREAD


def _empty(node: Node, shape: Any, reading: ReadContext) -> _Made:
    bare = _part(_bare(shape), ListShape, MapShape, TextShape)
    if bare is not None and bare is shape and not isinstance(bare, (ListShape, MapShape, TextShape)):
        text = f"'empty' is for lists, texts and fields that can be null; {bare.describe()} is expected here"
        reading.problems.add(node.place, text)
        return UNREAD
    flag = _FLAG.read(node, reading)
    return Empty(flag) if isinstance(flag, bool) else UNREAD


_WORDS: dict[str, Callable[[Node, Any, ReadContext], _Made]] = {
    "has": _has,
    "count": _count,
    "not": _not,
    "one_of": _one_of,
    "empty": _empty,
}
PATTERN_WORDS = frozenset((*_WORDS, *COMPARISON_WORDS))
"""Reserved keys: no field in a pattern can have such a name."""
