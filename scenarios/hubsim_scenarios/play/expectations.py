"""Handlers of the steps that check: `expect` now or within a time, `never` for a time, and `order`."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.durations import duration_text
from hubsim_scenarios.language.keeping import keeps
from hubsim_scenarios.language.matching import Mismatch, differences, fits
from hubsim_scenarios.language.moves import MoveBy, MoveTo, resolve
from hubsim_scenarios.language.patterns import Matching, Pattern
from hubsim_scenarios.language.steps import Expect, ExpectOrder, Never, Step, Subject
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.context import FieldDifference, PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.event_order import order
from hubsim_scenarios.play.event_text import last_event_text
from hubsim_scenarios.play.value_keeping import keep
from hubsim_scenarios.product.vocabulary import FLAT, GROUPS
from hubsim_scenarios.translation.story_language import say, say_count
from hubsim_scenarios.worlds.attached_snapshot import ShownByDevice
from hubsim_scenarios.worlds.world import Aspect, CloudUnreachable, DeviceLacks, Unseen

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
        suspect = found
        now_ms = world.clock.world_ms()
        if now_ms >= bound_ms:
            time = duration_text(step.within_ms)
            waited = say("waited {time} of world time", time=time) if step.within_ms else ""
            raise failed_comparison(
                context, await _mismatches(context, step, comparisons), _name(step), waited
            )
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
            seen = (await _snapshot(context, step, comparison.group))[comparison.field]
            if isinstance(seen, Unseen):
                text = "{subject}: {field} cannot be kept: {reason}"
                reason = say(seen.reason)
                raise DeviceLacks(say(text, subject=_name(step), field=comparison.path, reason=reason))
            found.append((comparison.pattern, seen))
    return found


def failed_comparison(
    context: PlayContext, mismatches: Iterable[Mismatch], subject: str = "", waited: str = ""
) -> StepFailed:
    """Return the error for fields that do not match. Its text has the first of them."""
    lead = f"{subject}: " if subject else ""
    found = [context.aliases.with_values(each, context.words) for each in mismatches]
    more = len(found) - 1
    also = say_count("and {count} more field", "and {count} more fields", more) if more else ""
    hints = dict.fromkeys(filter(None, map(context.aliases.hint, found)))
    notes = [f"({note})" for note in (*hints, also, waited) if note]
    return StepFailed(
        " ".join([f"{lead}{found[0]}", *notes]),
        differences=tuple(FieldDifference(f"{lead}{each.path}", each.expected, each.seen) for each in found),
        remarks=(*hints, *([waited] if waited else [])),
    )


async def never(context: PlayContext, step: Never) -> StepOutcome:
    """Compare at each deadline of the world for the time of the step. Fails if everything matches once.

    Raises `MovesTooFar` for a time that is longer than the world clock can go.
    """
    world = context.world
    began_ms = world.clock.world_ms()
    end_ms = resolve(MoveBy(step.for_ms), began_ms, context.scenario.zone)
    comparisons, suspect = comparisons_of(step), 0
    while True:
        found = await first_mismatch(context, step, comparisons, suspect)
        now_ms = world.clock.world_ms()
        if found is None:
            text = f"{_name(step)}: {say('the state that must never occur has occurred')}"
            raise StepFailed(text, remarks=await _occurrence(context, step, comparisons, now_ms - began_ms))
        suspect = found
        if now_ms >= end_ms:
            return StepOutcome()
        due_ms = world.due()
        await world.advance(end_ms if due_ms is None else max(now_ms, min(due_ms, end_ms)))


async def _occurrence(
    context: PlayContext, step: Never, comparisons: Sequence["Comparison"], after_ms: int
) -> tuple[str, ...]:
    """Return when the state occurred, the values, and the last event before it."""
    at = context.words.instant(context.world.clock.world_ms())
    remarks = [
        say("it occurred at {at}, {time} after the step began", at=at, time=duration_text(after_ms))
        if after_ms
        else say("it occurred at {at}, when the step began", at=at)
    ]
    snapshots = _Snapshots(context, step)
    for each in comparisons:
        value = (await snapshots.of(each.group))[each.field]
        shown = context.words.seen(value, each.path)
        remarks.append(say("saw {field}: {value}", field=each.path, value=shown))
    subject = step.subject
    is_hub = isinstance(subject, AliasRef) and subject.kind is AliasKind.HUB
    event = await last_event_text(context, _name(step) if is_hub else None)
    return (*remarks, *([say("last event before it: {event}", event=event)] if event else []))


class Comparison(NamedTuple):
    """One comparison of a field with a pattern. `group` is empty for a subject with only one snapshot."""

    group: str
    field: str
    pattern: Pattern
    path: str
    """The path of the field, for messages: as in files, where an instant has no unit."""


def comparisons_of(step: Subject) -> list[Comparison]:
    """Return the comparisons of the step, in its order."""
    if not (isinstance(step.subject, AliasRef) and step.subject.kind is AliasKind.HUB):
        return [Comparison("", name, pattern, name) for name, pattern in step.fields.items()]
    comparisons: list[Comparison] = []
    for name, pattern in step.fields.items():
        if name in GROUPS:
            assert isinstance(pattern, Matching)
            comparisons += [_in_group(name, field, part) for field, part in pattern.fields.items()]
        else:
            comparisons += [_in_group(group, name, pattern) for group in FLAT[name]]
    return comparisons


def _in_group(group: str, field: str, pattern: Pattern) -> Comparison:
    word = field.removesuffix("_ms") if field.endswith("at_ms") else field
    return Comparison(group, field, pattern, f"{group}.{word}")


class _Snapshots:
    """The snapshots of a step's subject by group. Each is queried once."""

    def __init__(self, context: PlayContext, step: Subject) -> None:
        self._context = context
        self._step = step
        self._found: dict[str, Mapping[str, Any]] = {}

    async def of(self, group: str) -> Mapping[str, Any]:
        if group not in self._found:
            self._found[group] = await _snapshot(self._context, self._step, group)
        return self._found[group]


