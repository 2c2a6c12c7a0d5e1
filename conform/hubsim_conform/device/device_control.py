"""Power and hardware of a device under test, for a bench."""

from collections.abc import Callable
from typing import Protocol

from hubsim_conform.device.acts import DeviceAct
from hubsim_conform.device.actuator import ActFailed, ActImpossible, Actuator
from hubsim_conform.device.bench_line import BenchLine, BenchUnreachable
from hubsim_conform.device.simulated_actuator import SimulatedActuator
from hubsim_contract.lab.bench_actions import PowerOff, PowerOn
from hubsim_contract.mqtt.broker_url import BrokerUrl


class DeviceControl(Protocol):
    """One device. Its methods raise `ActImpossible` and `ActFailed`."""

    fresh: bool
    """Whether it begins without memory, and belongs to the run alone."""
    many_acts: bool
    """Whether it can do hundreds of acts; a person cannot."""
    ended: str
    """How the program ended by itself; empty while it runs, and after the bench ended it."""

    def watch(self, on_end: Callable[[], None]) -> None:
        """Call `on_end` each time that the program has ended by itself. Called once, before `begin`."""
        ...

    async def begin(self, url: BrokerUrl) -> None:
        """Make it connect to this address. Called once, before any other method."""
        ...

    async def power_off(self) -> None:
        """Take away its power, at any instant."""
        ...

    async def power_on(self) -> None:
        """Give it power again."""
        ...

    async def stop(self) -> None:
        """Stop it in an orderly way, as before maintenance; `power_on` starts it again."""
        ...

    async def act(self, act: DeviceAct) -> None:
        """Perform an act on its hardware; not one on its power."""
        ...

    async def aclose(self) -> None:
        """Release it."""
        ...


class AttachedDevice:
    """A device that runs by itself: a real hub, or a program that was started elsewhere."""

    fresh = False
    ended = ""

    def __init__(self, actuator: Actuator, *, many_acts: bool) -> None:
        self.many_acts = many_acts
        self._actuator = actuator

    def watch(self, on_end: Callable[[], None]) -> None:
        """Do nothing: the bench cannot see whether the device runs."""

    async def begin(self, url: BrokerUrl) -> None:
        """Do nothing: the user who attached the device gave it the address."""

    async def power_off(self) -> None:
        """Ask the actuator."""
        await self._actuator.act(PowerOff())

    async def power_on(self) -> None:
        """Ask the actuator."""
        await self._actuator.act(PowerOn())

    async def stop(self) -> None:
        """Raise `ActImpossible`: an actuator has no such act."""
        raise ActImpossible("a program that the bench starts")

    async def act(self, act: DeviceAct) -> None:
        """Ask the actuator."""
        await self._actuator.act(act)

    async def aclose(self) -> None:
        """Leave it running."""


class SimulatedDevice(AttachedDevice):
    """A simulated hub, whose simulator was started with the lab and connects to the address of the run."""

    def __init__(self, hub: str, prefix: str) -> None:
        self._hub = hub
        self._prefix = prefix
        self._line: BenchLine | None = None
        super().__init__(self, many_acts=True)

    async def begin(self, url: BrokerUrl) -> None:
        """Connect to the broker. Raises `ActFailed`."""
        self._line = BenchLine(url)
        try:
            await self._line.open(self._prefix)
        except BenchUnreachable as error:
            raise ActFailed(str(error)) from error

    async def act(self, act: DeviceAct) -> None:
        """Perform an act as a bench action."""
        assert self._line is not None
        await SimulatedActuator(self._hub, self._line).act(act)

    async def aclose(self) -> None:
        """Close the connection."""
        if self._line is not None:
            await self._line.aclose()
