"""Writes events of a trace for people: names instead of ids, dates with their month, changes of a message.

A published document is long, and most of it is the same as in the previous message on its topic. So an event
has the fields of its payload that changed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from hubsim_cloud.domain.zones import zone
from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.excerpts import shortened
from hubsim_scenarios.language.odd_characters import visible
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.language.wording import Wording
from hubsim_scenarios.play.context import PlayContext
from hubsim_scenarios.translation.story_language import day_of
from hubsim_scenarios.worlds.world import CannotPlay

EVENT_CHARS = 160
"""A longer event is shortened in a sentence."""
CHANGED = "changed"
"""The name of the changed fields in a plain event."""
_NUMBERING = frozenset({"contract", "boot", "sequence"})
"""Fields that differ in every message, without a meaning for the state of the hub."""
_PREFIX = re.compile(r"^.*?/(?=(?:hubs|carrier|bench)/)")
"""The part of a topic that is the same for all topics of a world."""
_WITHOUT_NAME = frozenset({"do", "fault", "fact"})
"""Facts whose value is clear without the name."""


def with_changes(events: Sequence[TraceEvent], place: int) -> dict[str, Any]:
    """Return an event as one mapping. A published document also has its `changed` fields."""
    event = events[place]
    plain = event.plain()
    content = decoded(plain)
    before = _content_before(events, place) if content is not None else None
    if content is None or before is None:
        return plain
    changed = {
        name: value
        for name, value in content.items()
        if name not in _NUMBERING and (name not in before or before[name] != value)
    }
    return {**plain, CHANGED: changed}


def decoded(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the content of a published JSON object, or None for every other event."""
    try:
        content = msgspec.json.decode(str(event["payload"]).encode())
    except (KeyError, msgspec.DecodeError):
        return None
    return content if isinstance(content, dict) else None


def _content_before(events: Sequence[TraceEvent], place: int) -> dict[str, Any] | None:
    """Return the content of the previous message on the topic of an event, or None."""
    event = events[place]
    for other in reversed(events[:place]):
        if other.event == event.event and other.facts.get("topic") == event.facts.get("topic"):
            return decoded(other.facts)
    return None


def event_words(event: Mapping[str, Any], words: Wording) -> str:
    """Return a plain event without its instant: who, the kind, and the facts that are not empty."""
    facts = (_fact(name, value, event, words) for name, value in event.items())
    kind = str(event["event"]).replace("_", " ")
    return visible(" ".join([str(event["who"]), kind, *filter(None, facts)]))


def _fact(name: str, value: object, event: Mapping[str, Any], words: Wording) -> str:
    if name in ("at_ms", "event", "who") or value in ("", None):
        return ""
    if name == "payload":
        content = decoded(event)
        if content is None:
            return words.seen(value)
        shown = {field: each for field, each in content.items() if field not in _NUMBERING}
        return "" if CHANGED in event else words.seen(shown)
    if name == "topic":
        return _PREFIX.sub("", str(value))
    if name in _WITHOUT_NAME:
        return str(value)
    text = value if isinstance(value, str) and value.isprintable() else words.seen(value, name)
    return f"{name} {text}" if name == CHANGED else f"{name}={text}"


def day_and_time(at_ms: int, zone_name: str) -> str:
    """Return an instant as `15 Jan 09:00:00`."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone(zone_name))
    return f"{day_of(at)} {at:%H:%M:%S}"


def events_about(events: Sequence[TraceEvent], marks: set[str] | None) -> Iterator[int]:
    """Yield the indices of the events with one of these ids, newest first. None: of all events."""
    for place in reversed(range(len(events))):
        event = events[place]
        topic_levels = str(event.facts.get("topic", "")).split("/")
        if marks is None or marks & {
            event.who,
            event.facts.get("hub"),
            event.facts.get("iccid"),
            *topic_levels,
        }:
            yield place


async def marks_of(context: PlayContext, hub: str) -> set[str]:
    """Return the texts that identify a hub in events: its id, and the ICCID of its Ajax SIM."""
    id_ = context.aliases.id(AliasKind.HUB, hub)
    with suppress(CannotPlay):
        return {id_, await context.world.ajax_sim(id_) or id_}
    return {id_}


async def last_event_text(context: PlayContext, hub: str | None) -> str:
    """Return the last event, about the hub with this name if one is given; empty if there is none."""
    events = context.world.trace.events
    marks = None if hub is None else await marks_of(context, hub)
    place = next(events_about(events, marks), None)
    if place is None:
        return ""
    when = day_and_time(events[place].at_ms, context.scenario.zone)
    text = context.aliases.named(event_words(with_changes(events, place), context.words))
    return shortened(f"{when} {text}", EVENT_CHARS)
