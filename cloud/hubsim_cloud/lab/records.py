"""Orders for new worlds, and the lab's records of worlds and snapshots."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hubsim_cloud.domain.market import DEFAULT_MARKET, BadMarket, Market, market_of
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.lab.errors import BadRequest
from hubsim_contract.clock import LATEST_MS


class WorldContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The things that a world has at its start; without any it is empty."""

    file: str | None = None
    """The text of a world file: YAML, with the `clock`, `world` and `steps` of a scenario."""
    seed: str | None = None
    """The name of a world file of this server, as in `GET /lab/seeds`; not with `file`."""

    @property
    def is_empty(self) -> bool:
        """Whether the world starts empty."""
        return self.file is None and self.seed is None


class WorldOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The properties of a new world."""

    name: str | None = None
    """None: the lab chooses one."""
    start_ms: Annotated[int, Meta(ge=0, le=LATEST_MS)] | None = None
    """The start of its clock, in ms since 1970-01-01T00:00Z; not with a snapshot, which has its own."""
    snapshot: str | None = None
    """The snapshot to start from; None: the world starts empty."""
    file: str | None = None
    """The text of the world file to start from: YAML, with the `clock`, `world` and `steps` of a scenario."""
    seed: str | None = None
    """The world file of this server to start from, by its name in `GET /lab/seeds`."""
    held: bool = True
    """Whether its clock is held until it is moved."""
    cloud: dict[str, Any] = {}
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    """Settings by group; not with a snapshot, which has its own."""
    models: dict[str, dict[str, Any]] = {}
    """The user's own hub models."""
    market: dict[str, Any] = {}
    """The user's own countries and packages, as in a market file; not with a snapshot, which has its own."""

    @property
    def content(self) -> WorldContent:
        """The things that the world has at its start."""
        return WorldContent(file=self.file, seed=self.seed)

    @property
    def is_configured(self) -> bool:
        """Whether the order has parameters that a snapshot defines."""
        own = (self.cloud, self.carrier, self.hub, self.models, self.market)
        return self.start_ms is not None or any(own)


class SimulatedSide(msgspec.Struct, frozen=True, kw_only=True):
    """The settings with which the simulated side of a world was created."""

    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    models: dict[str, dict[str, Any]] = {}


class SnapshotRow(msgspec.Struct, frozen=True, kw_only=True):
    """One snapshot. `saved_ms` is the host's time."""

    name: str
    world: str
    """The world that was saved, on this server or on the one that wrote the file."""
    world_ms: Annotated[int, Meta(ge=0, le=LATEST_MS)]
    saved_ms: Annotated[int, Meta(ge=0)]
    settings: CloudSettings
    market: Market = DEFAULT_MARKET
    simulated: SimulatedSide


class WorldRow(msgspec.Struct, frozen=True, kw_only=True):
    """One world."""

    name: str
    world_ms: int
    held: bool
    prefix: str


def ordered_settings(order: WorldOrder) -> CloudSettings:
    """Return the settings of the cloud of a new world. Raises `BadRequest`."""
    unknown = sorted(order.cloud.keys() - set(CloudSettings.__struct_fields__))
    if unknown:
        raise BadRequest("bad_settings", f"cloud: unknown setting {unknown[0]!r}")
    try:
        return msgspec.convert(order.cloud, CloudSettings)
    except msgspec.ValidationError as error:
        raise BadRequest("bad_settings", f"cloud: {error}") from error


def ordered_market(order: WorldOrder) -> Market:
    """Return the market of a new world. Raises `BadRequest`."""
    try:
        return market_of(order.market)
    except BadMarket as error:
        raise BadRequest("bad_market", f"market: {error}") from error
