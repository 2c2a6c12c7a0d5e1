"""Handlers of the steps that check: `expect` now or within a time, `never` for a time, and `order`."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.durations import duration_text
from hubsim_scenarios.language.keeping import keeps
from hubsim_scenarios.language.matching import Mismatch, match
from hubsim_scenarios.language.moves import MoveBy, MoveTo, resolve
from hubsim_scenarios.language.patterns import Matching, Pattern, describe
from hubsim_scenarios.language.steps import Expect, ExpectOrder, Never, Since, Step, Subject
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.value_keeping import keep
from hubsim_scenarios.product.vocabulary import FLAT, GROUPS
from hubsim_scenarios.worlds.world import Aspect, CloudUnreachable

CARRIER_SNAPSHOT = "carrier"
"""The name of the carrier's record of a hub's first Ajax SIM, among the snapshots of the hub."""


async def expect(context: PlayContext, step: Expect) -> StepOutcome:
    """Compare at each deadline of the world until everything matches. Fails when `within` has passed.

    Raises `MovesTooFar` if nothing matches up to the last instant of the world clock.
    """
    world = context.world
    bound_ms = world.clock.world_ms() + step.within_ms
    comparisons, suspect = comparisons_of(step), 0
    while (found := await first_mismatch(context, step, comparisons, suspect)) is not None:
        suspect, mismatch = found
        now_ms = world.clock.world_ms()
        if now_ms >= bound_ms:
            waited = f" (waited {duration_text(step.within_ms)} of world time)" if step.within_ms else ""
            raise StepFailed(f"{_name(step)}: {context.aliases.explained(mismatch)}{waited}")
        due_ms = world.due()
        next_ms = bound_ms if due_ms is None else max(now_ms, min(due_ms, bound_ms))
        await world.advance(resolve(MoveTo(next_ms), now_ms, context.scenario.zone))
    return StepOutcome(kept=keep(context, await _seen_to_keep(context, step, comparisons)))


async def _seen_to_keep(
    context: PlayContext, step: Subject, comparisons: Sequence["Comparison"]
) -> list[tuple[Pattern, Any]]:
    """Return the patterns that keep a value, each with the value of its field, after all have matched."""
    found: list[tuple[Pattern, Any]] = []
    for comparison in comparisons:
        if keeps(comparison.pattern):
            snapshot = await _snapshot(context, step, comparison.group)
            found.append((comparison.pattern, snapshot[comparison.field]))
    return found


async def never(context: PlayContext, step: Never) -> StepOutcome:
    """Compare at each deadline of the world for the time of the step. Fails if everything matches once.

    Raises `MovesTooFar` for a time that is longer than the world clock can go.
    """
    world = context.world
    end_ms = resolve(MoveBy(step.for_ms), world.clock.world_ms(), context.scenario.zone)
    comparisons, suspect = comparisons_of(step), 0
    while True:
        found = await first_mismatch(context, step, comparisons, suspect)
        if found is None:
            raise StepFailed(f"{_name(step)}: the state that must never occur has occurred")
        suspect, _ = found
        now_ms = world.clock.world_ms()
        if now_ms >= end_ms:
            return StepOutcome()
        due_ms = world.due()
        await world.advance(end_ms if due_ms is None else max(now_ms, min(due_ms, end_ms)))


async def order(context: PlayContext, step: ExpectOrder) -> StepOutcome:
    """Find the events in the trace, each one after the previous one."""
    begin = context.mark if step.since is Since.LAST_STEP else 0
    events = (event.plain() for event in context.world.trace.events[begin:])
    found: list[tuple[Pattern, Any]] = []
    for place, pattern in enumerate(step.events, 1):
        matching = (
            event
            for event in _opened(events, pattern)
            if match(pattern, event, context.aliases.any_id) is None
        )
        event = next(matching, None)
        if event is not None:
            found.append((pattern, event))
        else:
            after = f" after event {place - 1}" if place > 1 else ""
            raise StepFailed(f"event {place} of {len(step.events)} did not occur{after}: {describe(pattern)}")
    return StepOutcome(kept=keep(context, found))


def _opened(events: Iterator[dict[str, Any]], pattern: Matching) -> Iterator[Snapshot]:
    """Yield the events. If the pattern needs it, add the decoded payload as `message`."""
    for event in events:
        if "message" in pattern.fields and "payload" in event:
            with suppress(msgspec.DecodeError):  # the payload may be invalid JSON
                event["message"] = msgspec.json.decode(event["payload"].encode())
        yield event


class Comparison(NamedTuple):
    """One comparison of a field with a pattern. `group` is empty for a subject with only one snapshot."""

    group: str
    field: str
    pattern: Pattern
    path: str
    """The path of the field, for messages."""


def comparisons_of(step: Subject) -> list[Comparison]:
    """Return the comparisons of the step, in its order."""
    if not (isinstance(step.subject, AliasRef) and step.subject.kind is AliasKind.HUB):
        return [Comparison("", name, pattern, name) for name, pattern in step.fields.items()]
    comparisons: list[Comparison] = []
    for name, pattern in step.fields.items():
        if name in GROUPS:
            assert isinstance(pattern, Matching)
            comparisons += [
                Comparison(name, field, part, f"{name}.{field}") for field, part in pattern.fields.items()
            ]
        else:
            comparisons += [Comparison(group, name, pattern, f"{group}.{name}") for group in FLAT[name]]
    return comparisons


async def first_mismatch(
    context: PlayContext, step: Subject, comparisons: list[Comparison], suspect: int = 0
) -> tuple[int, Mismatch] | None:
    """Return the index of a comparison that does not match, with its mismatch; None if all match.

    `suspect` is compared first: while one value is awaited, the others need no query each time.
    """
    snapshots: dict[str, Mapping[str, Any]] = {}
    for place in (suspect, *range(len(comparisons))):
        comparison = comparisons[place]
        if comparison.group not in snapshots:
            snapshots[comparison.group] = await _snapshot(context, step, comparison.group)
        mismatch = match(
            comparison.pattern,
            snapshots[comparison.group][comparison.field],
            context.aliases.any_id,
            comparison.path,
        )
        if mismatch is not None:
            return place, mismatch
    return None


async def seen_of(context: PlayContext, step: Subject, comparison: Comparison) -> Any:
    """Return the current value of the field of a comparison. Raises `StepFailed`, `CloudUnreachable`."""
    return (await _snapshot(context, step, comparison.group))[comparison.field]


async def _snapshot(context: PlayContext, step: Subject, group: str) -> Mapping[str, Any]:
    world, aliases = context.world, context.aliases
    if group:
        assert isinstance(step.subject, AliasRef)
        return await _hub_snapshot(context, aliases.id(AliasKind.HUB, step.subject.name), group)
    if isinstance(step.subject, AliasRef):
        return await world.snapshot(Aspect.SIM, aliases.id(step.subject.kind, step.subject.name))
    about = _address(aliases, step.selected["of"]) if step.subject == Aspect.MAILBOX else ""
    return await world.snapshot(Aspect(step.subject), about)


async def _hub_snapshot(context: PlayContext, hub: str, group: str) -> Snapshot:
    if group != CARRIER_SNAPSHOT:
        return await context.world.snapshot(Aspect(group), hub)
    card = await context.world.ajax_sim(hub)
    if card is None:
        raise StepFailed(f"{context.aliases.name(hub)}: the hub has no Ajax SIM; name a card instead")
    return await context.world.snapshot(Aspect.SIM, card)


def _address(aliases: Aliases, whose: AliasRef | str) -> str:
    return aliases.email(whose.name) if isinstance(whose, AliasRef) else whose


async def hub_snapshots(context: PlayContext) -> dict[str, dict[str, Snapshot]]:
    """Return the current snapshots of each declared hub. The app's are missing while the cloud is stopped."""
    seen: dict[str, dict[str, Snapshot]] = {}
    for alias in context.scenario.world.hubs:
        hub = context.aliases.id(AliasKind.HUB, alias)
        seen[alias] = {"shows": dict(await context.world.snapshot(Aspect.SHOWS, hub))}
        with suppress(CloudUnreachable):
            for group in (Aspect.APP, Aspect.APPLIED):
                seen[alias][group.value] = await context.world.snapshot(group, hub)
        with suppress(StepFailed):
            seen[alias][CARRIER_SNAPSHOT] = await _hub_snapshot(context, hub, CARRIER_SNAPSHOT)
    return seen


def _name(step: Subject) -> str:
    return step.subject.name if isinstance(step.subject, AliasRef) else step.subject


EXPECTING: dict[type[Step], Callable[[PlayContext, Any], Awaitable[StepOutcome]]] = {
    Expect: expect,
    Never: never,
    ExpectOrder: order,
}
