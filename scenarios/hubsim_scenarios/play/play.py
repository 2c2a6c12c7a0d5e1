"""One play: runs a scenario in a world, step by step, to a verdict.

The world settles after each step. The first step that fails ends the play, unless it is soft. The handlers of
actions are in `hubsim_scenarios.play.actions`, those of expectations in
`hubsim_scenarios.play.expectations`, that of `together` in `hubsim_scenarios.play.at_once`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.steps import AnyCheck, AnyStep, Expect, Scenario
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.context import FieldDifference, PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.expectations import hub_snapshots
from hubsim_scenarios.play.failure_context import FailureContext, failure_context
from hubsim_scenarios.play.look_on import look_on
from hubsim_scenarios.play.performing import NOT_PLAYABLE, perform
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.play.world_setup import build
from hubsim_scenarios.translation.story_language import say, say_count
from hubsim_scenarios.worlds.world import CloudUnreachable, DeviceLacks, World


class StepFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a step failed, and the state at that moment."""

    reason: str = ""
    """In one line: the first field that differs."""
    differences: tuple[FieldDifference, ...] = ()
    """All fields that differ."""
    remarks: tuple[str, ...] = ()
    """Sentences that help to correct the failure. They are not in the trace."""
    failure_context: FailureContext = FailureContext()


NO_FAILURE = StepFailure()


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
    failure: StepFailure | None = None
    """Why it failed, if it is a soft step that failed."""


class PlayResult(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of a play and its reason."""

    scenario: Scenario
    world: str
    seed: int
    verdict: Verdict
    steps: tuple[StepDone, ...]
    reason: str = ""
    """Why the play did not pass, in one line: the first field that differs. Empty for a pass."""
    ended_by: str = ""
    """Why a play with soft failures could not be played to its end. Empty if it was, or if a step failed."""
    differences: tuple[FieldDifference, ...] = ()
    """All fields of the failed step that differ; without one, of the first soft step that failed."""
    remarks: tuple[str, ...] = ()
    """Sentences that help to correct the same failure. They are not in the trace."""
    failed_step: AnyStep | None = None
    failure_context: FailureContext = FailureContext()
    """The state at the end. Empty for a pass."""
    ended_at_ms: int
    not_seen: Mapping[str, str] = {}
    """The fields that steps compare and no message of an attached hub contains, each with the reason."""

    @property
    def held(self) -> int:
        """How many steps of the scenario passed."""
        return sum(1 for done in self.steps if not done.by_hand and done.failure is None)

    @property
    def end_reason(self) -> str:
        """Why the play ended before its last step. Empty if it was played to its end."""
        if not self.soft_failures:
            return self.reason
        return self.ended_by if self.ended_by or self.failed_step is None else self.reason

    @property
    def soft_failures(self) -> tuple[tuple[StepDone, StepFailure], ...]:
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

    async def failed_softly(self, play: "Play", failure: StepFailure) -> None:
        """Run after a soft step that failed, before the play continues."""
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

    async def failed_softly(self, play: "Play", failure: StepFailure) -> None:
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


Failure = StepFailed | CloudUnreachable
"""A step failed because of the product."""


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
    look_on: bool = True
    """Whether a failed `expect` is played again and further, to say when its state occurs."""
    continues: Callable[[AnyStep, Failure], bool] = is_soft
    """Whether the play continues after this failure of a step."""


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
            return await self._stopped(Verdict.FAIL, failure, step)
        except NOT_PLAYABLE as trouble:
            return await self._stopped(Verdict.BLOCKED, StepFailed(str(trouble)), step)
        except DeviceLacks as lack:
            return await self._stopped(Verdict.SKIPPED, StepFailed(str(lack)), step)
        except GivenUp as end:
            return await self._result(Verdict.BLOCKED, StepFailed(str(end)))
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
            found = await step_failure(self.context, failure, step)
            remarks = found.remarks + await self._look_on(step, found.differences)
            found = msgspec.structs.replace(found, remarks=remarks)
            await self.note(step, StepOutcome(), failure=found)
            await self._watched.interceptor.failed_softly(self, found)
        else:
            await self.note(step, outcome)

    async def note(
        self,
        step: AnyStep,
        outcome: StepOutcome,
        *,
        by_hand: bool = False,
        failure: StepFailure | None = None,
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

    async def _look_on(self, step: AnyStep | None, differences: Sequence[FieldDifference]) -> tuple[str, ...]:
        """Return when the state of an `expect` that has just failed occurs, unless this is switched off."""
        if not (self._watched.look_on and isinstance(step, Expect) and differences):
            return ()
        done = [each.step for each in self._done]
        return await look_on(self._scenario, self._world.conditions, done, step, self._world.name)

    async def _stopped(self, verdict: Verdict, failure: Failure, step: AnyStep | None) -> PlayResult:
        result = await self._result(verdict, failure, step)
        more = await self._look_on(step, result.differences)
        result = msgspec.structs.replace(result, remarks=result.remarks + more)
        if step is not None:
            events = self._world.trace.events
            ended = len(events)
            await self._watched.interceptor.stopped(self, result)
            del events[ended:]  # events after the verdict are not part of the play
        return result

    async def _result(
        self, verdict: Verdict, failure: Failure | None = None, step: AnyStep | None = None
    ) -> PlayResult:
        soft = [done.failure for done in self._done if done.failure is not None]
        found = await step_failure(self.context, failure, step) if failure is not None else NO_FAILURE
        reason, shown = found.reason, found if step is not None or not soft else soft[0]
        ended_by = ""
        if soft and not (verdict is Verdict.FAIL and reason):
            verdict, ended_by, reason = Verdict.FAIL, reason, _soft_reason(soft, reason)
        return PlayResult(
            scenario=self._scenario,
            world=self._world.name,
            seed=self._world.conditions.seed,
            verdict=verdict,
            steps=tuple(self._done),
            reason=reason,
            ended_by=ended_by,
            differences=shown.differences,
            remarks=shown.remarks,
            failed_step=step,
            failure_context=found.failure_context,
            ended_at_ms=self._world.clock.world_ms(),
            not_seen=dict(self.context.not_seen),
        )


async def step_failure(context: PlayContext, failure: Failure, step: AnyStep | None) -> StepFailure:
    """Return the failure with names in place of ids, and the state now."""
    named = context.aliases.named
    return StepFailure(
        reason=named(str(failure)),
        differences=tuple(
            FieldDifference(named(each.where), named(each.expected), named(each.seen))
            for each in (failure.differences if isinstance(failure, StepFailed) else ())
        ),
        remarks=tuple(map(named, failure.remarks)) if isinstance(failure, StepFailed) else (),
        failure_context=await failure_context(context, step),
    )


def _several(count: int, first: str) -> str:
    one, many = (
        "{count} soft check failed. The first: {first}",
        "{count} soft checks failed. The first: {first}",
    )
    return say_count(one, many, count, first=first)


def _soft_reason(failures: Sequence[StepFailure], end: str) -> str:
    """Return why a play failed; `end` is the reason why it could not be played to its end, or empty."""
    first = failures[0].reason
    said = first if len(failures) == 1 else _several(len(failures), first)
    return say("{reason}; then the play ended: {end}", reason=said, end=end) if end else said
