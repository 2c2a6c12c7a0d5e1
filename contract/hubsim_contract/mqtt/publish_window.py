"""The publishes of one connection that the broker has not acknowledged, and those that wait for their turn.

Owns the packet ids (2.3.1) and the limit of messages in flight. Pure: the connection sends what this says.
"""

from collections import deque

from hubsim_contract.mqtt.codec.packets import MAX_PACKET_ID
from hubsim_contract.mqtt.port import Publish


class TooManyUnacknowledged(Exception):
    """The messages in flight and waiting are more than the limit."""


class PublishWindow:
    """At most `in_flight` messages are in flight, and `unacknowledged` in flight or waiting, in order."""

    __slots__ = ("_in_flight", "_last_id", "_most_in_flight", "_most_unacknowledged", "_waiting")

    def __init__(self, in_flight: int, unacknowledged: int) -> None:
        self._most_in_flight = in_flight
        self._most_unacknowledged = unacknowledged
        self._in_flight: dict[int, int] = {}
        """The token of the message (0: none) by packet id, also for a SUBSCRIBE."""
        self._waiting: deque[Publish] | None = None
        self._last_id = 0

    def add(self, message: Publish) -> int:
        """Return the packet id to send the message with, or 0 if it waits. Raises `TooManyUnacknowledged`."""
        if len(self._in_flight) < self._most_in_flight:
            return self.reserve(message.token)
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(message)
        if len(self._in_flight) + len(self._waiting) > self._most_unacknowledged:
            raise TooManyUnacknowledged
        return 0

    def reserve(self, token: int = 0) -> int:
        """Return a packet id that is not in use, until its acknowledgement."""
        packet_id = self._last_id
        while True:
            packet_id = packet_id % MAX_PACKET_ID + 1
            if packet_id not in self._in_flight:
                self._last_id = packet_id
                self._in_flight[packet_id] = token
                return packet_id

    def acknowledge(self, packet_id: int) -> int:
        """Take an acknowledgement, also of an unknown id; return the token of the message, or 0."""
        token = self._in_flight.pop(packet_id, 0)
        if not self._in_flight:
            self._in_flight.clear()  # frees its memory, which is that of many idle connections
        return token

    def next(self) -> tuple[int, Publish] | None:
        """Return a message that has waited, with its packet id, if one can be sent now."""
        if not self._waiting or len(self._in_flight) >= self._most_in_flight:
            return None
        message = self._waiting.popleft()
        return self.reserve(message.token), message
