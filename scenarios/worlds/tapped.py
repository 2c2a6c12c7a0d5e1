"""A station's MQTT port in a live world: the real client, with a tap for the ledger and for faults.

Owns what a core may rely on and a real connection does not give by itself: effects without a
connection lead nowhere, a connection that was killed behind its owner's back says nothing more, and
the next one waits until the old one is really gone.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from contract.broker_url import BrokerUrl
from contract.core import (
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
from contract.mqtt import MqttPort
from scenarios.worlds.ledger import Item, Ledger


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


class Port(Protocol):
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


OpenPort = Callable[[BrokerUrl, Callable[[PortEvent], None], str], Port]
"""Makes the client of a station: where the broker is, who gets the events, and the station's name."""


class TappedPort:
    """One station's port."""

    def __init__(
        self,
        station: str,
        url: BrokerUrl,
        ledger: Ledger,
        tap: Tap,
        *,
        client_suffix: str = "",
        open_port: OpenPort = MqttPort,
    ) -> None:
        self._station = station
        self._ledger = ledger
        self._tap = tap
        self._suffix = client_suffix
        self._port = open_port(url, self._heard, station)
        self._open = False
        self._mute = False
        self._next: Connect | None = None
        self._serial = 0
        self._sent: dict[int, tuple[int, Item]] = {}

    def perform(self, effect: PortEffect) -> None:
        """Carry an effect out."""
        match effect:
            case Connect():
                self._ledger.connecting(self._station, effect.will, kept=not effect.clean)
                if self._mute:
                    self._next = effect
                else:
                    self._connect(effect)
            case Disconnect():
                self._open = False
                self._next = None
                if self._mute:
                    self._ledger.dying(self._station)
                    return
                self._ledger.left(self._station)
                self._port.perform(effect)
            case Subscribe() if self._open:
                self._ledger.subscribing(self._station, effect.filters)
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
        if not self._ledger.knows(self._station):
            return
        self._open = False
        self._ledger.gone(self._station, broker_lives=self._tap.broker_lives)
        self._ledger.dying(self._station)
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
        self._ledger.dying(self._station)
        if told:
            self._tap.heard(self._station, ConnectionLost())

    def _connect(self, effect: Connect) -> None:
        self._sent.clear()  # what an earlier connection did not acknowledge, none will
        self._port.perform(msgspec.structs.replace(effect, client_id=effect.client_id + self._suffix))

    def _publish(self, effect: Publish) -> None:
        self._serial += 1
        self._sent[self._serial] = (effect.token, (effect.topic, effect.payload))
        self._ledger.published(self._station, effect)
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
                self._ledger.acknowledged(self._station, item)
                if not token:
                    return
                event = Published(token)
            case Received():
                self._ledger.received(self._station, event)
            case Connected():
                self._open = True
                self._ledger.connected(self._station)
            case Subscribed():
                self._ledger.subscribed(self._station)
        self._tap.heard(self._station, event)

    def _ended(self, event: ConnectionLost | ConnectFailed) -> None:
        self._open = False
        if not self._mute:
            self._ledger.gone(self._station, broker_lives=self._tap.broker_lives)
            self._tap.heard(self._station, event)
            return
        self._mute = False
        self._ledger.answered(self._station)
        waiting, self._next = self._next, None
        if waiting is not None:
            self._ledger.connecting(self._station, waiting.will, kept=not waiting.clean)
            self._connect(waiting)
