"""Code above the server that adds to its HTTP API: the pages of a console, seeds of worlds, plays.

The server does not know it. The command line passes an extension to the commands that serve HTTP
([ADR 38](docs/adr/0038-the-console-is-mounted.md)).
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import msgspec
from starlette.types import ASGIApp

from hubsim_cloud.http.system_routes import SystemRoute
from hubsim_cloud.lab.seeding import NO_SEEDS, WorldSeeds
from hubsim_cloud.lab.world_manager import WorldManager
from hubsim_cloud.world.worlds import CloudWorlds


class ServerParts:
    """The parts of a running server that an extension uses."""

    def __init__(self, worlds: CloudWorlds, lab: WorldManager | None) -> None:
        self.worlds = worlds
        self.lab = lab
        """None: the lab is off."""
        self.app: ASGIApp
        """The whole API. It exists when the first request arrives, after the extension was entered."""


class Addition(msgspec.Struct, frozen=True, kw_only=True):
    """What an extension adds to a server."""

    routes: tuple[SystemRoute, ...] = ()
    seeds: WorldSeeds = NO_SEEDS


class Extension(Protocol):
    """Code above the server."""

    def serving(self, parts: ServerParts) -> AbstractAsyncContextManager[Addition]:
        """Return a context within which the server serves the addition. Its tasks end with it."""
        ...


class _NoExtension:
    """Adds nothing."""

    @asynccontextmanager
    async def serving(self, parts: ServerParts) -> AsyncIterator[Addition]:
        """Add nothing."""
        del parts
        yield Addition()


NO_EXTENSION: Extension = _NoExtension()
