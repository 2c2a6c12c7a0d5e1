"""One play: a scenario in a world, step by step, to a verdict.

Owns the order of things: the world settles after every step, an expectation is looked at again at
every deadline within its bound, and the first step that does not hold ends the play. What a step does
is in `scenarios.acting`, what it expects in `scenarios.expecting`.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from contract.bench import Look
from scenarios.acting import ACTING
from scenarios.aftermath import Aftermath, aftermath
from scenarios.cast import Cast, NotYetThere
from scenarios.expecting import EXPECTING, hub_looks
from scenarios.language.moves import MoveRefused
from scenarios.language.steps import AnyStep, Scenario
from scenarios.stage import build
from scenarios.step import Outcome, Stage, StepFailed
from scenarios.verdict import Verdict
from scenarios.worlds.world import CannotPlay, CloudUnreachable, World


class StepDone(msgspec.Struct, frozen=True, kw_only=True):
    """One step as it was played."""

    number: int
    """From 1."""
    step: AnyStep
    at_ms: int
    """World time when the step was done."""
    outcome: Outcome
    looks: dict[str, dict[str, Look]]
    """Hub alias to its four looks after the step; empty unless the play records them."""


class PlayResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a play."""

    scenario: Scenario
    world: str
    seed: int
    verdict: Verdict
    steps: tuple[StepDone, ...]
    reason: str = ""
    """Why it is not a pass: what was expected, and what was seen last."""
    failed_step: AnyStep | None = None
    aftermath: Aftermath = Aftermath()
    """How things stood at the end; empty when it is a pass."""
    ended_at_ms: int


Listener = Callable[[StepDone], None]
Opening = Callable[[int, dict[str, dict[str, Look]]], None]
"""Gets the world time and the looks of all hubs when the world stands, before the first step."""


class Play:
    """One play. `run` once."""

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        *,
        record: bool = False,
        listener: Listener | None = None,
        opening: Opening | None = None,
    ) -> None:
        self._scenario = scenario
        self._world = world
        self._record = record
        self._listener = listener
        self._opening = opening
        self._done: list[StepDone] = []
        self._began = 0
        """Where in the trace the step began that is being played."""
        self.stage = Stage(scenario, world, Cast(world.conditions.seed))
        """For looking on only."""
        self.step_number = 0
        """The step that is being played, from 1; 0 while the world is built."""

    async def run(self) -> PlayResult:
        """Play to the end, or to the first step that does not hold. Opens and closes the world."""
        step: AnyStep | None = None
        try:
            await self._world.open()
            await build(self.stage)
            if self._opening is not None:
                self._opening(self._world.clock.world_ms(), await hub_looks(self.stage))
            for step in self._scenario.steps:
                await self._play(step)
        except (StepFailed, CloudUnreachable) as failure:
            return await self._result(Verdict.FAIL, str(failure), step)
        except (CannotPlay, NotYetThere, MoveRefused) as trouble:
            return await self._result(Verdict.BLOCKED, str(trouble), step)
        finally:
            await self._world.close()
        return await self._result(Verdict.PASS)

    async def _play(self, step: AnyStep) -> None:
        self.step_number += 1
        self.stage.mark, self._began = self._began, len(self._world.trace.events)
        handler: Any = ACTING.get(type(step)) or EXPECTING[type(step)]
        outcome = await handler(self.stage, step)
        await self._world.settle()
        done = StepDone(
            number=self.step_number,
            step=step,
            at_ms=self._world.clock.world_ms(),
            outcome=outcome,
            looks=await hub_looks(self.stage) if self._record else {},
        )
        self._done.append(done)
        if self._listener is not None:
            self._listener(done)

    async def _result(self, verdict: Verdict, reason: str = "", step: AnyStep | None = None) -> PlayResult:
        return PlayResult(
            scenario=self._scenario,
            world=self._world.name,
            seed=self._world.conditions.seed,
            verdict=verdict,
            steps=tuple(self._done),
            reason=reason,
            failed_step=step,
            aftermath=Aftermath() if verdict is Verdict.PASS else await aftermath(self.stage, step),
            ended_at_ms=self._world.clock.world_ms(),
        )
