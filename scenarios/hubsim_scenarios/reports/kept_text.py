"""The text of the values that a step has kept."""

from hubsim_scenarios.language.keeping import kept_by
from hubsim_scenarios.play.play import StepDone
from hubsim_scenarios.translation.story_language import say


def kept_text(done: StepDone) -> str:
    """Return the kept values, such as `kept $before = 14`, with instants as dates; empty for none."""
    patterns = {kept.name: kept for kept in kept_by(done.step)}
    values = (f"${name} = {patterns[name].shown(value)}" for name, value in done.outcome.kept.items())
    text = ", ".join(values)
    return say("kept {values}", values=text) if text else ""
