"""How the real hubs of a run are attached. A record that can be sent to another process."""

from collections.abc import Mapping

import msgspec

from hubsim_conform.device.capabilities import EVERYTHING, Capabilities
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.world import HubDeclaration
from hubsim_simulator.tap.tap_events import TcpAddress


class AttachedName(msgspec.Struct, frozen=True):
    """A hub of the files, and the real hub that it is."""

    name: str | None
    """The name of the hub. None: the first hub of each file."""
    hub: str
    """The id of the real hub."""

    def __str__(self) -> str:
        return self.hub if self.name is None else f"{self.name}={self.hub}"

    def alias_in(self, hubs: Mapping[str, HubDeclaration]) -> str | None:
        """Return the hub of these that is meant, or None."""
        if self.name is None:
            return next(iter(hubs), None)
        return self.name if self.name in hubs else None


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the devices of a run are attached."""

    attach: tuple[AttachedName, ...] = ()
    """The hubs that the run attaches, in addition to those that files declare."""
    capabilities: Capabilities = EVERYTHING
    actuator: str | None = None
    """The command that operates the devices. None: a person does, at the terminal."""
    listen: TcpAddress = TcpAddress("127.0.0.1", 0)
    """The address for devices in a live world."""
    wait_s: float = 120.0
    """The limit for the first report of a device, in s."""
    real_time: bool = False
    """Moves of the clock take as much real time as world time."""


DEFAULT_DEVICES = DeviceSettings()
"""A person operates the devices, and they have everything."""


def attached_hubs(scenario: Scenario) -> dict[str, HubDeclaration]:
    """Return the declared hubs that are real devices, by alias."""
    return {alias: hub for alias, hub in scenario.world.hubs.items() if hub.attach is not None}
