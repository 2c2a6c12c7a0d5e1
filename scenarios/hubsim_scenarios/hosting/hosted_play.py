"""One play on a server: how far it is, what it awaits, and its result.

Only `run` waits. Every change calls `changed`, so that clients can follow.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hubsim_cloud.lab.errors import BadRequest
from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.hosting.play_steering import PlaySteering
from hubsim_scenarios.hosting.play_views import (
    HostedPlayView,
    HostedStep,
    PlayEvent,
    PlayOrder,
    PlayState,
    SeenDifference,
    StepSnapshots,
    StepState,
)
from hubsim_scenarios.hosting.scenario_library import LibraryEntry, scenario_step
from hubsim_scenarios.language.steps import Expect, Never, Scenario
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.launch import Played, play_hosted
from hubsim_scenarios.play.play import AwaitedMessages, PlayResult, StepDone, StepFailure, Watched
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import describe, outcome_words
from hubsim_scenarios.reports.html import html_report
from hubsim_scenarios.reports.page_data import PlayView, play_view
from hubsim_scenarios.reports.play_record import PlayRecord, play_record, run_facts
from hubsim_scenarios.translation.refusal_words import refusal_words
from hubsim_scenarios.translation.story_language import current_language, say
from hubsim_scenarios.worlds.world import World

_STATES = {
    Verdict.PASS: PlayState.PASSED,
    Verdict.FAIL: PlayState.FAILED,
    Verdict.BLOCKED: PlayState.BLOCKED,
    Verdict.SKIPPED: PlayState.SKIPPED,
}
_Hubs = Mapping[str, Mapping[str, Snapshot]]


class HostedPlay:
    """One play. Call `run` once."""

    def __init__(
        self,
        id_: str,
        entry: LibraryEntry,
        order: PlayOrder,
        world: str,
        changed: Callable[["HostedPlay"], None],
    ) -> None:
        self.id = id_
        self.entry = entry
        self.order = order
        self.seed = 1 if order.seed is None else order.seed
        self.scenario: Scenario = entry.case(order.case)
        self.language = current_language()
        """The language of the client that began the play: it is explained in this language."""
        self.world = world
        """The name of the world."""
        self.rests = asyncio.Event()
        """Set while the play is paused, and when it has ended."""
        self.steering = PlaySteering(
            self.scenario,
            self._notify,
            pause=order.pause,
            pace_ms=order.pace_ms,
            breakpoints=order.breakpoints,
        )
        self._changed = changed
        self._count = len(self.scenario.steps)
        self._done: list[StepDone] = []
        self._opening: tuple[int, _Hubs] | None = None
        self._awaited: tuple[str, ...] = ()
        self._played: Played | None = None
        self._trouble = ""
        """Why the play could not begin."""
        self._hubs = _hub_ids(self.scenario, self.seed)
        self._began_at = datetime.now(UTC)

    # ------------------------------------------------------------------ the play

    async def run(self, world: World) -> None:
        """Play to the end. The world has been opened."""
        watched = Watched(
            listener=self._step, opening=self._open, interceptor=self.steering, waiting=self._wait
        )
        played = await play_hosted(self.scenario, world, watched)
        self._played = played
        self._awaited = ()
        self._notify()

    def give_up(self, reason: str) -> None:
        """End a play that could not begin, or whose world is gone."""
        self._trouble = reason
        self._notify()

    def _open(self, at_ms: int, snapshots: dict[str, dict[str, Snapshot]]) -> None:
        self._opening = at_ms, snapshots

    def _step(self, done: StepDone) -> None:
        self._done.append(done)
        self._awaited = ()
        self._notify()

    def _wait(self, waiting: AwaitedMessages) -> None:
        if waiting.awaited != self._awaited:
            self._awaited = waiting.awaited
            self._notify()

    def _notify(self) -> None:
        if self.state is PlayState.RUNNING:
            self.rests.clear()
        else:
            self.rests.set()
        self._changed(self)

    # ------------------------------------------------------------------ views

    @property
    def result(self) -> PlayResult | None:
        """The result; None while it is played, and for a play that could not begin."""
        return None if self._played is None else self._played.result

    @property
    def state(self) -> PlayState:
        """The state."""
        if self._trouble:
            return PlayState.BLOCKED
        if self.result is None:
            return PlayState.PAUSED if self.steering.halted else PlayState.RUNNING
        is_stop = self.steering.stopping and self.result.verdict is Verdict.BLOCKED
        return PlayState.STOPPED if is_stop else _STATES[self.result.verdict]

    @property
    def is_over(self) -> bool:
        """Whether the play has ended."""
        return self.state.is_over

    @property
    def number(self) -> int:
        """The current step, from 1; 0: the world is being built. After the end: the last one."""
        result = self.result
        if result is None:
            return self.steering.number
        return len(result.steps) + (result.failed_step is not None)

    def view(self) -> HostedPlayView:
        """Return the play as it is now."""
        result, state = self.result, self.state
        return HostedPlayView(
            play=self.id,
            scenario=self.entry.id,
            case=dict(self.scenario.case),
            title=self.scenario.title,
            world=self.world,
            own_world=self.order.world is None,
            seed=self.seed,
            pace_ms=self.order.pace_ms,
            breakpoints=tuple(sorted(self.steering.lines)),
            state=state,
            step=self.number,
            world_ms=self._world_ms(),
            steps=[self.step_view(number) for number in range(1, self._count + 1)],
            awaited=self._waits_for(state),
            verdict=None if result is None else result.verdict.value,
            reason=self._trouble or ("" if result is None else result.reason),
            hubs=self._hubs,
            report=f"/lab/plays/{self.id}/report" if result is not None else None,
        )

    def event(self) -> PlayEvent:
        """Return what clients need to follow the play."""
        result, number = self.result, self.number
        near = [each for each in (number - 1, number) if 0 < each <= self._count]
        return PlayEvent(
            play=self.id,
            scenario=self.entry.id,
            title=self.scenario.title,
            world=self.world,
            state=self.state,
            step=number,
            count=self._count,
            world_ms=self._world_ms(),
            changed=tuple(map(self.step_view, near)),
            awaited=self._waits_for(self.state),
            verdict=None if result is None else result.verdict.value,
            reason=self._trouble or ("" if result is None else result.reason),
        )

    def step_view(self, number: int) -> HostedStep:
        """Return one step as it is now."""
        line = scenario_step(number, self.scenario.steps[number - 1])
        state, at_ms, saw, failure = self._played_step(number)
        differences = () if failure is None else failure.differences
        return HostedStep(
            number=line.number,
            line=line.line,
            file=line.file,
            keyword=line.keyword,
            who=line.who,
            text=line.text,
            note=line.note,
            state=state,
            at_ms=at_ms,
            saw=saw,
            differences=tuple(
                SeenDifference(where=each.where, expected=each.expected, seen=each.seen)
                for each in differences
            ),
        )

    def snapshots(self, number: int) -> StepSnapshots:
        """Return the hubs after a step that was played; 0: at the beginning. Raises `BadRequest`."""
        failed = self.result if self.result is not None and self.result.failed_step is not None else None
        if number == 0 and self._opening is not None:
            at_ms, hubs = self._opening
        elif 0 < number <= len(self._done):
            at_ms, hubs = self._done[number - 1].at_ms, self._done[number - 1].snapshots
        elif failed is not None and number == len(self._done) + 1:
            at_ms, hubs = failed.ended_at_ms, failed.failure_context.snapshots
        else:
            raise BadRequest("not_played", f"step {number} was not played")
        plain: dict[str, dict[str, Any]] = {alias: dict(aspects) for alias, aspects in hubs.items()}
        return StepSnapshots(play=self.id, number=number, at_ms=at_ms, hubs=plain)

    def record(self) -> PlayView:
        """Return everything about a play that has ended, as the report has it. Raises `BadRequest`."""
        return play_view(self._record())

    def report(self, version: str) -> str:
        """Return the HTML report of a play that has ended. Raises `BadRequest`."""
        record = self._record()
        facts = run_facts(
            version=version,
            seed=self.seed,
            world=record.result.world,
            where=say("world '{world}' of the server", world=self.world)
            if self.world
            else say("main world of the server"),
            command=record.again,
            began_at=self._began_at,
            took_s=record.notes.took_s,
        )
        return html_report([record], facts, title=self.scenario.title)

    def _record(self) -> PlayRecord:
        if self._played is None:
            raise BadRequest("not_played", "the play has no result yet")
        case = " ".join(f"--case {axis}={value}" for axis, value in self.scenario.case.items())
        again = " ".join(filter(None, ("hubsim run", f"--seed {self.seed}", case, self.scenario.file)))
        return play_record(self._played, again, self._played.notes)

    def _played_step(self, number: int) -> tuple[StepState, int | None, str, StepFailure | None]:
        """Return the state of a step, when it ended, its outcome, and why it failed."""
        result = self.result
        if number <= len(self._done):
            done = self._done[number - 1]
            if done.failure is not None:
                return StepState.FAILED, done.at_ms, done.failure.reason, done.failure
            return StepState.PASSED, done.at_ms, _outcome(done), None
        if result is not None and result.failed_step is not None and number == len(self._done) + 1:
            failure = StepFailure(reason=result.reason, differences=result.differences)
            return StepState.FAILED, result.ended_at_ms, result.reason, failure
        if self.is_over:
            return StepState.UNPLAYED, None, "", None
        is_running = number == self.steering.number and not self.steering.halted
        return (StepState.RUNNING if is_running else StepState.WAITING), None, "", None

    def _waits_for(self, state: PlayState) -> tuple[str, ...]:
        number = self.steering.number
        if state is not PlayState.RUNNING or not 0 < number <= self._count:
            return self._awaited if state is PlayState.RUNNING else ()
        step = self.scenario.steps[number - 1]
        own = (describe(step),) if isinstance(step, Expect | Never) else ()
        return (*own, *self._awaited)

    def _world_ms(self) -> int:
        if self.result is not None:
            return self.result.ended_at_ms
        return self._done[-1].at_ms if self._done else self.scenario.clock_ms


def _outcome(done: StepDone) -> str:
    refused = done.outcome.refusal
    return f"{refused.name}: {refusal_words(refused)}" if refused is not None else outcome_words(done)


def _hub_ids(scenario: Scenario, seed: int) -> dict[str, str]:
    aliases = Aliases(seed)
    return {name: aliases.hub_id(name, hub.attach) for name, hub in scenario.world.hubs.items()}
