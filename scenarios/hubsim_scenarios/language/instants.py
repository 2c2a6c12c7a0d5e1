"""Instants as an author writes them, to and from milliseconds since 1970-01-01T00:00Z.

Owns the rule for clock changes: a local time in the skipped hour is a mistake, a local time that occurs twice
is the first of the two unless `(second)` follows it.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hubsim_contract.clock import LAST_YEAR
from hubsim_scenarios.language.errors import BadText, quoted
from hubsim_scenarios.language.zones import zone

END_MS = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()) * 1000
"""The beginning of the year after the last one of the world clock, in UTC."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2})"
    r"(?::([0-9]{2})(?:\.([0-9]{1,3}))?)?"
    r"(?:\s+(?P<zone>[A-Za-z][^\s()]*))?(?:\s+\((?P<turn>first|second)\))?"
)
_DATE = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:\s+(?P<zone>[A-Za-z][^\s()]*))?")


class BadInstant(BadText):
    """Text that is not an instant, or names an instant that does not exist."""


class Instant(NamedTuple):
    """An instant, and the name of its zone in the text."""

    ms: int
    zone: str


def instant(text: str, default_zone: str | None = None) -> Instant:
    """Read `2026-01-15 09:00[:30[.250]] [Europe/Warsaw] [(second)]`; raise `BadInstant` or `BadZone`.

    Without a zone in the text `default_zone` applies; when it is None, the text must name a zone.
    """
    parts = _INSTANT.fullmatch(text.strip())
    if parts is None:
        raise BadInstant(f"{quoted(text)} is not an instant", _example(text.strip(), default_zone))
    name = parts["zone"] or default_zone
    if name is None:
        raise BadInstant(f"{quoted(text)} has no time zone", f"for example {text.strip()[:16]} Europe/Warsaw")
    local = _local(text, parts)
    ms = _local_ms(local, zone(name), name, parts["turn"])
    if ms < 0:
        raise BadInstant(f"{quoted(text)} is before 1970")
    return Instant(ms, name)


def _example(text: str, default_zone: str | None) -> str:
    """Return the hint for text that is not an instant; for a date without a time it shows midnight."""
    date = _DATE.fullmatch(text)
    if date is None:
        return "for example 2026-01-15 09:00 Europe/Warsaw"
    zone_name = date["zone"] or ("" if default_zone else "Europe/Warsaw")
    return f"the time of day is missing, for example {date['day']} 00:00 {zone_name}".rstrip()


def instant_text(ms: int, zone_name: str) -> str:
    """Return the instant as `instant` reads it, to the millisecond, `(second)` included."""
    moment = (_EPOCH + ms * _MS).astimezone(zone(zone_name))
    occurrence = " (second)" if moment.fold else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} {zone_name}{occurrence}"


def _local(text: str, parts: re.Match[str]) -> datetime:
    year, month, day, hour, minute = (int(parts[group]) for group in range(1, 6))
    second, millis = int(parts[6] or 0), int((parts[7] or "").ljust(3, "0"))
    try:
        local = datetime(year, month, day, hour, minute, second, millis * 1000)  # noqa: DTZ001 (zone follows)
    except ValueError as error:
        raise BadInstant(f"{quoted(text)} is not an instant: {error}") from error
    if not 1970 <= year <= LAST_YEAR:  # noqa: PLR2004 (the epoch)
        raise BadInstant(f"{quoted(text)}: years go from 1970 to {LAST_YEAR}")
    return local


def _local_ms(local: datetime, tz: ZoneInfo, name: str, occurrence: str | None) -> int:
    first, second = (_ms(local.replace(tzinfo=tz, fold=fold)) for fold in (0, 1))
    if first > second:
        raise BadInstant(
            f"{local:%Y-%m-%d %H:%M} does not exist in {name}", "the clocks skip this hour on that day"
        )
    if occurrence == "second" and first == second:
        raise BadInstant(f"{local:%Y-%m-%d %H:%M} occurs only once in {name}", "remove '(second)'")
    return second if occurrence == "second" else first


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MS
