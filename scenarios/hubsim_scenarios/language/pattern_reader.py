"""Reads patterns from nodes: by the type of the field where it is known, untyped where it is not."""

from collections.abc import Callable
from enum import Enum
from typing import Final

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.comparison_reader import (
    COMPARISON_WORDS,
    amount,
    comparisons,
    kept,
    untyped_instant,
)
from hubsim_scenarios.language.comparisons import Comparator
from hubsim_scenarios.language.composites import Fields, ListShape, MapShape, RecordShape
from hubsim_scenarios.language.errors import BadText, did_you_mean, quoted
from hubsim_scenarios.language.kept_values import refers
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.patterns import (
    AllOf,
    Count,
    Empty,
    Exactly,
    Has,
    Matching,
    NamedPattern,
    Not,
    OneOf,
    Pattern,
    RowsPattern,
    TextPattern,
)
from hubsim_scenarios.language.read_context import UNREAD, ReadContext, Unread
from hubsim_scenarios.language.scalars import (
    AnythingShape,
    FlagShape,
    InstantShape,
    IntegerShape,
    OptionalShape,
    Shape,
)
from hubsim_scenarios.language.vocabulary import AliasRef

ALIAS_SIGN = "@"
"""Before a declared name: the id of the thing. YAML needs quotes around such a word."""

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

    def __init__(self, shape: Shape | None = None) -> None:
        self.shape = shape

    def read(self, node: Node, reading: ReadContext) -> _Made:
        """Return the pattern."""
        return read_pattern(node, self.shape, reading)

    def describe(self) -> str:
        """Return what an author may write."""
        return self.shape.describe() if self.shape else "a pattern"


def read_pattern(node: Node, shape: Shape | None, reading: ReadContext) -> _Made:
    """Return the pattern of the node, or `UNREAD` after a report."""
    if isinstance(shape, OptionalShape):
        shape = shape.shape
    if isinstance(shape, AnythingShape):
        shape = None
    if isinstance(node, Scalar):
        return _scalar(node, shape, reading)
    if isinstance(node, nodes.Sequence):
        return _rows(node, shape, reading)
    words = [key for key, _ in node.entries if key.text in PATTERN_WORDS]
    if not words:
        return _mapping(node, shape, reading)
    other = next((key for key, _ in node.entries if key.text not in PATTERN_WORDS), None)
    if other is not None:
        reading.problems.add(
            other.place,
            f"{quoted(other.text)} cannot be combined with the pattern word {words[0].text!r}",
        )
        return UNREAD
    made = [_WORDS[key.text](value, shape, reading) for key, value in node.entries if key.text in _WORDS]
    return _all([*made, *comparisons(node, shape, reading)])


def _all(parts: list[_Made]) -> _Made:
    good = tuple(part for part in parts if not isinstance(part, Unread))
    if len(good) < len(parts):
        return UNREAD
    return good[0] if len(good) == 1 else AllOf(good)


def _scalar(node: Scalar, shape: Shape | None, reading: ReadContext) -> _Made:
    if node.null:
        return Exactly(None)
    if node.text.startswith(ALIAS_SIGN):
        word = Scalar(node.text[1:], plain=False, place=node.place)
        return UNREAD if reading.alias(word) is UNREAD else NamedPattern(word.text)
    if refers(node):
        return kept(node, shape, reading)
    if shape is None:
        return TextPattern(node.text) if node.plain else Exactly(node.text)
    if isinstance(shape, InstantShape):
        return amount(node, Comparator.EXACTLY, shape, reading)
    return _typed(shape.read(node, reading), node, reading)


def _typed(value: object, node: Scalar, reading: ReadContext) -> _Made:
    if isinstance(value, AliasRef):
        return NamedPattern(value.name)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, (str, int)):
        return Exactly(value)
    if value is not UNREAD:
        reading.problems.add(node.place, f"{quoted(node.text)} has no id; name a declared thing")
    return UNREAD


def _items(node: nodes.Sequence, shape: Shape | None, reading: ReadContext) -> tuple[Pattern, ...] | Unread:
    item = shape.item if isinstance(shape, ListShape) else None
    made = [read_pattern(part, item, reading) for part in node.items]
    good = tuple(part for part in made if not isinstance(part, Unread))
    return good if len(good) == len(made) else UNREAD


def _rows(node: nodes.Sequence, shape: Shape | None, reading: ReadContext) -> _Made:
    if shape is not None and not isinstance(shape, ListShape):
        return reading.wrong_kind(node, shape.describe())
    items = _items(node, shape, reading)
    if isinstance(items, Unread):
        return UNREAD
    return RowsPattern(items, any_order=shape.any_order if shape else False)


