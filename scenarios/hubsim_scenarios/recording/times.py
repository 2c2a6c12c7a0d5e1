"""Instants and clock moves in the form in which an author writes them."""

from hubsim_cloud.domain.calendar import next_month_start
from hubsim_contract.clock import LAST_YEAR, LATEST_MS
from hubsim_scenarios.language.durations import MAX_DURATION_MS, duration_text
from hubsim_scenarios.language.instants import instant_text
from hubsim_scenarios.language.moves import MonthEdge
from hubsim_scenarios.recording.author_values import CannotExpress

_NO_MS, _NO_SECONDS = ".000", ":00"


def start_text(at_ms: int, zone: str) -> str:
    """Return an instant with its zone, without seconds and milliseconds that are zero."""
    return _short(instant_text(at_ms, zone))


def move_text(now_ms: int, to_ms: int, zone: str) -> str:
    """Return the shortest text of a move from one instant to a later one, in the scenario's zone.

    Raises `CannotExpress` for an instant after `LATEST_MS`.
    """
    if to_ms > LATEST_MS:
        text = f"the time is too late for a scenario: the world clock ends with the year {LAST_YEAR}"
        raise CannotExpress(text)
    if next_month_start(now_ms, zone) == to_ms:
        return MonthEdge.START_OF_NEXT.value
    there = _short(instant_text(to_ms, zone)).replace(f" {zone}", "", 1)
    if to_ms - now_ms > MAX_DURATION_MS:
        return there
    return min(f"+{duration_text(to_ms - now_ms)}", there, key=len)


def _short(text: str) -> str:
    """Return an instant without milliseconds and seconds that are zero."""
    moment, space, rest = text.partition(" ")
    clock, blank, zone = rest.partition(" ")
    clock = clock.removesuffix(_NO_MS)
    if clock.count(":") > 1 and "." not in clock:
        clock = clock.removesuffix(_NO_SECONDS)
    return moment + space + clock + blank + zone
