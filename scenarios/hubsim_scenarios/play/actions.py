"""Handlers of the steps that act: people, bench actions, faults and the clock."""

from collections.abc import Awaitable, Callable
from typing import Any

from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.refusals import Refusal
from hubsim_contract.lab.bench_actions import AnyBenchAction, RemoveSim
from hubsim_scenarios.language.matching import match
from hubsim_scenarios.language.moves import resolve
from hubsim_scenarios.language.steps import BenchStep, ClockStep, InjectFault, PersonSees, PersonStep, Step
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.product.closed_words import CLOUD_UNREACHABLE
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.worlds.world import CloudUnreachable
from hubsim_simulator.hardware.refusals import BenchActionRefused

_UNREACHABLE = "the cloud is stopped"


async def person_act(context: PlayContext, step: PersonStep) -> StepOutcome:
    """Send a person's command. It must be accepted, or refused with the expected name."""
    aliases, world = context.aliases, context.world
    fields = aliases.resolved(step.fields)
    command = vocabulary().commands[step.action](**fields)
    actor = aliases.actor(step.person, step.app)
    world.trace.add(world.clock.world_ms(), "act", step.person, do=step.action)
    try:
        outcome = await world.command(actor, command)  # type: ignore[arg-type]  # one of Command
    except CloudUnreachable:
        _check_refusal(step.refused, CLOUD_UNREACHABLE, _UNREACHABLE)
        return StepOutcome(text=_UNREACHABLE)
    world.trace.add(
        world.clock.world_ms(),
        "answered",
        step.person,
        do=step.action,
        refused=outcome.name.value if isinstance(outcome, Refusal) else None,
    )
    if isinstance(outcome, Refusal):
        _check_refusal(step.refused, outcome.name, outcome.text)
        return StepOutcome(refusal=outcome)
    if step.refused is not None:
        raise StepFailed(f"expected the refusal '{step.refused}', but the command was accepted")
    _follow_client(context, step, outcome)
    screen = outcome.result.get("screen")
    if step.screen is not None and step.screen != screen:
        raise StepFailed(f"expected the screen '{step.screen}', saw {screen or 'none'!r}")
    return StepOutcome(screen=screen)


def _check_refusal(expected: str | None, name: str, text: str) -> None:
    if expected is None:
        raise StepFailed(f"refused: {name}. {text}", refused=name)
    if expected != name:
        raise StepFailed(f"expected the refusal '{expected}', saw '{name}': {text}")


def _follow_client(context: PlayContext, step: PersonStep, outcome: Accepted) -> None:
    """Update the person's client after an accepted command: its account, and the ids of new things."""
    aliases, result = context.aliases, outcome.result
    if step.called is not None:
        aliases.know(step.called.kind, step.called.name, result[step.called.kind.value])
    match step.action:
        case "sign_up":
            aliases.know(AliasKind.PERSON, step.person, result["person"])
            aliases.emails[step.person] = str(step.fields["email"])
        case "create_company":
            aliases.switch(step.person, result["company"])
        case "switch_account":
            aliases.switch(step.person, result["account"] or None)
        case "appoint_reseller":
            company = step.fields["company"]
            aliases.know(AliasKind.RESELLER, company.name, aliases.id(company.kind, company.name))
        case "delete_company":
            aliases.switch(step.person, None)


async def person_sees(context: PlayContext, step: PersonSees) -> StepOutcome:
    """Send a person's query. The view must match, or the query must be refused with the expected name."""
    query = vocabulary().queries[step.view](**context.aliases.resolved(step.fields))
    actor = context.aliases.actor(step.person, step.app)
    try:
        view = await context.world.query(actor, query)  # type: ignore[arg-type]  # one of Query
    except CloudUnreachable:
        _check_refusal(step.refused, CLOUD_UNREACHABLE, _UNREACHABLE)
        return StepOutcome(text=_UNREACHABLE)
    if isinstance(view, Refusal):
        _check_refusal(step.refused, view.name, view.text)
        return StepOutcome(refusal=view)
    if step.refused is not None:
        raise StepFailed(f"expected the refusal '{step.refused}', but the view was shown")
    seen = view
    if step.shows is not None:
        mismatch = match(step.shows, seen, context.aliases.any_id)
        if mismatch is not None:
            raise StepFailed(str(context.aliases.explained(mismatch)))
    return StepOutcome(seen=seen)


async def bench_act(context: PlayContext, step: BenchStep) -> StepOutcome:
    """Do a bench action at a hub. It must succeed, or be refused with the expected name."""
    aliases, world = context.aliases, context.world
    hub = aliases.id(AliasKind.HUB, step.hub)
    fields = aliases.resolved(step.fields)
    action: Any = vocabulary().bench_actions[step.action](**fields)
    await _store_removed_card(context, hub, action)
    world.trace.add(world.clock.world_ms(), "bench", hub, do=step.action)
    try:
        await world.bench_action(hub, action)
    except BenchActionRefused as refused:
        world.trace.add(world.clock.world_ms(), "answered", hub, do=step.action, refused=refused.name.value)
        _check_refusal(step.refused, refused.name, str(refused))
        return StepOutcome(text=str(refused))
    if step.refused is not None:
        raise StepFailed(f"expected the refusal '{step.refused}', but the bench action was done")
    return StepOutcome()


async def _store_removed_card(context: PlayContext, hub: str, action: AnyBenchAction) -> None:
    """Before a named card is removed from a slot, store its condition: another hub may get it."""
    if not isinstance(action, RemoveSim):
        return
    card = (await context.world.cards(hub)).get(action.slot)
    for alias, known in context.aliases.cards.items():
        if card is not None and known.iccid == card.iccid:
            context.aliases.cards[alias] = card


async def inject_fault(context: PlayContext, step: InjectFault) -> StepOutcome:
    """Inject a fault."""
    fault: Any = vocabulary().faults[step.fault](**context.aliases.resolved(step.fields))
    context.world.trace.add(context.world.clock.world_ms(), "fault", "bench", fault=step.fault)
    await context.world.fault(fault)
    return StepOutcome()


async def move_clock(context: PlayContext, step: ClockStep) -> StepOutcome:
    """Move the world clock. Each timer on the way fires at its own time."""
    world = context.world
    to_ms = resolve(step.move, world.clock.world_ms(), context.scenario.zone)
    await world.advance(to_ms)
    return StepOutcome()


ACTING: dict[type[Step], Callable[[PlayContext, Any], Awaitable[StepOutcome]]] = {
    PersonStep: person_act,
    PersonSees: person_sees,
    BenchStep: bench_act,
    InjectFault: inject_fault,
    ClockStep: move_clock,
}
