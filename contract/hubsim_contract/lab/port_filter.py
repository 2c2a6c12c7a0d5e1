"""What stands between the MQTT ports of some stations and their cores: faults strike here, and it is traced.

Owns the faults on messages, so that they mean the same in every kind of world: a message is traced as it
reaches its receiver, then faults let it through, drop it, double it or hold it back.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from hubsim_contract.lab.faults import AnyMessageFault, FaultInjector
from hubsim_contract.mqtt.port import ConnectionLost, PortEvent, Publish, Received
from hubsim_contract.wire.topics import Topics


class ReadableClock(Protocol):
    """The world clock, for reading."""

    def world_ms(self) -> int:
        """Return the world time in ms."""
        ...


class PortObserver(ABC):
    """Who traces what passes the ports."""

    @abstractmethod
    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Take an event of now; facts are JSON values."""

    def published(self, station: str, message: Publish) -> None:
        """Take a message that a station publishes."""
        self.add("published", station, **facts_of(message))

    def heard(self, station: str, message: Received) -> None:  # noqa: B027 (most trace the sender alone)
        """Take a message that a station receives, as it is before any fault."""

    def interfered(self, station: str, topic: str, arrives: int) -> None:
        """Take note that a fault struck a message to a station, which arrives so many times now."""
        self.add("interfered", station, topic=topic, arrives=arrives)

    def connection_lost(self, station: str) -> None:
        """Take note that a station's connection died."""
        self.add("connection_lost", station)


class PortFilter:
    """The way in of some stations. `deliver` gets what they hear; `hears` says who is connected now."""

    def __init__(
        self,
        topics: Topics,
        clock: ReadableClock,
        observer: PortObserver,
        deliver: Callable[[str, PortEvent], None],
        hears: Callable[[str], bool],
    ) -> None:
        self.observer = observer
        self._clock = clock
        self._deliver = deliver
        self._hears = hears
        self._fault_injector = FaultInjector(topics)

    def arm(self, fault: AnyMessageFault) -> None:
        """Let a fault strike messages on their way to these stations."""
        self._fault_injector.arm(fault)

    def heard(self, station: str, event: PortEvent) -> None:
        """Give a station what its port heard, as faults let it through."""
        if isinstance(event, Received):
            self.observer.heard(station, event)
            if not self._fault_injector.quiet:
                self._admit(station, event)
                return
        elif isinstance(event, ConnectionLost):
            self.observer.connection_lost(station)
        self._deliver(station, event)

    def due(self) -> int | None:
        """Return when the next message that is held back arrives, or None."""
        return None if self._fault_injector.quiet else self._fault_injector.due()

    def wake(self) -> bool:
        """Deliver messages that were held back and whose time has come; return whether there were any."""
        if self._fault_injector.quiet:
            return False
        late = self._fault_injector.take(self._clock.world_ms())
        for station, message in late:
            if self._hears(station):
                self._deliver(station, message)
        return bool(late)

    def close(self) -> None:
        """Drop the callbacks. They usually hold the filter, which would otherwise wait for the collector."""
        self._deliver, self._hears = _ignore, _nobody

    def _admit(self, station: str, message: Received) -> None:
        admitted = self._fault_injector.admit(station, message, self._clock.world_ms())
        if admitted != [message]:
            self.observer.interfered(station, message.topic, len(admitted))
        for each in admitted:
            self._deliver(station, each)


def _ignore(_station: str, _event: PortEvent) -> None:
    pass


def _nobody(_station: str) -> bool:
    return False


def facts_of(message: Publish | Received) -> dict[str, str]:
    """Return what a trace has of a message."""
    return {"topic": message.topic, "payload": message.payload.decode(errors="replace")}
