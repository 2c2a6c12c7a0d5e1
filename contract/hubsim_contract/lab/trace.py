"""The trace: all events of a world in their order, one event per line."""

from typing import Any, NamedTuple

import msgspec

PACKET = "packet"
"""The event of an MQTT packet that a tap has recorded. All other events are messages and what stations do."""


class TraceEvent(NamedTuple):
    """One event. `who` is a person, a station (hub id, `cloud`, `carrier`), or the bench."""

    at_ms: int
    event: str
    who: str
    facts: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """Return the event as one flat mapping, as in patterns and trace files."""
        return {"at_ms": self.at_ms, "event": self.event, "who": self.who, **self.facts}


class Trace:
    """The events, append-only. With the same seed the virtual world writes the same bytes."""

    def __init__(self) -> None:
        self.events: list[TraceEvent] = []

    def add(self, at_ms: int, event: str, who: str, /, **facts: Any) -> None:
        """Append an event; values are JSON values."""
        self.events.append(TraceEvent(at_ms, event, who, facts))

    def payloads_on(self, topic: str) -> list[str]:
        """Return the payloads that were published on a topic, oldest first."""
        return [
            event.facts["payload"]
            for event in self.events
            if event.event == "published" and event.facts["topic"] == topic
        ]

    def lines(self) -> bytes:
        """Return the whole trace as JSON lines."""
        encode = msgspec.json.Encoder().encode
        return b"".join(encode(event.plain()) + b"\n" for event in self.events)
