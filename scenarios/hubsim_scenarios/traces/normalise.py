"""What two runs have in common that cannot be the same byte for byte: other world, broker, seed or version.

Ids become names, topics lose their prefix, and messages lose what counts (versions, boots, connections,
sequences): positions in the log and on the line depend on the order of things within one instant, and
that order is free. For the same reason a document that another one replaces at the same instant is passed
over. So is a presence that says offline: mostly it is a will, sent by the broker, and only the remote world
hears wills. What stays is who did what, what was said, and when.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from hubsim_contract.lab.trace import TraceEvent
from hubsim_contract.wire.topics import DEFAULT_PREFIX, RETAINED, MessageKind
from hubsim_scenarios.traces.names import NameTable
from hubsim_scenarios.traces.reader import RecordedEvent, RecordedPlay

_COUNTING = frozenset({"version", "applied_version", "boot", "connection", "sequence", "number"})
"""Fields of messages and facts that count."""
_LEVELS = ("hubs", "carrier")
_REPLACED = frozenset(kind.value for kind in RETAINED)
"""Last levels of the topics on which a document replaces the former one."""


class Normalised(NamedTuple):
    """One event as it is compared, with the event itself."""

    plain: dict[str, Any]
    recorded: RecordedEvent


class NormalisedInstant(NamedTuple):
    """What happened at one instant of the world; the order within it does not count."""

    at_ms: int
    events: tuple[Normalised, ...]


def instants(play: RecordedPlay) -> list[NormalisedInstant]:
    """Return the instants of a play in the order of time."""
    names = NameTable(play.head)
    for recorded in play.events:  # names may be told after the first mention
        names.learn(recorded.event)
    together: dict[int, list[RecordedEvent]] = {}
    for recorded in play.events:
        together.setdefault(recorded.event.at_ms, []).append(recorded)
    return [NormalisedInstant(at_ms, tuple(_likened(together[at_ms], names))) for at_ms in sorted(together)]


def _likened(recorded_events: list[RecordedEvent], names: NameTable) -> Iterator[Normalised]:
    events = [recorded for recorded in recorded_events if not _is_goodbye(recorded.event)]
    said = [
        recorded.event.facts["topic"] if recorded.event.event == "published" else None for recorded in events
    ]
    last = {topic: place for place, topic in enumerate(said)}
    for place, (topic, recorded) in enumerate(zip(said, events, strict=True)):
        if _is_document(topic) and last[topic] != place:
            continue
        yield Normalised(_plain(recorded.event, names), recorded)


def _is_goodbye(event: TraceEvent) -> bool:
    if event.event != "published" or not str(event.facts["topic"]).endswith(f"/{MessageKind.PRESENCE.value}"):
        return False
    message = _payload(event.facts["payload"])
    return isinstance(message, dict) and message.get("online") is False


def _is_document(topic: object) -> bool:
    return isinstance(topic, str) and topic.rpartition("/")[2] in _REPLACED


def _plain(event: TraceEvent, names: NameTable) -> dict[str, Any]:
    plain = {name: value for name, value in event.plain().items() if name not in _COUNTING}
    if "topic" in plain:
        plain["topic"] = bare_topic(plain["topic"])
    if "payload" in plain:
        plain["payload"] = _payload(plain["payload"])
    named = names.named(msgspec.json.encode(plain).decode())
    likened: dict[str, Any] = msgspec.json.decode(named)
    return likened


def _payload(payload: str) -> object:
    try:
        message = msgspec.json.decode(payload)
    except msgspec.DecodeError:  # somebody may have published garbage
        return payload
    if not isinstance(message, dict):
        return payload
    return {name: value for name, value in message.items() if name not in _COUNTING}


def bare_topic(topic: str) -> str:
    """Return a topic from its first level of the contract on, whatever the prefix is."""
    bare = topic.removeprefix(DEFAULT_PREFIX + "/").split("/")
    for place, level in enumerate(bare):
        if level in _LEVELS:
            return "/".join(bare[place:])
    return topic
