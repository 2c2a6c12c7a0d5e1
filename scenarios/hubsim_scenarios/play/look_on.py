"""Finds when the state of a failed `expect` occurs later, and when it was there before.

The play is repeated in a new virtual world, which is then moved on. The failed play, its verdict, its trace
and its reports never see that world. A play in a live or remote world is repeated in the virtual one as well,
because all worlds behave the same.
"""

from collections.abc import Awaitable, Callable, Sequence

from hubsim_contract.clock import LATEST_MS
from hubsim_scenarios.language.durations import UNITS_MS, duration_text
from hubsim_scenarios.language.steps import AnyCheck, AnyStep, Expect, Scenario
from hubsim_scenarios.play.aliases import Aliases, NotYetThere
from hubsim_scenarios.play.context import PlayContext, StepFailed
from hubsim_scenarios.play.expectations import comparisons_of, matching
from hubsim_scenarios.play.performing import NOT_PLAYABLE, perform
from hubsim_scenarios.play.world_setup import build
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_scenarios.worlds.world import CloudUnreachable, Conditions

LOOK_ON_MS = 31 * UNITS_MS["d"]
"""How far to look after the failure, in world time: past the next end of a month."""
MAX_DEADLINES = 20_000
"""How many deadlines to look at after the failure. A busy world is looked at for a shorter time."""
_WITHIN_MS = tuple(
    count * UNITS_MS[unit]
    for unit, counts in (
        ("s", (1, 2, 5, 10, 15, 20, 30, 45)),
        ("min", (1, 2, 5, 10, 15, 20, 30, 45)),
        ("h", (1, 2, 3, 4, 6, 8, 12, 18)),
        ("d", range(1, 40)),
    )
    for count in counts
)
"""The times that an author would write after `within:`."""


class _WatchedWorld(VirtualWorld):
    """A virtual world with a callback for each instant at which it is idle."""

    def __init__(self, conditions: Conditions) -> None:
        super().__init__(conditions)
        self.idle: Callable[[], Awaitable[None]] | None = None

    async def wait_until_idle(self) -> None:
        """Wait until the world is idle, then call back."""
        await super().wait_until_idle()
        if self.idle is not None:
            await self.idle()


class _Observation:
    """The observations of the state that a step expects."""

    def __init__(self, context: PlayContext, step: Expect) -> None:
        self._context = context
        self._step = step
        self.comparisons = comparisons_of(step)
        self.ever = [False] * len(self.comparisons)
        """For each comparison, whether it matched at any instant."""
        self.since_ms: int | None = None
        """Since when the state is there; None: it is not there."""
        self.span: tuple[int, int] | None = None
        """From when until when the state was there for the last time before now."""

    async def look(self) -> None:
        """Observe the state at this instant."""
        now_ms = self._context.world.clock.world_ms()
        try:
            matched = await matching(self._context, self._step, self.comparisons)
        except (NotYetThere, StepFailed, CloudUnreachable):
            matched = [False] * len(self.comparisons)
        self.ever = [before or now for before, now in zip(self.ever, matched, strict=True)]
        if all(matched):
            self.since_ms = now_ms if self.since_ms is None else self.since_ms
        elif self.since_ms is not None:
            self.span, self.since_ms = (self.since_ms, now_ms), None


async def look_on(
    scenario: Scenario, conditions: Conditions, done: Sequence[AnyStep], step: Expect, world_name: str
) -> tuple[str, ...]:
    """Return sentences about when the state of a failed step occurs; empty if the play cannot be repeated.

    `done` are the steps before it, including manual ones; `world_name` is the kind of world that failed.
    """
    world = _WatchedWorld(conditions)
    context = PlayContext(scenario, world, Aliases(conditions.seed))
    observation = _Observation(context, step)
    elsewhere = "" if world_name == world.name else say("in the virtual world ")
    try:
        await world.open()
        await build(context)
        world.idle = observation.look
        for each in done:
            await _repeat(context, each)
            await observation.look()
        began_ms = world.clock.world_ms()
        if not await _fails(context, step):
            text = say(
                "the virtual world passes this step under the seed {seed}: compare the traces of both plays "
                "with `hubsim trace diff`",
                seed=conditions.seed,
            )
            return (text,) if elsewhere else ()
        return tuple(elsewhere + each for each in await _outlook(context, observation, began_ms))
    except (StepFailed, CloudUnreachable, *NOT_PLAYABLE):
        return ()
    finally:
        await world.close()


async def _repeat(context: PlayContext, step: AnyStep) -> None:
    """Perform a step that the play has passed. A soft check may fail again: the play continued after it."""
    try:
        await perform(context, step)
    except (StepFailed, CloudUnreachable):
        if not (isinstance(step, AnyCheck) and step.soft):
            raise
        await context.world.settle()


async def _fails(context: PlayContext, step: Expect) -> bool:
    try:
        await perform(context, step)
    except StepFailed:
        return True
    return False


async def _outlook(context: PlayContext, observation: _Observation, began_ms: int) -> list[str]:
    """Move the world on until the state is there or the limit is reached. Return the sentences."""
    world, words = context.world, context.words
    before, failed_ms = observation.span, world.clock.world_ms()
    bound_ms, looked = min(failed_ms + LOOK_ON_MS, LATEST_MS), 0
    while observation.since_ms is None and looked < MAX_DEADLINES:
        due_ms = world.due()
        if due_ms is None or due_ms > bound_ms:
            break
        await world.advance(max(due_ms, world.clock.world_ms()))
        looked += 1
    sentences = []
    if before is not None:
        begin, end = map(words.instant, before)
        sentences.append(say("it was so from {begin} until {end}", begin=begin, end=end))
    if observation.since_ms is not None:
        later = duration_text(observation.since_ms - failed_ms)
        within = duration_text(_comfortable(observation.since_ms - began_ms))
        at = words.instant(observation.since_ms)
        text = say(
            "it became so {later} later, at {at}: `within: {within}`", later=later, at=at, within=within
        )
        return [*sentences, text]
    until_ms = bound_ms if looked < MAX_DEADLINES else world.clock.world_ms()
    looked_ms = duration_text(until_ms - failed_ms)
    end = words.instant(until_ms)
    sentences.append(say("it did not become so until {end}, {later} later", end=end, later=looked_ms))
    missing = [
        each.path for each, ever in zip(observation.comparisons, observation.ever, strict=True) if not ever
    ]
    if missing and len(missing) < len(observation.ever):
        sentences.append(say("these fields never matched: {fields}", fields=", ".join(missing)))
    elif not missing and len(observation.ever) > 1 and before is None:
        sentences.append(say("each field matched at some time, but never all of them together"))
    return sentences


def _comfortable(needed_ms: int) -> int:
    """Return the shortest usual time that is not shorter than the needed one."""
    return next((each for each in _WITHIN_MS if each >= needed_ms), needed_ms)
