"""A trace as a sequence diagram: its lanes and its rows. Pure.

The trace contains published messages, not deliveries. So a row goes from the sender to the broker, and names
the receiver that the topic is meant for. For a message that a fault changed, the trace has the number of
deliveries.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any

import msgspec

from hubsim_contract.lab.trace import PACKET, TraceEvent
from hubsim_contract.wire.topics import CARRIER_KINDS, NO_SUBJECT, RECEIVED_BY_CLOUD, MessageKind
from hubsim_scenarios.translation.story_language import is_english, name_of, say

CLOUD, CARRIER, BROKER = "cloud", "carrier", "broker"


class LaneKind(StrEnum):
    """The kind of participant of a lane."""

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

    COMMAND = "wish"
    ACCEPTED = "granted"
    REFUSED = "refused"
    BENCH_ACTION = "bench_action"
    FAULT = "fault"
    """Across all lanes."""
    MESSAGE = "message"
    """Through the broker."""
    FAULTY_DELIVERY = "struck"
    """From the broker to the receiver, after a fault dropped, repeated or changed the message."""
    CONNECTION_LOST = "lost"
    REFUSED_MESSAGE = "complaint"
    FACT = "fact"
    PACKET = "packet"
    """An MQTT packet between a station and the broker."""
    OTHER = "other"


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One event. `source` and `target` are indices of lanes, equal if the event concerns one lane."""

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
    """Return the diagram of a trace. `hubs` has the name of each hub by its id."""
    people = dict.fromkeys(event.who for event in events if event.event in ("act", "answered"))
    lanes = {who: Lane(who, LaneKind.PERSON) for who in people if who not in hubs}
    lanes[CLOUD] = Lane(CLOUD, LaneKind.CLOUD)
    lanes[BROKER] = Lane(BROKER, LaneKind.BROKER)
    lanes[CARRIER] = Lane(CARRIER, LaneKind.CARRIER)
    lanes |= {hub: Lane(name, LaneKind.HUB) for hub, name in hubs.items()}
    places = {who: place for place, who in enumerate(lanes)}
    rows = (
        _packet_row(event, places) if event.event == PACKET else _row(event, places, hubs) for event in events
    )
    return Diagram(tuple(lanes.values()), tuple(rows))


def _row(event: TraceEvent, places: Mapping[str, int], hubs: Mapping[str, str]) -> Row:
    source = places.get(event.who, places[BROKER])
    kind, target, label = RowKind.OTHER, source, event.event
    match event.event:
        case "act":
            kind, target, label = RowKind.COMMAND, places[CLOUD], _words(event.facts["do"])
        case "answered":
            kind, label = _answer(event.facts.get("refused"))
            source, target = (source if event.who in hubs else places[CLOUD]), source
        case "bench":
            kind, label = RowKind.BENCH_ACTION, _words(event.facts["do"])
        case "fault":
            kind, label = RowKind.FAULT, _words(event.facts["fault"])
        case "published":
            kind, label = RowKind.MESSAGE, message_label(event.facts["topic"], event.facts["payload"])
            target = places.get(_meant_for(event.facts["topic"]), places[BROKER])
        case "interfered":
            kind, label = RowKind.FAULTY_DELIVERY, _faulty_delivery(event.facts)
            source = places[BROKER]
            target = places.get(event.who, source)
        case "connection_lost":
            kind, label, target = RowKind.CONNECTION_LOST, say("connection lost"), places[BROKER]
        case "refused_message":
            kind, label = RowKind.REFUSED_MESSAGE, say("refuses a message ({rule})", rule=event.facts["rule"])
        case "fact":
            kind, label = RowKind.FACT, _words(event.facts["fact"])
    return Row(event.at_ms, kind, source, target, label, event.facts)


def _answer(refused: str | None) -> tuple[RowKind, str]:
    return (
        (RowKind.ACCEPTED, say("accepted"))
        if refused is None
        else (RowKind.REFUSED, say("refused: {name}", name=refused))
    )


def _packet_row(event: TraceEvent, places: Mapping[str, int]) -> Row:
    """Return the row of a packet, labelled with its kind and the kind of message that it is about."""
    facts, broker = event.facts, places[BROKER]
    station = places.get(event.who, broker)
    topic = str(facts.get("topic", ""))
    about = _subject_and_kind(topic)[1] or topic or facts.get("reason") or facts.get("by") or ""
    ends = (broker, station) if facts.get("direction") == "to_client" else (station, broker)
    return Row(event.at_ms, RowKind.PACKET, *ends, f"{facts['packet']} {about}".strip(), facts)


def _faulty_delivery(facts: Mapping[str, Any]) -> str:
    _, kind = _subject_and_kind(facts["topic"])
    match facts["arrives"]:
        case 0:
            return say("{kind} is not delivered now", kind=_kind_name(kind))
        case 1:
            return say("{kind} is delivered once, changed", kind=_kind_name(kind))
        case count:
            return say("{kind} is delivered {count} times", kind=_kind_name(kind), count=count)


def message_label(topic: str, payload: str) -> str:
    """Return a short description of a message. A payload that is not a JSON object is `unreadable`."""
    subject, kind = _subject_and_kind(topic)
    content: dict[str, Any] = {}
    with suppress(msgspec.DecodeError):
        decoded = msgspec.json.decode(payload.encode())
        content = decoded if isinstance(decoded, dict) else {}
    if not content:
        name = _kind_name(kind) or topic
        return say("{kind}: unreadable", kind=name) if payload else say("{kind}: cleared", kind=name)
    label = _LABELS[kind](content) if kind in _LABELS else ""
    about = say(" (card …{digits})", digits=subject[-4:]) if kind in CARRIER_KINDS else ""
    return f"{_kind_name(kind)} {label}{about}".strip()


_LABELS: dict[str, Callable[[dict[str, Any]], str]] = {
    MessageKind.DESIRED: lambda content: f"v{content.get('version')}, {_words(content.get('service'))}",
    MessageKind.REPORTED: lambda content: (
        f"v{content.get('applied_version')}, {_words(content.get('service'))}"
    ),
    MessageKind.PRESENCE: lambda content: say("online") if content.get("online") else say("offline"),
    MessageKind.CLOUD_PRESENCE: lambda content: say("online") if content.get("online") else say("offline"),
    MessageKind.HEARD: lambda content: say("report {number}", number=content.get("sequence")),
    MessageKind.EVENTS: lambda content: _words(content.get("kind")),
    MessageKind.ORDER: lambda content: f"{content.get('sequence')}, {say(str(content.get('profile')))}",
    MessageKind.CONFIRMATION: lambda content: f"{content.get('sequence')}, {_words(content.get('stage'))}",
}


def _subject_and_kind(topic: str) -> tuple[str, str]:
    """Return the hub or card that a topic is about, and its kind. Both are empty for a foreign topic."""
    branch, middle, last = ["", "", "", *topic.split("/")][-3:]
    if branch == "hubs":
        return middle, last
    if (middle, last) == ("cloud", "presence"):
        return NO_SUBJECT, MessageKind.CLOUD_PRESENCE
    return (last, middle) if branch == CARRIER else ("", "")


def _meant_for(topic: str) -> str:
    """Return the lane of the participant that subscribes to this topic."""
    subject, kind = _subject_and_kind(topic)
    if kind in RECEIVED_BY_CLOUD:
        return CLOUD
    return CARRIER if kind == MessageKind.ORDER else subject


def _words(name: object) -> str:
    return name_of(str(name))


def _kind_name(kind: str) -> str:
    """Return the name of a kind of messages: that of the wire in English."""
    return kind if is_english() else name_of(kind)
