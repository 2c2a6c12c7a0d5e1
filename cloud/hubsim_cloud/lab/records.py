"""Orders for new worlds, and the lab's records of worlds and snapshots."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hubsim_cloud.domain.settings import CloudSettings
from hubsim_contract.clock import LATEST_MS


class WorldOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The properties of a new world."""

    name: str | None = None
    """None: the lab chooses one."""
    start_ms: Annotated[int, Meta(ge=0, le=LATEST_MS)] | None = None
    """The start of its clock, in ms since 1970-01-01T00:00Z; not with a snapshot, which has its own."""
    snapshot: str | None = None
    """The snapshot to start from; None: the world starts empty."""
    held: bool = True
    """Whether its clock is held until it is moved."""
    cloud: dict[str, Any] = {}
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    """Settings by group; not with a snapshot, which has its own."""
    models: dict[str, dict[str, Any]] = {}
    """The user's own hub models."""


class SimulatedSide(msgspec.Struct, frozen=True, kw_only=True):
    """The settings with which the simulated side of a world was created."""

    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    models: dict[str, dict[str, Any]] = {}


class SnapshotRow(msgspec.Struct, frozen=True, kw_only=True):
    """One snapshot. `saved_ms` is the host's time."""

    name: str
    world: str
    world_ms: int
    saved_ms: int
    settings: CloudSettings
    simulated: SimulatedSide


class WorldRow(msgspec.Struct, frozen=True, kw_only=True):
    """One world. `operator_token` is the token of the operator's staff there."""

    name: str
    world_ms: int
    held: bool
    prefix: str
    operator_token: str | None
