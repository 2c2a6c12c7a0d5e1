"""From the state of the service to what people see: tile, second tile, star. One table for all layers."""

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
    """The warning beside the tile while a service is expiring (guide S3)."""

    NONE = "none"
    ACCESS_MAY_EXPIRE = "access_may_expire"


TILES = {
    ServiceState.NOT_AVAILABLE: Tile.NONE,
    ServiceState.ACTIVATION_REQUIRED: Tile.ACTIVATION_REQUIRED,
    ServiceState.ACTIVE: Tile.ACTIVATED,
    ServiceState.EXPIRING: Tile.EXPIRES_SOON,
}

RUNNING = frozenset({ServiceState.ACTIVE, ServiceState.EXPIRING})
"""An expiring service is still an active one (guide X5)."""


def tile(service: ServiceState) -> Tile:
    """Return the tile that stands under a hub with this service."""
    return TILES[service]


def second_tile(service: ServiceState) -> SecondTile:
    """Return the warning beside the tile."""
    expiring = service is ServiceState.EXPIRING
    return SecondTile.ACCESS_MAY_EXPIRE if expiring else SecondTile.NONE


def star(service: ServiceState) -> bool:
    """Return whether the star stands among the hub's status icons (guide A7, S4)."""
    return service in RUNNING


SERVICE_FIELDS: dict[str, Callable[[ServiceState], Any]] = {
    "service": lambda service: service.value,
    "tile": lambda service: tile(service).value,
    "second_tile": lambda service: second_tile(service).value,
    "star": star,
}
"""What everybody who shows a service shows of it, as plain values."""


def service_display(service: ServiceState) -> dict[str, Any]:
    """Return all that is shown of a service."""
    return {name: see(service) for name, see in SERVICE_FIELDS.items()}
