"""What somebody does by hand in the middle of a play, and the list of all that was done, for writing it down.

An act that is refused is taken down as refused. One that fails or cannot be done is told and not taken
down, but for the world time that passed in it.
"""

from collections.abc import Mapping
from pathlib import Path

import click
import msgspec

from hubsim_scenarios.debugger.as_scenario import CannotWrite, Done, written
from hubsim_scenarios.debugger.commands import BadCommand, refused_as
from hubsim_scenarios.debugger.save import keep
from hubsim_scenarios.language.durations import duration_text
from hubsim_scenarios.language.errors import ScenarioError
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.moves import MoveRefused
from hubsim_scenarios.language.steps import AnyStep, Expect, ExpectOrder, Never, PersonSees, Scenario
from hubsim_scenarios.layout.step_line import hub_expectation
from hubsim_scenarios.play.aliases import NotYetThere
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.expectations import hub_snapshots
from hubsim_scenarios.play.play import Play, perform
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.reports.console_report import Say
from hubsim_scenarios.reports.diff import contrast
from hubsim_scenarios.worlds.world import CannotPlay, CloudUnreachable
from hubsim_simulator.hardware.profile import ModelProfile

CANNOT_BE_DONE = (CloudUnreachable, CannotPlay, NotYetThere, MoveRefused)
"""What may come of acts and looks, and ends no play that is halted: a server can go away meanwhile."""


class ManualSteps:
    """Acts on the stage of one play of a scenario."""

    def __init__(self, scenario: Scenario, models: Mapping[str, ModelProfile], say: Say) -> None:
        self.scenario = scenario
        """With the steps by hand behind its own: what they name is known from then on."""
        self.language: Language = language(frozenset(models))
        self.done: list[Done] = []
        self._models = models
        self._say = say
        self._written = 0
        """So many things were done when they were written down the last time."""
        self._file = Path(scenario.file)
        self._played = scenario
        self._text = _text(self._file)

    @property
    def unwritten(self) -> bool:
        """Whether something was done by hand that stands in no file."""
        return any(isinstance(each, str) for each in self.done[self._written :])

    def undo(self) -> int:
        """Take back the last step of the scenario, which did not hold; return its number, from 1."""
        place = self.done.pop()
        assert isinstance(place, int)
        return place + 1

    async def do(self, play: Play, text: str) -> None:
        """Play a step, and tell what came of it. Raises `BadCommand` for what is no step."""
        step, context = self._read(text), play.context
        began_ms = context.world.clock.world_ms()
        try:
            outcome = await perform(context, step)
        except StepFailed as failure:
            if failure.refused is None:
                self._tell_failure(str(failure))
                await self._take_down_time(play, began_ms)
                return
            refused = refused_as(step.source, failure.refused)
            step, outcome = self._read(refused), StepOutcome(text=str(failure))
        except CANNOT_BE_DONE as trouble:
            self._say(click.style(f"  cannot be done: {trouble}", fg="yellow"))
            await self._take_down_time(play, began_ms)
            return
        await self._take_down(play, step, outcome)

    async def expect_seen(self, play: Play, hub: str) -> None:
        """Take down how a hub looks as an expectation. Raises `BadCommand` for what is no hub."""
        await self.do(play, (await self._expectations(play.context)).get(hub) or f"{{expect: {hub}}}")

    async def write(self, context: PlayContext, file: str) -> None:
        """Write what was done into a new file, and tell whether it passes. Raises `CannotWrite`.

        Unless the last thing done looks at something, every hub is expected to look as it does now.
        """
        if self._text is None:
            raise CannotWrite(f"{self._file} cannot be read any more")
        looked = isinstance(self._last(), Expect | Never | ExpectOrder | PersonSees)
        seen = [] if looked else await self._closing(context)
        text = written(
            self._text, self._played, [*self.done, *seen], self.language, FragmentFolders(self._file)
        )
        for line in keep(text, Path(file), self._models):
            self._say(line)
        self._written = len(self.done)

    async def _closing(self, context: PlayContext) -> list[str]:
        """Return how every hub looks now as expectations; none when it cannot be seen, which is told."""
        try:
            return list((await self._expectations(context)).values())
        except CANNOT_BE_DONE as trouble:
            self._say(click.style(f"  nothing is expected at its end: {trouble}", fg="yellow"))
            return []

    async def _expectations(self, context: PlayContext) -> dict[str, str]:
        looks = await hub_snapshots(context)
        found = {alias: hub_expectation(alias, each) for alias, each in looks.items()}
        return {alias: text for alias, text in found.items() if text is not None}

    def _read(self, text: str) -> AnyStep:
        found = self.language.step(text, self.scenario)
        if isinstance(found, tuple):
            raise BadCommand("\n".join(_under(text, mistake) for mistake in found))
        return found

    def _last(self) -> AnyStep | None:
        """Return the step that was done last, of the scenario or by hand."""
        if not self.done:
            return None
        last = self.done[-1]
        return self._played.steps[last] if isinstance(last, int) else self.scenario.steps[-1]

    async def _take_down(self, play: Play, step: AnyStep, outcome: StepOutcome) -> None:
        self.done.append(step.source)
        self.scenario = msgspec.structs.replace(self.scenario, steps=(*self.scenario.steps, step))
        await play.note(step, outcome, by_hand=True)

    async def _take_down_time(self, play: Play, began_ms: int) -> None:
        """Take down that the world clock went on while something was waited for."""
        passed_ms = play.context.world.clock.world_ms() - began_ms
        if passed_ms:
            step = self._read(f"{{clock: +{duration_text(passed_ms)}}}")
            await self._take_down(play, step, StepOutcome())

    def _tell_failure(self, reason: str) -> None:
        self._say(click.style("  does not hold, and is not taken down:", fg="yellow"))
        for line in contrast(reason):
            self._say(f"  {line}")


def _text(file: Path) -> str | None:
    """Return what stands in the scenario's file now: it may be changed while somebody steps through it."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _under(text: str, mistake: ScenarioError) -> str:
    hint = f"; {mistake.hint}" if mistake.hint else ""
    return f"  {text}\n  {' ' * (mistake.column - 1)}^ {mistake.text}{hint}"
