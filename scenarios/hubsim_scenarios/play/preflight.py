"""Finds what makes a scenario impossible to play, from its file alone, before anything is played.

It builds the world of each case in a virtual world whose clock is stopped, and does there what depends on
nothing but the file: bench actions and faults. What people, the clock and messages do is not predicted. So a
mistake is certain, and a scenario without mistakes may still be BLOCKED.

A refusal by the cloud is never a mistake, because it is the behaviour that a scenario tests. The exception is
`world:`, which must be built before the first step.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_contract.lab.faults import Replay
from hubsim_scenarios.language.errors import Place, ScenarioError
from hubsim_scenarios.language.keeping import used_by
from hubsim_scenarios.language.nodes import Mapping as MappingNode
from hubsim_scenarios.language.nodes import Node, Scalar, compose, text_of
from hubsim_scenarios.language.nodes import Sequence as SequenceNode
from hubsim_scenarios.language.orders import case_without_order, identity_without_order
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.steps import (
    AnyStep,
    BenchStep,
    Expect,
    InjectFault,
    Never,
    PersonSees,
    PersonStep,
    Scenario,
    Subject,
    Together,
)
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef, KeptRef
from hubsim_scenarios.play.actions import act
from hubsim_scenarios.play.aliases import Aliases, NotYetThere
from hubsim_scenarios.play.context import PlayContext, StepFailed
from hubsim_scenarios.play.launch import NO_MODELS, conditions, finish
from hubsim_scenarios.play.world_setup import CannotBuild, build
from hubsim_scenarios.product.files import BadFiles, shown, start_of
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_scenarios.worlds.world import CannotPlay
from hubsim_simulator.broker.profiles import EMBEDDED
from hubsim_simulator.hardware.profile import ModelProfile

Sources = Callable[[str], bytes]
"""Returns the content of a file of the scenario by its name."""

_HINTS = {
    "not_a_dealer": "add 'dealer: yes' to the company",
    "country_not_supported": "use a country with the services",
}


def read_source(file: str) -> bytes:
    """Return the content of a file."""
    return start_of(Path(file))


def check_playable(
    scenarios: Iterable[Scenario],
    models: Mapping[str, ModelProfile] = NO_MODELS,
    market: Market = DEFAULT_MARKET,
) -> None:
    """Raise `BadFiles` with every mistake that makes one of the scenarios impossible to play."""
    found = preflight(scenarios, models, market)
    if found:
        raise BadFiles("\n".join(shown(mistake, read_source(mistake.file)) for mistake in found))


def preflight(
    scenarios: Iterable[Scenario],
    models: Mapping[str, ModelProfile] = NO_MODELS,
    market: Market = DEFAULT_MARKET,
    source: Sources = read_source,
) -> tuple[ScenarioError, ...]:
    """Return every certain mistake, once for each place in a file, in the order of the scenarios."""
    found: dict[tuple[str, int, int], ScenarioError] = {}
    cases = {identity_without_order(scenario): scenario for scenario in scenarios}
    for scenario in cases.values():
        for mistake in finish(_mistakes(scenario, models, market, source)):
            found.setdefault((mistake.file, mistake.line, mistake.column), mistake)
    return tuple(found.values())


async def _mistakes(
    scenario: Scenario, models: Mapping[str, ModelProfile], market: Market, source: Sources
) -> list[ScenarioError]:
    world = VirtualWorld(conditions(scenario, 1, EMBEDDED, models, market))
    try:
        await world.open()
        context = PlayContext(scenario, world, Aliases(1))
        try:
            await build(context)
        except (CannotBuild, NotYetThere) as trouble:
            return [_in_world(scenario, trouble, source)]
        check = _Preflight(context, world)
        found: list[ScenarioError] = []
        for step in scenario.steps:
            found += await check.step(step)
        return found
    finally:
        await world.close()


def _in_world(scenario: Scenario, trouble: CannotBuild | NotYetThere, source: Sources) -> ScenarioError:
    """Return the mistake at the declaration of the thing that cannot be built."""
    hint = _HINTS.get(trouble.refused, "") if isinstance(trouble, CannotBuild) else ""
    for file in (scenario.file, *scenario.fragments):
        place = _declared(file, source(file), trouble.alias)
        if place is not None:
            return ScenarioError(file, *place, _in_case(scenario, str(trouble)), hint)
    return ScenarioError(scenario.file, 1, 1, _in_case(scenario, str(trouble)), hint)


def _declared(file: str, source: bytes, alias: str) -> Place | None:
    """Return the place at which `world:` declares a name, or None."""
    problems = Problems(file)
    text = text_of(source, problems)
    root = compose(text, problems) if text is not None else None
    world = root.get("world") if isinstance(root, MappingNode) else None
    return next((place for name, place in _names(world) if name == alias), None)


def _names(world: Node | None) -> Iterator[tuple[str, Place]]:
    for _, things in world.entries if isinstance(world, MappingNode) else ():
        entries = things.entries if isinstance(things, MappingNode) else ()
        items = things.items if isinstance(things, SequenceNode) else ()
        names = (*(name for name, _ in entries), *(item for item in items if isinstance(item, Scalar)))
        yield from ((name.text, name.place) for name in names)


def _in_case(scenario: Scenario, text: str) -> str:
    case = ", ".join(f"{axis}={value}" for axis, value in case_without_order(scenario.case).items())
    return f"{text.rstrip('.')} (in the case {case})" if case else text.rstrip(".")


class _Preflight:
    """The state of a scenario's world as far as it is certain, step by step."""

    def __init__(self, context: PlayContext, world: VirtualWorld) -> None:
        self._context = context
        self._world = world
        self._bench_known = True
        """Whether the hubs are certain: no earlier step depends on an order or on a kept value."""
        self._names_known = True
        """Whether it is certain which declared things exist."""

    async def step(self, step: AnyStep) -> list[ScenarioError]:
        """Return the mistakes of the next step."""
        if not isinstance(step, Together):
            return await self._single(step)
        if sum(isinstance(member, BenchStep | InjectFault) for member in step.members) > 1:
            self._bench_known = False  # what they do may depend on their order
        return [mistake for member in step.members for mistake in await self._single(member)]

    async def _single(self, step: AnyStep) -> list[ScenarioError]:
        text, hint = await self._problem(step)
        if not text:
            return []
        scenario = self._context.scenario
        named = _in_case(scenario, self._context.aliases.named(text))
        return [ScenarioError(step.file or scenario.file, *step.place, named, hint)]

    async def _problem(self, step: AnyStep) -> tuple[str, str]:
        """Do the step as far as its effect is certain. Return what is wrong and a hint, or empty texts."""
        try:
            match step:
                case BenchStep():
                    return await self._bench(step)
                case InjectFault():
                    await self._fault(step)
                case PersonStep() | PersonSees():
                    self._person(step)
                case Expect() | Never():
                    return await self._carrier(step)
        except CannotPlay as trouble:
            return str(trouble), ""
        except NotYetThere as trouble:
            return (str(trouble), "a step before this one must create it") if self._names_known else ("", "")
        return "", ""

    async def _bench(self, step: BenchStep) -> tuple[str, str]:
        if not self._is_known(step):
            return "", ""
        try:
            await act(self._context, step)
        except StepFailed as failure:
            if step.refused is None and failure.refused is not None:
                return str(failure), f"if this is what you test, add 'refused: {failure.refused}'"
        return "", ""

    def _is_known(self, step: BenchStep | InjectFault) -> bool:
        """Return whether the effect of a step is certain. After one that is not, the hubs are uncertain."""
        self._bench_known = self._bench_known and not used_by(step)
        return self._bench_known

    async def _fault(self, step: InjectFault) -> None:
        if not self._is_known(step):
            return
        fields = self._context.aliases.resolved(step.fields)
        fault = vocabulary().faults[step.fault](**fields)
        if isinstance(fault, Replay):  # how many messages were published is not certain, only their topic
            await self._world.topic_of(fault)
        else:
            await act(self._context, step)

    def _person(self, step: PersonStep | PersonSees) -> None:
        """Check the names. What the step creates exists from here on."""
        aliases = self._context.aliases
        kept = {name for name, value in step.fields.items() if isinstance(value, KeptRef)}
        aliases.resolved({name: value for name, value in step.fields.items() if name not in kept})
        if not isinstance(step, PersonStep) or step.refused is not None:
            return
        if step.called is not None:
            aliases.know(step.called.kind, step.called.name, f"{step.called.kind} {step.called.name}")
        if step.action == "sign_up":
            aliases.know(AliasKind.PERSON, step.person, f"person {step.person}")
        field, kind = vocabulary().becomes.get(step.action, ("", None))
        if field in kept:
            self._names_known = False
        elif kind is not None:
            thing = step.fields[field]
            aliases.know(kind, thing.name, aliases.id(thing.kind, thing.name))

    async def _carrier(self, step: Subject) -> tuple[str, str]:
        """Check that a hub whose card at the carrier is compared has an Ajax SIM."""
        subject = step.subject
        is_hub = isinstance(subject, AliasRef) and subject.kind is AliasKind.HUB
        if not is_hub or "carrier" not in step.fields or not self._bench_known:
            return "", ""
        assert isinstance(subject, AliasRef)
        hub = self._context.aliases.id(AliasKind.HUB, subject.name)
        if await self._world.ajax_sim(hub) is not None:
            return "", ""
        return f"{subject.name}: the hub has no Ajax SIM here", "insert one before, or name a card instead"
