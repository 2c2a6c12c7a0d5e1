"""Steps that expect something: now or within a bound, never for a time, or in an order."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from scenarios.cast import Cast
from scenarios.language.durations import duration_text
from scenarios.language.matching import Mismatch, match
from scenarios.language.patterns import Matching, Pattern, describe
from scenarios.language.steps import Expect, Never, Order, Since, Step, Subject
from scenarios.language.vocabulary import AliasKind, AliasRef
from scenarios.looks import (
    HubGlance,
    Look,
    app_look,
    applied_look,
    carrier_look,
    hub_look,
    invoice_look,
    mail_look,
)
from scenarios.step import Outcome, Stage, StepFailed
from scenarios.vocabulary import FLAT, GROUPS
from scenarios.worlds.world import CloudUnreachable


async def expect(stage: Stage, step: Expect) -> Outcome:
    """Look until it is so, at every deadline of the world within the bound."""
    world = stage.world
    bound_ms = world.clock.world_ms() + step.within_ms
    sights, suspect = sights_of(step), 0
    while (found := first_mismatch(stage, step, sights, suspect)) is not None:
        suspect, mismatch = found
        now_ms = world.clock.world_ms()
        if now_ms >= bound_ms:
            waited = f" (waited {duration_text(step.within_ms)} of world time)" if step.within_ms else ""
            raise StepFailed(f"{_name(step)}: {mismatch}{waited}")
        due_ms = world.due()
        await world.advance(bound_ms if due_ms is None else max(now_ms, min(due_ms, bound_ms)))
    return Outcome()


async def never(stage: Stage, step: Never) -> Outcome:
    """Look at every deadline for as long as the step says: it must not be so at any of them."""
    world = stage.world
    end_ms = world.clock.world_ms() + step.for_ms
    sights, suspect = sights_of(step), 0
    while True:
        found = first_mismatch(stage, step, sights, suspect)
        if found is None:
            raise StepFailed(f"{_name(step)}: what must never be is so")
        suspect, _ = found
        now_ms = world.clock.world_ms()
        if now_ms >= end_ms:
            return Outcome()
        due_ms = world.due()
        await world.advance(end_ms if due_ms is None else max(now_ms, min(due_ms, end_ms)))


async def order(stage: Stage, step: Order) -> Outcome:
    """Find the events in the trace, one behind the other."""
    begin = stage.mark if step.since is Since.LAST_STEP else 0
    events = (event.plain() for event in stage.world.trace.events[begin:])
    for place, pattern in enumerate(step.events, 1):
        if not any(match(pattern, event, stage.cast.any_id) is None for event in _opened(events, pattern)):
            behind = f" behind event {place - 1}" if place > 1 else ""
            raise StepFailed(f"event {place} of {len(step.events)} did not come{behind}: {describe(pattern)}")
    return Outcome()


def _opened(events: Iterator[Look], pattern: Matching) -> Iterator[Look]:
    """Yield the events with what a pattern may ask for: a message's payload as a mapping."""
    for event in events:
        if "message" in pattern.fields and "payload" in event:
            with suppress(msgspec.DecodeError):  # somebody may have published garbage
                event["message"] = msgspec.json.decode(event["payload"].encode())
        yield event


class Sight(NamedTuple):
    """One thing to compare: a field of a look (empty for subjects with one look only), and the pattern."""

    look: str
    field: str
    pattern: Pattern
    path: str
    """Where it is, for messages."""


def sights_of(step: Subject) -> list[Sight]:
    """Return what the step wants compared, in its order."""
    if not (isinstance(step.subject, AliasRef) and step.subject.kind is AliasKind.HUB):
        return [Sight("", name, pattern, name) for name, pattern in step.fields.items()]
    sights: list[Sight] = []
    for name, pattern in step.fields.items():
        if name in GROUPS:
            assert isinstance(pattern, Matching)
            sights += [Sight(name, field, part, f"{name}.{field}") for field, part in pattern.fields.items()]
        else:
            sights += [Sight(look, name, pattern, f"{look}.{name}") for look in FLAT[name]]
    return sights


def first_mismatch(
    stage: Stage, step: Subject, sights: list[Sight], suspect: int = 0
) -> tuple[int, Mismatch] | None:
    """Return the place of a sight that is not so, and how it differs; None when everything is so.

    The suspect is looked at first: while one thing is awaited, the others need not be asked each time.
    """
    looks: dict[str, Look] = {}
    for place in (suspect, *range(len(sights))):
        sight = sights[place]
        if sight.look not in looks:
            looks[sight.look] = _look(stage, step, sight.look)
        mismatch = match(sight.pattern, looks[sight.look][sight.field], stage.cast.any_id, sight.path)
        if mismatch is not None:
            return place, mismatch
    return None


def _look(stage: Stage, step: Subject, look: str) -> Look:
    if not look:
        return _look_at(stage, step)
    assert isinstance(step.subject, AliasRef)
    return HUB_LOOKS[look](stage, stage.cast.id(AliasKind.HUB, step.subject.name))


def _look_at(stage: Stage, step: Subject) -> Look:
    world, cast = stage.world, stage.cast
    if isinstance(step.subject, AliasRef):
        return carrier_look(world, cast.id(step.subject.kind, step.subject.name))
    match step.subject:
        case "mailbox":
            return {"mails": mail_look(world, _address(cast, step.selected["of"]))}
        case "billing":
            return {"invoices": invoice_look(world)}
        case "carrier":
            return {"refused_messages": world.fleet.carrier.refused_messages}
        case _:
            return {"refused_messages": sum(world.engine.refused.values())}


def _address(cast: Cast, whose: AliasRef | str) -> str:
    return cast.email(whose.name) if isinstance(whose, AliasRef) else whose


def _carrier_of(stage: Stage, hub: str) -> Look:
    card = stage.world.ajax_sim(hub)
    if card is None:
        raise StepFailed(f"{stage.cast.name(hub)}: no Ajax SIM is in the hub; name the card instead")
    return carrier_look(stage.world, card)


HUB_LOOKS: dict[str, Callable[[Stage, str], Look]] = {
    "app": lambda stage, hub: app_look(stage.world, hub),
    "applied": lambda stage, hub: applied_look(stage.world, hub),
    "shows": lambda stage, hub: HubGlance(stage.world.fleet.hubs[hub]),
    "carrier": _carrier_of,
}


def hub_looks(stage: Stage) -> dict[str, dict[str, Look]]:
    """Return what can be seen of every declared hub now; the app shows nothing while the cloud is stopped."""
    seen: dict[str, dict[str, Look]] = {}
    for alias in stage.scenario.world.hubs:
        hub = stage.cast.id(AliasKind.HUB, alias)
        seen[alias] = {"shows": hub_look(stage.world.fleet.hubs[hub])}
        with suppress(CloudUnreachable):
            seen[alias] |= {"app": app_look(stage.world, hub), "applied": applied_look(stage.world, hub)}
        with suppress(StepFailed):
            seen[alias]["carrier"] = _carrier_of(stage, hub)
    return seen


def _name(step: Subject) -> str:
    return step.subject.name if isinstance(step.subject, AliasRef) else step.subject


EXPECTING: dict[type[Step], Callable[[Stage, Any], Awaitable[Outcome]]] = {
    Expect: expect,
    Never: never,
    Order: order,
}
