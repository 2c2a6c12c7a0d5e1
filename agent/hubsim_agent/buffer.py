"""The undelivered events, in order. Each stays until the broker acknowledges it (rule MQ-4)."""

from collections.abc import Iterable

from hubsim_agent.hub_events import DetectedEvent
from hubsim_agent.sending_pace import SendingPace
from hubsim_contract.wire.hub_bounds import EVENTS_BOUND
from hubsim_contract.wire.limits import DETAIL_CHARS_MAX
from hubsim_contract.wire.messages import HubEvent

IN_FLIGHT_MAX = 20
"""Events sent but not acknowledged. At this number the next event waits for an acknowledgement."""
ACK_LIMIT_MS = 60_000
"""Longest wait for the next acknowledgement. Consequence: the connection is treated as dead and closed."""
REFUSALS_MAX = 10
"""Refusals in the buffer. More of them are only counted, so that a flood does not displace other events."""


class EventBuffer:
    """A bounded queue. A full queue drops its oldest event that is not in flight, and counts it.

    The next event reports the number of events dropped in this boot in its detail: `events_dropped=3`.
    """

    __slots__ = (
        "_boot",
        "_dropped_reported",
        "_hub",
        "_in_flight",
        "_limit",
        "_number",
        "_token",
        "_waiting",
        "ack_limit_ms",
        "deadline_ms",
        "dropped",
        "pace",
    )

    def __init__(
        self,
        hub: str,
        boot: int,
        limit: int,
        stored: Iterable[HubEvent] = (),
        ack_limit_ms: int = ACK_LIMIT_MS,
    ) -> None:
        self.ack_limit_ms = ack_limit_ms
        self._hub = hub
        self._boot = boot
        self._limit = limit
        self._number = 0
        self._token = 0
        self._dropped_reported = 0
        self._waiting: list[HubEvent] = []
        self._in_flight: dict[int, HubEvent] = {}
        self.dropped = 0
        self.deadline_ms: int | None = None
        """Mono time in ms by which the next acknowledgement must arrive; None if nothing is in flight."""
        self.pace = SendingPace(EVENTS_BOUND)
        for event in stored:
            self._make_room()
            self._waiting.append(event)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_flight)

    def add(self, kind: DetectedEvent, at_ms: int, detail: str = "") -> bool:
        """Add an event under the next number; return False if `REFUSALS_MAX` is reached."""
        if kind is DetectedEvent.MESSAGE_REFUSED and self._refusals() >= REFUSALS_MAX:
            return False
        self._make_room()
        self._number += 1
        self._waiting.append(
            HubEvent(
                hub=self._hub,
                boot=self._boot,
                number=self._number,
                kind=kind.value,
                at_ms=at_ms,
                detail=self._with_drops(detail),
            )
        )
        return True

    def take(self, mono_ms: int) -> tuple[int, HubEvent] | None:
        """Put the next event in flight; return its token and the event, or None if none can be sent now."""
        if not self._waiting or len(self._in_flight) >= IN_FLIGHT_MAX:
            self.pace.forget()
            return None
        if not self.pace.take(mono_ms):
            return None
        if not self._in_flight:
            self.deadline_ms = mono_ms + self.ack_limit_ms
        self._token += 1
        event = self._waiting.pop(0)
        self._in_flight[self._token] = event
        return self._token, event

    def acknowledge(self, token: int, mono_ms: int) -> bool:
        """Remove the event; return False if no event with this token is in flight."""
        if self._in_flight.pop(token, None) is None:
            return False
        self.deadline_ms = mono_ms + self.ack_limit_ms if self._in_flight else None
        if not self._in_flight:
            self._in_flight.clear()  # frees its memory
        return True

    def connection_lost(self) -> None:
        """Put the events in flight back at the front of the queue, in order: their delivery is unknown."""
        self._waiting[:0] = self._in_flight.values()
        self._in_flight.clear()
        self.deadline_ms = None
        self.pace.forget()

    def kept(self) -> tuple[HubEvent, ...]:
        """Return all unacknowledged events, oldest first."""
        return (*self._in_flight.values(), *self._waiting)

    def _refusals(self) -> int:
        return sum(event.kind == DetectedEvent.MESSAGE_REFUSED for event in self.kept())

    def _make_room(self) -> None:
        if len(self) < self._limit:
            return
        if self._waiting:
            self._waiting.pop(0)
        else:
            del self._in_flight[next(iter(self._in_flight))]
        self.dropped += 1

    def _with_drops(self, detail: str) -> str:
        """Return the detail within its limit, with the number of dropped events if that has changed."""
        if self.dropped == self._dropped_reported:
            return detail[:DETAIL_CHARS_MAX]
        self._dropped_reported = self.dropped
        drops = f"events_dropped={self.dropped}"
        return f"{detail[: DETAIL_CHARS_MAX - len(drops) - 2]}; {drops}" if detail else drops
