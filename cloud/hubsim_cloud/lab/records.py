"""What the lab is asked to make, and what it says of worlds and snapshots."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hubsim_cloud.domain.settings import CloudSettings

LATEST_MS = 4_102_444_800_000 * 10
"""No clock is set or moved past the year 3270: a slip of the finger, not a plan."""


class WorldOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new world is to be like."""

    name: str | None = None
    """None: one is made up."""
    start_ms: Annotated[int, Meta(ge=0, le=LATEST_MS)] | None = None
    """Where its clock begins, in ms since 1970-01-01T00:00Z; not with a snapshot, which has its instant."""
    snapshot: str | None = None
    """Begin where this was saved, instead of with nothing."""
    held: bool = True
    """Whether its clock stands still until it is moved."""
    cloud: dict[str, Any] = {}
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    """Settings by group; not with a snapshot, which brings its own."""
    models: dict[str, dict[str, Any]] = {}
    """Hub models beside those that come with the program."""


class SimulatedSide(msgspec.Struct, frozen=True, kw_only=True):
    """How the simulated side of a world was made."""

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
    """One world. `operator_token` lets act as the service's own staff there."""

    name: str
    world_ms: int
    held: bool
    prefix: str
    operator_token: str | None
