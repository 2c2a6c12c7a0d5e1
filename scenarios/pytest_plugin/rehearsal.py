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

from scenarios.acting import ACTING
from scenarios.aftermath import aftermath
from scenarios.cast import Cast
from scenarios.expecting import EXPECTING
from scenarios.language.errors import Place
from scenarios.language.steps import AnyStep, Scenario
from scenarios.language.world import World as DeclaredWorld
from scenarios.play import PlayResult
from scenarios.pytest_plugin.driving import Driver
from scenarios.pytest_plugin.errors import NotSo, Refused
from scenarios.pytest_plugin.phrases import Phrases
from scenarios.pytest_plugin.where import as_named
from scenarios.stage import build
from scenarios.step import Outcome, Stage, StepFailed
from scenarios.telling import explain
from scenarios.verdict import Verdict
from scenarios.worlds.world import CloudUnreachable, World

T = TypeVar("T")
_REFUSED = re.compile(r"refused: (?P<name>\w+)\. (?P<text>.*)", re.DOTALL)
"""How `scenarios.acting` tells a refusal that no step expected."""


class Spot(NamedTuple):
    """The line of the test that says a verb."""

    file: str
    line: int


class Rehearsal:
    """A world, and everybody in it. Open before the first verb, close in any case."""

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        driver: Driver,
        *,
        awaited: bool,
        again: str,
        say: Callable[[str], None],
    ) -> None:
        self.phrases = Phrases(scenario.zone, frozenset(world.conditions.models))
        self.world = world
        self._driver = driver
        self._awaited = awaited
        """Whether the test awaits its verbs."""
        self._again = again
        self._say = say
        self._stage = Stage(scenario, world, Cast(world.conditions.seed))
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

    async def play(self, words: Mapping[str, Any]) -> Outcome:
        """Play the step that the words stand for. Raises `BadVerb`, `Refused` or `NotSo`.

        `CannotPlay`, `NotYetThere` and `MoveRefused` of the harness come through as they are.
        """
        __tracebackhide__ = True
        spot = self._spot
        source = linecache.getline(spot.file, spot.line).strip()
        step = self.phrases.step(words, Place(spot.line, 1), source)
        self._stage.mark, self._began = self._began, len(self.world.trace.events)
        handler: Any = ACTING.get(type(step)) or EXPECTING[type(step)]
        try:
            outcome: Outcome = await handler(self._stage, step)
        except (StepFailed, CloudUnreachable) as failure:
            await self._tell(step, str(failure))
            raise _as_error(str(failure)) from None
        await self.world.settle()
        return outcome

    async def declare(self, declared: Mapping[str, Any]) -> DeclaredWorld:
        """Let something more stand in the world, as it would under `world:`. Raises `BadVerb`."""
        part = self.phrases.world(declared)
        whole = self._stage.scenario
        self._stage.scenario = msgspec.structs.replace(whole, world=part)
        try:
            await build(self._stage)
        finally:
            self._stage.scenario = msgspec.structs.replace(whole, world=_joined(whole.world, part))
        return part

    async def _tell(self, step: AnyStep, reason: str) -> None:
        """Say how things stand, as the command line does."""
        result = PlayResult(
            scenario=msgspec.structs.replace(self._stage.scenario, file=str(as_named(Path(self._spot.file)))),
            world=self.world.name,
            seed=self.world.conditions.seed,
            verdict=Verdict.FAIL,
            steps=(),
            reason=reason,
            failed_step=step,
            aftermath=await aftermath(self._stage, step),
            ended_at_ms=self.world.clock.world_ms(),
        )
        self._say("\n".join(map(click.unstyle, explain(result, self._again))))


def _as_error(text: str) -> Exception:
    refused = _REFUSED.fullmatch(text)
    return Refused(refused["name"], refused["text"]) if refused else NotSo(text)


def _joined(first: DeclaredWorld, second: DeclaredWorld) -> DeclaredWorld:
    return DeclaredWorld(
        **{name: getattr(first, name) | getattr(second, name) for name in first.__struct_fields__}
    )
