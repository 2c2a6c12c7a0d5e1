"""Selects events of a trace: by hub, by kind, by time."""

from collections.abc import Iterator

import msgspec

from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.language.errors import BadText, did_you_mean, quoted
from hubsim_scenarios.language.moves import MovesBackwards, MovesTooFar, move, resolve
from hubsim_scenarios.traces.names import NameTable
from hubsim_scenarios.traces.reader import RecordedEvent, RecordedPlay
from hubsim_scenarios.traces.records import KINDS, EventRecord


class TraceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions for an event. Every condition must be met."""

    hub: str | None = None
    """Name or id of a hub: events by it, messages to it, and facts about it and its cards."""
    events: tuple[str, ...] = ()
    """Kinds of events, facts or messages (`reported`). Empty: all kinds."""
    since: str | None = None
    """A clock move from the start of the play: an instant, or `+3 d`."""
    until: str | None = None
    """As `since`. Events at this instant are selected."""


class BadTraceFilter(BadText):
    """The trace does not contain the hub or kind of the filter."""


def selected(play: RecordedPlay, wanted: TraceFilter) -> Iterator[RecordedEvent]:
    """Yield the selected events. Raises `BadText` before the first one."""
    names = NameTable(play.head)
    for recorded in play.events:
        names.learn(recorded.event)
    marks = _marks(play, names, wanted.hub) if wanted.hub is not None else None
    _check_kinds(play, wanted.events)
    since_ms, until_ms = _instant(play, "--since", wanted.since), _instant(play, "--until", wanted.until)
    return (
        recorded
        for recorded in play.events
        if (marks is None or _about(recorded, marks))
        and (not wanted.events or _kinds(recorded) & set(wanted.events))
        and (since_ms is None or recorded.event.at_ms >= since_ms)
        and (until_ms is None or recorded.event.at_ms <= until_ms)
    )


def _marks(play: RecordedPlay, names: NameTable, hub: str) -> set[str]:
    """Return the ids that mark an event of a hub: its own, and those of all cards that were in it."""
    id_ = names.id(hub)
    hubs = {
        each.event.facts["hub"]: None for each in play.events if isinstance(each.event.facts.get("hub"), str)
    }
    if id_ not in hubs and hub not in names:
        known = [names.named(each) for each in hubs]
        raise BadTraceFilter(f"this play has no hub {quoted(hub)}", did_you_mean(hub, known))
    marks = {id_}
    for recorded in play.events:
        facts = recorded.event.facts
        if facts.get("fact") == "sims_observed" and facts.get("hub") == id_:
            marks |= {slot["iccid"] for slot in facts["sims"] if slot["iccid"] is not None}
    return marks


def _about(recorded: RecordedEvent, marks: set[str]) -> bool:
    event = recorded.event
    levels = str(event.facts.get("topic", "")).split("/")
    return bool(marks & {event.who, str(event.facts.get("hub")), str(event.facts.get("iccid")), *levels})


def _kinds(recorded: RecordedEvent) -> set[str]:
    """Return the kinds of an event: of the event, of its fact, and of its message."""
    facts = recorded.event.facts
    levels = str(facts.get("topic", "")).split("/")
    fact = {str(facts["fact"])} if "fact" in facts else set()
    return {recorded.event.event, *fact, *(kind for kind in MessageKind if kind in levels[-3:])}


def _check_kinds(play: RecordedPlay, wanted: tuple[str, ...]) -> None:
    known = {name for name, kind in KINDS.items() if issubclass(kind, EventRecord)} | set(MessageKind)
    for recorded in play.events:
        known |= _kinds(recorded)
    for kind in wanted:
        if kind not in known:
            raise BadTraceFilter(
                f"this play has no event, fact or message {quoted(kind)}", did_you_mean(kind, known)
            )


def _instant(play: RecordedPlay, option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return resolve(move(text, play.head.zone), play.head.at_ms, play.head.zone)
    except (MovesBackwards, MovesTooFar) as beyond:
        return beyond.target_ms
    except BadText as bad:
        raise BadText(f"{option}: {bad.text}", bad.hint) from bad
