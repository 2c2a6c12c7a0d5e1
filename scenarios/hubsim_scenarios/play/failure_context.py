"""The state of the hubs at the end of a play that did not pass, and the last events about them."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.steps import (
    AnyStep,
    BenchStep,
    InjectFault,
    PersonSees,
    PersonStep,
    Subject,
    Together,
)
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef
from hubsim_scenarios.play.context import PlayContext
from hubsim_scenarios.play.expectations import hub_snapshots
from hubsim_scenarios.worlds.world import CannotPlay

EVENTS_SHOWN = 6
"""Number of last events that are kept: enough to see the hub's last messages before the failure."""


class FailureContext(msgspec.Struct, frozen=True):
    """The first things to look at when a play did not pass."""

    hub: str | None = None
    """The name of the hub that the failed step is about, if it is about one."""
    snapshots: dict[str, dict[str, Snapshot]] = msgspec.field(default={}, name="looks")
    """Hub alias to its snapshots: the hub of the step, or all hubs if the step is about none."""
    events: tuple[dict[str, Any], ...] = ()
    """The last events of the trace, oldest first: about the hub of the step, or about anything."""
    names: dict[str, str] = {}
    """The scenario's aliases by the ids that are in the events."""


async def failure_context(context: PlayContext, step: AnyStep | None) -> FailureContext:
    """Return the state after this step failed (None: the world could not be built).

    If the world cannot be queried, for example because its server is gone, only the events are returned.
    """
    if step is None:
        return FailureContext()
    hub = concerned(step)
    snapshots = {alias: look for alias, look in (await _snapshots(context)).items() if hub in (None, alias)}
    newest_first = reversed(context.world.trace.events)
    about = newest_first if hub is None else _about(await _marks(context, hub), newest_first)
    events = [
        {**event.plain(), "who": context.aliases.name(event.who)} for event in islice(about, EVENTS_SHOWN)
    ]
    return FailureContext(hub, snapshots, tuple(reversed(events)), context.aliases.names())


async def _snapshots(context: PlayContext) -> dict[str, dict[str, Snapshot]]:
    with suppress(CannotPlay):
        return await hub_snapshots(context)
    return {}


def concerned(step: AnyStep) -> str | None:
    """Return the alias of the hub that a step is about, or None."""
    if isinstance(step, Together):
        hubs = [hub for hub in map(concerned, step.members) if hub is not None]
        return hubs[0] if len(set(hubs)) == 1 else None
    if isinstance(step, BenchStep):
        return step.hub
    named: list[object] = []
    if isinstance(step, Subject):
        named = [step.subject]
    elif isinstance(step, PersonStep | PersonSees | InjectFault):
        named = list(step.fields.values())
    named_hubs = [each.name for each in named if isinstance(each, AliasRef) and each.kind is AliasKind.HUB]
    return named_hubs[0] if named_hubs else None


async def _marks(context: PlayContext, hub: str) -> set[str]:
    """Return the texts that identify the hub in events: its id, and the ICCID of its Ajax SIM."""
    id_ = context.aliases.id(AliasKind.HUB, hub)
    with suppress(CannotPlay):
        return {id_, await context.world.ajax_sim(id_) or id_}
    return {id_}


def _about(marks: set[str], events: Iterator[TraceEvent]) -> Iterator[TraceEvent]:
    for event in events:
        topic_levels = str(event.facts.get("topic", "")).split("/")
        if marks & {event.who, event.facts.get("hub"), event.facts.get("iccid"), *topic_levels}:
            yield event
