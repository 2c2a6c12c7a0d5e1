"""The connections of attached devices, as an attached world needs them. One implementation for each world."""

from typing import Protocol

import msgspec

from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.wire.messages import Reported


class DevicesAt(msgspec.Struct, frozen=True):
    """Where the devices of a play connect."""

    url: str
    prefix: str


class DeviceSeen(msgspec.Struct, frozen=True):
    """The last known state of a device."""

    online: bool
    """Whether it has a connection with a subscription."""
    report: Reported | None = None
    """The last report that it sent."""
    cloud_in_reach: bool = False
    """Whether it has reason to show the cloud as in reach (rules `MQ-10.cloud`, `MQ-10.heard`)."""


class Gate(Protocol):
    """The connections of the devices of one play."""

    async def open(self) -> DevicesAt:
        """Return where devices connect, once the world is open. Raises `CannotPlay`."""
        ...

    async def close(self) -> None:
        """Stop listening, in any state."""
        ...

    def admit(self, hub: str) -> None:
        """Allow a device to connect from now on: it is prepared."""
        ...

    def hold(self) -> None:
        """Hold back messages to devices, until `release`."""
        ...

    def release(self) -> None:
        """Deliver the messages that were held back, to devices that are still connected."""
        ...

    def fault(self, fault: AnyFault) -> bool:
        """Perform a fault on the connection of a device; return False for any other fault.

        Raises `CannotPlay` for one that this gate cannot perform.
        """
        ...

    async def device(self, hub: str) -> DeviceSeen:
        """Return the last known state of a device. Raises `CloudUnreachable` if only the cloud has it."""
        ...

    def active_at_s(self, hub: str) -> float:
        """Return when a device last sent or received a message, in s of the event loop; 0: never."""
        ...

    @property
    def broker_runs(self) -> bool:
        """Whether devices can connect."""
        ...
