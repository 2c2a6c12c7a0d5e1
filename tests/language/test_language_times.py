"""Durations, instants and clock moves, with special cases of the calendar."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.domain.zones import zone_names
from hubsim_contract.clock import LATEST_MS
from hubsim_scenarios.language.durations import MAX_DURATION_MS, BadDuration, duration_ms, duration_text
from hubsim_scenarios.language.errors import BadText
from hubsim_scenarios.language.instants import BadInstant, instant, instant_text
from hubsim_scenarios.language.moves import (
    BadMove,
    MovesBackwards,
    MovesTooFar,
    MoveTo,
    MoveToMonth,
    move,
    resolve,
)
from hubsim_scenarios.language.zones import BadZone, zone

HOUR_MS = 3_600_000


def at(text: str) -> int:
    return instant(text).ms


def utc(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def played(text: str, now: str, zone_name: str = "Europe/Warsaw") -> str:
    """Return the target of a move in the local time of the zone."""
    return instant_text(resolve(move(text, zone_name), at(now), zone_name), zone_name)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90 s", 90_000),
        ("500 ms", 500),
        ("12 min", 720_000),
        ("2h", 2 * HOUR_MS),
        ("3 d", 72 * HOUR_MS),
        ("1 d 2 h", 26 * HOUR_MS),
        ("0 s", 0),
    ],
)
def test_a_duration_is_milliseconds(text: str, ms: int) -> None:
    assert duration_ms(text) == ms


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("90", "'90' has no unit; for example 90 s or 90 min"),
        ("90 sec", "'sec' is not a unit of time; did you mean 's'?"),
        ("5 m", "'m' is not a unit of time; did you mean 'min'?"),
        ("5 w", "'w' is not a unit of time; use one of: d, h, min, s, ms"),
        ("2 h 1 d", "'2 h 1 d': larger units come first, and each unit only once"),
        ("1 h 1 h", "'1 h 1 h': larger units come first, and each unit only once"),
        ("soon", "'soon' is not a duration; for example 90 s, 12 min or 1 d 2 h"),
        ("1.5 h", "'1.5 h' is not a duration; numbers are whole: write 1 h 30 min"),
        ("", "'' is not a duration; for example 90 s, 12 min or 1 d 2 h"),
        ("99999 d", "'99999 d' is longer than a hundred years"),
        ("9999999999999999 ms", "'9999999999999999 ms' is longer than a hundred years"),
    ],
)
def test_a_bad_duration_is_refused_with_a_hint(text: str, message: str) -> None:
    with pytest.raises(BadDuration) as caught:
        duration_ms(text)

    assert str(caught.value) == message


@given(st.integers(0, MAX_DURATION_MS))
def test_the_text_of_a_duration_is_read_as_the_same_duration(ms: int) -> None:
    assert duration_ms(duration_text(ms)) == ms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-15 09:00 Europe/Warsaw", "2026-01-15 08:00:00"),
        ("2026-07-15 09:00:30.250 Europe/Warsaw", "2026-07-15 07:00:30"),
        ("2028-02-29 00:00 UTC", "2028-02-29 00:00:00"),
        ("2026-10-25 02:30 Europe/Warsaw", "2026-10-25 00:30:00"),
        ("2026-10-25 02:30 Europe/Warsaw (first)", "2026-10-25 00:30:00"),
        ("2026-10-25 02:30 Europe/Warsaw (second)", "2026-10-25 01:30:00"),
        ("2020-11-01 00:30 America/Havana", "2020-11-01 04:30:00"),
        ("2020-11-01 00:30 America/Havana (second)", "2020-11-01 05:30:00"),
    ],
)
def test_an_instant_is_read_in_its_zone(text: str, expected: str) -> None:
    assert utc(at(text)) == expected


def test_the_fraction_of_a_second_is_decimal() -> None:
    assert at("2026-01-15 09:00:00.5 UTC") - at("2026-01-15 09:00 UTC") == 500


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2026-03-29 02:30 Europe/Warsaw", "2026-03-29 02:30 does not exist in Europe/Warsaw"),
        ("2026-01-15 09:00 Europe/Warsaw (second)", "occurs only once in Europe/Warsaw"),
        ("2027-02-29 00:00 UTC", "is not an instant: day is out of range for month"),
        ("tomorrow", "is not an instant; for example 2026-01-15 09:00 Europe/Warsaw"),
        (
            "2026-01-15 Europe/Kyiv",
            "the time of day is missing, for example 2026-01-15 00:00 Europe/Kyiv",
        ),
        ("2026-01-15", "the time of day is missing, for example 2026-01-15 00:00 Europe/Warsaw"),
        ("2026-01-15 09:00", "has no time zone; for example 2026-01-15 09:00 Europe/Warsaw"),
        ("1970-01-01 00:30 Europe/Warsaw", "is before 1970"),
        ("2500-01-01 00:00 UTC", "years go from 1970 to 2499"),
    ],
)
def test_a_bad_instant_is_refused_with_the_reason(text: str, part: str) -> None:
    with pytest.raises(BadInstant) as caught:
        instant(text)

    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Europe/Warszawa", "Europe/Warsaw"),
        ("Warsaw", "Europe/Warsaw"),
        ("America/NewYork", "America/New_York"),
        ("europe/warsaw", "Europe/Warsaw"),
    ],
)
def test_an_unknown_zone_gets_a_suggestion(name: str, meant: str) -> None:
    with pytest.raises(BadZone) as caught:
        zone(name)

    assert caught.value.hint == f"did you mean {meant!r}?"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/", "", "Europe", "Europe/Warsaw\0"])
def test_a_zone_name_never_reaches_the_file_system(name: str) -> None:
    with pytest.raises(BadZone):
        zone(name)


@given(st.integers(24 * HOUR_MS, LATEST_MS), st.sampled_from(sorted(zone_names())))
def test_the_text_of_an_instant_is_read_as_the_same_millisecond_in_every_zone(ms: int, name: str) -> None:
    text = instant_text(ms, name)

    assert instant(text).ms == ms


@pytest.mark.parametrize(
    ("now", "text", "then"),
    [
        ("2026-01-15 09:00 Europe/Warsaw", "+3 d", "2026-01-18 09:00:00.000"),
        ("2026-01-15 09:00 Europe/Warsaw", "start of next month", "2026-02-01 00:00:00.000"),
        ("2026-12-31 23:59 Europe/Warsaw", "start of next month", "2027-01-01 00:00:00.000"),
        ("2028-02-29 12:00 Europe/Warsaw", "end of month", "2028-02-29 23:59:59.999"),
        ("2026-02-28 12:00 Europe/Warsaw", "end of month + 1 ms", "2026-03-01 00:00:00.000"),
        ("2026-03-15 12:00 Europe/Warsaw", "start of next month - 1 ms", "2026-03-31 23:59:59.999"),
        ("2026-03-15 12:00 Europe/Warsaw", "start of next month + 2 h", "2026-04-01 02:00:00.000"),
        (
            "2026-01-15 12:00 Europe/Warsaw",
            "start of next month in America/New_York",
            "2026-02-01 06:00:00.000",
        ),
        (
            "2026-01-15 12:00 Europe/Warsaw",
            "start of next month in Asia/Tokyo - 1 s",
            "2026-01-31 15:59:59.000",
        ),
        (
            "2026-01-15 12:00 Europe/Warsaw",
            "start of next month - 1 s in Asia/Tokyo",
            "2026-01-31 15:59:59.000",
        ),
        ("2026-01-15 12:00 Europe/Warsaw", "2026-01-15 12:00", "2026-01-15 12:00:00.000"),
        ("2026-01-15 12:00 Europe/Warsaw", "2026-01-15 12:00 UTC", "2026-01-15 13:00:00.000"),
        ("2026-03-28 12:00 Europe/Warsaw", "+1 d", "2026-03-29 13:00:00.000"),
        ("2026-01-31 23:59:59.999 Europe/Warsaw", "end of month", "2026-01-31 23:59:59.999"),
    ],
)
def test_a_clock_move_leads_to_an_instant(now: str, text: str, then: str) -> None:
    assert played(text, now) == f"{then} Europe/Warsaw"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        # Midnight of the 1st occurs twice; the first one is used.
        ("2020-10-31 12:00 America/Havana", "2020-11-01 00:00:00.000 America/Havana"),
        # The clocks jump from 00:00 to 01:00 on the 1st; the first instant that exists is used.
        ("2023-09-30 12:00 America/Asuncion", "2023-10-01 01:00:00.000 America/Asuncion"),
        # At 00:01 on the 1st the clocks are set back to the old month, but the new month has begun.
        ("2009-10-31 23:30 America/Goose_Bay", "2009-11-01 00:00:00.000 America/Goose_Bay"),
        ("2009-10-31 23:30 America/Goose_Bay (second)", "2009-12-01 00:00:00.000 America/Goose_Bay"),
    ],
)
def test_a_month_begins_once_even_if_the_clocks_change(now: str, then: str) -> None:
    name = now.split()[2]

    assert played("start of next month", now, name) == then


@given(st.integers(0, LATEST_MS - 40 * 24 * HOUR_MS), st.sampled_from(sorted(zone_names())))
def test_the_end_of_a_month_is_a_millisecond_before_the_next_one(now_ms: int, name: str) -> None:
    turn_ms = resolve(move("start of next month", name), now_ms, name)
    end_ms = resolve(move("end of month", name), now_ms, name)

    assert now_ms <= end_ms == turn_ms - 1
    assert instant_text(turn_ms, name)[8:10] == "01"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "start of nxt month",
            "'start of nxt month' is not a clock move; did you mean 'start of next month'?",
        ),
        ("3 d", "'3 d' is not a clock move; did you mean '+3 d'?"),
        ("tomorrow at noon", "'tomorrow at noon' is not a clock move; for example +3 d"),
        ("start of next month in UTC in UTC", "names two zones"),
        ("start of next month in Warsaw", "'Warsaw' is not a time zone; did you mean 'Europe/Warsaw'?"),
        ("end of month + 3", "'3' has no unit"),
        ("+3 days", "did you mean 'd'?"),
        ("-3 d", "is not a clock move"),
    ],
)
def test_a_bad_clock_move_is_refused_with_a_hint(text: str, message: str) -> None:
    with pytest.raises(BadText) as caught:
        move(text, "Europe/Warsaw")

    assert message in str(caught.value)


def test_the_clock_cannot_move_back() -> None:
    now_ms = at("2026-01-15 12:00 UTC")

    with pytest.raises(MovesBackwards) as caught:
        resolve(MoveTo(now_ms - 1), now_ms, "UTC")

    assert caught.value.now_ms == now_ms
    assert caught.value.target_ms == now_ms - 1
    assert "cannot move back to 2026-01-15 11:59:59.999 UTC" in str(caught.value)


def test_the_clock_cannot_move_past_the_calendar() -> None:
    with pytest.raises(MovesTooFar):
        resolve(move("+2 d", "UTC"), LATEST_MS, "UTC")


@given(st.text(max_size=40))
def test_any_text_is_a_move_or_refused(text: str) -> None:
    try:
        found = move(text, "Europe/Warsaw")
    except BadText:
        return
    assert resolve(found, 0, "Europe/Warsaw") >= 0 or isinstance(found, MoveToMonth)


def test_a_bad_move_is_a_bad_text() -> None:
    assert issubclass(BadMove, BadText)
