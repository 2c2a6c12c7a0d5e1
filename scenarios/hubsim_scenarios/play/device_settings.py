"""How the real hubs of a run are attached. A record that can be sent to another process."""

import msgspec

from hubsim_conform.device.capabilities import EVERYTHING, Capabilities
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.world import HubDeclaration
from hubsim_scenarios.worlds.gate import ListenAddress


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the devices of a run are attached."""

    capabilities: Capabilities = EVERYTHING
    actuator: str | None = None
    """The command that operates the devices. None: a person does, at the terminal."""
    listen: ListenAddress = ListenAddress()
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
