"""The world of one test, with a cast: verbs are played in it like steps, one after another.

Owns what a play owns for a scenario file: the world settles after every verb, and what does not hold is
told with how things stood. A verb that does not hold raises, and leaves the world as it is.
"""

import linecache
import re
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
import msgspec

from hubsim_scenarios.language.errors import Place
from hubsim_scenarios.language.steps import AnyStep, Scenario
from hubsim_scenarios.language.world import WorldDeclaration
from hubsim_scenarios.play.actions import ACTING
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.expectations import EXPECTING
from hubsim_scenarios.play.failure_context import failure_context
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.play.world_setup import build
from hubsim_scenarios.pytest_plugin.errors import ActionRefused, NotSo
from hubsim_scenarios.pytest_plugin.step_builder import StepBuilder
from hubsim_scenarios.pytest_plugin.sync_bridge import SyncBridge
from hubsim_scenarios.pytest_plugin.where import as_named
from hubsim_scenarios.reports.console_report import explain
from hubsim_scenarios.worlds.world import CloudUnreachable, World

T = TypeVar("T")
_REFUSED = re.compile(r"refused: (?P<name>\w+)\. (?P<text>.*)", re.DOTALL)
"""How `hubsim_scenarios.play.actions` tells a refusal that no step expected."""


class Spot(NamedTuple):
    """The line of the test that says a verb."""

    file: str
    line: int


class TestSession:
    """A world, and everybody in it. Open before the first verb, close in any case."""

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        driver: SyncBridge,
        *,
        awaited: bool,
        again: str,
        say: Callable[[str], None],
    ) -> None:
        self.phrases = StepBuilder(scenario.zone, frozenset(world.conditions.models))
        self.world = world
        self._driver = driver
        self._awaited = awaited
        """Whether the test awaits its verbs."""
        self._again = again
        self._say = say
        self._context = PlayContext(scenario, world, Aliases(world.conditions.seed))
        self._began = 0
        self._spot = Spot(scenario.file, 1)

    def open(self) -> None:
        """Bring the world up."""
        self._driver.run(self.world.open())

    def close(self) -> None:
        """Let go of everything in the world; the driver goes on."""
        self._driver.run(self.world.close())

    # ------------------------------------------------------------------ carrying out

    def carry(self, doing: Coroutine[Any, Any, T], spot: Spot) -> Any:
        """Return what a verb comes to, or in an `async` test something to await for it."""
        __tracebackhide__ = True
        explained = self._explained(doing, spot)
        return self._driver.start(explained) if self._awaited else self._driver.run(explained)

    def now(self, doing: Coroutine[Any, Any, T]) -> T:
        """Return what a verb comes to, also in an `async` test: for fixtures."""
        return self._driver.run(self._explained(doing, self._spot))

    async def _explained(self, doing: Coroutine[Any, Any, T], spot: Spot) -> T:
        __tracebackhide__ = True
        self._spot = spot
        return await doing

    # ------------------------------------------------------------------ steps

    async def play(self, words: Mapping[str, Any]) -> StepOutcome:
        """Play the step that the words stand for. Raises `BadVerb`, `ActionRefused` or `NotSo`.

        `CannotPlay`, `NotYetThere` and `MoveRefused` of the harness come through as they are.
        """
        __tracebackhide__ = True
        spot = self._spot
        source = linecache.getline(spot.file, spot.line).strip()
        step = self.phrases.step(words, Place(spot.line, 1), source)
        self._context.mark, self._began = self._began, len(self.world.trace.events)
        handler: Any = ACTING.get(type(step)) or EXPECTING[type(step)]
        try:
            outcome: StepOutcome = await handler(self._context, step)
        except (StepFailed, CloudUnreachable) as failure:
            await self._tell(step, str(failure))
            raise _as_error(str(failure)) from None
        await self.world.settle()
        return outcome

    async def declare(self, declared: Mapping[str, Any]) -> WorldDeclaration:
        """Let something more stand in the world, as it would under `world:`. Raises `BadVerb`."""
        part = self.phrases.world(declared)
        whole = self._context.scenario
        self._context.scenario = msgspec.structs.replace(whole, world=part)
        try:
            await build(self._context)
        finally:
            self._context.scenario = msgspec.structs.replace(whole, world=_joined(whole.world, part))
        return part

    async def _tell(self, step: AnyStep, reason: str) -> None:
        """Say how things stand, as the command line does."""
        result = PlayResult(
            scenario=msgspec.structs.replace(
                self._context.scenario, file=str(as_named(Path(self._spot.file)))
            ),
            world=self.world.name,
            seed=self.world.conditions.seed,
            verdict=Verdict.FAIL,
            steps=(),
            reason=reason,
            failed_step=step,
            failure_context=await failure_context(self._context, step),
            ended_at_ms=self.world.clock.world_ms(),
        )
        self._say("\n".join(map(click.unstyle, explain(result, self._again))))


def _as_error(text: str) -> Exception:
    refused = _REFUSED.fullmatch(text)
    return ActionRefused(refused["name"], refused["text"]) if refused else NotSo(text)


def _joined(first: WorldDeclaration, second: WorldDeclaration) -> WorldDeclaration:
    return WorldDeclaration(
        **{name: getattr(first, name) | getattr(second, name) for name in first.__struct_fields__}
    )
