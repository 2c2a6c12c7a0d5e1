"""Patterns of expected values, and their text in messages. `matching` compares them with seen values."""

from collections.abc import Callable, Mapping

import msgspec

Seen = object
"""A value of a view or event. Builtins only: dict, list, tuple, str, int, bool, None."""

Resolver = Callable[[str], Seen]
"""Returns the id of a declared thing by its name, or a kept value by its reference such as `$before`."""

MAX_SHOWN_CHARS = 120
"""A longer value is cut in a mismatch."""


class Exactly(msgspec.Struct, frozen=True):
    """This value only; text and numbers differ."""

    value: str | int | bool | None


class TextPattern(msgspec.Struct, frozen=True):
    """A word without quotes, read by the type of the seen value: `on` is true, `5` is five or "5"."""

    text: str


class NamedPattern(msgspec.Struct, frozen=True):
    """The id of a declared thing."""

    alias: str


class Matching(msgspec.Struct, frozen=True):
    """A mapping with at least these fields."""

    fields: Mapping[str, "Pattern"]


class RowsPattern(msgspec.Struct, frozen=True):
    """A list of exactly these items."""

    items: tuple["Pattern", ...]
    any_order: bool = False


class Has(msgspec.Struct, frozen=True):
    """A list in which at least one item matches each of these patterns."""

    items: tuple["Pattern", ...]


class OneOf(msgspec.Struct, frozen=True):
    """A value that matches at least one of these patterns."""

    patterns: tuple["Pattern", ...]


class Count(msgspec.Struct, frozen=True):
    """A list or mapping with this number of items, or with a number that matches."""

    count: "int | Pattern"


class Not(msgspec.Struct, frozen=True):
    """Anything that does not match."""

    pattern: "Pattern"


class Empty(msgspec.Struct, frozen=True):
    """Null, or a list, mapping or text without content. With `empty` False, any other value."""

    empty: bool


class AllOf(msgspec.Struct, frozen=True):
    """A value that matches all of these patterns."""

    patterns: tuple["Pattern", ...]


class ScalarPattern(msgspec.Struct, frozen=True):
    """The base of patterns that compare one value by themselves; `comparisons` defines them."""

    def fits(self, seen: Seen, resolve: Resolver) -> bool:
        """Return whether the value matches."""
        raise NotImplementedError

    def described(self) -> str:
        """Return the pattern in words."""
        raise NotImplementedError

    def shown(self, seen: Seen) -> str:
        """Return a seen value as it is compared with this pattern."""
        return show(seen)


Pattern = (
    Exactly
    | TextPattern
    | NamedPattern
    | Matching
    | RowsPattern
    | Has
    | Count
    | Not
    | Empty
    | AllOf
    | OneOf
    | ScalarPattern
)


def describe(pattern: Pattern) -> str:
    """Return the pattern as in a scenario file, cut at `MAX_SHOWN_CHARS`."""
    return cut(_described(pattern))


def _described(pattern: Pattern) -> str:
    match pattern:
        case Exactly(value):
            return show(value)
        case TextPattern(text):
            return repr(text)
        case NamedPattern(alias):
            return f"the id of {alias}"
        case Not() | AllOf() | OneOf():
            return _described_choice(pattern)
        case Count(count):
            return items_text(count) if isinstance(count, int) else f"{_described(count)} items"
        case ScalarPattern():
            return pattern.described()
        case Empty(empty):
            return "nothing" if empty else "something"
        case Matching() | RowsPattern() | Has():
            return _described_content(pattern)


def _described_choice(pattern: Not | AllOf | OneOf) -> str:
    match pattern:
        case Not(inner):
            return f"not {_described(inner)}"
        case AllOf(patterns):
            return " and ".join(map(_described, patterns))
        case OneOf(patterns):
            return f"one of {', '.join(map(_described, patterns))}"


def _described_content(pattern: Matching | RowsPattern | Has) -> str:
    match pattern:
        case Matching(fields):
            return "{" + ", ".join(f"{name}: {_described(part)}" for name, part in fields.items()) + "}"
        case RowsPattern(items, any_order):
            listed = "[" + ", ".join(map(_described, items)) + "]"
            return f"{listed} in any order" if any_order else listed
        case Has(items):
            return "a list with " + ", ".join(map(_described, items))


def show(seen: Seen) -> str:
    """Return a seen value as in a scenario file, cut at `MAX_SHOWN_CHARS`."""
    return cut(_shown(seen))


def _shown(seen: Seen) -> str:
    if isinstance(seen, bool):
        return "on" if seen else "off"
    if seen is None:
        return "null"
    if isinstance(seen, Mapping):
        return "{" + ", ".join(f"{name}: {_shown(value)}" for name, value in seen.items()) + "}"
    if isinstance(seen, (list, tuple)):
        return "[" + ", ".join(map(_shown, seen)) + "]"
    return repr(seen)


def items_text(count: int) -> str:
    """Return `1 item` or `3 items`."""
    return f"{count} item" if count == 1 else f"{count} items"


def cut(text: str) -> str:
    """Return the text, cut at `MAX_SHOWN_CHARS`."""
    return text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 3] + "..."
