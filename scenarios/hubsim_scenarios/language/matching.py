"""Compares a pattern with a seen value, and returns the first difference with its path.

Scalars compare by value, mappings as subsets, lists by exact length and order unless a pattern word
changes that. A named field that is missing is always a mismatch, so that a typo cannot match "not ...".
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeGuard

from hubsim_scenarios.language.errors import probably
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
    cut,
    describe,
    items_text,
    show,
)
from hubsim_scenarios.language.scalars import FLAGS


class Mismatch(NamedTuple):
    """The place of a difference, a path such as `shows.rows[0].status`, and both sides in words."""

    path: str
    expected: str
    seen: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, saw {self.seen}"


def match(pattern: Pattern, seen: Seen, resolve: Resolver, path: str = "shows") -> Mismatch | None:
    """Return the first difference or None. `resolve` turns `@name` into an id."""
    match pattern:
        case Matching(fields) if isinstance(seen, Mapping):
            return _match_fields(fields, seen, resolve, path)
        case RowsPattern(items, any_order) if _is_list(seen):
            unordered = any_order and len(items) == len(seen)
            return (_match_any_order if unordered else _match_rows)(items, seen, resolve, path)
        case AllOf(patterns):
            found = (match(part, seen, resolve, path) for part in patterns)
            return next((mismatch for mismatch in found if mismatch is not None), None)
        case ScalarPattern():
            fits = pattern.fits(seen, resolve)
            return None if fits else Mismatch(path, describe(pattern), pattern.shown(seen))
        case _:
            fits = _fits(pattern, seen, resolve)
            return None if fits else Mismatch(path, describe(pattern), show(seen))


def _fits(pattern: Pattern, seen: Seen, resolve: Resolver) -> bool:
    match pattern:
        case Exactly(value):
            return type(value) is type(seen) and value == seen
        case TextPattern(text):
            return _fits_text(text, seen)
        case NamedPattern(alias):
            return seen == resolve(alias)
        case Has(items) if _is_list(seen):
            return all(any(match(item, row, resolve) is None for row in seen) for item in items)
        case Count(count) if _is_list(seen) or isinstance(seen, Mapping):
            return len(seen) == count if isinstance(count, int) else match(count, len(seen), resolve) is None
        case Not(inner):
            return match(inner, seen, resolve) is not None
        case OneOf(patterns):
            return any(match(part, seen, resolve) is None for part in patterns)
        case Empty(empty):
            return empty == (seen is None or (isinstance(seen, (str, list, tuple, dict)) and not seen))
        case _:
            return False


def _fits_text(text: str, seen: Seen) -> bool:
    if isinstance(seen, bool):
        return FLAGS.get(text.lower()) is seen
    return isinstance(seen, (str, int)) and text == str(seen)


def _is_list(seen: Seen) -> TypeGuard[Sequence[Seen]]:
    return isinstance(seen, (list, tuple))


def _match_fields(
    fields: Mapping[str, Pattern], seen: Mapping[str, Seen], resolve: Resolver, path: str
) -> Mismatch | None:
    for name, pattern in fields.items():
        if name not in seen:
            meant = probably(name, seen)
            hint = f" (did you mean {meant!r}?)" if meant else ""
            return Mismatch(f"{path}.{name}", describe(pattern), f"no such field{hint}")
        mismatch = match(pattern, seen[name], resolve, f"{path}.{name}")
        if mismatch is not None:
            return mismatch
    return None


def _match_rows(
    items: Sequence[Pattern], seen: Sequence[Seen], resolve: Resolver, path: str
) -> Mismatch | None:
    if len(items) != len(seen):
        expected = f"{items_text(len(items))} {describe(RowsPattern(tuple(items)))}"
        return Mismatch(path, cut(expected), f"{items_text(len(seen))} {show(seen)}")
    for index, (pattern, row) in enumerate(zip(items, seen, strict=True)):
        mismatch = match(pattern, row, resolve, f"{path}[{index}]")
        if mismatch is not None:
            return mismatch
    return None


def _match_any_order(
    items: Sequence[Pattern], seen: Sequence[Seen], resolve: Resolver, path: str
) -> Mismatch | None:
    if assignment(items, seen, resolve) is None:
        return Mismatch(path, describe(RowsPattern(tuple(items), any_order=True)), show(seen))
    return None


def assignment(items: Sequence[Pattern], seen: Sequence[Seen], resolve: Resolver) -> list[int] | None:
    """Return the index of a different row for each pattern, or None if there is no such assignment.

    A pattern can match several rows, so the first match is not always part of the assignment.
    """
    taken: dict[int, int] = {}

    def place(item: int, tried: set[int]) -> bool:
        for row in range(len(seen)):
            if row not in tried and match(items[item], seen[row], resolve) is None:
                tried.add(row)
                if row not in taken or place(taken[row], tried):
                    taken[row] = item
                    return True
        return False

    if not all(place(item, set()) for item in range(len(items))):
        return None
    return sorted(taken, key=taken.__getitem__)
