"""Handlers of the steps that act: people, bench actions, faults and the clock.

Most are in two parts: names are resolved first, then the step is performed. So the members of a `together`
step can be performed in any order, and each acts on what was known before all of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.refusals import CARDS_OUTDATED, CARDS_UNKNOWN, Refusal, RefusalName
from hubsim_cloud.domain.types import Actor
from hubsim_contract.lab.bench_actions import AnyBenchAction, InsertSim, RemoveSim
from hubsim_scenarios.language.matching import differences
from hubsim_scenarios.language.moves import Move, MoveTo, MoveToKept, resolve
from hubsim_scenarios.language.steps import (
    AnyMember,
    BenchStep,
    ClockStep,
    InjectFault,
    PersonSees,
    PersonStep,
    Step,
)
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.language.wording import PLAIN
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.expectations import failed_comparison
from hubsim_scenarios.play.value_keeping import keep, made
from hubsim_scenarios.product.closed_words import CLOUD_UNREACHABLE
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.translation.refusal_words import bench_refusal_words, refusal_words
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.world import CloudUnreachable
from hubsim_simulator.hardware.refusals import BenchActionRefused

_WORKS_NEW = "carrier: {commissioning_ms: 1 h}"


class Prepared(NamedTuple):
    """A step whose names are resolved, ready to be performed."""

    perform: Callable[[], Awaitable[StepOutcome]]
    actor: Actor | None = None
    """The person who acts, with the account."""


def person_act(context: PlayContext, step: PersonStep) -> Prepared:
    """Prepare a person's command. It must be accepted, or refused with the expected name."""
    aliases, world = context.aliases, context.world
    fields = aliases.resolved(step.fields)
    command: Any = made(vocabulary().commands[step.action], step.fields, fields)
    actor = aliases.actor(step.person, step.app)

    async def perform() -> StepOutcome:
        world.trace.add(world.clock.world_ms(), "act", step.person, do=step.action)
        try:
            outcome = await world.command(actor, command)
        except CloudUnreachable:
            return _unreachable(step)
        world.trace.add(
            world.clock.world_ms(),
            "answered",
            step.person,
            do=step.action,
            refused=outcome.name.value if isinstance(outcome, Refusal) else None,
        )
        if isinstance(outcome, Refusal):
            outcome = _named(context, outcome)
            _check_refusal(step, outcome.name, refusal_words(outcome), _advice(context, outcome, fields))
            return StepOutcome(refusal=outcome, refused=outcome.name.value)
        if step.refused is not None:
            raise StepFailed(
                say("expected the refusal '{refused}', but the command was accepted", refused=step.refused)
            )
        _follow_client(context, step, fields, outcome)
        screen = outcome.result.get("screen")
        if step.screen is not None and step.screen != screen:
            text = say(
                "expected the screen '{expected}', saw '{seen}'", expected=step.screen, seen=screen or "none"
            )
            raise StepFailed(text, instead=("screen", screen) if screen else None)
        return StepOutcome(screen=screen)

    return Prepared(perform, actor)


def _unreachable(step: PersonStep | PersonSees) -> StepOutcome:
    """Return the outcome of a step while the cloud is stopped. Raises `StepFailed` if it is unexpected."""
    text = say("the cloud is stopped")
    _check_refusal(step, CLOUD_UNREACHABLE, text)
    return StepOutcome(text=text, refused=CLOUD_UNREACHABLE)


def _named(context: PlayContext, refusal: Refusal) -> Refusal:
    """Return the refusal with names in place of ids."""
    named = context.aliases.named
    facts = {name: named(value) for name, value in refusal.facts.items()}
    return msgspec.structs.replace(refusal, text=named(refusal.text), facts=facts)


def _check_refusal(
    step: PersonStep | PersonSees | BenchStep, name: str, text: str, advice: tuple[str, ...] = ()
) -> None:
    if name in step.may_be_refused:
        return
    if step.refused is None:
        possible = step.may_be_refused
        allowed = say(" ({refused} may occur)", refused=possible[0]) if len(possible) == 1 else ""
        raise StepFailed(
            say("refused: {name}. {text}", name=name, text=text) + allowed, refused=name, remarks=advice
        )
    if step.refused != name:
        raise StepFailed(
            say(
                "expected the refusal '{refused}', saw '{name}': {text}",
                refused=step.refused,
                name=name,
                text=text,
            ),
            remarks=advice,
            instead=("refused", name),
        )


