"""How things stood when a play ended without a pass: the hubs, and what was said last about them."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.steps import AnyStep, BenchStep, InjectFault, PersonSees, PersonStep, Subject
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef
from hubsim_scenarios.play.context import PlayContext
from hubsim_scenarios.play.expectations import hub_snapshots
from hubsim_scenarios.worlds.world import CannotPlay

EVENTS_SHOWN = 6
"""So many of the last events are kept: enough to see what the hub said and heard before it went wrong."""


class FailureContext(msgspec.Struct, frozen=True):
    """What to look at first when a play is no pass."""

    hub: str | None = None
    """The name of the hub that the failed step is about."""
    looks: dict[str, dict[str, Snapshot]] = {}
    """Hub alias to its looks: of the hub concerned, or of all when the step is about none."""
    events: tuple[dict[str, Any], ...] = ()
    """The last events of the trace, oldest first: those about the hub, or all when the step is about none."""
    names: dict[str, str] = {}
    """What the scenario calls things, by the ids that stand in the events."""


async def failure_context(context: PlayContext, step: AnyStep | None) -> FailureContext:
    """Return how things stand now, after this step did not hold (None: the world was not even built).

    Of a world that cannot be looked at any more, because its server is gone, only what was said remains.
    """
    if step is None:
        return FailureContext()
    hub = concerned(step)
    looks = {alias: look for alias, look in (await _looks(context)).items() if hub in (None, alias)}
    newest_first = reversed(context.world.trace.events)
    about = newest_first if hub is None else _about(await _marks(context, hub), newest_first)
    events = [
        {**event.plain(), "who": context.aliases.name(event.who)} for event in islice(about, EVENTS_SHOWN)
    ]
    return FailureContext(hub, looks, tuple(reversed(events)), context.aliases.names())


async def _looks(context: PlayContext) -> dict[str, dict[str, Snapshot]]:
    with suppress(CannotPlay):
        return await hub_snapshots(context)
    return {}


def concerned(step: AnyStep) -> str | None:
    """Return the name of the hub that a step is about, or None."""
    if isinstance(step, BenchStep):
        return step.hub
    named: list[object] = []
    if isinstance(step, Subject):
        named = [step.subject]
    elif isinstance(step, PersonStep | PersonSees | InjectFault):
        named = list(step.fields.values())
    hubs = [each.name for each in named if isinstance(each, AliasRef) and each.kind is AliasKind.HUB]
    return hubs[0] if hubs else None


async def _marks(context: PlayContext, hub: str) -> set[str]:
    """Return what names the hub in an event: its id, and its Ajax SIM."""
    id_ = context.aliases.id(AliasKind.HUB, hub)
    with suppress(CannotPlay):
        return {id_, await context.world.ajax_sim(id_) or id_}
    return {id_}


def _about(marks: set[str], events: Iterator[TraceEvent]) -> Iterator[TraceEvent]:
    for event in events:
        topic_levels = str(event.facts.get("topic", "")).split("/")
        if marks & {event.who, event.facts.get("hub"), event.facts.get("iccid"), *topic_levels}:
            yield event
