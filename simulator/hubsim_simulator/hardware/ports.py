"""Events and effects of the hardware core."""

import msgspec

from hubsim_contract.core import Wake
from hubsim_contract.lab.bench_actions import AnyBenchAction
from hubsim_contract.wire.messages import Channel, Hardware
from hubsim_simulator.hardware.radio import RadioAnswer, RadioEffect


class CloudReachable(msgspec.Struct, frozen=True):
    """The agent reports whether it is connected to the cloud, and over which channel. The logo shows it."""

    reachable: bool
    channel: Channel | None = None


class HardwareStateChanged(msgspec.Struct, frozen=True):
    """The state of the hardware has changed to this."""

    hardware: Hardware


class PoweredOff(msgspec.Struct, frozen=True):
    """The hub has lost its power. Its agent ends at once, without DISCONNECT."""


class PoweredOn(msgspec.Struct, frozen=True):
    """The hub has booted. Its agent starts with its persisted state."""


HardwareEvent = AnyBenchAction | RadioAnswer | CloudReachable | Wake
HardwareEffect = PoweredOn | PoweredOff | HardwareStateChanged | RadioEffect
