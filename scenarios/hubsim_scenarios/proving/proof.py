"""The proof of one scenario: its honest play, and a play with each mutant that has an occasion in it.

A step notices a mutant if it fails in the world with the mutant. The play with a mutant does not end at the
first step that fails, so that a proof knows for each step whether any mutant makes it fail. A play that
cannot continue (the world is blocked, or code of the product crashes) is stopped: that is not noticing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.moves import MoveRefused
from hubsim_scenarios.language.steps import AnyStep, Scenario
from hubsim_scenarios.play.aliases import Aliases, NotYetThere
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.launch import NO_MODELS, Played, conditions, finish
from hubsim_scenarios.play.play import Play, PlayResult, Watched, perform
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.play.world_setup import build
from hubsim_scenarios.proving.mutant import Mutant
from hubsim_scenarios.proving.mutants import MUTANTS
from hubsim_scenarios.proving.observation import Difference, PlayComparison, Values, first_event, observe
from hubsim_scenarios.proving.probed_world import ProbedWorld, TooManyInstants
from hubsim_scenarios.proving.seams import Changes, Probes
from hubsim_scenarios.worlds.world import CannotPlay, CloudUnreachable
from hubsim_simulator.broker.profiles import EMBEDDED
from hubsim_simulator.hardware.profile import ModelProfile

MORE_INSTANTS, MORE_TIMES = 500, 2
"""A play with a mutant may have this number of instants, and these times those of the honest play."""


class Outcome(StrEnum):
    """The outcome of a play with a mutant."""

    NOTICED = "noticed"
    """A step fails."""
    UNNOTICED = "unnoticed"
    """The play differs from the honest one, but every step passes. If the mutant repeats a message again and
    again, the play ends early, and every step up to there passes."""
    STOPPED = "stopped"
    """Every step passes up to one that cannot be played: the mutant breaks the world."""
    NO_OCCASION = "no occasion"
    """The play is equal to the honest one: the scenario does not get to what the mutant breaks."""


class MutantPlay(msgspec.Struct, frozen=True, kw_only=True):
    """The play of a scenario with one mutant."""

    mutant: str
    outcome: Outcome
    failed_steps: tuple[int, ...] = ()
    """The numbers of the steps that fail, from 1."""
    reason: str = ""
    """Why the first of them fails, or why the play stops."""
    stopped_step: int = 0
    """The number of the step that cannot be played; 0: none, or the world cannot be built."""
    difference: Difference | None = None
    """The first difference from the honest play, if no step fails."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of one scenario under one seed."""

    honest: PlayResult
    plays: tuple[MutantPlay, ...]
    """One for each mutant, in the order of the mutants. Empty if the honest play does not pass."""
    names: Mapping[str, str] = {}
    """The alias of each id, for texts about differences."""


class _Course(NamedTuple):
    """A play that did not end at a failure."""

    failures: dict[int, str]
    stopped: str
    stopped_step: int
    busy: bool
    events: list[TraceEvent]
    names: dict[str, str]


class _Observations:
    """Collects the observations of the honest play."""

    def __init__(self) -> None:
        self.values: list[Values] = []
        self.event_counts: list[int] = []
        """The number of events before the first step and after each step."""

    async def __call__(self, context: PlayContext, step: AnyStep | None, outcome: StepOutcome) -> bool:
        """Observe the world after a step; return False: the play continues."""
        self.values.append(await observe(context, step, outcome))
        self.event_counts.append(len(context.world.trace.events))
        return False


_OnStep = Callable[[PlayContext, AnyStep | None, StepOutcome], Awaitable[bool]]
"""Called after each step that passes, and before the first one. It returns whether the play can end."""


def prove(
    scenario: Scenario,
    seed: int = 1,
    *,
    models: Mapping[str, ModelProfile] = NO_MODELS,
    market: Market = DEFAULT_MARKET,
    mutants: Sequence[Mutant] = MUTANTS,
) -> Proof:
    """Play the scenario honestly, and with each mutant that has an occasion in the honest play."""
    prover = Prover(scenario, seed, models, market)
    honest, occasions = prover.honest(mutants)
    if honest.result.verdict is not Verdict.PASS:
        return Proof(honest=honest.result, plays=())
    plays = tuple(
        prover.judge(mutant)
        if mutant.name in occasions
        else MutantPlay(mutant=mutant.name, outcome=Outcome.NO_OCCASION)
        for mutant in mutants
    )
    return Proof(honest=honest.result, plays=plays, names=prover.names)


