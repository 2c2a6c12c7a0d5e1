"""Finds the values to keep: those in a pattern, in a step, and in a seen value that matches a pattern."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from hubsim_scenarios.language.comparisons import KeepValue
from hubsim_scenarios.language.matching import assignment, fits
from hubsim_scenarios.language.patterns import (
    AllOf,
    Count,
    Has,
    Matching,
    Pattern,
    Resolver,
    RowsPattern,
    Seen,
)
from hubsim_scenarios.language.steps import FRAME
from hubsim_scenarios.language.vocabulary import KeptRef


def keeps(pattern: Pattern) -> list[KeepValue]:
    """Return the values that the pattern keeps."""
    return list(_of_type(pattern, KeepValue))


def kept_by(step: msgspec.Struct) -> list[KeepValue]:
    """Return the values that a step keeps."""
    return list(_of_type(_content(step), KeepValue))


def used_by(step: msgspec.Struct) -> set[str]:
    """Return the names of the kept values to which a step refers."""
    return {ref.name for ref in _of_type(_content(step), KeptRef)}


def _content(step: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(step).items() if name not in FRAME}


def _of_type(value: object, wanted: type[Any]) -> Iterator[Any]:
    match value:
        case _ if isinstance(value, wanted):
            yield value
        case msgspec.Struct():
            for part in msgspec.structs.asdict(value).values():
                yield from _of_type(part, wanted)
        case Mapping():
            for part in value.values():
                yield from _of_type(part, wanted)
        case list() | tuple():
            for part in value:
                yield from _of_type(part, wanted)


def values_to_keep(pattern: Pattern, seen: Seen, resolve: Resolver) -> Iterator[tuple[str, Seen]]:
    """Yield the names and values that a pattern keeps of a value that it matches.

    Under `has` the first matching item counts.
    """
    if isinstance(pattern, KeepValue):
        yield pattern.name, seen
    elif keeps(pattern):
        for part, value in _parts(pattern, seen, resolve):
            yield from values_to_keep(part, value, resolve)


def _parts(pattern: Pattern, seen: Any, resolve: Resolver) -> Iterator[tuple[Pattern, Seen]]:
    """Yield the parts of a pattern that can keep values, each with the part of the value that it matches."""
    match pattern:
        case Matching(fields):
            yield from ((part, seen[name]) for name, part in fields.items())
        case AllOf(patterns):
            yield from ((part, seen) for part in patterns)
        case RowsPattern(items, True):
            rows = assignment(items, seen, resolve)
            assert rows is not None, "the pattern has matched"
            yield from zip(items, (seen[row] for row in rows), strict=True)
        case Has(items):
            yield from ((item, next(row for row in seen if fits(item, row, resolve))) for item in items)
        case RowsPattern(items):
            yield from zip(items, seen, strict=True)
        case Count(count) if not isinstance(count, int):
            yield count, len(seen)
        case _:
            raise AssertionError(f"no value can be kept in {pattern}")
