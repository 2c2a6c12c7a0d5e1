"""Refuses numbers that no honest hub can have reached: they would make its honest messages stale forever.

Pure. The bounds are part of the contract (`hubsim_contract.wire.hub_bounds`). A number within the bounds can
still be wrong; the operator can have the cloud forget what a device reported.
"""

from hubsim_cloud.domain.state import Device
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.hub_bounds import (
    BOOT_CLOCK_MAX,
    NUMBER_JUMP_MAX,
    highest_boot,
    highest_number,
)
from hubsim_contract.wire.messages import HubEvent, Presence, Reported


class ImplausibleNumber(ContractError):
    """A number is further above the newest known one than a hub can count."""

    rule = "MQ-2.sequence"
    field = "sequence"

    def __init__(self, value: int, highest: int, known: int | None) -> None:
        newest = "none is known" if known is None else f"the newest known one is {known}"
        super().__init__(f"{self.field} {value} is above {highest}, and {newest}: it is not believed")
        self.value = value
        self.highest = highest


class ImplausibleBoot(ImplausibleNumber):
    """A boot that is too high."""

    rule = "MQ-2.boot"
    field = "boot"


class ImplausibleConnection(ImplausibleNumber):
    """A connection that is too high for its boot."""

    rule = "MQ-2.connection"
    field = "connection"


class ImplausibleEvent(ImplausibleNumber):
    """A number of an event that is too high for its boot."""

    rule = "MQ-2.number"
    field = "number"


def check_numbers(device: Device | None, message: Reported | Presence | HubEvent, now_ms: int) -> None:
    """Raise `ImplausibleNumber` for a boot, or a number within it, that is too high."""
    if message.boot > BOOT_CLOCK_MAX:
        known = _known_boot(device)
        highest = highest_boot(known, now_ms // 1000)
        if message.boot > highest:
            raise ImplausibleBoot(message.boot, highest, known or None)
    if isinstance(message, HubEvent):
        if message.number > NUMBER_JUMP_MAX:  # up to it, any number is plausible
            _check(ImplausibleEvent, message.number, _known_number(device, message.boot))
        return
    if message.connection > NUMBER_JUMP_MAX:
        _check(ImplausibleConnection, message.connection, _known_connection(device, message.boot))
    if isinstance(message, Reported) and message.sequence > NUMBER_JUMP_MAX:
        _check(ImplausibleNumber, message.sequence, _known_sequence(device, message.boot))


def _known_boot(device: Device | None) -> int:
    if device is None:
        return 0
    return device.boot if device.reported is None else max(device.boot, device.reported.boot)


def _known_connection(device: Device | None, boot: int) -> int | None:
    return device.connection if device is not None and device.boot == boot else None


def _known_sequence(device: Device | None, boot: int) -> int | None:
    last = None if device is None else device.reported
    return last.sequence if last is not None and last.boot == boot else None


def _known_number(device: Device | None, boot: int) -> int | None:
    newest = device.events[-1] if device is not None and device.events else None
    return newest.number if newest is not None and newest.boot == boot else None


def _check(error: type[ImplausibleNumber], value: int, known: int | None) -> None:
    highest = highest_number(known)
    if value > highest:
        raise error(value, highest, known)