def _mapping(node: nodes.Mapping, shape: Shape | None, reading: ReadContext) -> _Made:
    if shape is not None and not isinstance(shape, (RecordShape, MapShape)):
        return _no_mapping(node, shape, reading)
    fields = shape.fields if isinstance(shape, RecordShape) else None
    value_shape = shape.value if isinstance(shape, MapShape) else None
    if not node.entries:
        text = "an empty mapping matches everything: name a field, or write {empty: on} for an empty one"
        reading.problems.add(node.place, text)
        return UNREAD
    made: dict[str, Pattern] = {}
    complete = True
    for key, value in node.entries:
        name, inner = key.text, value_shape or (untyped_instant(key.text) if shape is None else None)
        if fields is not None:
            field = fields.get(key.text)
            if field is None:
                _unknown_field(key, fields, shape, reading)
                complete = False
                continue
            name, inner = field.name, field.shape
        elif isinstance(shape, MapShape) and isinstance(shape.key.read(key, reading), Unread):
            complete = False
            continue
        part = read_pattern(value, inner, reading)
        if isinstance(part, Unread):
            complete = False
        else:
            made[name] = part
    return Matching(made) if complete else UNREAD


def _no_mapping(node: nodes.Mapping, shape: Shape, reading: ReadContext) -> Unread:
    """Report a mapping where a single value or a list is expected; a key may be a misspelt pattern word."""
    if not node.entries or isinstance(shape, ListShape):
        return reading.wrong_kind(node, shape.describe())
    key = node.entries[0][0]
    hint = OTHER_WORDS.get(key.text) or did_you_mean(key.text, PATTERN_WORDS)
    text = f"{quoted(key.text)} is not a pattern word; {shape.describe()} or a pattern is expected here"
    return reading.bad(key.place, BadText(text, hint))


def _unknown_field(key: Scalar, fields: Fields, shape: Shape | None, reading: ReadContext) -> None:
    assert isinstance(shape, RecordShape)
    text = f"unknown field {quoted(key.text)} in {shape.what}"
    reading.unknown(key.place, text, key.text, fields)


def _has(node: Node, shape: Shape | None, reading: ReadContext) -> _Made:
    if not isinstance(node, nodes.Sequence):
        return reading.wrong_kind(node, "a list")
    if not _list_like(node, "has", shape, reading):
        return UNREAD
    if not node.items:
        reading.problems.add(node.place, "'has' without items matches every list: name an item")
        return UNREAD
    items = _items(node, shape, reading)
    return UNREAD if isinstance(items, Unread) else Has(items)


def _count(node: Node, shape: Shape | None, reading: ReadContext) -> _Made:
    if not _list_like(node, "count", shape, reading):
        return UNREAD
    if isinstance(node, nodes.Mapping) or refers(node):
        pattern = read_pattern(node, _COUNT, reading)
        return UNREAD if isinstance(pattern, Unread) else Count(pattern)
    count = _COUNT.read(node, reading)
    return Count(count) if isinstance(count, int) else UNREAD


def _list_like(node: Node, word: str, shape: Shape | None, reading: ReadContext) -> bool:
    """Return whether the field may be a list; report a pattern word for lists if not."""
    if shape is None or isinstance(shape, (ListShape, MapShape)):
        return True
    reading.problems.add(node.place, f"{word!r} is for lists only; {shape.describe()} is expected here")
    return False


def _not(node: Node, shape: Shape | None, reading: ReadContext) -> _Made:
    before, reading.no_keep = reading.no_keep, "a value under 'not' is not seen when the step passes"
    inner = read_pattern(node, shape, reading)
    reading.no_keep = before
    return UNREAD if isinstance(inner, Unread) else Not(inner)


def _one_of(node: Node, shape: Shape | None, reading: ReadContext) -> _Made:
    if not isinstance(node, nodes.Sequence):
        return reading.wrong_kind(node, "a list of patterns")
    if len(node.items) < MIN_CHOICES:
        reading.problems.add(node.place, "'one_of' needs two patterns or more: with one, write it alone")
        return UNREAD
    made = [read_pattern(item, shape, reading) for item in node.items]
    good = tuple(part for part in made if not isinstance(part, Unread))
    for place, part in enumerate(made):
        if not isinstance(part, Unread) and part in made[:place]:
            reading.problems.add(node.items[place].place, "'one_of' has this pattern already")
            return UNREAD
    return OneOf(good) if len(good) == len(made) else UNREAD


def _empty(node: Node, shape: Shape | None, reading: ReadContext) -> _Made:
    del shape
    flag = _FLAG.read(node, reading)
    return Empty(flag) if isinstance(flag, bool) else UNREAD


_WORDS: dict[str, Callable[[Node, Shape | None, ReadContext], _Made]] = {
    "has": _has,
    "count": _count,
    "not": _not,
    "one_of": _one_of,
    "empty": _empty,
}
PATTERN_WORDS = frozenset((*_WORDS, *COMPARISON_WORDS))
"""Reserved keys: no field in a pattern can have such a name."""
