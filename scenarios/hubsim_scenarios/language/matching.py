"""Compares a pattern with a seen value, and finds every difference with its path.

Scalars compare by value, mappings as subsets, lists by exact length and order unless a pattern word
changes that. A named field that is missing is always a mismatch, so that a typo cannot match "not ...".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeGuard

from hubsim_scenarios.language.errors import probably
from hubsim_scenarios.language.excerpts import around_difference
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
    Resolver,
    RowsPattern,
    ScalarPattern,
    Seen,
    TextPattern,
)
from hubsim_scenarios.language.scalars import FLAGS
from hubsim_scenarios.language.wording import PLAIN, Wording, items_text
from hubsim_scenarios.translation.story_language import say

MAX_SHOWN_CHARS = 120
"""A longer value is shortened in the text of a mismatch, around the difference."""
MAX_ALIGNED_ITEMS = 200
"""Longer lists of different lengths are not aligned item by item: it would take too long."""


class Mismatch(NamedTuple):
    """The place of a difference, a path such as `shows.rows[0].status`, and both sides in words."""

    path: str
    expected: str
    seen: str

    def __str__(self) -> str:
        expected, seen = around_difference(self.expected, self.seen, MAX_SHOWN_CHARS)
        return say("{path}: expected {expected}, saw {seen}", path=self.path, expected=expected, seen=seen)


def match(
    pattern: Pattern, seen: Seen, resolve: Resolver, path: str = "shows", words: Wording = PLAIN
) -> Mismatch | None:
    """Return the first difference or None. `resolve` turns `@name` into an id."""
    return next(differences(pattern, seen, resolve, path, words), None)


def differences(
    pattern: Pattern, seen: Seen, resolve: Resolver, path: str = "shows", words: Wording = PLAIN
) -> Iterator[Mismatch]:
    """Return every difference, in the order of the pattern. `resolve` turns `@name` into an id."""
    return _Comparing(resolve, words).differences(pattern, seen, path)


def fits(pattern: Pattern, seen: Seen, resolve: Resolver) -> bool:
    """Return whether the value matches, without texts."""
    match pattern:
        case Exactly(value):
            return type(value) is type(seen) and value == seen
        case TextPattern(text):
            return _fits_text(text, seen)
        case NamedPattern(alias):
            return seen == resolve(alias)
        case ScalarPattern():
            return pattern.fits(seen, resolve)
        case Matching(fields):
            return isinstance(seen, Mapping) and all(
                name in seen and fits(part, seen[name], resolve) for name, part in fields.items()
            )
        case Empty(empty):
            return empty == (seen is None or (isinstance(seen, (str, list, tuple, dict)) and not seen))
        case Not() | AllOf() | OneOf():
            return _fits_choice(pattern, seen, resolve)
        case RowsPattern() | Has() | Count():
            return _fits_items(pattern, seen, resolve)


def _fits_choice(pattern: Not | AllOf | OneOf, seen: Seen, resolve: Resolver) -> bool:
    match pattern:
        case Not(inner):
            return not fits(inner, seen, resolve)
        case AllOf(patterns):
            return all(fits(part, seen, resolve) for part in patterns)
        case OneOf(patterns):
            return any(fits(part, seen, resolve) for part in patterns)


def _fits_items(pattern: RowsPattern | Has | Count, seen: Seen, resolve: Resolver) -> bool:
    match pattern:
        case RowsPattern(items, any_order):
            return _is_list(seen) and len(items) == len(seen) and _fits_rows(items, seen, resolve, any_order)
        case Has(items):
            return _is_list(seen) and all(any(fits(item, row, resolve) for row in seen) for item in items)
        case Count(count):
            if not (_is_list(seen) or isinstance(seen, Mapping)):
                return False
            return len(seen) == count if isinstance(count, int) else fits(count, len(seen), resolve)


def _fits_text(text: str, seen: Seen) -> bool:
    if isinstance(seen, bool):
        return FLAGS.get(text.lower()) is seen
    return isinstance(seen, (str, int)) and text == str(seen)


def _is_list(seen: Seen) -> TypeGuard[Sequence[Seen]]:
    return isinstance(seen, (list, tuple))


def _fits_rows(items: Sequence[Pattern], seen: Sequence[Seen], resolve: Resolver, any_order: bool) -> bool:
    if any_order:
        return assignment(items, seen, resolve) is not None
    return all(fits(item, row, resolve) for item, row in zip(items, seen, strict=True))


def assignment(items: Sequence[Pattern], seen: Sequence[Seen], resolve: Resolver) -> list[int] | None:
    """Return the index of a different row for each pattern, or None if there is no such assignment.

    A pattern can match several rows, so the first match is not always part of the assignment.
    """
    taken: dict[int, int] = {}

    def place(item: int, tried: set[int]) -> bool:
        for row in range(len(seen)):
            if row not in tried and fits(items[item], seen[row], resolve):
                tried.add(row)
                if row not in taken or place(taken[row], tried):
                    taken[row] = item
                    return True
        return False

    if not all(place(item, set()) for item in range(len(items))):
        return None
    return sorted(taken, key=taken.__getitem__)


class _Comparing:
    """Finds the differences of one comparison, whose parts share the resolver and the words."""

    def __init__(self, resolve: Resolver, words: Wording) -> None:
        self._resolve = resolve
        self._words = words

    def differences(self, pattern: Pattern, seen: Seen, path: str) -> Iterator[Mismatch]:
        """Yield every difference; nothing if the value matches."""
        if fits(pattern, seen, self._resolve):
            return
        match pattern:
            case Matching(fields) if isinstance(seen, Mapping):
                yield from self._fields(fields, seen, path)
            case RowsPattern(items, any_order) if _is_list(seen) and not any_order:
                yield from self._rows(pattern, items, seen, path)
            case Has(items) if _is_list(seen):
                yield from self._missing(items, seen, path)
            case AllOf(patterns):
                for part in patterns:
                    yield from self.differences(part, seen, path)
            case _:
                yield self._whole(pattern, seen, path)

    def _whole(self, pattern: Pattern, seen: Seen, path: str) -> Mismatch:
        return Mismatch(path, self._words.pattern(pattern, path), self._words.compared(seen, pattern, path))

    def _fields(
        self, fields: Mapping[str, Pattern], seen: Mapping[str, Seen], path: str
    ) -> Iterator[Mismatch]:
        for name, pattern in fields.items():
            if name in seen:
                yield from self.differences(pattern, seen[name], f"{path}.{name}")
                continue
            meant = probably(name, seen)
            hint = (
                say("no such field (did you mean '{name}'?)", name=meant) if meant else say("no such field")
            )
            yield Mismatch(f"{path}.{name}", self._words.pattern(pattern, name), hint)

    def _rows(
        self, pattern: Pattern, items: Sequence[Pattern], seen: Sequence[Seen], path: str
    ) -> Iterator[Mismatch]:
        """Yield the differences by index, or for lists of different lengths the items without a partner."""
        if len(items) == len(seen):
            for index, (item, row) in enumerate(zip(items, seen, strict=True)):
                yield from self.differences(item, row, f"{path}[{index}]")
            return
        if max(len(items), len(seen)) > MAX_ALIGNED_ITEMS or not any(map(_is_compound, items)):
            expected = f"{items_text(len(items))} {self._words.pattern(pattern, path)}"
            yield Mismatch(path, expected, f"{items_text(len(seen))} {self._words.seen(seen, path)}")
            return
        yield Mismatch(path, items_text(len(items)), items_text(len(seen)))
        partners = self._partners(items, seen)
        for index, item in enumerate(items):
            if index not in partners:
                yield Mismatch(f"{path}[{index}]", self._words.pattern(item), say("no such item"))
        taken = set(partners.values())
        for index, row in enumerate(seen):
            if index not in taken:
                yield Mismatch(f"{path}[{index}]", say("no such item"), self._words.seen(row))

    def _partners(self, items: Sequence[Pattern], seen: Sequence[Seen]) -> dict[int, int]:
        """Return the longest assignment of items to matching values that keeps the order of both."""
        same = [[fits(item, row, self._resolve) for row in seen] for item in items]
        longest = [[0] * (len(seen) + 1) for _ in range(len(items) + 1)]
        for one in reversed(range(len(items))):
            for other in reversed(range(len(seen))):
                skipped = max(longest[one + 1][other], longest[one][other + 1])
                longest[one][other] = 1 + longest[one + 1][other + 1] if same[one][other] else skipped
        partners, one, other = dict[int, int](), 0, 0
        while one < len(items) and other < len(seen):
            if same[one][other]:
                partners[one] = other
                one, other = one + 1, other + 1
            elif longest[one + 1][other] >= longest[one][other + 1]:
                one += 1
            else:
                other += 1
        return partners

    def _missing(self, items: Sequence[Pattern], seen: Sequence[Seen], path: str) -> Iterator[Mismatch]:
        """Yield the items that the list lacks, each with the differences of the nearest item."""
        plain = tuple(item for item in items if not _is_compound(item))
        if any(not self._contains(seen, item) for item in plain):
            yield self._whole(Has(plain), seen, path)
        for item in items:
            if not _is_compound(item) or self._contains(seen, item):
                continue
            expected = say("an item {item}", item=self._words.pattern(item))
            nearest = self._nearest(item, seen)
            if nearest is None:
                yield Mismatch(path, expected, self._words.seen(seen, path))
                continue
            index, found = nearest
            text = "{items} without it; [{index}] is the nearest"
            yield Mismatch(path, expected, say(text, items=items_text(len(seen)), index=index))
            yield from (each._replace(path=f"{path}[{index}]{each.path}") for each in found)

    def _contains(self, seen: Sequence[Seen], item: Pattern) -> bool:
        return any(fits(item, row, self._resolve) for row in seen)

    def _nearest(self, item: Pattern, seen: Sequence[Seen]) -> tuple[int, list[Mismatch]] | None:
        """Return the index of the value with the fewest differences, and these; None: no value is similar."""
        if not isinstance(item, Matching):
            return None
        found = [
            (index, list(self.differences(item, row, "")))
            for index, row in enumerate(seen)
            if isinstance(row, Mapping)
        ]
        index, least = min(found, key=lambda each: len(each[1]), default=(0, []))
        return (index, least) if 0 < len(least) < len(item.fields) else None


def _is_compound(pattern: Pattern) -> bool:
    return isinstance(pattern, (Matching, RowsPattern, Has, AllOf))
