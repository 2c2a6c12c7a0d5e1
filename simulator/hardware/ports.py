"""What the hardware core is told, and what it answers with."""

import msgspec

from contract.bench import AnyHand
from contract.core import Wake
from contract.messages import Hardware
from simulator.hardware.radio import RadioAnswer, RadioEffect


class CloudReachable(msgspec.Struct, frozen=True):
    """The agent says whether it has its connection to the cloud; the logo shows it."""

    reachable: bool


class HardwareChanged(msgspec.Struct, frozen=True):
    """The hardware is now like this."""

    hardware: Hardware


class PoweredOff(msgspec.Struct, frozen=True):
    """The hub lost its power: the agent on it is dead from now on, without a goodbye."""


class PoweredOn(msgspec.Struct, frozen=True):
    """The hub has booted: the agent starts, from what it has persisted."""


HardwareEvent = AnyHand | RadioAnswer | CloudReachable | Wake
HardwareEffect = PoweredOn | PoweredOff | HardwareChanged | RadioEffect
