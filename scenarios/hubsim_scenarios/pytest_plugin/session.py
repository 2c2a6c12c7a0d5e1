"""The world of one test. Verbs are played in it like the steps of a scenario, one after another.

The world settles after every verb. If a verb fails, the session reports the state of the world, and raises.
The world stays as it is.
"""

import linecache
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
import msgspec

from hubsim_scenarios.language.errors import Place
from hubsim_scenarios.language.fragments import joined
from hubsim_scenarios.language.steps import AnyCheck, AnyStep, Scenario, Together
from hubsim_scenarios.language.world import WorldDeclaration
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.performing import handle
from hubsim_scenarios.play.play import Failure, PlayResult, step_failure
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.play.world_setup import build
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.pytest_plugin.errors import ActionRefused, BadVerb, ExpectationFailed
from hubsim_scenarios.pytest_plugin.step_builder import StepBuilder
from hubsim_scenarios.pytest_plugin.sync_bridge import SyncBridge
from hubsim_scenarios.pytest_plugin.where import relative_path
from hubsim_scenarios.reports.console_report import explain
from hubsim_scenarios.worlds.world import CloudUnreachable, World

T = TypeVar("T")
_REFUSED = re.compile(r"refused: (?P<name>\w+)\. (?P<text>.*)", re.DOTALL)
"""The text of an unexpected refusal in `hubsim_scenarios.play.actions`."""


class Spot(NamedTuple):
    """The line of the test that calls a verb."""

    file: str
    line: int


class TestSession:
    """A world and its aliases. Call `open` before the first verb, and always call `close`."""

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        bridge: SyncBridge,
        *,
        awaited: bool,
        again: str,
        say: Callable[[str], None],
    ) -> None:
        start = world.conditions
        self.steps = StepBuilder(scenario.zone, frozenset(start.models.values()), start.market)
        self.world = world
        self._bridge = bridge
        self._awaited = awaited
        """Whether the test awaits its verbs."""
        self._again = again
        self._say = say
        self._context = PlayContext(scenario, world, Aliases(world.conditions.seed))
        self._began = 0
        self._spot = Spot(scenario.file, 1)

    def open(self) -> None:
        """Open the world."""
        self._bridge.run(self.world.open())

    def close(self) -> None:
        """Close the world. The bridge stays open."""
        self._bridge.run(self.world.close())

    # ------------------------------------------------------------------ execution

    def execute(self, doing: Coroutine[Any, Any, T], spot: Spot) -> Any:
        """Return the result of a verb, or in an `async` test an awaitable of the result."""
        __tracebackhide__ = True
        located = self._located(doing, spot)
        return self._bridge.start(located) if self._awaited else self._bridge.run(located)

    def now(self, doing: Coroutine[Any, Any, T]) -> T:
        """Return the result of a verb, also in an `async` test. For fixtures."""
        return self._bridge.run(self._located(doing, self._spot))

    async def _located(self, doing: Coroutine[Any, Any, T], spot: Spot) -> T:
        __tracebackhide__ = True
        self._spot = spot
        return await doing

    # ------------------------------------------------------------------ steps

    async def play(self, words: Mapping[str, Any], order: Sequence[int] = ()) -> StepOutcome:
        """Play the step with these fields; `order` is that of the members of a `together` step, from 0.

        Raises `BadVerb`, `ActionRefused` or `ExpectationFailed`.

        It also raises `CannotPlay`, `NotYetThere` and `MoveRefused` of `hubsim_scenarios.play`.
        """
        __tracebackhide__ = True
        spot = self._spot
        source = linecache.getline(spot.file, spot.line).strip()
        step = self.steps.step(words, Place(spot.line, 1), source)
        if isinstance(step, AnyCheck) and step.soft:
            raise BadVerb("'soft' is for scenario files: in a test, every check that fails raises")
        if isinstance(step, Together):
            step = msgspec.structs.replace(step, order=tuple(order))
        return await self._perform(step)

    async def begin(self, names: Sequence[str]) -> WorldDeclaration:
        """Build the worlds of fragments and play their steps, and return what they declare.

        Raises `BadVerb` for a mistake in a fragment, and what `play` raises for a step that fails.
        """
        __tracebackhide__ = True
        beginning = self.steps.beginning(names, FragmentFolders(Path(self._spot.file)))
        await self._build(beginning.world)
        for step in beginning.steps:
            await self._perform(step)
        return beginning.world

    @property
    def declared(self) -> WorldDeclaration:
        """Everything that the test has declared so far."""
        return self._context.scenario.world

    async def _perform(self, step: AnyStep) -> StepOutcome:
        __tracebackhide__ = True
        self._context.mark, self._began = self._began, len(self.world.trace.events)
        try:
            outcome = await handle(self._context, step)
        except (StepFailed, CloudUnreachable) as failure:
            raise _as_error(await self._report(step, failure)) from None
        await self.world.settle()
        return outcome

    async def declare(self, declared: Mapping[str, Any]) -> WorldDeclaration:
        """Add declarations to the world, with the syntax of `world:`. Raises `BadVerb`."""
        part = self.steps.world(declared)
        await self._build(part)
        return part

    async def _build(self, part: WorldDeclaration) -> None:
        whole = self._context.scenario
        self._context.scenario = msgspec.structs.replace(whole, world=part)
        try:
            await build(self._context)
        finally:
            self._context.scenario = msgspec.structs.replace(whole, world=joined(whole.world, part))

    async def _report(self, step: AnyStep, failure: Failure) -> str:
        """Report the failure and the state of the world, as the command line does. Return the reason."""
        found = await step_failure(self._context, failure, step)
        result = PlayResult(
            scenario=msgspec.structs.replace(
                self._context.scenario, file=str(relative_path(Path(self._spot.file)))
            ),
            world=self.world.name,
            seed=self.world.conditions.seed,
            verdict=Verdict.FAIL,
            steps=(),
            reason=found.reason,
            differences=found.differences,
            remarks=found.remarks,
            failed_step=step,
            failure_context=found.failure_context,
            ended_at_ms=self.world.clock.world_ms(),
        )
        self._say("\n".join(map(click.unstyle, explain(result, self._again))))
        return result.reason


def _as_error(text: str) -> Exception:
    refused = _REFUSED.fullmatch(text)
    return ActionRefused(refused["name"], refused["text"]) if refused else ExpectationFailed(text)
