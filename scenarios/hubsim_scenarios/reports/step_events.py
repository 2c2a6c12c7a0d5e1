"""Which events of a trace belong to which step. Pure.

The trace does not say it, but it follows: what people, hands and faults do stands in the trace itself, the
world is at rest after every step, and nothing that a step does not move goes past the step's instant.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.steps import AnyStep, BenchStep, InjectFault, PersonStep
from hubsim_scenarios.play.play import PlayResult


class StepMark(NamedTuple):
    """The event with which a step begins that does something."""

    event: str
    name: str


def events_by_step(events: Sequence[TraceEvent], result: PlayResult) -> list[int]:
    """Return for each step that was played, the failed one too, the place behind its last event.

    The first place is that of building the world. A step without events ends where the one before does.
    """
    played: list[AnyStep] = [done.step for done in result.steps]
    until_ms = [result.scenario.clock_ms, *(done.at_ms for done in result.steps)]
    if result.failed_step is not None:
        played.append(result.failed_step)
        until_ms.append(result.ended_at_ms)
    ends: list[int] = []
    for place, at_ms in enumerate(until_ms):
        begin = ends[-1] if ends else 0
        own = _mark(played[place - 1]) if place else None
        ends.append(_end(events, begin, at_ms, own=own, following=_next_mark(played[place:])))
    if ends:
        ends[-1] = len(events)  # the play ended there
    return ends


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


def _next_mark(steps: Sequence[AnyStep]) -> StepMark | None:
    return next(filter(None, map(_mark, steps)), None)


def _end(
    events: Sequence[TraceEvent], begin: int, at_ms: int, *, own: StepMark | None, following: StepMark | None
) -> int:
    """Return the place of the first event that is none of this step's."""
    for place in range(begin, len(events)):
        event = events[place]
        mark = StepMark(event.event, str(event.facts.get("do") or event.facts.get("fault")))
        if place == begin and mark == own:
            continue
        if mark == following or event.at_ms > at_ms:
            return place
    return len(events)
