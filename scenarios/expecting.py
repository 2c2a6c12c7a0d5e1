"""Steps that expect something: now or within a bound, never for a time, or in an order."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from contract.bench import CardKind
from contract.messages import SimSlot
from scenarios.language.durations import duration_text
from scenarios.language.matching import Mismatch, match
from scenarios.language.patterns import Matching, Pattern
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
from simulator.hardware.cards import card_kind


async def expect(stage: Stage, step: Expect) -> Outcome:
    """Look until it is so, at every deadline of the world within the bound."""
    world = stage.world
    bound_ms = world.clock.world_ms() + step.within_ms
    while (mismatch := mismatch_of(stage, step)) is not None:
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
    while True:
        if mismatch_of(stage, step) is None:
            raise StepFailed(f"{_name(step)}: what must never be is so")
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
            raise StepFailed(f"event {place} of {len(step.events)} did not come (after those before it)")
    return Outcome()


def _opened(events: Iterator[Look], pattern: Matching) -> Iterator[Look]:
    """Yield the events with what a pattern may ask for: a message's payload as a mapping."""
    for event in events:
        if "message" in pattern.fields and "payload" in event:
            with suppress(msgspec.DecodeError):  # somebody may have published garbage
                event["message"] = msgspec.json.decode(event["payload"].encode())
        yield event


def mismatch_of(stage: Stage, step: Subject) -> Mismatch | None:
    """Return the first difference between what the step says of its subject and what is so."""
    resolve = stage.cast.any_id
    for path, pattern, look in _sights(stage, step):
        name = path.rpartition(".")[2]
        mismatch = match(pattern, look[name], resolve, path)
        if mismatch is not None:
            return mismatch
    return None


def _sights(stage: Stage, step: Subject) -> Iterator[tuple[str, Pattern, Look]]:
    """Yield what has to be compared: the path for messages, the pattern, and the look that has it."""
    if isinstance(step.subject, AliasRef) and step.subject.kind is AliasKind.HUB:
        yield from _hub_sights(stage, step)
        return
    look = _look_at(stage, step)
    for name, pattern in step.fields.items():
        yield name, pattern, look


def _hub_sights(stage: Stage, step: Subject) -> Iterator[tuple[str, Pattern, Look]]:
    assert isinstance(step.subject, AliasRef)
    hub = stage.cast.id(AliasKind.HUB, step.subject.name)
    looks: dict[str, Look] = {}
    for name, pattern in step.fields.items():
        groups = (name,) if name in GROUPS else FLAT[name]
        for group in groups:
            if group not in looks:
                looks[group] = HUB_LOOKS[group](stage, hub)
            inner: Mapping[str, Pattern] = {name: pattern}
            if name in GROUPS:
                assert isinstance(pattern, Matching)
                inner = pattern.fields
            for field, part in inner.items():
                yield f"{group}.{field}", part, looks[group]


def _look_at(stage: Stage, step: Subject) -> Look:
    world, cast = stage.world, stage.cast
    if isinstance(step.subject, AliasRef):
        return carrier_look(world, cast.id(step.subject.kind, step.subject.name))
    match step.subject:
        case "mailbox":
            return {"mails": mail_look(world, str(step.selected["of"]))}
        case "billing":
            return {"invoices": invoice_look(world)}
        case "carrier":
            return {"refused_messages": world.fleet.carrier.refused_messages}
        case _:
            return {"refused_messages": sum(world.engine.refused.values())}


def _carrier_of(stage: Stage, hub: str) -> Look:
    sims: tuple[SimSlot, ...] = stage.world.fleet.hubs[hub].hardware.snapshot().sims
    ajax = [sim.iccid for sim in sims if sim.iccid and card_kind(sim.iccid) is CardKind.AJAX]
    if not ajax:
        raise StepFailed(f"{stage.cast.name(hub)}: no Ajax SIM is in the hub; name the card instead")
    return carrier_look(stage.world, ajax[0])


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
