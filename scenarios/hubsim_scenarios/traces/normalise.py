"""Normalises events, to compare runs that differ in world, broker, seed or version.

- Ids become names, and topics lose their prefix.
- Messages and facts lose their counters (versions, boots, connections, sequences). The order of events within
  one instant is not defined, and counters depend on that order.
- For the same reason a document is omitted if another one replaces it at the same instant.
- A presence with `online` false is omitted. It is usually a will that the broker sends, and only the remote
  world receives wills.

The actors, their actions, the messages and the times remain.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from hubsim_contract.lab.trace import TraceEvent
from hubsim_contract.wire.topics import DEFAULT_PREFIX, RETAINED, MessageKind
from hubsim_scenarios.traces.names import NameTable
from hubsim_scenarios.traces.reader import RecordedEvent, RecordedPlay

_COUNTING = frozenset({"version", "applied_version", "boot", "connection", "sequence", "number"})
"""Fields of messages and facts that are counters."""
_LEVELS = ("hubs", "carrier", "cloud")
_REPLACED = frozenset(kind.value for kind in RETAINED)
"""Last levels of the topics on which a document replaces the one before it."""


class Normalised(NamedTuple):
    """A normalised event, with the original one."""

    plain: dict[str, Any]
    recorded: RecordedEvent


class NormalisedInstant(NamedTuple):
    """The events at one instant of the world time. Their order has no meaning."""

    at_ms: int
    events: tuple[Normalised, ...]


def instants(play: RecordedPlay) -> list[NormalisedInstant]:
    """Return the instants of a play in the order of time."""
    names = NameTable(play.head)
    for recorded in play.events:  # an event can define a name after the first use of its id
        names.learn(recorded.event)
    together: dict[int, list[RecordedEvent]] = {}
    for recorded in play.events:
        together.setdefault(recorded.event.at_ms, []).append(recorded)
    return [
        NormalisedInstant(at_ms, tuple(_normalised(together[at_ms], names))) for at_ms in sorted(together)
    ]


def _normalised(recorded_events: list[RecordedEvent], names: NameTable) -> Iterator[Normalised]:
    events = [recorded for recorded in recorded_events if not _is_offline_presence(recorded.event)]
    topics = [
        recorded.event.facts["topic"] if recorded.event.event == "published" else None for recorded in events
    ]
    last = {topic: index for index, topic in enumerate(topics)}
    for index, (topic, recorded) in enumerate(zip(topics, events, strict=True)):
        if _is_document(topic) and last[topic] != index:
            continue
        yield Normalised(_plain(recorded.event, names), recorded)


def _is_offline_presence(event: TraceEvent) -> bool:
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
    normalised: dict[str, Any] = msgspec.json.decode(named)
    return normalised


def _payload(payload: str) -> object:
    try:
        message = msgspec.json.decode(payload)
    except msgspec.DecodeError:  # a client can publish any bytes
        return payload
    if not isinstance(message, dict):
        return payload
    return {name: value for name, value in message.items() if name not in _COUNTING}


def bare_topic(topic: str) -> str:
    """Return a topic without its prefix, from the first level that the contract defines."""
    bare = topic.removeprefix(DEFAULT_PREFIX + "/").split("/")
    for index, level in enumerate(bare):
        if level in _LEVELS:
            return "/".join(bare[index:])
    return topic
