"""Months and days of the billing calendar: from an instant and an IANA zone to boundaries, and back.

A month begins at the first instant of the 1st by the local time of the zone. That is 00:00; where 00:00 is
skipped, it is the first existing instant of that day; where 00:00 occurs twice, it is the first of the two.
Months have no gaps and no overlaps, so every instant is in exactly one month, even where clocks are set
back over midnight. Valid to the last year of the world clock (`hubsim_contract.clock.LAST_YEAR`), by the
latest known rules of each zone. Integers only; instants are milliseconds since 1970-01-01T00:00Z. An unknown
zone raises `UnknownZone`.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hubsim_cloud.domain.zones import zone as zone_named

MAX_REMEMBERED_MONTHS = 4096
"""Size of the cache of month starts: 80 years of 4 zones, or this year of all zones."""
MONTHS_A_YEAR = 12

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SECOND_MS = 1000
_DAY_S = 86_400


def month_number(ms: int, zone: str) -> int:
    """Return the number of the month that contains the instant, counted from January of the year 0."""
    local = _local(ms // _SECOND_MS, zone_named(zone))
    number = local.year * MONTHS_A_YEAR + local.month - 1
    # If clocks are set back over midnight, they show the old month again after the new one has begun.
    return number + 1 if ms >= start_of(number + 1, zone) else number


def month_of(ms: int, zone: str) -> str:
    """Return the month that contains the instant, as `2026-01`."""
    return month_name(month_number(ms, zone))


def month_name(number: int) -> str:
    """Return the name of the month with this number, as `2026-01`."""
    return f"{number // MONTHS_A_YEAR:04}-{number % MONTHS_A_YEAR + 1:02}"


def month_start(ms: int, zone: str) -> int:
    """Return the first instant of the month that contains the instant."""
    return start_of(month_number(ms, zone), zone)


def next_month_start(ms: int, zone: str) -> int:
    """Return the first instant of the next month. It is always later than `ms`."""
    return start_of(month_number(ms, zone) + 1, zone)


@lru_cache(maxsize=MAX_REMEMBERED_MONTHS)
def start_of(number: int, zone: str) -> int:
    """Return the first instant of the month with this number."""
    year, month = divmod(number, MONTHS_A_YEAR)
    return _midnight_s(date(year, month + 1, 1), zone) * _SECOND_MS


def _midnight_s(day: date, zone: str) -> int:
    """Return the first instant of a local day, in seconds since 1970."""
    midnight_s = (day.toordinal() - _EPOCH_DAY) * _DAY_S
    # A naive datetime is local time, and fold 0 means the first occurrence of midnight. Where midnight is
    # skipped, fold 0 gives the offset before the jump (PEP 495). The result is the instant of the jump,
    # because since 1970 no zone has jumped from before midnight into a 1st.
    offset = zone_named(zone).utcoffset(datetime(day.year, day.month, day.day))  # noqa: DTZ001
    assert offset is not None, f"{zone} has no offset"
    return midnight_s - offset.days * _DAY_S - offset.seconds


def days_of(start_ms: int, end_ms: int, zone: str) -> frozenset[int]:
    """Return the local days that overlap [start, end), as proleptic Gregorian ordinals; at least one.

    A day that the zone skipped (30 December 2011 in Pacific/Apia) is not among them.
    """
    rules = zone_named(zone)
    first = _local(start_ms // _SECOND_MS, rules).toordinal()
    last = _local((end_ms - 1) // _SECOND_MS, rules).toordinal()
    return frozenset(day for day in range(first, max(first, last) + 1) if _exists(day, zone))


@lru_cache(maxsize=MAX_REMEMBERED_MONTHS)
def _exists(day: int, zone: str) -> bool:
    """Return whether the zone has this day: a skipped day begins and ends at one instant."""
    return _midnight_s(date.fromordinal(day), zone) < _midnight_s(date.fromordinal(day + 1), zone)


def _local(seconds: int, rules: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(seconds=seconds)).astimezone(rules)
