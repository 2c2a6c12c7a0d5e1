"""How things stood when a play ended without a pass: the hubs, and what was said last about them."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec

from contract.bench import Look
from contract.trace import TraceEvent
from scenarios.expecting import hub_looks
from scenarios.language.steps import AnyStep, BenchAct, InjectFault, PersonAct, PersonSees, Subject
from scenarios.language.vocabulary import AliasKind, AliasRef
from scenarios.step import Stage
from scenarios.worlds.world import CannotPlay

EVENTS_SHOWN = 6
"""So many of the last events are kept: enough to see what the hub said and heard before it went wrong."""


class Aftermath(msgspec.Struct, frozen=True):
    """What to look at first when a play is no pass."""

    hub: str | None = None
    """The name of the hub that the failed step is about."""
    looks: dict[str, dict[str, Look]] = {}
    """Hub alias to its looks: of the hub concerned, or of all when the step is about none."""
    events: tuple[dict[str, Any], ...] = ()
    """The last events of the trace, oldest first: those about the hub, or all when the step is about none."""
    names: dict[str, str] = {}
    """What the scenario calls things, by the ids that stand in the events."""


async def aftermath(stage: Stage, step: AnyStep | None) -> Aftermath:
    """Return how things stand now, after this step did not hold (None: the world was not even built).

    Of a world that cannot be looked at any more, because its server is gone, only what was said remains.
    """
    if step is None:
        return Aftermath()
    hub = concerned(step)
    looks = {alias: look for alias, look in (await _looks(stage)).items() if hub in (None, alias)}
    newest_first = reversed(stage.world.trace.events)
    about = newest_first if hub is None else _about(await _marks(stage, hub), newest_first)
    events = [{**event.plain(), "who": stage.cast.name(event.who)} for event in islice(about, EVENTS_SHOWN)]
    return Aftermath(hub, looks, tuple(reversed(events)), stage.cast.names())


async def _looks(stage: Stage) -> dict[str, dict[str, Look]]:
    with suppress(CannotPlay):
        return await hub_looks(stage)
    return {}


def concerned(step: AnyStep) -> str | None:
    """Return the name of the hub that a step is about, or None."""
    if isinstance(step, BenchAct):
        return step.hub
    named: list[object] = []
    if isinstance(step, Subject):
        named = [step.subject]
    elif isinstance(step, PersonAct | PersonSees | InjectFault):
        named = list(step.fields.values())
    hubs = [each.name for each in named if isinstance(each, AliasRef) and each.kind is AliasKind.HUB]
    return hubs[0] if hubs else None


async def _marks(stage: Stage, hub: str) -> set[str]:
    """Return what names the hub in an event: its id, and its Ajax SIM."""
    id_ = stage.cast.id(AliasKind.HUB, hub)
    with suppress(CannotPlay):
        return {id_, await stage.world.ajax_sim(id_) or id_}
    return {id_}


def _about(marks: set[str], events: Iterator[TraceEvent]) -> Iterator[TraceEvent]:
    for event in events:
        topic_levels = str(event.facts.get("topic", "")).split("/")
        if marks & {event.who, event.facts.get("hub"), event.facts.get("iccid"), *topic_levels}:
            yield event