def _advice(context: PlayContext, refusal: Refusal, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the author of a scenario can do, if it is more than what the person can do."""
    stale = refusal.facts.get("cards") in (CARDS_UNKNOWN, CARDS_OUTDATED)
    if refusal.name is not RefusalName.SIM_NOT_INSTALLED or not stale:
        return ()
    link = say(
        "connect {hub} first: with 'links: [ethernet]' in the world, or by a 'plug' step",
        hub=context.aliases.name(fields["hub"]),
    )
    setting = say(
        "or set '{setting}': a new Ajax SIM works that long before its activation", setting=_WORKS_NEW
    )
    return link, setting


def _follow_client(
    context: PlayContext, step: PersonStep, fields: Mapping[str, Any], outcome: Accepted
) -> None:
    """Update the person's client after an accepted command: its account, and the ids of new things."""
    aliases, result = context.aliases, outcome.result
    if step.called is not None:
        aliases.know(step.called.kind, step.called.name, result[step.called.kind.value])
    _describe_new(context, step, fields, result)
    match step.action:
        case "sign_up":
            aliases.know(AliasKind.PERSON, step.person, result["person"])
            aliases.emails[step.person] = str(fields["email"])
        case "create_company":
            aliases.switch(step.person, result["company"])
        case "switch_account":
            aliases.switch(step.person, result["account"] or None)
        case "appoint_reseller":
            company = fields["company"]
            aliases.know(AliasKind.RESELLER, aliases.name(company), company)
        case "delete_company":
            aliases.switch(step.person, None)


def _describe_new(
    context: PlayContext, step: PersonStep, fields: Mapping[str, Any], result: Mapping[str, str]
) -> None:
    """Store the name of a new company or object, for messages about things without `called`."""
    kind = vocabulary().makes.get(step.action)
    if kind is not None and kind.value in result:
        context.aliases.describe(result[kind.value], str(fields["name"]))


def person_sees(context: PlayContext, step: PersonSees) -> Prepared:
    """Prepare a person's query. The view must match, or the query must be refused with the expected name."""
    query: Any = made(vocabulary().queries[step.view], step.fields, context.aliases.resolved(step.fields))
    actor = context.aliases.actor(step.person, step.app)

    async def perform() -> StepOutcome:
        try:
            view = await context.world.query(actor, query)
        except CloudUnreachable:
            return _unreachable(step)
        if isinstance(view, Refusal):
            view = _named(context, view)
            _check_refusal(step, view.name, refusal_words(view))
            return StepOutcome(refusal=view, refused=view.name.value)
        if step.refused is not None:
            raise StepFailed(
                say("expected the refusal '{refused}', but the view was shown", refused=step.refused)
            )
        if step.shows is None:
            return StepOutcome(seen=view)
        found = list(differences(step.shows, view, context.aliases.any_id, words=context.words))
        if found:
            raise failed_comparison(context, found)
        return StepOutcome(seen=view, kept=keep(context, [(step.shows, view)]))

    return Prepared(perform, actor)


def bench_act(context: PlayContext, step: BenchStep) -> Prepared:
    """Prepare a bench action at a hub. It must succeed, or be refused with the expected name."""
    aliases, world = context.aliases, context.world
    hub = aliases.id(AliasKind.HUB, step.hub)
    fields = aliases.resolved(step.fields)
    action: Any = made(vocabulary().bench_actions[step.action], step.fields, fields)
    if isinstance(action, InsertSim):
        aliases.describe(action.card.iccid, f"{step.hub}/sim-{action.slot}")

    async def perform() -> StepOutcome:
        await _store_removed_card(context, hub, action)
        world.trace.add(world.clock.world_ms(), "bench", hub, do=step.action)
        try:
            await world.bench_action(hub, action)
        except BenchActionRefused as refused:
            world.trace.add(
                world.clock.world_ms(), "answered", hub, do=step.action, refused=refused.name.value
            )
            text = aliases.named(str(refused))
            _check_refusal(step, refused.name, bench_refusal_words(refused.name, text))
            return StepOutcome(text=text, refused=refused.name)
        if step.refused is not None:
            raise StepFailed(
                say("expected the refusal '{refused}', but the bench action was done", refused=step.refused)
            )
        return StepOutcome()

    return Prepared(perform)


async def _store_removed_card(context: PlayContext, hub: str, action: AnyBenchAction) -> None:
    """Before a named card is removed from a slot, store its condition: another hub may get it."""
    if not isinstance(action, RemoveSim):
        return
    card = (await context.world.cards(hub)).get(action.slot)
    for alias, known in context.aliases.cards.items():
        if card is not None and known.iccid == card.iccid:
            context.aliases.cards[alias] = card


def inject_fault(context: PlayContext, step: InjectFault) -> Prepared:
    """Prepare a fault."""
    fields = context.aliases.resolved(step.fields)
    fault: Any = made(vocabulary().faults[step.fault], step.fields, fields)

    async def perform() -> StepOutcome:
        context.world.trace.add(context.world.clock.world_ms(), "fault", "bench", fault=step.fault)
        await context.world.fault(fault)
        return StepOutcome()

    return Prepared(perform)


PREPARING: dict[type[Step], Callable[[PlayContext, Any], Prepared]] = {
    PersonStep: person_act,
    PersonSees: person_sees,
    BenchStep: bench_act,
    InjectFault: inject_fault,
}


async def act(context: PlayContext, step: AnyMember) -> StepOutcome:
    """Perform a single step of a person, a bench action or a fault."""
    return await PREPARING[type(step)](context, step).perform()


def _known(context: PlayContext, move: Move | MoveToKept) -> Move:
    """Return the move, with a kept instant in place of its name."""
    if not isinstance(move, MoveToKept):
        return move
    instant_ms = context.aliases.value(move.ref.name)
    if not isinstance(instant_ms, int):
        value = PLAIN.seen(instant_ms)
        raise StepFailed(say("{name} is {value}, which is not an instant", name=move.ref.text, value=value))
    return MoveTo(instant_ms + move.offset_ms)


async def move_clock(context: PlayContext, step: ClockStep) -> StepOutcome:
    """Move the world clock. Each timer on the way fires at its own time."""
    world = context.world
    to_ms = resolve(_known(context, step.move), world.clock.world_ms(), context.scenario.zone)
    await world.advance(to_ms)
    return StepOutcome()


ACTING: dict[type[Step], Callable[[PlayContext, Any], Awaitable[StepOutcome]]] = {
    **dict.fromkeys(PREPARING, act),
    ClockStep: move_clock,
}
