"""The display of a service: tile, second tile, star. One table for all layers."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from hubsim_contract.wire.messages import ServiceState


class Tile(StrEnum):
    """The tile under the hub, in the device list and on the hub information screen."""

    NONE = "none"
    ACTIVATION_REQUIRED = "activation_required"
    ACTIVATED = "activated"
    EXPIRES_SOON = "expires_soon"


class SecondTile(StrEnum):
    """The warning next to the tile while a service is expiring (guide S3)."""

    NONE = "none"
    ACCESS_MAY_EXPIRE = "access_may_expire"


TILES = {
    ServiceState.NOT_AVAILABLE: Tile.NONE,
    ServiceState.ACTIVATION_REQUIRED: Tile.ACTIVATION_REQUIRED,
    ServiceState.ACTIVE: Tile.ACTIVATED,
    ServiceState.EXPIRING: Tile.EXPIRES_SOON,
}

RUNNING = frozenset({ServiceState.ACTIVE, ServiceState.EXPIRING})
"""An expiring service is still active (guide X5)."""


def tile(service: ServiceState) -> Tile:
    """Return the tile of a hub with this service."""
    return TILES[service]


def second_tile(service: ServiceState) -> SecondTile:
    """Return the warning next to the tile."""
    expiring = service is ServiceState.EXPIRING
    return SecondTile.ACCESS_MAY_EXPIRE if expiring else SecondTile.NONE


def star(service: ServiceState) -> bool:
    """Return whether the star is one of the hub's status icons (guide A7, S4)."""
    return service in RUNNING


SERVICE_FIELDS: dict[str, Callable[[ServiceState], Any]] = {
    "service": lambda service: service.value,
    "tile": lambda service: tile(service).value,
    "second_tile": lambda service: second_tile(service).value,
    "star": star,
}
"""The displayed fields of a service, as plain values; the same on all screens."""


def service_display(service: ServiceState) -> dict[str, Any]:
    """Return all displayed fields of a service."""
    return {name: show(service) for name, show in SERVICE_FIELDS.items()}
