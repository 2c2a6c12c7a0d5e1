"""What all step handlers use: the context of the play, and the outcome of a step."""

from collections.abc import Mapping

import msgspec

from hubsim_cloud.domain.refusals import Refusal
from hubsim_scenarios.language.patterns import Seen
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.wording import Wording
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.worlds.world import World


class FieldDifference(msgspec.Struct, frozen=True):
    """One field that differs, in words."""

    where: str
    """The subject and the path of the field, such as `villa: app.star`."""
    expected: str
    seen: str


class StepFailed(Exception):
    """The product did not do what the step requires. The text has the first difference."""

    def __init__(
        self,
        text: str,
        refused: str | None = None,
        *,
        differences: tuple[FieldDifference, ...] = (),
        remarks: tuple[str, ...] = (),
        instead: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.refused = refused
        """The name of the refusal, if an action was refused unexpectedly."""
        self.differences = differences
        """Every field that differs."""
        self.remarks = remarks
        """Further sentences that help to correct the failure."""
        self.instead = instead
        """A key of the step, `refused` or `screen`, and the value that was seen, if another was expected."""


class StepOutcome(msgspec.Struct, frozen=True):
    """The outcome of a step that passed."""

    refusal: Refusal | None = None
    """The cloud's refusal, if the step expected one."""
    refused: str | None = None
    """The name of the refusal, also of one by the bench, or `cloud_unreachable`."""
    screen: str | None = None
    """What the person's client shows afterwards."""
    seen: object = None
    """The view that a person saw, as plain values."""
    text: str = ""
    kept: Mapping[str, Seen] = {}
    """The values that the step has kept, by name."""
    members: tuple["StepOutcome", ...] = ()
    """The outcome of each member of a `together` step, in the order of the file."""


class PlayContext:
    """A scenario in play: its world and its aliases."""

    def __init__(self, scenario: Scenario, world: World, aliases: Aliases) -> None:
        self.scenario = scenario
        self.world = world
        self.aliases = aliases
        self.words = Wording(scenario.zone)
        self.not_seen: dict[str, str] = {}
        """The fields that steps have compared and no message of an attached hub contains, with the reason."""
        self.mark = 0
        """Index in the trace at which the previous step began."""
        self._began = 0
        """Index in the trace at which the current step began."""

    def step_begins(self) -> None:
        """Begin the next step: move both indices."""
        self.mark, self._began = self._began, len(self.world.trace.events)
