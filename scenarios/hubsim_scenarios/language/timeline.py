"""Follows the world clock through the steps of a scenario, and finds moves that cannot be played.

Only the earliest instant of a step is known, because `expect ... within` ends as soon as it matches. A
move that is impossible at that instant is impossible at every later one. Pure.
"""

from collections.abc import Iterator
from typing import NamedTuple

from hubsim_contract.clock import LATEST_MS
from hubsim_scenarios.language.durations import UNITS_MS
from hubsim_scenarios.language.instants import instant_text
from hubsim_scenarios.language.moves import MoveBy, MoveRefused, MovesTooFar, MoveToKept, resolve
from hubsim_scenarios.language.steps import AnyStep, ClockStep, Never, Scenario


class ImpossibleMove(NamedTuple):
    """A step that moves the clock back, or past the end of the calendar."""

    step: AnyStep
    text: str
    hint: str


def impossible_moves(scenario: Scenario) -> Iterator[ImpossibleMove]:
    """Yield the first step whose move is impossible; the clock after it is unknown."""
    earliest_ms = scenario.clock_ms
    for step in scenario.steps:
        try:
            earliest_ms = _earliest_after(step, earliest_ms, scenario.zone)
        except MovesTooFar as error:
            days = (LATEST_MS - earliest_ms) // UNITS_MS["d"]
            end = instant_text(LATEST_MS, scenario.zone)
            hint = f"the calendar ends at {end}" + (f", at most {days} d after this step" if days > 0 else "")
            yield ImpossibleMove(step, str(error), hint)
            return
        except MoveRefused as error:
            yield ImpossibleMove(step, str(error), "use a later instant, or a move such as +3 d")
            return


def _earliest_after(step: AnyStep, now_ms: int, zone: str) -> int:
    """Return the earliest instant after the step. Raises `MoveRefused`."""
    match step:
        case ClockStep(move=move) if not isinstance(move, MoveToKept):
            return resolve(move, now_ms, zone)
        case Never(for_ms=for_ms):
            return resolve(MoveBy(for_ms), now_ms, zone)
        case _:
            return now_ms
