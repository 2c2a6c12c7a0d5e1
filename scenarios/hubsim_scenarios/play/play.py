"""One play: runs a scenario in a world, step by step, to a verdict.

The world settles after each step. The first step that fails ends the play, unless it is soft. The handlers of
actions are in `hubsim_scenarios.play.actions`, those of expectations in
`hubsim_scenarios.play.expectations`, that of `together` in `hubsim_scenarios.play.at_once`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.moves import MoveRefused
from hubsim_scenarios.language.steps import AnyCheck, AnyStep, Scenario, Step, Together
from hubsim_scenarios.play.actions import ACTING
from hubsim_scenarios.play.aliases import Aliases, NotYetThere
from hubsim_scenarios.play.at_once import together
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.expectations import EXPECTING, hub_snapshots
from hubsim_scenarios.play.failure_context import FailureContext, failure_context
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.play.world_setup import build
from hubsim_scenarios.worlds.world import CannotPlay, CloudUnreachable, World


class SoftFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a soft step failed, and the state at that moment."""

    reason: str
    """The expected and the seen value."""
    failure_context: FailureContext


class StepDone(msgspec.Struct, frozen=True, kw_only=True):
    """One step that passed, or a soft step that failed."""

    number: int
    """From 1, in the order of execution."""
    step: AnyStep
    at_ms: int
    """World time at the end of the step."""
    outcome: StepOutcome
    snapshots: dict[str, dict[str, Snapshot]]
    """Hub alias to its four snapshots after the step. Empty unless the play records them."""
    by_hand: bool = False
    """Whether it was a manual step at a halt, which is not in the scenario."""
    failure: SoftFailure | None = None
    """Why it failed, if it is a soft step that failed."""


class PlayResult(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of a play and its reason."""

    scenario: Scenario
    world: str
    seed: int
    verdict: Verdict
    steps: tuple[StepDone, ...]
    reason: str = ""
    """Why the play did not pass: the expected and the last seen value. Empty for a pass."""
    failed_step: AnyStep | None = None
    failure_context: FailureContext = FailureContext()
    """The state at the end. Empty for a pass."""
    ended_at_ms: int

    @property
    def held(self) -> int:
        """How many steps of the scenario passed."""
        return sum(1 for done in self.steps if not done.by_hand and done.failure is None)

    @property
    def soft_failures(self) -> tuple[tuple[StepDone, SoftFailure], ...]:
        """The soft steps that failed, in the order of the play."""
        return tuple((done, done.failure) for done in self.steps if done.failure is not None)


Listener = Callable[[StepDone], None]
Opening = Callable[[int, dict[str, dict[str, Snapshot]]], None]
"""Called before the first step, with the world time and the snapshots of all hubs."""


class GivenUp(Exception):
    """The interceptor ends the play, which is then BLOCKED. The text says before which step."""


class Interceptor(Protocol):
    """Code that can halt a play, such as the debugger. The play waits until the called method returns."""

    async def before(self, play: "Play", number: int) -> None:
        """Run before the step with this number, from 1, and after the last one with the next number.

        Raises `GivenUp` to end the play.
        """
        ...

    async def failed_softly(self, play: "Play", reason: str) -> None:
        """Run after a soft step that failed, before the play continues."""
        ...

    async def stopped(self, play: "Play", reason: str) -> None:
        """Run after a step that failed or could not be played.

        The verdict is final. Reports and the trace do not contain what is done from here on.
        """
        ...


class _NoInterceptor:
    """Never halts a play."""

    async def before(self, play: "Play", number: int) -> None:
        """Do nothing."""

    async def failed_softly(self, play: "Play", reason: str) -> None:
        """Do nothing."""

    async def stopped(self, play: "Play", reason: str) -> None:
        """Do nothing."""


NO_INTERCEPTOR: Interceptor = _NoInterceptor()


class AwaitedMessages(msgspec.Struct, frozen=True):
    """The messages that a play waits for within a step."""

    step: int
    """From 1; 0: the world is being built."""
    at_ms: int
    """World time."""
    awaited: tuple[str, ...]
    """The messages in flight, with aliases in place of ids. Empty: none is known."""


OnWaiting = Callable[[AwaitedMessages], None]


Failure = StepFailed | CloudUnreachable
"""A step failed because of the product."""


THEN_ENDED = "; then the play ended: "
"""In the reason of a play that could not be played to its end after a soft failure, before the cause."""


def is_soft(step: AnyStep, failure: Failure) -> bool:
    """Return whether the play continues after this failure of a step."""
    del failure
    return isinstance(step, AnyCheck) and step.soft


class Watched(msgspec.Struct, frozen=True):
    """The callbacks of a play, and the interceptor that may halt it."""

    listener: Listener | None = None
    opening: Opening | None = None
    interceptor: Interceptor = NO_INTERCEPTOR
    waiting: OnWaiting | None = None
    """Called when a step takes long. A virtual play waits for nothing."""
    continues: Callable[[AnyStep, Failure], bool] = is_soft
    """Whether the play continues after this failure of a step."""


UNWATCHED = Watched()


async def perform(context: PlayContext, step: Step) -> StepOutcome:
    """Execute one step, and settle the world.

    Raises `StepFailed` or `CloudUnreachable` if the step fails, and `CannotPlay`, `NotYetThere` or
    `MoveRefused` if it cannot be played.
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


class Play:
    """One play. Call `run` once."""

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
        """For queries, and for actions while the interceptor halts the play."""
        self.step_number = 0
        """The current step, from 1; 0 while the world is being built."""

    async def run(self) -> PlayResult:
        """Play to the end, or to the first step that fails and is not soft. Opens and closes the world."""
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
        try:
            outcome = await perform(self.context, step)
        except (StepFailed, CloudUnreachable) as failure:
            if not self._watched.continues(step, failure):
                raise
            await self._world.settle()
            found = SoftFailure(
                reason=str(failure), failure_context=await failure_context(self.context, step)
            )
            await self.note(step, StepOutcome(), failure=found)
            await self._watched.interceptor.failed_softly(self, found.reason)
        else:
            await self.note(step, outcome)

    async def note(
        self,
        step: AnyStep,
        outcome: StepOutcome,
        *,
        by_hand: bool = False,
        failure: SoftFailure | None = None,
    ) -> None:
        """Record a step that passed, or a soft one that failed, and call the listener."""
        done = StepDone(
            number=len(self._done) + 1,
            step=step,
            at_ms=self._world.clock.world_ms(),
            outcome=outcome,
            snapshots=await hub_snapshots(self.context) if self._record else {},
            by_hand=by_hand,
            failure=failure,
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
            del events[ended:]  # events after the verdict are not part of the play
        return result

    async def _result(self, verdict: Verdict, reason: str = "", step: AnyStep | None = None) -> PlayResult:
        soft = [done.failure for done in self._done if done.failure is not None]
        if soft and not (verdict is Verdict.FAIL and reason):
            verdict, reason = Verdict.FAIL, _soft_reason(soft, reason)
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


def _soft_reason(failures: Sequence[SoftFailure], end: str) -> str:
    """Return why a play failed; `end` is the reason why it could not be played to its end, or empty."""
    first = failures[0].reason
    text = first if len(failures) == 1 else f"{len(failures)} soft checks failed. The first: {first}"
    return f"{text}{THEN_ENDED}{end}" if end else text
