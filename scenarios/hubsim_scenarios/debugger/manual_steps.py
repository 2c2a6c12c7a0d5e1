"""Executes manual steps during a play, and records all executed steps for saving them as a scenario.

A refused action is recorded with its refusal. A step that fails or cannot be executed is printed and not
recorded. If world time passed in it, that time is recorded as a clock step.
"""

from collections.abc import Mapping
from pathlib import Path

import click
import msgspec

from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_scenarios.debugger.as_scenario import CannotWrite, Done, scenario_text
from hubsim_scenarios.debugger.commands import BadCommand, refused_as
from hubsim_scenarios.debugger.save import save
from hubsim_scenarios.language.durations import duration_text
from hubsim_scenarios.language.errors import ScenarioError
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.steps import AnyStep, Expect, ExpectOrder, Never, PersonSees, Scenario
from hubsim_scenarios.layout.step_line import hub_expectation
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.expectations import hub_snapshots
from hubsim_scenarios.play.performing import NOT_PLAYABLE, perform
from hubsim_scenarios.play.play import Play
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.reports.console_report import Say
from hubsim_scenarios.reports.diff import contrast
from hubsim_scenarios.worlds.world import CloudUnreachable
from hubsim_simulator.hardware.profile import ModelProfile

CANNOT_BE_DONE = (CloudUnreachable, *NOT_PLAYABLE)
"""Errors of manual steps and queries that do not end a halted play, for example when a server goes away."""


class ManualSteps:
    """Executes manual steps in one play of a scenario."""

    def __init__(
        self,
        scenario: Scenario,
        models: Mapping[str, ModelProfile],
        say: Say,
        market: Market = DEFAULT_MARKET,
    ) -> None:
        self.scenario = scenario
        """The scenario with the manual steps appended: later steps can use the names that they define."""
        self.language: Language = language(frozenset(models.values()), market)
        self.done: list[Done] = []
        self._models = models
        self._market = market
        self._say = say
        self._saved_count = 0
        """The number of executed steps when they were last saved."""
        self._file = Path(scenario.file)
        self._played = scenario
        self._text = _text(self._file)

    @property
    def unwritten(self) -> bool:
        """Whether there are manual steps that were not saved."""
        return any(isinstance(each, str) for each in self.done[self._saved_count :])

    def undo(self) -> int:
        """Remove the last step of the scenario, which failed; return its number, from 1."""
        index = self.done.pop()
        assert isinstance(index, int)
        return index + 1

    async def do(self, play: Play, text: str) -> None:
        """Play a step and print its result. Raises `BadCommand` if the text is not a step."""
        step, context = self._read(text), play.context
        began_ms = context.world.clock.world_ms()
        try:
            outcome = await perform(context, step)
        except StepFailed as failure:
            if failure.refused is None:
                self._print_failure(context, failure)
                await self._record_elapsed_time(play, began_ms)
                return
            refused = refused_as(step.source, failure.refused)
            step, outcome = self._read(refused), StepOutcome(text=str(failure))
        except CANNOT_BE_DONE as error:
            self._say(click.style(f"  cannot be done: {error}", fg="yellow"))
            await self._record_elapsed_time(play, began_ms)
            return
        await self._record(play, step, outcome)

    async def expect_seen(self, play: Play, hub: str) -> None:
        """Record the current state of a hub as an expectation. Raises `BadCommand` for an unknown hub."""
        await self.do(play, (await self._expectations(play.context)).get(hub) or f"{{expect: {hub}}}")

    async def write(self, context: PlayContext, file: str) -> None:
        """Save the executed steps as a new file, and print whether it passes. Raises `CannotWrite`.

        Unless the last step is an expectation or a query, the file ends with the current state of every hub
        as expectations.
        """
        if self._text is None:
            raise CannotWrite(
                f"{self._file} could not be read when the play began: restore it and play again"
            )
        ends_with_check = isinstance(self._last(), Expect | Never | ExpectOrder | PersonSees)
        final = [] if ends_with_check else await self._final_expectations(context)
        text = scenario_text(
            self._text, self._played, [*self.done, *final], self.language, FragmentFolders(self._file)
        )
        for line in save(text, Path(file), self._models, self._market):
            self._say(line)
        self._saved_count = len(self.done)

    async def _final_expectations(self, context: PlayContext) -> list[str]:
        """Return the current state of every hub as expectations; print why if it is not available."""
        try:
            return list((await self._expectations(context)).values())
        except CANNOT_BE_DONE as error:
            self._say(click.style(f"  the scenario gets no expectations at its end: {error}", fg="yellow"))
            return []

    async def _expectations(self, context: PlayContext) -> dict[str, str]:
        snapshots = await hub_snapshots(context)
        found = {alias: hub_expectation(alias, each) for alias, each in snapshots.items()}
        return {alias: text for alias, text in found.items() if text is not None}

    def _read(self, text: str) -> AnyStep:
        found = self.language.step(text, self.scenario)
        if isinstance(found, tuple):
            raise BadCommand("\n".join(_under(text, mistake) for mistake in found))
        return found

    def _last(self) -> AnyStep | None:
        """Return the last executed step, of the scenario or manual."""
        if not self.done:
            return None
        last = self.done[-1]
        return self._played.steps[last] if isinstance(last, int) else self.scenario.steps[-1]

    async def _record(self, play: Play, step: AnyStep, outcome: StepOutcome) -> None:
        self.done.append(step.source)
        self.scenario = msgspec.structs.replace(self.scenario, steps=(*self.scenario.steps, step))
        await play.note(step, outcome, by_hand=True)

    async def _record_elapsed_time(self, play: Play, began_ms: int) -> None:
        """Record a clock step for the world time that passed in a step that was not recorded."""
        passed_ms = play.context.world.clock.world_ms() - began_ms
        if passed_ms:
            step = self._read(f"{{clock: +{duration_text(passed_ms)}}}")
            await self._record(play, step, StepOutcome())

    def _print_failure(self, context: PlayContext, failure: StepFailed) -> None:
        self._say(click.style("  failed, and is not recorded:", fg="yellow"))
        for line in contrast(str(failure), failure.differences, failure.remarks):
            self._say(f"  {context.aliases.named(line)}")


def _text(file: Path) -> str | None:
    """Return the content of the scenario's file now, because the user may change the file during the play."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _under(text: str, mistake: ScenarioError) -> str:
    hint = f"; {mistake.hint}" if mistake.hint else ""
    return f"  {text}\n  {' ' * (mistake.column - 1)}^ {mistake.text}{hint}"