class Prover:
    """Plays one scenario under one seed, first without a mutant.

    The honest play is played again, with observations, when a mutant is not noticed for the first time.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int = 1,
        models: Mapping[str, ModelProfile] = NO_MODELS,
        market: Market = DEFAULT_MARKET,
    ) -> None:
        self._scenario = scenario
        self._conditions = conditions(scenario, seed, EMBEDDED, models, market)
        self._honest: tuple[_Observations, _Course] | None = None
        self._max_instants: int | None = None

    @property
    def names(self) -> Mapping[str, str]:
        """The alias of each id of the observed honest play, if there was one."""
        return {} if self._honest is None else self._honest[1].names

    def honest(self, mutants: Sequence[Mutant] = MUTANTS) -> tuple[Played, set[str]]:
        """Play without a mutant; return the play, and the names of the mutants that have an occasion."""
        probes = Probes(watched=[(mutant.name, mutant.changes()) for mutant in mutants])
        world = ProbedWorld(self._conditions, probes)

        def opened(_at_ms: int, _snapshots: object) -> None:
            probes.built()
            world.show()

        watched = Watched(opening=opened, listener=lambda _done: world.show())
        play = Play(self._scenario, world, watched=watched)
        result = finish(play.run())
        self._max_instants = MORE_INSTANTS + MORE_TIMES * world.instants
        return Played(result, world.trace), probes.occasions

    def judge(self, mutant: Mutant) -> MutantPlay:
        """Play with the mutant, after `honest`."""
        course = self._play(mutant.changes())
        if course.failures:
            failed = tuple(course.failures)
            return MutantPlay(
                mutant=mutant.name,
                outcome=Outcome.NOTICED,
                failed_steps=failed,
                reason=course.failures[failed[0]],
            )
        if course.stopped and not course.busy:
            return MutantPlay(
                mutant=mutant.name,
                outcome=Outcome.STOPPED,
                reason=course.stopped,
                stopped_step=course.stopped_step,
            )
        difference = self._difference(mutant, course.events)
        outcome = Outcome.NO_OCCASION if difference is None else Outcome.UNNOTICED
        return MutantPlay(
            mutant=mutant.name,
            outcome=outcome,
            reason=course.stopped,
            stopped_step=course.stopped_step if course.stopped else 0,
            difference=difference,
        )

    def _difference(self, mutant: Mutant, events: Sequence[TraceEvent]) -> Difference | None:
        """Return the first difference from the honest play. Plays both again, with observations."""
        if self._honest is None:
            observations = _Observations()
            self._honest = (observations, self._play(None, observations))
        observations, honest = self._honest
        comparison = PlayComparison(observations.values)

        async def compare(context: PlayContext, step: AnyStep | None, outcome: StepOutcome) -> bool:
            return comparison.add(await observe(context, step, outcome))

        self._play(mutant.changes(), compare)
        return comparison.difference or first_event(honest.events, events, observations.event_counts)

    def _play(self, acting: Changes | None, on_step: _OnStep | None = None) -> _Course:
        probes = Probes(acting)
        world = ProbedWorld(self._conditions, probes, self._max_instants)
        return finish(_through(self._scenario, world, probes, on_step))


async def _through(
    scenario: Scenario, world: ProbedWorld, probes: Probes, on_step: _OnStep | None
) -> _Course:
    """Play all steps, also after one that fails."""
    context = PlayContext(scenario, world, Aliases(world.conditions.seed))
    failures: dict[int, str] = {}
    number, stopped, busy = 0, "", False
    step: AnyStep | None = None
    outcome = StepOutcome()
    try:
        await world.open()
        await build(context)
        probes.built()
        for step in (None, *scenario.steps):
            if step is not None:
                number += 1
                try:
                    outcome = await perform(context, step)
                except (StepFailed, CloudUnreachable) as failure:
                    failures[number] = str(failure)
                    await world.settle()
                    continue
            world.show()
            if on_step is not None and await on_step(context, step, outcome):
                break
    except TooManyInstants as limit:
        stopped, busy = str(limit), True
    except (CannotPlay, NotYetThere, MoveRefused) as trouble:
        stopped = str(trouble)
    except Exception as error:  # noqa: BLE001 (a mutant can break any assertion of the product)
        stopped = f"the product crashes: {type(error).__name__} {error}".rstrip()
    finally:
        await world.close()
    return _Course(failures, stopped, number, busy, world.trace.events, context.aliases.names())
