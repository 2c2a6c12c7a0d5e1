"""Assigns the events of a trace to the steps of its play. Pure.

The trace does not contain the steps. They follow from its events: actions of people, bench actions and faults
are events themselves, the world is idle after each step, and no event of a step is later than its end.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.steps import AnyStep, BenchStep, InjectFault, PersonStep, single_steps
from hubsim_scenarios.play.play import PlayResult


class StepMark(NamedTuple):
    """The first event of a step that acts."""

    event: str
    name: str


def events_by_step(events: Sequence[TraceEvent], result: PlayResult) -> list[int]:
    """Return for each played step, including a failed one, the index after its last event.

    The first index is the end of the events of building the world. A step without events has the same index
    as the previous one.
    """
    played: list[AnyStep] = [done.step for done in result.steps]
    until_ms = [result.scenario.clock_ms, *(done.at_ms for done in result.steps)]
    if result.failed_step is not None:
        played.append(result.failed_step)
        until_ms.append(result.ended_at_ms)
    ends: list[int] = []
    for place, at_ms in enumerate(until_ms):
        begin = ends[-1] if ends else 0
        own = _marks(played[place - 1]) if place else []
        ends.append(_end(events, begin, at_ms, own=own, following=_next_marks(played[place:])))
    if ends:
        ends[-1] = len(events)  # the play ended there
    return ends


def _marks(step: AnyStep) -> list[StepMark]:
    """Return the marks of a step: one, several for a `together` step, or none."""
    return [mark for each in single_steps([step]) if (mark := _mark(each)) is not None]


def _mark(step: AnyStep) -> StepMark | None:
    match step:
        case PersonStep():
            return StepMark("act", step.action)
        case BenchStep():
            return StepMark("bench", step.action)
        case InjectFault():
            return StepMark("fault", step.fault)
        case _:
            return None


def _next_marks(steps: Sequence[AnyStep]) -> list[StepMark]:
    return next(filter(None, map(_marks, steps)), [])


def _end(
    events: Sequence[TraceEvent], begin: int, at_ms: int, *, own: list[StepMark], following: list[StepMark]
) -> int:
    """Return the index of the first event that does not belong to this step."""
    for place in range(begin, len(events)):
        event = events[place]
        mark = StepMark(event.event, str(event.facts.get("do") or event.facts.get("fault")))
        if mark in own:
            own.remove(mark)
            continue
        if mark in following or event.at_ms > at_ms:
            return place
    return len(events)
