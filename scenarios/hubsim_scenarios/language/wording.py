"""Words for patterns and seen values in messages: as in a scenario file, with dates instead of milliseconds.

No text has the syntax of Python. Texts are complete: the reader of a message shortens them where it shows
them (`hubsim_scenarios.language.excerpts`).
"""

import re
from collections.abc import Mapping
from enum import Enum

import msgspec

from hubsim_contract.wire.printable import printable
from hubsim_scenarios.language.instants import instant_text
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
    ScalarPattern,
    Seen,
    TextPattern,
)
from hubsim_scenarios.translation.story_language import say, say_count

_INSTANT_FIELD = re.compile(r"(?:.*[._])?at(?:_ms)?")
"""The path of a field whose value is an instant, in milliseconds since 1970; files omit the unit."""
_ZERO_PARTS = re.compile(r"(?::00)?\.000(?= )")
_BARE_WORD = re.compile(r"[A-Za-z_][\w-]*")


class Wording(msgspec.Struct, frozen=True):
    """How values are written: the zone of dates. Without a zone an instant stays a number."""

    zone: str | None = None

    def seen(self, seen: Seen, field: str = "") -> str:
        """Return a seen value as in a scenario file. `field` is its name or path."""
        match seen:
            case bool():
                return "on" if seen else "off"
            case None:
                return "null"
            case Enum():
                return self.seen(seen.value, field)
            case int() | float():
                return self._number(seen, field)
            case Mapping():
                inside = (f"{_key(name)}: {self.seen(value, str(name))}" for name, value in seen.items())
                return "{" + ", ".join(inside) + "}"
            case list() | tuple():
                return "[" + ", ".join(self.seen(item) for item in seen) + "]"
            case set() | frozenset():
                return "[" + ", ".join(sorted(map(self.seen, seen))) + "]"
            case msgspec.Struct():
                return self.seen(msgspec.to_builtins(seen), field)
            case _:
                return in_quotes(str(seen))

    def pattern(self, pattern: Pattern, field: str = "") -> str:
        """Return a pattern as in a scenario file, in words where the file has pattern words."""
        match pattern:
            case Exactly(value):
                return self.seen(value, field)
            case TextPattern(text):
                date = self._number(int(text), field) if text.isdecimal() and _is_instant(field) else ""
                return date or in_quotes(text)
            case NamedPattern(alias):
                return say("the id of {name}", name=alias)
            case ScalarPattern():
                return pattern.described()
            case Empty(empty):
                return say("nothing") if empty else say("something")
            case Not() | AllOf() | OneOf():
                return self._choice(pattern, field)
            case Matching() | RowsPattern() | Has() | Count():
                return self._content(pattern)

    def compared(self, seen: Seen, pattern: Pattern, field: str = "") -> str:
        """Return a seen value as it is compared with a pattern: an instant as a date."""
        shown = pattern.shown(seen) if isinstance(pattern, ScalarPattern) else None
        return self.seen(seen, field) if shown is None else shown

    def _choice(self, pattern: Not | AllOf | OneOf, field: str) -> str:
        match pattern:
            case Not(inner):
                return say("not {value}", value=self.pattern(inner, field))
            case AllOf(patterns):
                return say(" and ").join(self.pattern(part, field) for part in patterns)
            case OneOf(patterns):
                return say(
                    "one of {values}", values=", ".join(self.pattern(part, field) for part in patterns)
                )

    def _content(self, pattern: Matching | RowsPattern | Has | Count) -> str:
        match pattern:
            case Count(count):
                if isinstance(count, int):
                    return items_text(count)
                return say("{count} items", count=self.pattern(count))
            case Matching(fields):
                inside = (f"{name}: {self.pattern(part, name)}" for name, part in fields.items())
                return "{" + ", ".join(inside) + "}"
            case RowsPattern(items, any_order):
                listed = "[" + ", ".join(map(self.pattern, items)) + "]"
                return say("{items} in any order", items=listed) if any_order else listed
            case Has(items):
                return say("a list with {items}", items=", ".join(map(self.pattern, items)))

    def instant(self, at_ms: int) -> str:
        """Return an instant as in a file: `2026-03-01 00:00 Europe/Warsaw`. Without a zone it is in UTC."""
        return _ZERO_PARTS.sub("", instant_text(at_ms, self.zone or "UTC"))

    def _number(self, number: float, field: str) -> str:
        if self.zone is None or not isinstance(number, int) or not _is_instant(field):
            return str(number)
        try:
            return self.instant(number)
        except (OverflowError, ValueError):  # the number is outside the calendar
            return str(number)


PLAIN = Wording()
"""Words without dates."""


def _is_instant(field: str) -> bool:
    return _INSTANT_FIELD.fullmatch(field) is not None


def _key(name: object) -> str:
    text = str(name.value if isinstance(name, Enum) else name)
    return text if _BARE_WORD.fullmatch(text) or text.isdecimal() else in_quotes(text)


def in_quotes(text: str) -> str:
    """Return the text in single quotes, in one line. Control characters are escaped as in YAML."""
    shown = printable(text)
    return '"' + shown.replace('"', '\\"') + '"' if "'" in shown and '"' not in shown else f"'{shown}'"


def items_text(count: int) -> str:
    """Return `1 item` or `3 items`."""
    return say_count("{count} item", "{count} items", count)
