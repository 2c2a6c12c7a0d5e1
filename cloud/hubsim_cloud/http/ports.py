"""The interface that the API needs from its host: worlds by name, each with its parts."""

from typing import Protocol

from hubsim_cloud.service.auth import Auth
from hubsim_cloud.service.feed import Feed
from hubsim_cloud.service.message_watch import MessageWatch
from hubsim_cloud.service.meters import Meters
from hubsim_cloud.service.operator_access import OperatorAccess
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Store


class WorldTime(Protocol):
    """The interface that the API needs from a world clock."""

    def world_ms(self) -> int:
        """Return the world time, in milliseconds since 1970-01-01T00:00Z."""
        ...


class ServedWorld(Protocol):
    """One cloud with its parts."""

    @property
    def name(self) -> str:
        """The name in `/worlds/{name}/`; empty for the main world."""
        ...

    @property
    def service(self) -> CloudService:
        """Carries out commands and answers queries."""
        ...

    @property
    def store(self) -> Store:
        """The database."""
        ...

    @property
    def feed(self) -> Feed:
        """Streams the changes."""
        ...

    @property
    def auth(self) -> Auth:
        """Has the accounts and sessions."""
        ...

    @property
    def meters(self) -> Meters:
        """The metrics."""
        ...

    @property
    def watch(self) -> MessageWatch:
        """Keeps the verdicts on messages of hubs."""
        ...

    @property
    def clock(self) -> WorldTime:
        """The world clock."""
        ...

    @property
    def operator(self) -> OperatorAccess:
        """Has the tokens of the operator."""
        ...

    def ready(self) -> list[str]:
        """Return descriptions of what the world waits for before it can serve; empty when it is ready."""
        ...


class ServedWorlds(Protocol):
    """The worlds that are served."""

    def get(self, name: str) -> ServedWorld:
        """Return the world of this name, the main world for an empty name. Raises `KeyError`."""
        ...
