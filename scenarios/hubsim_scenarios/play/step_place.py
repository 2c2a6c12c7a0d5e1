"""The place of a step in its file, in words."""

from hubsim_scenarios.language.steps import AnyStep
from hubsim_scenarios.translation.story_language import say


def line_of(step: AnyStep) -> str:
    """Return the line of a step, with its file if it is in a fragment: `line 7 of fragments/sim.yaml`."""
    line = step.place.line
    if step.file:
        return say("line {line} of {file}", line=line, file=step.file)
    return say("line {line}", line=line)
