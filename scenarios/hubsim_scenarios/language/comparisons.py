"""Patterns that compare one value: bounds, tolerances, texts, kept values, and values to keep.

An instant is compared in milliseconds and shown as a date in the scenario's zone. Null and a value of another
type never match.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from operator import eq, ge, gt, le, lt
from typing import Final, TypeGuard

from hubsim_scenarios.language.patterns import Resolver, ScalarPattern, Seen
from hubsim_scenarios.language.regular_expressions import finds
from hubsim_scenarios.language.vocabulary import KeptRef, ValueKind
from hubsim_scenarios.language.wording import PLAIN, Wording, in_quotes
from hubsim_scenarios.translation.story_language import msg, say


class Comparator(StrEnum):
    """How a number, a duration or an instant is compared with an amount."""

    EXACTLY = "exactly"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


_COMPARE: Final[Mapping[Comparator, Callable[[int, int], bool]]] = {
    Comparator.EXACTLY: eq,
    Comparator.MORE_THAN: gt,
    Comparator.LESS_THAN: lt,
    Comparator.AT_LEAST: ge,
    Comparator.AT_MOST: le,
}


_IN_WORDS: Final[Mapping[Comparator, str]] = {
    Comparator.MORE_THAN: msg("more than {amount}"),
    Comparator.LESS_THAN: msg("less than {amount}"),
    Comparator.AT_LEAST: msg("at least {amount}"),
    Comparator.AT_MOST: msg("at most {amount}"),
}


class Amount(ScalarPattern, frozen=True):
    """A number, duration or instant that is more, less, at least, at most or exactly this one.

    `zone` is the zone in which instants are shown; None for numbers and durations.
    """

    comparator: Comparator
    amount: int | KeptRef
    said: str
    """The amount as the author wrote it."""
    zone: str | None = None

    def fits(self, seen: Seen, resolve: Resolver) -> bool:
        """Return whether the number compares so with the amount."""
        amount = resolve(self.amount.text) if isinstance(self.amount, KeptRef) else self.amount
        return _is_number(seen) and _is_number(amount) and _COMPARE[self.comparator](seen, amount)

    def described(self) -> str:
        """Return the pattern in words."""
        said = f"{self.said} {self.zone}" if self.zone and self.zone not in self.said else self.said
        return said if self.comparator is Comparator.EXACTLY else say(_IN_WORDS[self.comparator], amount=said)

    def shown(self, seen: Seen) -> str:
        """Return the value, an instant as a date."""
        return _shown_in(self.zone, seen)


class About(ScalarPattern, frozen=True):
    """A number, duration or instant that differs from this one by at most `tolerance`."""

    amount: int | KeptRef
    tolerance: int
    said: str
    said_tolerance: str
    zone: str | None = None

    def fits(self, seen: Seen, resolve: Resolver) -> bool:
        """Return whether the number differs by at most the tolerance."""
        amount = resolve(self.amount.text) if isinstance(self.amount, KeptRef) else self.amount
        return _is_number(seen) and _is_number(amount) and abs(seen - amount) <= self.tolerance

    def described(self) -> str:
        """Return the pattern in words."""
        text = "about {amount}, give or take {tolerance}"
        return say(text, amount=self.said, tolerance=self.said_tolerance)

    def shown(self, seen: Seen) -> str:
        """Return the value, an instant as a date."""
        return _shown_in(self.zone, seen)


class RegexPattern(ScalarPattern, frozen=True):
    """A text in which the regular expression is found. `^` and `$` are the start and the end of the text."""

    expression: str

    def fits(self, seen: Seen, resolve: Resolver) -> bool:
        """Return whether the expression is found in the text."""
        del resolve
        return isinstance(seen, str) and finds(self.expression, seen)

    def described(self) -> str:
        """Return the pattern in words."""
        return say("text that matches {expression}", expression=in_quotes(self.expression))


class ContainsText(ScalarPattern, frozen=True):
    """A text that contains this text; upper and lower case differ."""

    part: str | KeptRef

    def fits(self, seen: Seen, resolve: Resolver) -> bool:
        """Return whether the text contains the part."""
        part = resolve(self.part.text) if isinstance(self.part, KeptRef) else self.part
        return isinstance(seen, str) and isinstance(part, str) and part in seen

    def described(self) -> str:
        """Return the pattern in words."""
        part = self.part.text if isinstance(self.part, KeptRef) else in_quotes(self.part)
        return say("text that contains {part}", part=part)


class WordGroup(ScalarPattern, frozen=True):
    """One of several words of a closed set, which have a common name."""

    name: str
    words: tuple[str, ...]

    def fits(self, seen: Seen, resolve: Resolver) -> bool:
        """Return whether the value is one of the words."""
        del resolve
        return seen in self.words

    def described(self) -> str:
        """Return the pattern in words."""
        return say("any of {name}", name=self.name)


class KeptPattern(ScalarPattern, frozen=True):
    """The value that an earlier step kept."""

    ref: KeptRef

    def fits(self, seen: Seen, resolve: Resolver) -> bool:
        """Return whether the value is equal to the kept one, and of the same type."""
        kept = resolve(self.ref.text)
        return type(kept) is type(seen) and kept == seen

    def described(self) -> str:
        """Return the pattern in words."""
        return self.ref.text


class KeepValue(ScalarPattern, frozen=True):
    """Any word, number, instant or flag. Later steps can use it under the name."""

    name: str
    kind: ValueKind
    zone: str | None = None

    def fits(self, seen: Seen, resolve: Resolver) -> bool:
        """Return whether there is a value to keep."""
        del resolve
        return isinstance(seen, (str, int))

    def described(self) -> str:
        """Return the pattern in words."""
        return say("a value to keep as '{name}'", name=self.name)

    def shown(self, seen: Seen) -> str:
        """Return the value, an instant as a date."""
        return _shown_in(self.zone, seen)


def _is_number(value: Seen) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown_in(zone: str | None, seen: Seen) -> str:
    """Return a seen value, a number as an instant if a zone is given."""
    return PLAIN.seen(seen) if zone is None or not _is_number(seen) else instant_shown(seen, zone)


def instant_shown(ms: int, zone: str) -> str:
    """Return an instant as an author would write it: without seconds if they are zero."""
    return Wording(zone).instant(ms)
