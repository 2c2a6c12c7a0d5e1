"""A world of a server, for a play in the process of that server.

It is a remote world whose requests reach the API without a socket. The world exists before the play and
stays after it.
"""

import httpx
from starlette.types import ASGIApp

from hubsim_cloud.world.world import CloudWorld
from hubsim_scenarios.worlds.api import Api
from hubsim_scenarios.worlds.remote import RemoteWorld
from hubsim_scenarios.worlds.world import Conditions

_HERE = "http://127.0.0.1"
_CLIENT = ("127.0.0.1", 0)


class HostedWorld(RemoteWorld):
    """A world that this process serves. The people whom the play signs up have the `password`."""

    name = "hosted"

    def __init__(
        self, conditions: Conditions, app: ASGIApp, world: CloudWorld, *, password: str | None = None
    ) -> None:
        transport = httpx.ASGITransport(app=app, client=_CLIENT)
        super().__init__(conditions, Api(_HERE, transport=transport))
        self._served = world
        self._password = password or self._password

    async def open(self) -> None:
        """Hold the clock of the world, and move it to the start of the play if it is earlier.

        Raises `CannotPlay`.
        """
        world = self._served
        self._enter(world.name, world.plan.prefix)
        self._follow(await self._lab("PUT", "/lab/clock", {"held": True}))
        # earlier events belong to earlier plays
        self._traced = (await self._lab("GET", "/lab/trace"))["next"]
        if self.clock.world_ms() < self.conditions.start_ms:
            await self.advance(self.conditions.start_ms)

    async def close(self) -> None:
        """Close the connection; the world stays, with its clock held."""
        await self._api.aclose()
