"""Executes one step in a world."""

from typing import Any

from hubsim_scenarios.language.moves import MoveRefused
from hubsim_scenarios.language.steps import Step
from hubsim_scenarios.play.actions import ACTING
from hubsim_scenarios.play.aliases import NotYetThere
from hubsim_scenarios.play.context import PlayContext, StepOutcome
from hubsim_scenarios.play.expectations import EXPECTING
from hubsim_scenarios.worlds.world import CannotPlay

NOT_PLAYABLE = (CannotPlay, NotYetThere, MoveRefused)
"""The errors of a step that cannot be played: the play is BLOCKED."""


async def perform(context: PlayContext, step: Step) -> StepOutcome:
    """Execute one step, and settle the world.

    Raises `StepFailed` or `CloudUnreachable` if the step fails, and an error of `NOT_PLAYABLE` if it cannot
    be played.
    """
    context.step_begins()
    handler: Any = ACTING.get(type(step)) or EXPECTING[type(step)]
    outcome: StepOutcome = await handler(context, step)
    await context.world.settle()
    return outcome
