"""One play: a scenario in a world, step by step, to a verdict.

Owns the order of things: the world settles after every step, an expectation is looked at again at
every deadline within its bound, and the first step that does not hold ends the play. What a step does
is in `hubsim_scenarios.play.actions`, what it expects in `hubsim_scenarios.play.expectations`.
"""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.moves import MoveRefused
from hubsim_scenarios.language.steps import AnyStep, Scenario, Step
from hubsim_scenarios.play.actions import ACTING
from hubsim_scenarios.play.aliases import Aliases, NotYetThere
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.expectations import EXPECTING, hub_snapshots
from hubsim_scenarios.play.failure_context import FailureContext, failure_context
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.play.world_setup import build
from hubsim_scenarios.worlds.world import CannotPlay, CloudUnreachable, World


class StepDone(msgspec.Struct, frozen=True, kw_only=True):
    """One step as it was played."""

    number: int
    """From 1, in the order in which things were done."""
    step: AnyStep
    at_ms: int
    """World time when the step was done."""
    outcome: StepOutcome
    looks: dict[str, dict[str, Snapshot]]
    """Hub alias to its four looks after the step; empty unless the play records them."""
    by_hand: bool = False
    """Whether somebody did it at a halt, and the scenario does not have it."""


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
    failure_context: FailureContext = FailureContext()
    """How things stood at the end; empty when it is a pass."""
    ended_at_ms: int

    @property
    def held(self) -> int:
        """How many steps of the scenario held."""
        return sum(1 for done in self.steps if not done.by_hand)


Listener = Callable[[StepDone], None]
Opening = Callable[[int, dict[str, dict[str, Snapshot]]], None]
"""Gets the world time and the looks of all hubs when the world stands, before the first step."""


class GivenUp(Exception):
    """Whoever attends the play wants no more of it: the play is BLOCKED. The text says where that was."""


class Interceptor(Protocol):
    """Somebody who attends a play. The world stands still until they let it go on."""

    async def before(self, play: "Play", number: int) -> None:
        """See the play before the step of this number, from 1; one more than there are: all held.

        Raises `GivenUp`.
        """
        ...

    async def stopped(self, play: "Play", reason: str) -> None:
        """See the play after a step that did not hold or could not be played.

        The verdict stands: what is done now comes into no report and no trace.
        """
        ...


class _Nobody:
    """Attends most plays."""

    async def before(self, play: "Play", number: int) -> None:
        """Let it go on."""

    async def stopped(self, play: "Play", reason: str) -> None:
        """Let it end."""


UNATTENDED: Interceptor = _Nobody()


class AwaitedMessages(msgspec.Struct, frozen=True):
    """What a play waits for in the middle of a step."""

    step: int
    """From 1; 0 is the building of the world."""
    at_ms: int
    """World time."""
    awaited: tuple[str, ...]
    """What is under way, with names for ids; empty when nothing is known of it."""


Hear = Callable[[AwaitedMessages], None]


class Watched(msgspec.Struct, frozen=True):
    """Who hears of a play while it goes on, and who may halt it."""

    listener: Listener | None = None
    opening: Opening | None = None
    interceptor: Interceptor = UNATTENDED
    waiting: Hear | None = None
    """Hears what is awaited when a step takes long; a computed play waits for nothing."""


UNWATCHED = Watched()


async def perform(context: PlayContext, step: Step) -> StepOutcome:
    """Do what one step says, and let the world settle.

    Raises `StepFailed` and `CloudUnreachable` when it does not hold; `CannotPlay`, `NotYetThere` and
    `MoveRefused` when it cannot be played.
    """
    context.step_begins()
    handler: Any = ACTING.get(type(step)) or EXPECTING[type(step)]
    outcome: StepOutcome = await handler(context, step)
    await context.world.settle()
    return outcome


class Play:
    """One play. `run` once."""

    def __init__(
        self,
        scenario: Scenario,
        world: World,
        *,
        record: bool = False,
        watched: Watched = UNWATCHED,
    ) -> None:
        self._scenario = scenario
        self._world = world
        self._record = record
        self._watched = watched
        self._done: list[StepDone] = []
        self.context = PlayContext(scenario, world, Aliases(world.conditions.seed))
        """For looking on; and for acting, while an attendant halts the play."""
        self.step_number = 0
        """The step that is being played, from 1; 0 while the world is built."""

    async def run(self) -> PlayResult:
        """Play to the end, or to the first step that does not hold. Opens and closes the world."""
        step: AnyStep | None = None
        try:
            await self._world.open()
            await build(self.context)
            if self._watched.opening is not None:
                self._watched.opening(self._world.clock.world_ms(), await hub_snapshots(self.context))
            for number, step in enumerate(self._scenario.steps, 1):
                await self._watched.interceptor.before(self, number)
                await self._play(number, step)
            await self._watched.interceptor.before(self, len(self._scenario.steps) + 1)
        except (StepFailed, CloudUnreachable) as failure:
            return await self._stopped(Verdict.FAIL, str(failure), step)
        except (CannotPlay, NotYetThere, MoveRefused) as trouble:
            return await self._stopped(Verdict.BLOCKED, str(trouble), step)
        except GivenUp as end:
            return await self._result(Verdict.BLOCKED, str(end))
        finally:
            await self._world.close()
        return await self._result(Verdict.PASS)

    async def _play(self, number: int, step: AnyStep) -> None:
        self.step_number = number
        await self.note(step, await perform(self.context, step))

    async def note(self, step: AnyStep, outcome: StepOutcome, *, by_hand: bool = False) -> None:
        """Note that a step was done, and tell whoever listens."""
        done = StepDone(
            number=len(self._done) + 1,
            step=step,
            at_ms=self._world.clock.world_ms(),
            outcome=outcome,
            looks=await hub_snapshots(self.context) if self._record else {},
            by_hand=by_hand,
        )
        self._done.append(done)
        if self._watched.listener is not None:
            self._watched.listener(done)

    async def _stopped(self, verdict: Verdict, reason: str, step: AnyStep | None) -> PlayResult:
        result = await self._result(verdict, reason, step)
        if step is not None:
            events = self._world.trace.events
            ended = len(events)
            await self._watched.interceptor.stopped(self, reason)
            del events[ended:]  # what is done behind the verdict is no part of the play
        return result

    async def _result(self, verdict: Verdict, reason: str = "", step: AnyStep | None = None) -> PlayResult:
        return PlayResult(
            scenario=self._scenario,
            world=self._world.name,
            seed=self._world.conditions.seed,
            verdict=verdict,
            steps=tuple(self._done),
            reason=reason,
            failed_step=step,
            failure_context=FailureContext()
            if verdict is Verdict.PASS
            else await failure_context(self.context, step),
            ended_at_ms=self._world.clock.world_ms(),
        )
