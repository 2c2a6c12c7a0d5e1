"""The inputs, effects and ports of the agent, in addition to the MQTT port.

The agent reaches hardware, screen and flash of the hub only through these ports.
"""

from collections.abc import AsyncIterator, Callable
from typing import Protocol

import msgspec

from hubsim_contract.core import Stop
from hubsim_contract.mqtt.port import Connect, Disconnect, PortEffect, PortEvent, Publish, Subscribe
from hubsim_contract.wire.messages import Hardware, ServiceState
from hubsim_contract.wire.service import Tile

# ------------------------------------------------------------------ inputs


class Boot(msgspec.Struct, frozen=True):
    """The hub has booted, with this hardware. Exactly one `Boot` comes, as the first event."""

    hardware: Hardware


class HardwareChanged(msgspec.Struct, frozen=True):
    """The current hardware. It may be equal to the previous one."""

    hardware: Hardware


class MemoryWritten(msgspec.Struct, frozen=True):
    """Everything up to and including this revision is durable."""

    revision: int


AgentEvent = PortEvent | Boot | HardwareChanged | MemoryWritten | Stop


# ------------------------------------------------------------------ effects


class HubDisplay(msgspec.Struct, frozen=True):
    """What the hub itself displays of service and cloud."""

    service: ServiceState
    tile: Tile
    star: bool
    sim_cut_off: bool
    cloud_reachable: bool


class ShowDisplay(msgspec.Struct, frozen=True):
    """Show this display from now on."""

    face: HubDisplay


class WriteMemory(msgspec.Struct, frozen=True):
    """Replace the stored memory durably. Answered by `MemoryWritten(revision)`.

    Writes are performed in order. A write that has not started may be skipped if a later one is queued.
    """

    revision: int
    data: bytes


AgentEffect = Connect | Subscribe | Publish | Disconnect | WriteMemory | ShowDisplay


# ------------------------------------------------------------------ ports of the live shell


class MqttPort(Protocol):
    """One MQTT connection at a time. Constructed with the callback for its events."""

    def perform(self, effect: PortEffect) -> None:
        """Start the effect without blocking. Publishes keep their order, also before a Disconnect."""
        ...

    async def aclose(self) -> None:
        """Close the connection and release everything. Idempotent."""
        ...


OpenPort = Callable[[Callable[[PortEvent], None]], MqttPort]
"""Creates a port. Its argument is the callback for events: called in the event loop, must not block."""


class HardwarePort(Protocol):
    """The board: its sensors, modem and screen."""

    def read(self) -> Hardware:
        """Return the current hardware."""
        ...

    def changes(self) -> AsyncIterator[Hardware]:
        """Yield the hardware after each change since `read`. Ends with the board."""
        ...

    def show(self, face: HubDisplay) -> None:
        """Show the display on LED and screen, without blocking."""
        ...


class ClockPort(Protocol):
    """The board's own clock, which a hardware port can have."""

    def time_ms(self) -> int:
        """Return the time in milliseconds since 1970, in UTC. It must not block."""
        ...


class MemoryPort(Protocol):
    """The flash, as one blob."""

    def read(self) -> bytes | None:
        """Return the content written last, or None if nothing was ever written. May block."""
        ...

    def write(self, data: bytes) -> None:
        """Replace the blob, durable on return. A crash before that leaves the old one. May block."""
        ...
