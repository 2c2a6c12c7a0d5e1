"""Patterns of expected values. `matching` compares them with seen values, `wording` writes them as text."""

from collections.abc import Callable, Mapping

import msgspec

Seen = object
"""A value of a view or event. Builtins only: dict, list, tuple, str, int, bool, None."""

Resolver = Callable[[str], Seen]
"""Returns the id of a declared thing by its name, or a kept value by its reference such as `$before`."""


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

    def shown(self, seen: Seen) -> str | None:
        """Return a seen value as it is compared with this pattern; None: as any other value."""
        del seen
        return None


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
