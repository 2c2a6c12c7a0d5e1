"""The agent's own vocabulary: what it is told, and what it asks for, beside the MQTT port.

The hub's hardware, its screen and its flash are behind these; the agent knows them no other way.
"""

from collections.abc import AsyncIterator, Callable
from typing import Protocol

import msgspec

from hubsim_contract.core import Stop
from hubsim_contract.mqtt.port import Connect, Disconnect, PortEffect, PortEvent, Publish, Subscribe
from hubsim_contract.wire.messages import Hardware, ServiceState
from hubsim_contract.wire.service import Tile

# ------------------------------------------------------------------ what the agent is told


class Boot(msgspec.Struct, frozen=True):
    """The hub has booted; this is its hardware. Exactly once, and first."""

    hardware: Hardware


class HardwareChanged(msgspec.Struct, frozen=True):
    """The hardware is now like this. It may be equal to what was told before."""

    hardware: Hardware


class MemoryWritten(msgspec.Struct, frozen=True):
    """Everything up to this revision is durable."""

    revision: int


AgentEvent = PortEvent | Boot | HardwareChanged | MemoryWritten | Stop


# ------------------------------------------------------------------ what the agent asks for


class HubDisplay(msgspec.Struct, frozen=True):
    """What the hub itself shows of service and cloud."""

    service: ServiceState
    tile: Tile
    star: bool
    sim_cut_off: bool
    cloud_reachable: bool


class ShowDisplay(msgspec.Struct, frozen=True):
    """Show this from now on."""

    face: HubDisplay


class WriteMemory(msgspec.Struct, frozen=True):
    """Replace the stored memory, durably. Answered by `MemoryWritten(revision)`.

    Writes are done in the order asked for; a later one makes an earlier one that has not begun needless.
    """

    revision: int
    data: bytes


AgentEffect = Connect | Subscribe | Publish | Disconnect | WriteMemory | ShowDisplay


# ------------------------------------------------------------------ what the live shell needs


class MqttPort(Protocol):
    """One MQTT connection at a time. Made with the function that takes its events."""

    def perform(self, effect: PortEffect) -> None:
        """Begin the effect; never blocks. Publishes keep their order, a later Disconnect included."""
        ...

    async def aclose(self) -> None:
        """Let go of everything. Idempotent."""
        ...


OpenPort = Callable[[Callable[[PortEvent], None]], MqttPort]
"""Makes the port; the function it is given takes events in the event loop and never blocks."""


class HardwarePort(Protocol):
    """The board: its sensors, modem and screen."""

    def read(self) -> Hardware:
        """Return the hardware as it is now."""
        ...

    def changes(self) -> AsyncIterator[Hardware]:
        """Yield the hardware whenever it has changed since `read`; ends with the board."""
        ...

    def show(self, face: HubDisplay) -> None:
        """Show the face on LED and screen; never blocks."""
        ...


class MemoryPort(Protocol):
    """The flash, as one blob."""

    def read(self) -> bytes | None:
        """Return what was written last, or None if nothing ever was. May block."""
        ...

    def write(self, data: bytes) -> None:
        """Replace the blob; on return it is durable, on a crash the old one stands. May block."""
        ...
