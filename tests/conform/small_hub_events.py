"""The events of the small hub until the broker acknowledges them, with their defects."""

import json
from dataclasses import dataclass, field
from typing import Any

from small_hub_ports import Clock

IN_FLIGHT_MAX = 20
KEPT = ("boot", "number", "kind", "at_ms", "detail")


@dataclass
class EventBuffer:
    """The events of a hub, oldest first. `in_flight` has those that are sent, by packet id."""

    hub: str
    boot: int
    size: int
    defects: frozenset[str]
    waiting: list[dict[str, Any]]
    number: int = 0
    newest_ms: int = 0
    dropped: int = 0
    dropped_told: int = 0
    overlooked: bool = False
    in_flight: dict[int, dict[str, Any]] = field(default_factory=dict)

    def has(self, defect: str) -> bool:
        """Return whether the hub has this defect."""
        return defect in self.defects

    def add(self, kind: str, detail: str, now: Clock, *, online: bool) -> bool:
        """Keep an event until it is acknowledged; return whether it is kept."""
        if self.has("drops events offline") and not online:
            return False
        self.overlooked = not online and not self.overlooked
        if self.has("keeps every second event") and self.overlooked:
            return False
        self.number += 1
        if self.has("leaves out numbers") and self.number % 2 == 0:
            self.number += 1
        if self.has("repeats numbers"):
            self.number = 1
        size = 10 if self.has("small event buffer") else self.size
        while len(self.waiting) >= size:
            del self.waiting[0]
            self.dropped += 1
        if self.dropped > self.dropped_told and not self.has("loss not counted"):
            self.dropped_told = self.dropped
            detail = f"{detail}; events_dropped={self.dropped}"
        if not self.has("detail too long"):
            detail = detail[:200]
        event = {"boot": self.boot, "number": self.number, "kind": kind}
        at_ms = 0 if self.has("event time 0") else now.wall_ms
        if self.has("clock that never goes back"):
            at_ms = self.newest_ms = max(self.newest_ms, at_ms)
        self.waiting.append(event | {"at_ms": at_ms, "detail": detail, "sent": False})
        return True

    def to_send(self) -> list[dict[str, Any]]:
        """Return the events that can be sent now."""
        waiting = [event for event in self.waiting if event not in self.in_flight.values()]
        if self.has("resends for ever"):
            waiting = [event for event in waiting if not event["sent"]]
        if self.has("newest event first"):
            waiting.reverse()
        return waiting[: IN_FLIGHT_MAX - len(self.in_flight)]

    def sending(self, event: dict[str, Any], now: Clock) -> bytes:
        """Return the message of an event that is sent now."""
        message = {"contract": 1, "hub": self.hub, **{key: event[key] for key in KEPT}}
        if self.has("event time of sending") and "timed" not in event:
            event["timed"] = event["at_ms"] = message["at_ms"] = now.wall_ms
        if self.has("event kind in upper case"):
            message["kind"] = event["kind"].upper()
        payload = json.dumps(message).encode()
        if self.has("events that are not JSON") and event["kind"] == "message_refused":
            payload = payload.replace(b'"', b"'")
        event["sent"] = True
        event["sent_s"] = now.s
        return payload

    def disconnected(self, now: Clock) -> None:
        """Take back the events in flight: their fate is unknown."""
        if self.has("renumbers events") and self.in_flight:
            flying = [
                event["number"]
                for event in self.in_flight.values()
                if event["boot"] == self.boot and now.s - event["sent_s"] > 0.0015
            ]
            self.number = max(flying, default=self.number)
            for event in self.waiting:
                if event["boot"] != self.boot or not flying:
                    continue
                self.number += 1
                event["number"] = self.number
        self.in_flight.clear()
