"""The filter between the MQTT ports of some stations and their cores: applies faults and reports to a trace.

Owns the faults on messages, so that they work the same in every kind of world: a message is traced when it
reaches its receiver, then faults pass it on, drop it, duplicate it or hold it back.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from hubsim_contract.lab.faults import AnyMessageFault, FaultInjector, Hit, MessageFaultStatus
from hubsim_contract.mqtt.port import ConnectionLost, PortEvent, Publish, Received
from hubsim_contract.wire.topics import Topics


class ReadableClock(Protocol):
    """The world clock, for reading."""

    def world_ms(self) -> int:
        """Return the world time in ms."""
        ...


class PortObserver(ABC):
    """Traces the messages and events at the ports."""

    @abstractmethod
    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Add an event at the current world time; facts are JSON values."""

    def published(self, station: str, message: Publish) -> None:
        """Add a message that a station publishes."""
        self.add("published", station, **facts_of(message))

    def received(self, station: str, message: Received) -> None:  # noqa: B027 (most trace the sender alone)
        """Add a message that a station receives, before any fault is applied."""

    def arrived(self, station: str, message: Received, hit: Hit | None) -> None:  # noqa: B027 (most trace less)
        """Note that a station gets a message now; `hit`: the fault that was applied to it just now."""

    def stopped(self, station: str, message: Received, hit: Hit) -> None:  # noqa: B027 (as above)
        """Note that a fault drops a message to a station, or holds it back."""

    def fault_hit(self, name: str, left: int) -> None:  # noqa: B027 (as above)
        """Note that a fault of orders was applied; `left`: the orders that it still applies to."""

    def interfered(self, station: str, topic: str, arrives: int) -> None:
        """Add that a fault was applied to a message to a station; `arrives`: how often it arrives now."""
        self.add("interfered", station, topic=topic, arrives=arrives)

    def connection_lost(self, station: str) -> None:
        """Add that a station's connection was lost."""
        self.add("connection_lost", station)


class PortFilter:
    """The inbound filter of some stations. `deliver` gets their events; `is_online`: if one is connected."""

    def __init__(
        self,
        topics: Topics,
        clock: ReadableClock,
        observer: PortObserver,
        deliver: Callable[[str, PortEvent], None],
        is_online: Callable[[str], bool],
    ) -> None:
        self.observer = observer
        self._clock = clock
        self._deliver = deliver
        self._is_online = is_online
        self._fault_injector = FaultInjector(topics)

    def arm(self, fault: AnyMessageFault, name: str = "") -> None:
        """Apply a fault to messages on their way to these stations; `name`: its id."""
        self._fault_injector.arm(fault, name, self._clock.world_ms())

    def rearm(self, status: MessageFaultStatus) -> None:
        """Arm a fault as it was when its status was read."""
        self._fault_injector.rearm(status)

    def armed(self) -> list[MessageFaultStatus]:
        """Return the armed faults."""
        return self._fault_injector.armed()

    def disarm(self, name: str) -> bool:
        """Disarm a fault; return whether it was armed."""
        return self._fault_injector.disarm(name)

    def port_event(self, station: str, event: PortEvent) -> None:
        """Pass a port's event on to its station, as faults allow."""
        if isinstance(event, Received):
            self.observer.received(station, event)
            if not self._fault_injector.quiet:
                self._admit(station, event)
                return
            self.observer.arrived(station, event, None)
        elif isinstance(event, ConnectionLost):
            self.observer.connection_lost(station)
        self._deliver(station, event)

    def due(self) -> int | None:
        """Return when the next message that is held back arrives, or None."""
        return None if self._fault_injector.quiet else self._fault_injector.due()

    def wake(self) -> bool:
        """Deliver the messages that were held back until now; return whether there were any."""
        if self._fault_injector.quiet:
            return False
        late = self._fault_injector.take(self._clock.world_ms())
        for station, message in late:
            if self._is_online(station):
                self._pass(station, message)
        return bool(late)

    def close(self) -> None:
        """Drop the callbacks. They usually reference the filter, so that only the collector could free it."""
        self._deliver, self._is_online = _ignore, _never_online

    def _admit(self, station: str, message: Received) -> None:
        admitted, hit = self._fault_injector.admit(station, message, self._clock.world_ms())
        if admitted != [message]:
            self.observer.interfered(station, message.topic, len(admitted))
        if hit is not None and message not in admitted:
            self.observer.stopped(station, message, hit)
        for each in admitted:
            self._pass(station, each, hit if each is message else None)

    def _pass(self, station: str, message: Received, hit: Hit | None = None) -> None:
        self.observer.arrived(station, message, hit)
        self._deliver(station, message)


def _ignore(_station: str, _event: PortEvent) -> None:
    pass


def _never_online(_station: str) -> bool:
    return False


def facts_of(message: Publish | Received) -> dict[str, str]:
    """Return the facts of a message in a trace."""
    return {"topic": message.topic, "payload": message.payload.decode(errors="replace")}
