"""Executes one step in a world."""

from collections.abc import Awaitable, Callable
from typing import Any

from hubsim_scenarios.language.moves import MoveRefused
from hubsim_scenarios.language.steps import Step, Together
from hubsim_scenarios.play.actions import ACTING
from hubsim_scenarios.play.aliases import NotYetThere
from hubsim_scenarios.play.at_once import together
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
    outcome = await handle(context, step)
    await context.world.settle()
    return outcome


async def handle(context: PlayContext, step: Step) -> StepOutcome:
    """Execute one step, without settling the world. Raises the same errors as `perform`."""
    handler: Any = HANDLERS[type(step)]
    outcome: StepOutcome = await handler(context, step)
    return outcome


HANDLERS: dict[type[Step], Callable[[PlayContext, Any], Awaitable[StepOutcome]]] = {
    **ACTING,
    **EXPECTING,
    Together: together,
}
"""The handlers of all kinds of steps."""
