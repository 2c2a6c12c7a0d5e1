"""A station's MQTT port on a real broker: the real client, with a tap for the in-flight tracker.

Guarantees to the core what a real connection does not: effects without a connection have no effect, a
connection that was cut reports nothing more, and the next one waits until the old one has really ended.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from hubsim_contract.lab.in_flight import InFlightTracker, Item
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)


class Tap(Protocol):
    """The receiver of the events of all ports of a world."""

    def port_event(self, station: str, event: PortEvent) -> None:
        """Take an event for a station."""
        ...

    def progress(self) -> None:
        """Take the notification that something in flight has arrived or ended."""
        ...


class SeverablePort(Protocol):
    """The real client below the tap."""

    def perform(self, effect: PortEffect) -> None:
        """Perform one effect; answers arrive later as events."""
        ...

    def sever(self) -> None:
        """Cut the connection without a DISCONNECT."""
        ...

    async def aclose(self) -> None:
        """Stop everything."""
        ...


OpenPort = Callable[[Callable[[PortEvent], None]], SeverablePort]
"""Creates the client of a station; takes the receiver of its events."""


class TappedPort:
    """One station's port."""

    __slots__ = (
        "_next",
        "_open",
        "_port",
        "_sent",
        "_serial",
        "_severed",
        "_station",
        "_suffix",
        "_tap",
        "_tracker",
    )

    def __init__(
        self,
        station: str,
        open_port: OpenPort,
        tracker: InFlightTracker,
        tap: Tap,
        *,
        client_suffix: str = "",
    ) -> None:
        self._station = station
        self._tracker = tracker
        self._tap = tap
        self._suffix = client_suffix
        self._port = open_port(self._on_event)
        self._open = False
        self._severed = False
        self._next: Connect | None = None
        self._serial = 0
        self._sent: dict[int, tuple[int, Item]] = {}

    def perform(self, effect: PortEffect) -> None:
        """Perform an effect."""
        match effect:
            case Connect():
                self._tracker.connecting(self._station, effect.will, kept=not effect.clean)
                if self._severed:
                    self._next = effect
                else:
                    self._connect(effect)
            case Disconnect():
                self._open = False
                self._next = None
                if self._severed:
                    self._tracker.dying(self._station)
                    return
                self._tracker.left(self._station)
                self._port.perform(effect)
            case Subscribe() if self._open:
                self._tracker.subscribing(self._station, effect.filters)
                self._port.perform(effect)
            case Publish() if self._open:
                self._publish(effect)
            case _:
                pass  # without a connection the effect is dropped

    def sever(self, *, notify: bool) -> None:
        """Cut the connection without a DISCONNECT; `notify`: the station receives `ConnectionLost`."""
        if self._severed:
            self._abandon_next(notify=notify)
            return
        if not self._tracker.knows(self._station):
            return
        self._open = False
        self._tracker.gone(self._station)
        self._tracker.dying(self._station)
        self._severed = True
        self._port.sever()
        if notify:
            self._tap.port_event(self._station, ConnectionLost())

    async def aclose(self) -> None:
        """Close the client. Afterwards no message of this station is in flight."""
        await self._port.aclose()
        self._tracker.left(self._station)

    def _abandon_next(self, *, notify: bool) -> None:
        """Give up an attempt that still waits for the end of the previous connection."""
        if self._next is None:
            return
        self._next = None
        self._tracker.dying(self._station)
        if notify:
            self._tap.port_event(self._station, ConnectionLost())

    def _connect(self, effect: Connect) -> None:
        self._sent.clear()  # messages of an earlier connection will not be acknowledged
        self._port.perform(msgspec.structs.replace(effect, client_id=effect.client_id + self._suffix))

    def _publish(self, effect: Publish) -> None:
        self._serial += 1
        self._sent[self._serial] = (effect.token, (effect.topic, effect.payload))
        self._tracker.published(self._station, effect)
        self._port.perform(Publish(effect.topic, effect.payload, effect.retain, self._serial))

    def _on_event(self, event: PortEvent) -> None:
        if isinstance(event, ConnectionLost | ConnectFailed):
            self._ended(event)
        elif not self._severed:  # otherwise the station regards this connection as ended
            self._forward(event)
        self._tap.progress()

    def _forward(self, event: PortEvent) -> None:
        match event:
            case Published():
                token, item = self._sent.pop(event.token)
                if not self._sent:
                    self._sent.clear()  # frees its memory
                self._tracker.acknowledged(self._station, item)
                if not token:
                    return
                event = Published(token)
            case Received():
                self._tracker.received(self._station, event)
            case Connected():
                self._open = True
                self._tracker.connected(self._station)
            case Subscribed():
                self._tracker.subscribed(self._station)
        self._tap.port_event(self._station, event)

    def _ended(self, event: ConnectionLost | ConnectFailed) -> None:
        self._open = False
        if not self._severed:
            self._tracker.gone(self._station)
            self._tap.port_event(self._station, event)
            return
        self._severed = False
        self._tracker.answered(self._station)
        waiting, self._next = self._next, None
        if waiting is not None:
            self._tracker.connecting(self._station, waiting.will, kept=not waiting.clean)
            self._connect(waiting)
