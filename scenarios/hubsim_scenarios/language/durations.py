"""Durations as an author writes them, `90 s` or `1 d 2 h`, to and from integer milliseconds."""

import re
from decimal import Decimal

from hubsim_scenarios.language.errors import BadText, quoted

UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1000, "ms": 1}
"""The units, largest first. A day is always 24 hours, even when the clocks change."""
MAX_DURATION_MS = 100 * 366 * UNITS_MS["d"]
"""A hundred years: longer than any scenario, and within the range of every calendar."""

_PART = re.compile(r"([0-9]+)\s*([A-Za-z]*)")
_WHOLE = re.compile(r"[0-9]+\s*[A-Za-z]*(?:\s+[0-9]+\s*[A-Za-z]*)*")
_MAX_DIGITS = 15
_FRACTION = re.compile(r"(?P<number>[0-9]{1,9}[.,][0-9]{1,9})\s*(?P<unit>[a-z]+)")
_MEANT = {
    "m": "min",
    "mins": "min",
    "minute": "min",
    "minutes": "min",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "hr": "h",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "msec": "ms",
    "millis": "ms",
    "milliseconds": "ms",
}


class BadDuration(BadText):
    """Text that is not a duration."""


def duration_ms(text: str) -> int:
    """Return the duration in milliseconds, or raise `BadDuration`.

    Numbers are whole, every number has a unit, larger units come first, and each unit occurs at most once.
    """
    if not _WHOLE.fullmatch(text.strip()):
        raise BadDuration(f"{quoted(text)} is not a duration", _meant(text.strip()))
    total, smallest = 0, MAX_DURATION_MS
    for number, unit in _PART.findall(text):
        size = _unit_ms(text, number, unit)
        if size >= smallest:
            raise BadDuration(f"{quoted(text)}: larger units come first, and each unit only once")
        total, smallest = total + int(number) * size, size
    if total > MAX_DURATION_MS:
        raise BadDuration(f"{quoted(text)} is longer than a hundred years")
    return total


def _meant(text: str) -> str:
    """Return the hint for text that is not a duration: whole units in place of a fraction, no minus."""
    fraction = _FRACTION.fullmatch(text)
    unit = UNITS_MS.get(fraction["unit"]) if fraction else None
    if fraction and unit:
        ms = Decimal(fraction["number"].replace(",", ".")) * unit
        if ms == ms.to_integral_value():
            return f"numbers are whole: write {duration_text(int(ms))}"
        return "numbers are whole: use a smaller unit"
    if text[:1] == "-" and _WHOLE.fullmatch(text[1:].strip()):
        return f"a duration is never negative: write {text[1:].strip()}"
    return "for example 90 s, 12 min or 1 d 2 h"


def _unit_ms(text: str, number: str, unit: str) -> int:
    if len(number) > _MAX_DIGITS:
        raise BadDuration(f"{quoted(text)} is longer than a hundred years")
    if not unit:
        raise BadDuration(f"{quoted(text)} has no unit", f"for example {number} s or {number} min")
    if unit not in UNITS_MS:
        meant = _MEANT.get(unit.lower())
        hint = f"did you mean {meant!r}?" if meant else f"use one of: {', '.join(UNITS_MS)}"
        raise BadDuration(f"{quoted(unit)} is not a unit of time", hint)
    return UNITS_MS[unit]


def duration_text(ms: int) -> str:
    """Return the shortest text that `duration_ms` reads as `ms`. Requires `ms >= 0`."""
    assert ms >= 0
    if ms == 0:
        return "0 s"
    parts = []
    for unit, size in UNITS_MS.items():
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts)
