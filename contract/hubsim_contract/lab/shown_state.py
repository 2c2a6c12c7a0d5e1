"""What an observer of a simulated hub can see or measure: the type of `HubShown.shows`."""

from enum import StrEnum

import msgspec

from hubsim_contract.lab.hub_brief import LedColor
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.wire.messages import Channel, Registration, ServiceState, Signal, SimCard
from hubsim_contract.wire.service import SecondTile, Tile


class LedLighting(StrEnum):
    """How the logo LED is lit."""

    STEADY = "steady"
    BLINKING = "blinking"
    """The hub has been without mains for some minutes."""


class ShownState(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a hub that an observer can see or measure."""

    powered: bool
    led: LedColor
    led_pattern: LedLighting
    channels: tuple[Channel, ...]
    """The connected channels."""
    connected_by: Channel | None
    """The channel of the connection to the broker, or of the attempt to connect."""
    cloud_reachable: bool
    sim_card: SimCard
    """All slots together: `ok` if any card is healthy."""
    sims: dict[str, SimCard]
    """By slot number."""
    active_sim: int | None
    registration: Registration
    registered: bool
    generation: str | None
    signal: Signal
    battery_percent: int
    mains: bool
    lid_open: bool
    icons: tuple[str, ...]
    service: ServiceState
    tile: Tile
    second_tile: SecondTile
    star: bool
    sim_cut_off: bool
    link: LinkState
    """The state of the connection of the program; `stopped` while the hub is off."""
    buffered_events: int
    refused_messages: int
    old_documents: int
    """The number of documents that were not newer than the applied one."""