async def first_mismatch(
    context: PlayContext, step: Subject, comparisons: Sequence[Comparison], suspect: int = 0
) -> int | None:
    """Return the index of a comparison that does not match; None if all match.

    `suspect` is compared first: while one value is awaited, the others need no query each time.
    """
    snapshots = _Snapshots(context, step)
    places: tuple[int, ...] = (suspect, *range(len(comparisons)))
    for place in places:
        comparison = comparisons[place]
        snapshot = await snapshots.of(comparison.group)
        seen = snapshot[comparison.field]
        if isinstance(snapshot, ShownByDevice) and comparison.field in snapshot.not_seen:
            context.not_seen[f"{_name(step)}: {comparison.path}"] = snapshot.not_seen[comparison.field]
        if isinstance(seen, Unseen):
            if isinstance(step, Never):
                return place  # a state that cannot be seen has not occurred
        elif not fits(comparison.pattern, seen, context.aliases.any_id):
            return place
    return None


async def matching(context: PlayContext, step: Subject, comparisons: Sequence[Comparison]) -> list[bool]:
    """Return for each comparison whether it matches now."""
    snapshots = _Snapshots(context, step)
    return [
        fits(each.pattern, (await snapshots.of(each.group))[each.field], context.aliases.any_id)
        for each in comparisons
    ]


async def _mismatches(
    context: PlayContext, step: Subject, comparisons: Sequence[Comparison]
) -> list[Mismatch]:
    snapshots = _Snapshots(context, step)
    found: list[Mismatch] = []
    for each in comparisons:
        seen = (await snapshots.of(each.group))[each.field]
        if isinstance(seen, Unseen):
            continue
        found += differences(each.pattern, seen, context.aliases.any_id, each.path, context.words)
    return found


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
        name = context.aliases.name(hub)
        raise StepFailed(f"{name}: {say('the hub has no Ajax SIM; name a card instead')}")
    return await context.world.snapshot(Aspect.SIM, card)


def _address(aliases: Aliases, whose: AliasRef | str) -> str:
    return aliases.email(whose.name) if isinstance(whose, AliasRef) else whose


async def hub_snapshots(context: PlayContext) -> dict[str, dict[str, Snapshot]]:
    """Return the current snapshots of each declared hub. The app's are missing while the cloud is stopped."""
    seen: dict[str, dict[str, Snapshot]] = {}
    for alias in context.scenario.world.hubs:
        hub = context.aliases.id(AliasKind.HUB, alias)
        shows = await context.world.snapshot(Aspect.SHOWS, hub)
        seen[alias] = {
            "shows": {name: None if isinstance(value, Unseen) else value for name, value in shows.items()}
        }
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
