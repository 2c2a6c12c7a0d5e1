"""Instants and moves of the clock, as an author would write them."""

from hubsim_cloud.domain.calendar import next_month_start
from hubsim_scenarios.language.durations import MAX_DURATION_MS, duration_text
from hubsim_scenarios.language.instants import instant_text
from hubsim_scenarios.language.moves import LAST_MS, MonthEdge
from hubsim_scenarios.recording.author_values import CannotExpress

_NO_MS, _NO_SECONDS = ".000", ":00"


def start_text(at_ms: int, zone: str) -> str:
    """Return an instant with its zone, no more exact than it must be."""
    return _short(instant_text(at_ms, zone))


def move_text(now_ms: int, to_ms: int, zone: str) -> str:
    """Return the shortest text of a move from one instant to a later one, in the scenario's zone.

    Raises `CannotExpress` for an instant that no scenario reaches.
    """
    if to_ms > LAST_MS:
        raise CannotExpress("no scenario goes on so long: the world clock ends with the year 2099")
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
