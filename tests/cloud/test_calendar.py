from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_play import instant

from hubsim_cloud.domain.calendar import days_of, month_of, month_start, next_month_start, start_of
from hubsim_cloud.domain.zones import UnknownZone, zone, zone_names
from hubsim_contract.clock import LAST_YEAR

ZONES = [
    "Europe/Warsaw",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/Havana",
    "America/St_Johns",
    "America/Asuncion",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FIRST_MS = int(datetime(1970, 1, 2, tzinfo=UTC).timestamp()) * 1000
LAST_MS = int(datetime(LAST_YEAR, 12, 30, tzinfo=UTC).timestamp()) * 1000


def searched_start(year: int, month: int, name: str) -> int:
    """Find the first instant of the 1st the slow way: check the local time of every minute."""
    first = datetime(year, month, 1, tzinfo=UTC)
    seen = first - 16 * HOUR
    while seen.astimezone(zone(name)).date() < first.date():
        seen += MINUTE
    while (earlier := seen - timedelta(seconds=1)).astimezone(zone(name)).date() >= first.date():
        seen = earlier
    return int(seen.timestamp()) * 1000


@pytest.mark.parametrize("year", [2023, 2024])
@pytest.mark.parametrize("name", ZONES)
def test_every_month_begins_at_the_instant_that_a_search_finds(name: str, year: int) -> None:
    for month in range(1, 13):
        start = searched_start(year, month, name)

        assert month_start(start, name) == start
        assert next_month_start(start - 1, name) == start
        assert month_of(start, name) == f"{year}-{month:02}"
        assert month_of(start - 1, name) == (f"{year}-{month - 1:02}" if month > 1 else f"{year - 1}-12")


ODD_MONTHS = [
    ("America/Havana", 2026, 11, "2026-11-01 04:00"),  # midnight occurs twice: the first one
    (
        "America/St_Johns",
        2009,
        11,
        "2009-11-01 02:30",
    ),  # set back at 00:01: the 1st begins, then it is the last day of October again
    ("Asia/Amman", 2005, 4, "2005-03-31 22:00"),  # midnight is skipped: the day begins at 01:00
    ("America/Asuncion", 2023, 10, "2023-10-01 04:00"),  # likewise
    ("Pacific/Apia", 2012, 1, "2011-12-31 10:00"),  # 30 December was skipped
    ("Pacific/Apia", 2011, 12, "2011-12-01 10:00"),
    ("Pacific/Kiritimati", 2026, 2, "2026-01-31 10:00"),
    ("Pacific/Pago_Pago", 2026, 2, "2026-02-01 11:00"),
    ("Asia/Kathmandu", 2026, 3, "2026-02-28 18:15"),
    ("Australia/Lord_Howe", 2026, 1, "2025-12-31 13:00"),
    ("Africa/Monrovia", 1971, 7, "1971-07-01 00:44:30"),  # an offset with seconds
    ("Europe/Warsaw", 2028, 3, "2028-02-29 23:00"),
    ("Europe/Warsaw", 2100, 1, "2099-12-31 23:00"),
    ("Europe/Warsaw", 2100, 3, "2100-02-28 23:00"),  # 2100 is not a leap year
    ("Europe/Warsaw", 2400, 3, "2400-02-29 23:00"),  # 2400 is one
    ("Pacific/Kiritimati", LAST_YEAR, 12, f"{LAST_YEAR}-11-30 10:00"),
]


@pytest.mark.parametrize(("name", "year", "month", "utc"), ODD_MONTHS)
def test_odd_months_begin_at_their_known_instant(name: str, year: int, month: int, utc: str) -> None:
    start = instant(utc, "UTC")

    assert next_month_start(start - 1, name) == start
    assert month_start(start, name) == start
    assert searched_start(year, month, name) == start


def test_the_last_millisecond_of_a_month_belongs_to_it_and_the_next_one_does_not() -> None:
    midnight = instant("2026-02-01 00:00")

    assert month_of(midnight - 1, "Europe/Warsaw") == "2026-01"
    assert next_month_start(midnight - 1, "Europe/Warsaw") == midnight
    assert month_of(midnight, "Europe/Warsaw") == "2026-02"
    assert next_month_start(midnight, "Europe/Warsaw") == instant("2026-03-01 00:00")


def test_a_month_does_not_end_again_when_clocks_are_set_back_over_midnight() -> None:
    begun = instant("2009-11-01 02:30", "UTC")

    shown_october_again = begun + 10 * 60_000

    assert month_of(shown_october_again, "America/St_Johns") == "2009-11"
    assert month_start(shown_october_again, "America/St_Johns") == begun


def test_the_second_of_two_midnights_belongs_to_the_month_of_the_first() -> None:
    second = instant("2026-11-01 00:00", "America/Havana", fold=1)

    assert month_start(second, "America/Havana") == instant("2026-11-01 00:00", "America/Havana")


@pytest.mark.parametrize("year", [2026, 2027])
def test_in_every_zone_the_first_is_not_shown_before_the_month_begins(year: int) -> None:
    for name in zone_names():
        for month in range(1, 13):
            begins = start_of(12 * year + month - 1, name)

            shown, before = (
                datetime.fromtimestamp(at_ms // 1000, zone(name)).date() for at_ms in (begins, begins - 1)
            )

            assert before < date(year, month, 1) == shown


@given(st.integers(FIRST_MS, LAST_MS), st.sampled_from(ZONES))
def test_every_instant_belongs_to_exactly_one_month(at_ms: int, name: str) -> None:
    start, end = month_start(at_ms, name), next_month_start(at_ms, name)

    assert start <= at_ms < end
    assert month_start(end - 1, name) == start
    assert month_start(end, name) == end
    assert month_of(start, name) == month_of(end - 1, name) != month_of(end, name)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-01-01 00:00", "2026-02-01 00:00", 31),
        ("2028-02-01 00:00", "2028-03-01 00:00", 29),
        ("2026-03-29 00:00", "2026-03-30 00:00", 1),
        ("2026-01-31 23:59", "2026-02-01 00:01", 2),
        ("2026-01-31 12:00", "2026-01-31 12:00", 1),
    ],
)
def test_days_are_the_local_days(start: str, end: str, days: int) -> None:
    assert len(days_of(instant(start), instant(end), "Europe/Warsaw")) == days


@pytest.mark.parametrize(
    ("zone", "start", "end", "days"),
    [
        ("Pacific/Apia", "2011-12-01 00:00", "2012-01-01 00:00", 30),
        ("Pacific/Apia", "2011-12-29 12:00", "2011-12-31 12:00", 2),
        ("Pacific/Kwajalein", "1993-08-01 00:00", "1993-09-01 00:00", 30),
        ("America/Havana", "2026-03-01 00:00", "2026-04-01 00:00", 31),
    ],
)
def test_a_day_that_a_zone_skipped_is_not_counted(zone: str, start: str, end: str, days: int) -> None:
    assert len(days_of(instant(start, zone), instant(end, zone), zone)) == days


def test_an_unknown_zone_raises_an_error_with_its_name() -> None:
    with pytest.raises(UnknownZone, match="Europe/Warsawa"):
        month_of(0, "Europe/Warsawa")
