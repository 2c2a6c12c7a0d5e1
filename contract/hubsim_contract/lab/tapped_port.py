"""A station's MQTT port on a real broker: the real client, with a tap for the tracker of what is in flight.

Owns what a core may rely on and a real connection does not give by itself: effects without a
connection lead nowhere, a connection that was cut says nothing more, and the next one waits until the
old one has really ended.
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
    """The world, as its ports see it."""

    def heard(self, station: str, event: PortEvent) -> None:
        """Take what a station is to hear."""
        ...

    def progress(self) -> None:
        """Take note that something under way has come to its end."""
        ...


class SeverablePort(Protocol):
    """The real client under the tap."""

    def perform(self, effect: PortEffect) -> None:
        """Carry out one effect; answers come later."""
        ...

    def sever(self) -> None:
        """Cut the connection without a goodbye."""
        ...

    async def aclose(self) -> None:
        """Stop everything."""
        ...


OpenPort = Callable[[Callable[[PortEvent], None]], SeverablePort]
"""Makes the client of a station: who gets the events."""


class TappedPort:
    """One station's port."""

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
        self._port = open_port(self._heard)
        self._open = False
        self._mute = False
        self._next: Connect | None = None
        self._serial = 0
        self._sent: dict[int, tuple[int, Item]] = {}

    def perform(self, effect: PortEffect) -> None:
        """Carry an effect out."""
        match effect:
            case Connect():
                self._tracker.connecting(self._station, effect.will, kept=not effect.clean)
                if self._mute:
                    self._next = effect
                else:
                    self._connect(effect)
            case Disconnect():
                self._open = False
                self._next = None
                if self._mute:
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
                pass  # nobody is connected: it leads nowhere

    def sever(self, *, told: bool) -> None:
        """Kill the connection without a goodbye; `told`: the station hears of it."""
        if self._mute:
            self._abandon_next(told=told)
            return
        if not self._tracker.knows(self._station):
            return
        self._open = False
        self._tracker.gone(self._station)
        self._tracker.dying(self._station)
        self._mute = True
        self._port.sever()
        if told:
            self._tap.heard(self._station, ConnectionLost())

    async def aclose(self) -> None:
        """Let go of everything; then nothing of this station is in flight any more."""
        await self._port.aclose()
        self._tracker.left(self._station)

    def _abandon_next(self, *, told: bool) -> None:
        """Give up an attempt that still waits for the end of the connection before it."""
        if self._next is None:
            return
        self._next = None
        self._tracker.dying(self._station)
        if told:
            self._tap.heard(self._station, ConnectionLost())

    def _connect(self, effect: Connect) -> None:
        self._sent.clear()  # what an earlier connection did not acknowledge, none will
        self._port.perform(msgspec.structs.replace(effect, client_id=effect.client_id + self._suffix))

    def _publish(self, effect: Publish) -> None:
        self._serial += 1
        self._sent[self._serial] = (effect.token, (effect.topic, effect.payload))
        self._tracker.published(self._station, effect)
        self._port.perform(Publish(effect.topic, effect.payload, effect.retain, self._serial))

    def _heard(self, event: PortEvent) -> None:
        if isinstance(event, ConnectionLost | ConnectFailed):
            self._ended(event)
        elif not self._mute:  # else: the last words of a connection that its owner believes dead
            self._told(event)
        self._tap.progress()

    def _told(self, event: PortEvent) -> None:
        match event:
            case Published():
                token, item = self._sent.pop(event.token)
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
        self._tap.heard(self._station, event)

    def _ended(self, event: ConnectionLost | ConnectFailed) -> None:
        self._open = False
        if not self._mute:
            self._tracker.gone(self._station)
            self._tap.heard(self._station, event)
            return
        self._mute = False
        self._tracker.answered(self._station)
        waiting, self._next = self._next, None
        if waiting is not None:
            self._tracker.connecting(self._station, waiting.will, kept=not waiting.clean)
            self._connect(waiting)
