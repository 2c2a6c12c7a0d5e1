"""Shapes of single words: each reads a scalar as one expected type.

A shape turns a node into a value, or reports a mistake and returns `UNREAD`. The expected type determines how
text is read, never YAML's rules: `country: NO` is Norway, `star: on` is true.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol

from hubsim_contract.lab.bench_actions import CardKind
from hubsim_scenarios.language.durations import UNITS_MS, duration_ms, duration_text
from hubsim_scenarios.language.errors import MAX_LISTED_WORDS, BadText, did_you_mean, quoted
from hubsim_scenarios.language.instants import END_MS, instant
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.odd_characters import code, not_allowed
from hubsim_scenarios.language.read_context import UNREAD, VALUE_REFERENCE, ReadContext
from hubsim_scenarios.language.vocabulary import AliasKind, FreshCard
from hubsim_scenarios.language.zones import zone

MAX_WORD_CHARS = 200
"""The longest value that is not free text. Longer values are refused without being parsed."""

ALL_WORDS = "docs/scenarios.md lists all of them"
"""The hint for a wrong word of a long list."""
FLAGS = {"on": True, "off": False, "yes": True, "no": False, "true": True, "false": False}
EMPTY_SLOT = "empty"
CARD_WORDS = frozenset({EMPTY_SLOT, *CardKind})
"""Reserved words for cards, so no declared name can be one of them."""

_REMOVE = "remove it"
_WHOLE = re.compile(r"-?[0-9]{1,15}")


class Shape(Protocol):
    """Reads nodes of one expected type."""

    def read(self, node: Node, reading: ReadContext) -> object:
        """Return the value, or `UNREAD` after a report."""
        ...

    def describe(self) -> str:
        """Return what an author may write, with its article: `a duration such as 90 s`."""
        ...


class WordShape:
    """The base of shapes of one word."""

    def read(self, node: Node, reading: ReadContext) -> object:
        """Return the value of the word, or `UNREAD` for a node that is not a word of allowed length."""
        if not isinstance(node, Scalar) or node.null:
            return reading.wrong_kind(node, self.describe())
        if len(node.text) > MAX_WORD_CHARS:
            return reading.bad(node.place, BadText(f"{self.describe()} is expected, not {quoted(node.text)}"))
        if VALUE_REFERENCE.fullmatch(node.text):
            return reading.stray_value(node)
        try:
            return self.value(node, reading)
        except BadText as error:
            return reading.bad(node.place, error)

    def value(self, word: Scalar, reading: ReadContext) -> object:
        """Return the value of the word, or raise `BadText`."""
        raise NotImplementedError

    def describe(self) -> str:
        """Return what an author may write, with its article."""
        raise NotImplementedError


class TextShape:
    """Free text of any length. `what` describes the text in messages and the reference."""

    def __init__(self, what: str = "text") -> None:
        self._what = what

    def read(self, node: Node, reading: ReadContext) -> object:
        """Return the text."""
        if not isinstance(node, Scalar) or node.null:
            return reading.wrong_kind(node, self.describe())
        return node.text

    def describe(self) -> str:
        """Return what an author may write."""
        return self._what


class VisibleTextShape(TextShape):
    """Free text that reports and terminals print: without invisible characters, also in escape sequences."""

    def read(self, node: Node, reading: ReadContext) -> object:
        """Return the text."""
        value = super().read(node, reading)
        found = not_allowed(value) if isinstance(value, str) else None
        if found is None:
            return value
        text = f"the text contains the character {code(found[0])}, which a terminal does not show"
        reading.problems.add(node.place, text, _REMOVE)
        return UNREAD


class FlagShape(WordShape):
    """On or off."""

    def value(self, word: Scalar, reading: ReadContext) -> bool:
        """Return the flag."""
        del reading
        flag = FLAGS.get(word.text.lower())
        if flag is None:
            raise BadText(f"{quoted(word.text)} is not on or off", did_you_mean(word.text, FLAGS))
        return flag

    def describe(self) -> str:
        """Return what an author may write."""
        return "on or off"


class IntegerShape(WordShape):
    """A whole number between bounds, both inclusive; None means without a bound. Only multiples of `step`."""

    def __init__(self, least: int | None = None, most: int | None = None, step: int = 1) -> None:
        self._least = least
        self._most = most
        self._step = step

    def value(self, word: Scalar, reading: ReadContext) -> int:
        """Return the number."""
        del reading
        return self.number(word.text)

    def number(self, text: str) -> int:
        """Return the number in a text. Raises `BadText`."""
        if not _WHOLE.fullmatch(text):
            raise BadText(f"{quoted(text)} is not {self.describe()}")
        number = int(text)
        check_bounds(number, self._least, self._most, text, self.describe())
        if number % self._step:
            raise BadText(f"{quoted(text)} is not {self.describe()}")
        return number

    def describe(self) -> str:
        """Return what an author may write."""
        steps = f", in steps of {self._step}" if self._step > 1 else ""
        return "a whole number" + bounds_text(self._least, self._most, str) + steps


class DurationShape(WordShape):
    """A duration, stored in `unit` (`ms`, `s`, `min`); it must be a whole number of this unit."""

    def __init__(self, unit: str = "ms", least: int | None = None, most: int | None = None) -> None:
        self.unit = unit
        self._least = least
        self._most = most

    def value(self, word: Scalar, reading: ReadContext) -> int:
        """Return the duration in the unit."""
        del reading
        amount, rest_ms = divmod(duration_ms(word.text), UNITS_MS[self.unit])
        if rest_ms:
            raise BadText(f"{quoted(word.text)} is not a whole number of {self.unit}")
        check_bounds(amount, self._least, self._most, word.text, self.describe())
        return amount

    def describe(self) -> str:
        """Return what an author may write."""
        return "a duration" + bounds_text(self._least, self._most, self.said)

    def said(self, amount: int) -> str:
        """Return a number of units as an author writes it."""
        return duration_text(amount * UNITS_MS[self.unit])


class InstantShape(WordShape):
    """An instant, in the scenario's zone unless the text names one; stored in milliseconds.

    `or_ms` also accepts a whole number of milliseconds since 1970 UTC, as views show it.
    """

    def __init__(self, *, or_ms: bool = False) -> None:
        self.or_ms = or_ms

    def value(self, word: Scalar, reading: ReadContext) -> int:
        """Return the instant in milliseconds."""
        if self.or_ms and _WHOLE.fullmatch(word.text):
            number = int(word.text)
            check_bounds(number, 0, END_MS, word.text, self.describe())
            return number
        return instant(word.text, reading.zone).ms

    def describe(self) -> str:
        """Return what an author may write."""
        return "an instant" + (", or its milliseconds since 1970 UTC" if self.or_ms else "")


class ZoneShape(WordShape):
    """The name of a time zone."""

    def value(self, word: Scalar, reading: ReadContext) -> str:
        """Return the name."""
        del reading
        zone(word.text)
        return word.text

    def describe(self) -> str:
        """Return what an author may write."""
        return "a time zone"


class ChoiceShape(WordShape):
    """One of several words, each with its value. `what` names them in messages, with the article."""

    def __init__(self, what: str, words: Mapping[str, object] | Iterable[str]) -> None:
        self.what = what
        if isinstance(words, AbstractSet):
            words = sorted(words)  # the order of a set varies, and the reference must not
        self.words: dict[str, object] = (
            dict(words) if isinstance(words, Mapping) else {word: word for word in words}
        )

    def value(self, word: Scalar, reading: ReadContext) -> object:
        """Return the value of the word."""
        if word.text not in self.words:
            text = f"{quoted(word.text)} is not {self.what}"
            return reading.unknown(word.place, text, word.text, self.words, ALL_WORDS)
        return self.words[word.text]

    def describe(self) -> str:
        """Return what an author may write, with all words if there are at most `MAX_LISTED_WORDS`."""
        if len(self.words) > MAX_LISTED_WORDS:
            return self.what
        return f"{self.what} (`{'`, `'.join(self.words)}`)"


class AliasShape(WordShape):
    """A declared name of this kind or of a kind in `also` (a Reseller is a company).

    `or_email` also accepts an e-mail address, `or_quoted` any text in quotes. The others are for patterns,
    which contain the id of the thing (`ids`): `or_empty` also accepts `''`, and with `by_name` the seen value
    is the name itself, not the id.
    """

    def __init__(
        self,
        kind: AliasKind,
        *also: AliasKind,
        or_email: bool = False,
        or_quoted: bool = False,
        or_empty: bool = False,
        by_name: bool = False,
    ) -> None:
        self.kinds = (kind, *also)
        self._or_email = or_email
        self.or_quoted = or_quoted
        self.or_empty = or_empty
        self.by_name = by_name

    def value(self, word: Scalar, reading: ReadContext) -> object:
        """Return the `AliasRef`, or the text of the e-mail address or quoted text."""
        if (self._or_email and "@" in word.text) or (self.or_quoted and not word.plain):
            return word.text
        return reading.alias(word, *self.kinds)

    def describe(self) -> str:
        """Return what an author may write."""
        named = " or ".join(f"{'an' if kind.value[0] in 'aeiou' else 'a'} {kind}" for kind in self.kinds)
        email = " or an e-mail address" if self._or_email else ""
        return named + email + (" or a text in quotes" if self.or_quoted else "")


class SimShape(WordShape):
    """A declared card, or `ajax` or `ordinary` for a new one; in a slot also `empty`."""

    def __init__(self, *, slot: bool = False) -> None:
        self._words: dict[str, FreshCard | None] = {kind.value: FreshCard(kind) for kind in CardKind}
        if slot:
            self._words[EMPTY_SLOT] = None

    def value(self, word: Scalar, reading: ReadContext) -> object:
        """Return an `AliasRef`, a `FreshCard`, or None for an empty slot."""
        if word.text in self._words:
            return self._words[word.text]
        return reading.alias(word, AliasKind.SIM, or_words=self._words)

    def describe(self) -> str:
        """Return what an author may write."""
        return "a sim (`ajax` or `ordinary` for a fresh card)" + (
            f", or `{EMPTY_SLOT}`" if EMPTY_SLOT in self._words else ""
        )


class OptionalShape:
    """A value, or `null` for nothing."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def read(self, node: Node, reading: ReadContext) -> object:
        """Return the value or None."""
        if isinstance(node, Scalar) and node.null:
            return None
        return self.shape.read(node, reading)

    def describe(self) -> str:
        """Return what an author may write."""
        return f"{self.shape.describe()}, or `null`"


def check_bounds(amount: int, least: int | None, most: int | None, text: str, described: str) -> None:
    """Raise `BadText` unless the amount is within the bounds."""
    if (least is not None and amount < least) or (most is not None and amount > most):
        raise BadText(f"{quoted(text)} is not {described}")


def bounds_text(least: int | None, most: int | None, text_of: Callable[[int], str]) -> str:
    """Return ` from 1 to 3`, ` of at least 1`, ` of at most 3`, or an empty text."""
    if least is not None and most is not None:
        return f" from {text_of(least)} to {text_of(most)}"
    if least is not None:
        return f" of at least {text_of(least)}"
    return f" of at most {text_of(most)}" if most is not None else ""
