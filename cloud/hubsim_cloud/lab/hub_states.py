"""The types of the snapshots of the cloud's side of a hub, as `hubsim_cloud.world.snapshots` makes them."""

import msgspec

from hubsim_cloud.domain.views.cards import HubCard
from hubsim_contract.wire.messages import Channel, Reported, ServiceState
from hubsim_contract.wire.service import SecondTile, Tile


class AppState(HubCard, frozen=True, kw_only=True):
    """The state of a hub in the app: its card in the device list, and what the company was notified of."""

    armed: bool
    """The desired state."""
    events: tuple[str, ...]
    """The kinds of the newest events of the hub, oldest first."""
    lost_channels: tuple[Channel, ...]
    """The channels whose loss was reported to the company."""


class AppliedState(msgspec.Struct, frozen=True, kw_only=True):
    """The state that the hub reported last."""

    version: int
    """The version of the document that it has applied; 0: none, or no report was received."""
    service: ServiceState
    tile: Tile
    second_tile: SecondTile
    star: bool
    sim_cut_off: bool
    armed: bool


class DeviceRecordState(msgspec.Struct, frozen=True, kw_only=True):
    """The cloud's record of the device itself."""

    online: bool
    desired_version: int
    """The version that the cloud wants; 0: the hub has no document."""
    reported: Reported | None
    """The last report."""
    last_event: tuple[int, int] | None
    """Boot and number of the newest event."""
