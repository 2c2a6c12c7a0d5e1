"""A station that stays connected: the link's table, with the effects that cloud and carrier want of it.

The agent, whose every connection has a will of its own, drives the link itself.
"""

from hubsim_contract.mqtt.link import ANSWERS, Link, LinkInput, LinkState
from hubsim_contract.mqtt.port import Connect, Disconnect, PortEffect, PortEvent, Subscribe

_OPEN = frozenset({LinkState.CONNECTING, LinkState.SUBSCRIBING, LinkState.ONLINE})


class Station:
    """One connection that is made again whenever it ends, until `stop`. Times are in ms on one axis."""

    def __init__(self, connect: Connect, filters: tuple[str, ...]) -> None:
        self._connect = connect
        self._subscribe = Subscribe(filters)
        self._link = Link(connect.client_id)
        self.online = False
        """Whether messages can be published."""

    @property
    def state(self) -> LinkState:
        """Where the connection stands."""
        return self._link.state

    def due(self) -> int | None:
        """Return when `wake` is wanted, or None."""
        return self._link.deadline_ms

    def start(self, now_ms: int) -> list[PortEffect]:
        """Connect; also after a stop."""
        if self._link.state is LinkState.STOPPED:
            self._link = Link(self._connect.client_id)
        return self._step(LinkInput.WAY_OPENED, now_ms)

    def stop(self, now_ms: int) -> list[PortEffect]:
        """Say goodbye if there is a connection, and stay away until `start`."""
        if self._link.state is LinkState.STOPPED:
            return []
        goodbye: list[PortEffect] = [Disconnect()] if self._link.state in _OPEN else []
        return goodbye + self._step(LinkInput.STOP, now_ms)

    def hear(self, event: PortEvent, now_ms: int) -> list[PortEffect]:
        """Take news of the connection. Nothing is heard after a stop."""
        what = ANSWERS.get(type(event))
        if what is None or self._link.state is LinkState.STOPPED:
            return []
        return self._step(what, now_ms)

    def wake(self, now_ms: int) -> list[PortEffect]:
        """Do what is due by now: try again, or give up an attempt that is not answered."""
        if self._link.deadline_ms is None or now_ms < self._link.deadline_ms:
            return []
        if self._link.state is LinkState.BACKOFF:
            return self._step(LinkInput.RETRY_DUE, now_ms)
        return [Disconnect(), *self._step(LinkInput.TIMED_OUT, now_ms)]

    def _step(self, what: LinkInput, now_ms: int) -> list[PortEffect]:
        if not self._link.step(what, now_ms):
            return []
        self.online = self._link.state is LinkState.ONLINE
        if self._link.state is LinkState.CONNECTING:
            return [self._connect]
        if self._link.state is LinkState.SUBSCRIBING:
            return [self._subscribe]
        return []
