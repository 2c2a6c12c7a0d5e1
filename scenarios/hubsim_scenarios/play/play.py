"""One play: runs a scenario in a world, step by step, to a verdict.

The world settles after each step. The first step that fails ends the play. The handlers of actions are in
`hubsim_scenarios.play.actions`, those of expectations in `hubsim_scenarios.play.expectations`.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.steps import AnyStep, Expect, Scenario
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.context import FieldDifference, PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.expectations import hub_snapshots
from hubsim_scenarios.play.failure_context import FailureContext, failure_context
from hubsim_scenarios.play.look_on import look_on
from hubsim_scenarios.play.performing import NOT_PLAYABLE, perform
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.play.world_setup import build
from hubsim_scenarios.worlds.world import CloudUnreachable, World


class StepDone(msgspec.Struct, frozen=True, kw_only=True):
    """One step that passed."""

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


class PlayResult(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of a play and its reason."""

    scenario: Scenario
    world: str
    seed: int
    verdict: Verdict
    steps: tuple[StepDone, ...]
    reason: str = ""
    """Why the play did not pass, in one line: the first field that differs. Empty for a pass."""
    differences: tuple[FieldDifference, ...] = ()
    """All fields that differ."""
    remarks: tuple[str, ...] = ()
    """Sentences that help to correct the failure. They are not in the trace."""
    failed_step: AnyStep | None = None
    failure_context: FailureContext = FailureContext()
    """The state at the end. Empty for a pass."""
    ended_at_ms: int

    @property
    def held(self) -> int:
        """How many steps of the scenario passed."""
        return sum(1 for done in self.steps if not done.by_hand)


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

    async def stopped(self, play: "Play", result: "PlayResult") -> None:
        """Run after a step that failed or could not be played.

        The result is final. Reports and the trace do not contain what is done from here on.
        """
        ...


class _NoInterceptor:
    """Never halts a play."""

    async def before(self, play: "Play", number: int) -> None:
        """Do nothing."""

    async def stopped(self, play: "Play", result: "PlayResult") -> None:
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


class Watched(msgspec.Struct, frozen=True):
    """The callbacks of a play, and the interceptor that may halt it."""

    listener: Listener | None = None
    opening: Opening | None = None
    interceptor: Interceptor = NO_INTERCEPTOR
    waiting: OnWaiting | None = None
    """Called when a step takes long. A virtual play waits for nothing."""
    look_on: bool = True
    """Whether a failed `expect` is played again and further, to say when its state occurs."""


UNWATCHED = Watched()


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
        """Play to the end, or to the first step that fails. Opens and closes the world."""
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
        except StepFailed as failure:
            return await self._stopped(Verdict.FAIL, failure, step)
        except CloudUnreachable as trouble:
            return await self._stopped(Verdict.FAIL, StepFailed(str(trouble)), step)
        except NOT_PLAYABLE as trouble:
            return await self._stopped(Verdict.BLOCKED, StepFailed(str(trouble)), step)
        except GivenUp as end:
            return await self._result(Verdict.BLOCKED, StepFailed(str(end)))
        finally:
            await self._world.close()
        return await self._result(Verdict.PASS)

    async def _play(self, number: int, step: AnyStep) -> None:
        self.step_number = number
        await self.note(step, await perform(self.context, step))

    async def note(self, step: AnyStep, outcome: StepOutcome, *, by_hand: bool = False) -> None:
        """Record a step that passed, and call the listener."""
        done = StepDone(
            number=len(self._done) + 1,
            step=step,
            at_ms=self._world.clock.world_ms(),
            outcome=outcome,
            snapshots=await hub_snapshots(self.context) if self._record else {},
            by_hand=by_hand,
        )
        self._done.append(done)
        if self._watched.listener is not None:
            self._watched.listener(done)

    async def _stopped(self, verdict: Verdict, failure: StepFailed, step: AnyStep | None) -> PlayResult:
        result = await self._result(verdict, failure, step)
        if self._watched.look_on and isinstance(step, Expect) and result.differences:
            done = [each.step for each in self._done]
            more = await look_on(self._scenario, self._world.conditions, done, step, self._world.name)
            result = msgspec.structs.replace(result, remarks=result.remarks + more)
        if step is not None:
            events = self._world.trace.events
            ended = len(events)
            await self._watched.interceptor.stopped(self, result)
            del events[ended:]  # events after the verdict are not part of the play
        return result

    async def _result(
        self, verdict: Verdict, failure: StepFailed | None = None, step: AnyStep | None = None
    ) -> PlayResult:
        result = PlayResult(
            scenario=self._scenario,
            world=self._world.name,
            seed=self._world.conditions.seed,
            verdict=verdict,
            steps=tuple(self._done),
            ended_at_ms=self._world.clock.world_ms(),
        )
        return result if failure is None else await with_failure(result, self.context, failure, step)


async def with_failure(
    result: PlayResult, context: PlayContext, failure: StepFailed, step: AnyStep | None
) -> PlayResult:
    """Return the result with the failure, and with names in place of ids."""
    named = context.aliases.named
    return msgspec.structs.replace(
        result,
        reason=named(str(failure)),
        differences=tuple(
            FieldDifference(each.where, named(each.expected), named(each.seen))
            for each in failure.differences
        ),
        remarks=tuple(map(named, failure.remarks)),
        failed_step=step,
        failure_context=await failure_context(context, step),
    )
