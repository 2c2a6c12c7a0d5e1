"""Steps that do something: people, hands, faults, and the clock."""

from collections.abc import Awaitable, Callable
from typing import Any

from cloud.domain.case import Accepted
from cloud.domain.refusals import Refusal
from contract.bench import AnyHand, RemoveSim
from scenarios.language.matching import match
from scenarios.language.moves import resolve
from scenarios.language.steps import BenchAct, InjectFault, MoveClock, PersonAct, PersonSees, Step
from scenarios.language.vocabulary import AliasKind
from scenarios.step import Outcome, Stage, StepFailed
from scenarios.vocabulary import CLOUD_UNREACHABLE, vocabulary
from scenarios.worlds.world import CloudUnreachable
from simulator.hardware.refusal import HandRefused

_UNREACHABLE = "the cloud is stopped"


async def person_act(stage: Stage, step: PersonAct) -> Outcome:
    """Let a person wish something; it must be granted, or refused under the name expected."""
    cast, world = stage.cast, stage.world
    fields = cast.resolved(step.fields)
    command = vocabulary().commands[step.action](**fields)
    actor = cast.actor(step.person, step.app)
    world.trace.add(world.clock.world_ms(), "act", step.person, do=step.action)
    try:
        outcome = await world.command(actor, command)  # type: ignore[arg-type]  # one of Command
    except CloudUnreachable:
        _check_refusal(step.refused, CLOUD_UNREACHABLE, _UNREACHABLE)
        return Outcome(text=_UNREACHABLE)
    world.trace.add(
        world.clock.world_ms(),
        "answered",
        step.person,
        do=step.action,
        refused=outcome.name.value if isinstance(outcome, Refusal) else None,
    )
    if isinstance(outcome, Refusal):
        _check_refusal(step.refused, outcome.name, outcome.text)
        return Outcome(refusal=outcome)
    if step.refused is not None:
        raise StepFailed(f"expected the refusal '{step.refused}', but it was granted")
    _follow_client(stage, step, outcome)
    screen = outcome.result.get("screen")
    if step.screen is not None and step.screen != screen:
        raise StepFailed(f"expected the screen '{step.screen}', saw {screen or 'none'!r}")
    return Outcome(screen=screen)


def _check_refusal(expected: str | None, name: str, text: str) -> None:
    if expected is None:
        raise StepFailed(f"refused: {name}. {text}", refused=name)
    if expected != name:
        raise StepFailed(f"expected the refusal '{expected}', saw '{name}': {text}")


def _follow_client(stage: Stage, step: PersonAct, outcome: Accepted) -> None:
    """Do what the person's client does after a granted wish: show the account, know new things."""
    cast, result = stage.cast, outcome.result
    if step.called is not None:
        cast.know(step.called.kind, step.called.name, result[step.called.kind.value])
    match step.action:
        case "sign_up":
            cast.know(AliasKind.PERSON, step.person, result["person"])
            cast.emails[step.person] = str(step.fields["email"])
        case "create_company":
            cast.switch(step.person, result["company"])
        case "switch_account":
            cast.switch(step.person, result["account"] or None)
        case "appoint_reseller":
            company = step.fields["company"]
            cast.know(AliasKind.RESELLER, company.name, cast.id(company.kind, company.name))
        case "delete_company":
            cast.switch(step.person, None)


async def person_sees(stage: Stage, step: PersonSees) -> Outcome:
    """Let a person look; what is shown must match, or the look be refused under the name expected."""
    query = vocabulary().queries[step.view](**stage.cast.resolved(step.fields))
    actor = stage.cast.actor(step.person, step.app)
    try:
        view = await stage.world.look(actor, query)  # type: ignore[arg-type]  # one of Query
    except CloudUnreachable:
        _check_refusal(step.refused, CLOUD_UNREACHABLE, _UNREACHABLE)
        return Outcome(text=_UNREACHABLE)
    if isinstance(view, Refusal):
        _check_refusal(step.refused, view.name, view.text)
        return Outcome(refusal=view)
    if step.refused is not None:
        raise StepFailed(f"expected the refusal '{step.refused}', but it was shown")
    seen = view
    if step.shows is not None:
        mismatch = match(step.shows, seen, stage.cast.any_id)
        if mismatch is not None:
            raise StepFailed(str(stage.cast.explained(mismatch)))
    return Outcome(seen=seen)


async def bench_act(stage: Stage, step: BenchAct) -> Outcome:
    """Lay hands on a hub."""
    cast, world = stage.cast, stage.world
    hub = cast.id(AliasKind.HUB, step.hub)
    fields = cast.resolved(step.fields)
    hand: Any = vocabulary().hands[step.hand](**fields)
    await _know_where_cards_go(stage, hub, hand)
    world.trace.add(world.clock.world_ms(), "bench", hub, do=step.hand)
    try:
        await world.hand(hub, hand)
    except HandRefused as refused:
        world.trace.add(world.clock.world_ms(), "answered", hub, do=step.hand, refused=refused.name.value)
        _check_refusal(step.refused, refused.name, str(refused))
        return Outcome(text=str(refused))
    if step.refused is not None:
        raise StepFailed(f"expected the refusal '{step.refused}', but the hands could do it")
    return Outcome()


async def _know_where_cards_go(stage: Stage, hub: str, hand: AnyHand) -> None:
    """Before a named card leaves a slot, take over the condition it is in: it goes into another hub so."""
    if not isinstance(hand, RemoveSim):
        return
    card = (await stage.world.cards(hub)).get(hand.slot)
    for alias, known in stage.cast.cards.items():
        if card is not None and known.iccid == card.iccid:
            stage.cast.cards[alias] = card


async def inject_fault(stage: Stage, step: InjectFault) -> Outcome:
    """Let something go wrong."""
    fault: Any = vocabulary().faults[step.fault](**stage.cast.resolved(step.fields))
    stage.world.trace.add(stage.world.clock.world_ms(), "fault", "bench", fault=step.fault)
    await stage.world.fault(fault)
    return Outcome()


async def move_clock(stage: Stage, step: MoveClock) -> Outcome:
    """Move the world clock; every timer on the way fires at its own time."""
    world = stage.world
    to_ms = resolve(step.move, world.clock.world_ms(), stage.scenario.zone)
    await world.advance(to_ms)
    return Outcome()


ACTING: dict[type[Step], Callable[[Stage, Any], Awaitable[Outcome]]] = {
    PersonAct: person_act,
    PersonSees: person_sees,
    BenchAct: bench_act,
    InjectFault: inject_fault,
    MoveClock: move_clock,
}
