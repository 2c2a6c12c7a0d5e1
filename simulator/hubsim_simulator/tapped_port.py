"""A station's MQTT port on a real broker: the real client, with a tap for whoever keeps book of messages.

Owns what a core may rely on and a real connection does not give by itself: effects without a
connection lead nowhere, a connection that was killed behind its owner's back says nothing more, and
the next one waits until the old one is really gone.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

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
    Will,
)

Item = tuple[str, bytes]
"""A topic and a payload."""


class Book(Protocol):
    """Who keeps book of connections and messages, to know when nothing is under way."""

    def knows(self, station: str) -> bool:
        """Whether the station has a connection, or is making or losing one."""
        ...

    def connecting(self, station: str, will: Will | None, *, kept: bool = False) -> None:
        """Note that a station awaits its CONNACK; `kept`: its session outlives the connection."""
        ...

    def connected(self, station: str) -> None:
        """Note the CONNACK: from now on the broker owes the will to others."""
        ...

    def subscribing(self, station: str, filters: tuple[str, ...]) -> None:
        """Note that a station awaits its SUBACK."""
        ...

    def subscribed(self, station: str) -> None:
        """Note the SUBACK."""
        ...

    def answered(self, station: str) -> None:
        """Note that a station has heard what it awaited of its connection."""
        ...

    def dying(self, station: str) -> None:
        """Note that a station will hear of its connection's end."""
        ...

    def gone(self, station: str, *, broker_lives: bool) -> None:
        """Note that a connection ended without a goodbye: its will is on its way, if the broker lives."""
        ...

    def left(self, station: str) -> None:
        """Note that a connection ended with a goodbye."""
        ...

    def published(self, station: str, message: Publish) -> None:
        """Note a message of a station."""
        ...

    def acknowledged(self, station: str, item: Item) -> None:
        """Note that the broker has a message of the station."""
        ...

    def received(self, station: str, message: Received) -> None:
        """Note that a station has a message."""
        ...


class Tap(Protocol):
    """The world, as its ports see it."""

    broker_lives: bool
    """False while the broker is being stopped: then nobody sends wills."""

    def heard(self, station: str, event: PortEvent) -> None:
        """Take what a station is to hear."""
        ...

    def progress(self) -> None:
        """Take note that something under way has come to its end."""
        ...


class ClosingMqttPort(Protocol):
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


OpenPort = Callable[[Callable[[PortEvent], None], str], ClosingMqttPort]
"""Makes the client of a station: who gets the events, and the station's name."""


class TappedPort:
    """One station's port."""

    def __init__(
        self,
        station: str,
        open_port: OpenPort,
        book: Book,
        tap: Tap,
        *,
        client_suffix: str = "",
    ) -> None:
        self._station = station
        self._book = book
        self._tap = tap
        self._suffix = client_suffix
        self._port = open_port(self._heard, station)
        self._open = False
        self._mute = False
        self._next: Connect | None = None
        self._serial = 0
        self._sent: dict[int, tuple[int, Item]] = {}

    def perform(self, effect: PortEffect) -> None:
        """Carry an effect out."""
        match effect:
            case Connect():
                self._book.connecting(self._station, effect.will, kept=not effect.clean)
                if self._mute:
                    self._next = effect
                else:
                    self._connect(effect)
            case Disconnect():
                self._open = False
                self._next = None
                if self._mute:
                    self._book.dying(self._station)
                    return
                self._book.left(self._station)
                self._port.perform(effect)
            case Subscribe() if self._open:
                self._book.subscribing(self._station, effect.filters)
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
        if not self._book.knows(self._station):
            return
        self._open = False
        self._book.gone(self._station, broker_lives=self._tap.broker_lives)
        self._book.dying(self._station)
        self._mute = True
        self._port.sever()
        if told:
            self._tap.heard(self._station, ConnectionLost())

    async def aclose(self) -> None:
        """Let go of everything."""
        await self._port.aclose()

    def _abandon_next(self, *, told: bool) -> None:
        """Give up an attempt that still waits for the end of the connection before it."""
        if self._next is None:
            return
        self._next = None
        self._book.dying(self._station)
        if told:
            self._tap.heard(self._station, ConnectionLost())

    def _connect(self, effect: Connect) -> None:
        self._sent.clear()  # what an earlier connection did not acknowledge, none will
        self._port.perform(msgspec.structs.replace(effect, client_id=effect.client_id + self._suffix))

    def _publish(self, effect: Publish) -> None:
        self._serial += 1
        self._sent[self._serial] = (effect.token, (effect.topic, effect.payload))
        self._book.published(self._station, effect)
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
                self._book.acknowledged(self._station, item)
                if not token:
                    return
                event = Published(token)
            case Received():
                self._book.received(self._station, event)
            case Connected():
                self._open = True
                self._book.connected(self._station)
            case Subscribed():
                self._book.subscribed(self._station)
        self._tap.heard(self._station, event)

    def _ended(self, event: ConnectionLost | ConnectFailed) -> None:
        self._open = False
        if not self._mute:
            self._book.gone(self._station, broker_lives=self._tap.broker_lives)
            self._tap.heard(self._station, event)
            return
        self._mute = False
        self._book.answered(self._station)
        waiting, self._next = self._next, None
        if waiting is not None:
            self._book.connecting(self._station, waiting.will, kept=not waiting.clean)
            self._connect(waiting)
