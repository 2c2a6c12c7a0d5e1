"""Worlds that do not start empty: filled from a world file, or from a seed that has a name.

A file is read and tried out before anything is changed, so that a mistake in it costs nothing. The lab does
not know the language of the files: `WorldSeeds` reads them.
"""

import asyncio
from collections.abc import AsyncIterable
from typing import Any, Protocol

import msgspec

from hubsim_cloud.lab.errors import BadRequest
from hubsim_cloud.lab.records import WorldContent, WorldOrder, WorldRow
from hubsim_cloud.lab.world_manager import WorldManager


class SeedView(msgspec.Struct, frozen=True, kw_only=True):
    """A seed: a world file of this server, by its name."""

    seed: str
    title: str
    about: str


class SeedsView(msgspec.Struct, frozen=True, kw_only=True):
    """The seeds of this server."""

    seeds: list[SeedView]


class PreparedWorld(Protocol):
    """The content of a world file without mistakes."""

    start_ms: int
    """The start of the world's clock."""
    settings: dict[str, dict[str, Any]]
    """The settings of the file, by group: `cloud`, `carrier`, `hub`."""

    async def fill(self, world: str) -> None:
        """Create everything in a new world with a held clock. Raises `BadRequest`."""
        ...


class WorldSeeds(Protocol):
    """Reads world files."""

    def seeds(self) -> list[SeedView]:
        """Return the seeds."""
        ...

    async def prepare(self, content: WorldContent) -> PreparedWorld:
        """Read a file or a seed, and try it out. Raises `BadRequest` and `NotThere`."""
        ...


class _NoSeeds:
    """A server without a reader of world files."""

    def seeds(self) -> list[SeedView]:
        """Return no seeds."""
        return []

    async def prepare(self, content: WorldContent) -> PreparedWorld:
        """Raise `BadRequest`."""
        del content
        raise BadRequest(
            "no_seeds", "this server does not read world files: start it with the command hubsim"
        )


NO_SEEDS: WorldSeeds = _NoSeeds()


class Seeding:
    """Opens and resets worlds, with their content."""

    def __init__(self, world_manager: WorldManager, seeds: WorldSeeds) -> None:
        self._world_manager = world_manager
        self._seeds = seeds
        self._filling = asyncio.Lock()
        """Held while a world is reset and filled: a second reset of the same world waits for the first."""

    def seeds(self) -> SeedsView:
        """Return the seeds of this server."""
        return SeedsView(seeds=self._seeds.seeds())

    async def open(self, order: WorldOrder) -> WorldRow:
        """Open a world, and fill it if the order has content. Raises as `WorldManager.open`."""
        content = order.content
        if content.is_empty:
            return await self._world_manager.open(order)
        if order.snapshot is not None or order.start_ms is not None:
            raise BadRequest(
                "cannot", "a world file has its own start and things: omit snapshot and start_ms"
            )
        prepared = await self._seeds.prepare(content)
        groups = {
            group: {**prepared.settings.get(group, {}), **getattr(order, group)}
            for group in ("cloud", "carrier", "hub")
        }
        plain = msgspec.structs.replace(
            order, file=None, seed=None, start_ms=prepared.start_ms, held=True, **groups
        )
        name = (await self._world_manager.open(plain)).name
        try:
            await prepared.fill(name)
        except BaseException:
            await self._world_manager.remove(name)
            raise
        return await self._begun(name, held=order.held)

    async def reset(self, name: str, content: WorldContent) -> WorldRow:
        """Reset a world: it is empty afterwards, or has the content. Raises as `WorldManager.reset`.

        An empty world keeps its clock. A filled one starts at the instant of the file.
        """
        if content.is_empty:
            return await self._world_manager.reset(name)
        prepared = await self._seeds.prepare(content)
        if any(prepared.settings.values()):
            text = "a reset keeps the settings of the world: open a new world for a file with settings"
            raise BadRequest("cannot", text)
        async with self._filling:
            held = self._world_manager.of(name).world.clock.held
            await self._world_manager.reset(name, prepared.start_ms)
            await prepared.fill(name)
            return await self._begun(name, held=held)

    async def restore(self, name: str, snapshot: str, content: AsyncIterable[bytes]) -> WorldRow:
        """Restore a world from the content of a file of a snapshot, which gets the name `snapshot`.

        Raises as `WorldManager.read_file` and `WorldManager.restore`.
        """
        async with self._filling:
            await self._world_manager.read_file(snapshot, content)
            return await self._world_manager.restore(name, snapshot)

    async def _begun(self, name: str, *, held: bool) -> WorldRow:
        await self._world_manager.of(name).hold(held=held)
        return next(row for row in await self._world_manager.worlds() if row.name == name)
