"""What the hardware core is told, and what it answers with."""

import msgspec

from hubsim_contract.core import Wake
from hubsim_contract.lab.bench_actions import AnyBenchAction
from hubsim_contract.wire.messages import Hardware
from hubsim_simulator.hardware.radio import RadioAnswer, RadioEffect


class CloudReachable(msgspec.Struct, frozen=True):
    """The agent says whether it has its connection to the cloud; the logo shows it."""

    reachable: bool


class HardwareStateChanged(msgspec.Struct, frozen=True):
    """The hardware is now like this."""

    hardware: Hardware


class PoweredOff(msgspec.Struct, frozen=True):
    """The hub lost its power: the agent on it is dead from now on, without a goodbye."""


class PoweredOn(msgspec.Struct, frozen=True):
    """The hub has booted: the agent starts, from what it has persisted."""


HardwareEvent = AnyBenchAction | RadioAnswer | CloudReachable | Wake
HardwareEffect = PoweredOn | PoweredOff | HardwareStateChanged | RadioEffect
