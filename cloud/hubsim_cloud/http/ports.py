"""What the API needs of whoever hosts the cloud: worlds by name, each with its parts."""

from typing import Protocol

from hubsim_cloud.service.auth import Auth
from hubsim_cloud.service.feed import Feed
from hubsim_cloud.service.meters import Meters
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Store


class WorldTime(Protocol):
    """What the API needs of a world clock."""

    def world_ms(self) -> int:
        """Return the world time, in milliseconds since 1970-01-01T00:00Z."""
        ...


class ServedWorld(Protocol):
    """One cloud with everything around it."""

    @property
    def name(self) -> str:
        """The name in `/worlds/{name}/`; empty for the main one."""
        ...

    @property
    def service(self) -> CloudService:
        """Decides and answers."""
        ...

    @property
    def store(self) -> Store:
        """The database."""
        ...

    @property
    def feed(self) -> Feed:
        """Tells what changed."""
        ...

    @property
    def auth(self) -> Auth:
        """Knows who is signed in."""
        ...

    @property
    def meters(self) -> Meters:
        """Counts."""
        ...

    @property
    def clock(self) -> WorldTime:
        """The world clock."""
        ...

    @property
    def operator_token(self) -> str | None:
        """What the service's own staff show; None: nobody acts as them."""
        ...

    def ready(self) -> list[str]:
        """Return what is awaited before the world can serve, in words; empty when it is ready."""
        ...


class ServedWorlds(Protocol):
    """The worlds that are served."""

    def get(self, name: str) -> ServedWorld:
        """Return the world of this name, the main one for an empty name. Raises `KeyError`."""
        ...
