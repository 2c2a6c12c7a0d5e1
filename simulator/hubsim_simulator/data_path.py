"""The network path of one hub's MQTT connection: it passes messages, slows them, or stalls.

Owns the messages on the path, in both directions, each in its order. A path without limits passes a message
at once. A stalled path holds everything, as TCP does while no packet arrives. It ends after one and a half
keepalives: then both ends treat the connection as dead (MQTT 3.1.1 section 3.1.2.10). Times are milliseconds
on the world clock.
"""

from collections import deque
from typing import Any, Generic, TypeVar

from hubsim_contract.mqtt.port import Connect, PortEffect, PortEvent, Publish, Received
from hubsim_contract.timer_queue import earliest

OVERHEAD_BYTES = 60
"""The bytes of a message in addition to its payload: MQTT, TCP and IP, about."""
_BITS_MS = 8 * 1000
ItemT = TypeVar("ItemT")


def size_of(item: PortEffect | PortEvent) -> int:
    """Return the bytes of a message on the path, about."""
    payload = item.payload if isinstance(item, Publish | Received) else b""
    return OVERHEAD_BYTES + len(payload)


class _MessageQueue(Generic[ItemT]):
    """The messages in one direction, with the instant at which each has passed."""

    __slots__ = ("_free_ms", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, ItemT]] | None = None
        """None while no message waits: an empty queue takes as much memory as a connection."""
        self._free_ms = 0

    def add(self, item: ItemT, size: int, rate_bps: int | None, now_ms: int) -> None:
        """Add a message after the ones that wait."""
        self._free_ms = max(self._free_ms, now_ms)
        if rate_bps is not None:
            self._free_ms += -(-size * _BITS_MS // rate_bps)
        if self.waiting is None:
            self.waiting = deque()
        self.waiting.append((self._free_ms, item))

    def take(self, now_ms: int) -> list[ItemT]:
        """Return the messages that have passed."""
        passed = []
        while self.waiting and self.waiting[0][0] <= now_ms:
            passed.append(self.waiting.popleft()[1])
        if not self.waiting:
            self.waiting = None
        return passed

    def flush(self) -> list[ItemT]:
        """Return all messages that wait."""
        waiting, self.waiting = self.waiting, None
        return [item for _, item in waiting or ()]

    def due(self) -> int | None:
        """Return when the next message has passed, or None."""
        return self.waiting[0][0] if self.waiting else None


class DataPath:
    """The path of one connection, from its `Connect` on."""

    __slots__ = ("_in", "_keepalive_ms", "_out", "dies_ms", "opened", "rate_bps")

    def __init__(self, rate_bps: int | None) -> None:
        self.rate_bps = rate_bps
        """The rate in each direction; None: without a limit."""
        self.opened = False
        """Whether the `Connect` has passed."""
        self.dies_ms: int | None = None
        """When a stalled path ends the connection; None: it is not stalled."""
        self._keepalive_ms = 0
        self._out: _MessageQueue[PortEffect] = _MessageQueue()
        self._in: _MessageQueue[PortEvent] = _MessageQueue()

    def send(self, effect: PortEffect, now_ms: int) -> list[PortEffect]:
        """Send an effect to the broker. Return the effects that pass now."""
        if isinstance(effect, Connect):
            self._keepalive_ms = effect.keepalive_s * 1000
            if self.dies_ms is not None:
                self.dies_ms = self._dies_ms(now_ms)
        if self._is_free(self._out):
            self.opened = self.opened or isinstance(effect, Connect)
            return [effect]
        self._out.add(effect, size_of(effect), self.rate_bps, now_ms)
        return self.take_out(now_ms)

    def receive(self, event: PortEvent, now_ms: int) -> list[PortEvent]:
        """Receive an event of the broker. Return the events that pass now."""
        if self._is_free(self._in):
            return [event]
        self._in.add(event, size_of(event), self.rate_bps, now_ms)
        return self.take_in(now_ms)

    def stall(self, now_ms: int) -> None:
        """Hold everything from now on. A stalled path does not change."""
        if self.dies_ms is None:
            self.dies_ms = self._dies_ms(now_ms)

    def resume(self) -> None:
        """Stop holding: what waits is due as if the path had never stalled."""
        self.dies_ms = None

    def due(self) -> int | None:
        """Return when messages have passed, or when the connection dies; None: never."""
        return earliest(self._out.due(), self._in.due()) if self.dies_ms is None else self.dies_ms

    def is_dead(self, now_ms: int) -> bool:
        """Return whether the path has stalled for too long."""
        return self.dies_ms is not None and self.dies_ms <= now_ms

    def take_out(self, now_ms: int) -> list[PortEffect]:
        """Return the effects that have passed to the broker."""
        passed = [] if self.dies_ms is not None else self._out.take(now_ms)
        self.opened = self.opened or any(isinstance(effect, Connect) for effect in passed)
        return passed

    def take_in(self, now_ms: int) -> list[PortEvent]:
        """Return the events that have passed to the hub."""
        return [] if self.dies_ms is not None else self._in.take(now_ms)

    def flush(self) -> list[PortEffect]:
        """Return all effects that wait: a connection is closed gracefully after what was sent before."""
        return self._out.flush()

    def _is_free(self, queue: _MessageQueue[Any]) -> bool:
        """Return whether a message passes at once, as it does on almost every path."""
        return self.rate_bps is None and self.dies_ms is None and not queue.waiting

    def _dies_ms(self, now_ms: int) -> int:
        return now_ms + self._keepalive_ms * 3 // 2
