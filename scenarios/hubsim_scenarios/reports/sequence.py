"""A trace as a sequence diagram: who stands beside whom, and which row says what. Pure.

The trace has what was published, not what was delivered: a row goes from the station to the broker, and
names the station that the topic is meant for. Of what a fault struck it has how often it arrived.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any

import msgspec

from hubsim_contract.lab.trace import TraceEvent
from hubsim_contract.wire.topics import CARRIER_KINDS, MessageKind

CLOUD, CARRIER, BROKER = "cloud", "carrier", "broker"
_TO_CLOUD = frozenset(
    {MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS, MessageKind.CONFIRMATION}
)


class LaneKind(StrEnum):
    """Who stands in a lane."""

    PERSON = "person"
    CLOUD = "cloud"
    BROKER = "broker"
    CARRIER = "carrier"
    HUB = "hub"


class Lane(msgspec.Struct, frozen=True):
    """One vertical line of the diagram."""

    name: str
    kind: LaneKind


class RowKind(StrEnum):
    """How a row is drawn."""

    WISH = "wish"
    GRANTED = "granted"
    REFUSED = "refused"
    BENCH_ACTIONS = "hands"
    FAULT = "fault"
    """Across all lanes."""
    MESSAGE = "message"
    """Through the broker."""
    STRUCK = "struck"
    """From the broker to its receiver, as a fault left it."""
    LOST = "lost"
    COMPLAINT = "complaint"
    FACT = "fact"
    OTHER = "other"


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One event. Lanes by their place; the same one twice is a row that stays in its lane."""

    at_ms: int
    kind: RowKind
    source: int
    target: int
    label: str
    facts: Mapping[str, Any]


class Diagram(msgspec.Struct, frozen=True):
    """All lanes and rows."""

    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]


def sequence(events: Sequence[TraceEvent], hubs: Mapping[str, str]) -> Diagram:
    """Return the diagram of a trace; `hubs` names each hub by its id."""
    people = dict.fromkeys(event.who for event in events if event.event in ("act", "answered"))
    lanes = {who: Lane(who, LaneKind.PERSON) for who in people if who not in hubs}
    lanes[CLOUD] = Lane(CLOUD, LaneKind.CLOUD)
    lanes[BROKER] = Lane(BROKER, LaneKind.BROKER)
    lanes[CARRIER] = Lane(CARRIER, LaneKind.CARRIER)
    lanes |= {hub: Lane(name, LaneKind.HUB) for hub, name in hubs.items()}
    places = {who: place for place, who in enumerate(lanes)}
    return Diagram(tuple(lanes.values()), tuple(_row(event, places, hubs) for event in events))


def _row(event: TraceEvent, places: Mapping[str, int], hubs: Mapping[str, str]) -> Row:
    source = places.get(event.who, places[BROKER])
    kind, target, label = RowKind.OTHER, source, event.event
    match event.event:
        case "act":
            kind, target, label = RowKind.WISH, places[CLOUD], _words(event.facts["do"])
        case "answered":
            kind, label = _answer(event.facts.get("refused"))
            source, target = (source if event.who in hubs else places[CLOUD]), source
        case "bench":
            kind, label = RowKind.BENCH_ACTIONS, _words(event.facts["do"])
        case "fault":
            kind, label = RowKind.FAULT, _words(event.facts["fault"])
        case "published":
            kind, label = RowKind.MESSAGE, message_label(event.facts["topic"], event.facts["payload"])
            target = places.get(_meant_for(event.facts["topic"]), places[BROKER])
        case "interfered":
            kind, label = RowKind.STRUCK, _struck(event.facts)
            source = places[BROKER]
            target = places.get(event.who, source)
        case "connection_lost":
            kind, label, target = RowKind.LOST, "connection lost", places[BROKER]
        case "refused_message":
            kind, label = RowKind.COMPLAINT, f"refuses a message ({event.facts['rule']})"
        case "fact":
            kind, label = RowKind.FACT, _words(event.facts["fact"])
    return Row(event.at_ms, kind, source, target, label, event.facts)


def _answer(refused: str | None) -> tuple[RowKind, str]:
    return (RowKind.GRANTED, "granted") if refused is None else (RowKind.REFUSED, f"refused: {refused}")


def _struck(facts: Mapping[str, Any]) -> str:
    _, kind = _subject_and_kind(facts["topic"])
    arrives = facts["arrives"]
    return f"{kind} {'does not arrive now' if arrives == 0 else f'arrives {arrives} times, or changed'}"


def message_label(topic: str, payload: str) -> str:
    """Return what a message is about, in a few words; garbage is said to be that."""
    subject, kind = _subject_and_kind(topic)
    said: dict[str, Any] = {}
    with suppress(msgspec.DecodeError):
        decoded = msgspec.json.decode(payload.encode())
        said = decoded if isinstance(decoded, dict) else {}
    if not said:
        return f"{kind or topic}: unreadable" if payload else f"{kind or topic}: cleared"
    label = _LABELS[kind](said) if kind in _LABELS else ""
    about = f" (card …{subject[-4:]})" if kind in CARRIER_KINDS else ""
    return f"{kind} {label}{about}".strip()


_LABELS: dict[str, Callable[[dict[str, Any]], str]] = {
    MessageKind.DESIRED: lambda said: f"v{said.get('version')}, {_words(said.get('service'))}",
    MessageKind.REPORTED: lambda said: f"v{said.get('applied_version')}, {_words(said.get('service'))}",
    MessageKind.PRESENCE: lambda said: "online" if said.get("online") else "offline",
    MessageKind.EVENTS: lambda said: _words(said.get("kind")),
    MessageKind.ORDER: lambda said: f"{said.get('sequence')}, {said.get('profile')}",
    MessageKind.CONFIRMATION: lambda said: f"{said.get('sequence')}, {said.get('stage')}",
}


def _subject_and_kind(topic: str) -> tuple[str, str]:
    """Return whom a topic of any prefix is about, and its kind; both empty when it is none of ours."""
    branch, middle, last = ["", "", "", *topic.split("/")][-3:]
    if branch == "hubs":
        return middle, last
    return (last, middle) if branch == CARRIER else ("", "")


def _meant_for(topic: str) -> str:
    """Return the station that hears messages of this topic."""
    subject, kind = _subject_and_kind(topic)
    if kind in _TO_CLOUD:
        return CLOUD
    return CARRIER if kind == MessageKind.ORDER else subject


def _words(name: object) -> str:
    return str(name).replace("_", " ")
