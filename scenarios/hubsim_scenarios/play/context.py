"""What the handlers of steps share: the stage they act on, and how they say what came of it."""

import msgspec

from hubsim_cloud.domain.refusals import Refusal
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.worlds.world import World


class StepFailed(Exception):
    """The product did not do what the step says. The text says what was expected and what was seen."""

    def __init__(self, text: str, refused: str | None = None) -> None:
        super().__init__(text)
        self.refused = refused
        """The name of the refusal, when what should be granted was refused."""


class StepOutcome(msgspec.Struct, frozen=True):
    """What came of a step that held."""

    refusal: Refusal | None = None
    """The refusal that the step expected, and got."""
    screen: str | None = None
    """What the person's client shows afterwards."""
    seen: object = None
    """What a person saw, as plain values."""
    text: str = ""


class PlayContext:
    """A world with a cast, in the middle of a play."""

    def __init__(self, scenario: Scenario, world: World, aliases: Aliases) -> None:
        self.scenario = scenario
        self.world = world
        self.aliases = aliases
        self.mark = 0
        """Where in the trace the step before this one began."""
        self._began = 0
        """Where in the trace this one began."""

    def step_begins(self) -> None:
        """Note that the next step begins."""
        self.mark, self._began = self._began, len(self.world.trace.events)
