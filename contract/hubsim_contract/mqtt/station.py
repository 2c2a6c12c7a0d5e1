"""A station that stays connected: the link's state table, with the effects that cloud and carrier need.

The agent drives its link itself, because it has more deadlines than those of its connection.
"""

from collections.abc import Callable

from msgspec.structs import replace

from hubsim_contract.mqtt.link import ANSWERS, Link, LinkInput, LinkState
from hubsim_contract.mqtt.port import Connect, Disconnect, PortEffect, PortEvent, Subscribe, Will

_OPEN = frozenset({LinkState.CONNECTING, LinkState.SUBSCRIBING, LinkState.ONLINE})


class Station:
    """One connection that is opened again each time it ends, until `stop`. Times are in ms on one axis.

    `will` returns the will of the next connection, in place of that of `connect`.
    """

    def __init__(
        self, connect: Connect, filters: tuple[str, ...], will: Callable[[], Will] | None = None
    ) -> None:
        self._connect = connect
        self._subscribe = Subscribe(filters)
        self._will = will
        self._link = Link(connect.client_id)
        self.online = False
        """Whether messages can be published."""

    @property
    def state(self) -> LinkState:
        """The state of the connection."""
        return self._link.state

    def due(self) -> int | None:
        """Return the time of the next `wake`, or None."""
        return self._link.deadline_ms

    def start(self, now_ms: int) -> list[PortEffect]:
        """Connect, also after a stop."""
        if self._link.state is LinkState.STOPPED:
            self._link = Link(self._connect.client_id)
        return self._step(LinkInput.WAY_OPENED, now_ms)

    def stop(self, now_ms: int) -> list[PortEffect]:
        """Disconnect if there is a connection, and stay disconnected until `start`."""
        if self._link.state is LinkState.STOPPED:
            return []
        closing: list[PortEffect] = [Disconnect()] if self._link.state in _OPEN else []
        return closing + self._step(LinkInput.STOP, now_ms)

    def receive(self, event: PortEvent, now_ms: int) -> list[PortEffect]:
        """Handle an event of the connection. Ignored after a stop."""
        what = ANSWERS.get(type(event))
        if what is None or self._link.state is LinkState.STOPPED:
            return []
        return self._step(what, now_ms)

    def wake(self, now_ms: int) -> list[PortEffect]:
        """Handle the deadline: retry, or abandon an attempt that has no answer."""
        if self._link.deadline_ms is None or now_ms < self._link.deadline_ms:
            return []
        if self._link.state is LinkState.BACKOFF:
            return self._step(LinkInput.RETRY_DUE, now_ms)
        return [Disconnect(), *self._step(LinkInput.TIMED_OUT, now_ms)]

    def abandon(self, now_ms: int) -> list[PortEffect]:
        """Close an open connection over which nothing arrives, and connect again after the usual pauses."""
        return [Disconnect(), *self._step(LinkInput.TIMED_OUT, now_ms)] if self.online else []

    def _step(self, what: LinkInput, now_ms: int) -> list[PortEffect]:
        if not self._link.step(what, now_ms):
            return []
        self.online = self._link.state is LinkState.ONLINE
        if self._link.state is LinkState.CONNECTING:
            return [self._connect if self._will is None else replace(self._connect, will=self._will())]
        if self._link.state is LinkState.SUBSCRIBING:
            return [self._subscribe]
        return []
