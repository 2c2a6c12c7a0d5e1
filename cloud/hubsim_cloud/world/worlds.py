"""All worlds of one cloud process: the main one, and those that a lab has opened in addition.

Owns the set of worlds, and runs each of them. A world of the lab is a database and a plan in a folder; it
is opened again after a restart. When a part of any world fails for another reason than storage, the process
ends: that is a bug.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from prometheus_client.registry import Collector

from hubsim_cloud.world.broker_session import clear_cloud, client_id_of
from hubsim_cloud.world.only_cloud import CloudCheck
from hubsim_cloud.world.world import CloudWorld, Observe, WorldPlan, unobserved
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.wire.topics import MessageKind, Topics

DATABASE = "cloud.db"
_PLAN = ".json"
PRIVATE = 0o700
"""The mode of the folder: it contains password hashes and tokens, so only its owner may read it."""


class CloudWorlds:
    """The worlds. `run` until `stop`."""

    def __init__(
        self, state: Path, main: WorldPlan, open_port: OpenPort, observe: Observe = unobserved
    ) -> None:
        """Take the state folder (created if it does not exist), and the main world's plan."""
        self.worlds: dict[str, CloudWorld] = {}
        self._state = state
        self._main = main
        self._open_port = open_port
        self._observe = observe
        self._running: dict[str, asyncio.Task[None]] = {}
        self._prefixes: dict[str, str] = {}
        """The prefixes of all worlds that were opened and not forgotten."""
        self._stopping = asyncio.Event()
        self._collectors: list[Collector] = []
        self._checked = False
        """Whether this process has looked for another cloud: once, before it connects for the first time."""
        self._group: asyncio.TaskGroup

    def get(self, name: str) -> CloudWorld:
        """Return the world of this name, the main one for an empty name. Raises `KeyError`."""
        world = self.worlds[name]
        world.used_at = time.monotonic()
        return world

    def add_metrics(self, collector: Collector) -> None:
        """Add metrics of the process to those of the main world, also of one that replaces it."""
        self._collectors.append(collector)
        self.worlds[""].meters.registry.register(collector)

    async def run(self, ready: Callable[[], Awaitable[None]] | None = None) -> None:
        """Open all worlds, and serve until `stop`. Raises `StoreError` for one that cannot be opened.

        Raises `CloudTaken` if another cloud is online under the prefix of the main world.
        `ready` is awaited once all are open.
        """
        self._state.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        self._worlds_folder.mkdir(mode=PRIVATE, exist_ok=True)
        async with asyncio.TaskGroup() as self._group:
            try:
                await self.open(self._main)
                for file in sorted(self._worlds_folder.glob(f"*{_PLAN}")):
                    await self.open(msgspec.json.decode(file.read_bytes(), type=WorldPlan))
                if ready is not None:
                    await ready()
                await self._stopping.wait()
            finally:
                for name in list(self.worlds):
                    await self.close(name)

    def end_streams(self) -> None:
        """End every event stream: a stopping server would otherwise wait for them, and then cut them."""
        for world in self.worlds.values():
            world.end_streams()

    def stop(self) -> None:
        """Stop `run`."""
        self._stopping.set()

    async def open(self, plan: WorldPlan, observe: Observe | None = None) -> CloudWorld:
        """Open a world; `observe` replaces the default observers. Raises `StoreError`."""
        assert plan.name not in self.worlds
        if plan.name:
            (self._worlds_folder / f"{plan.name}{_PLAN}").write_bytes(msgspec.json.encode(plan))
        world = await CloudWorld.open(
            plan, self.database(plan.name), self._open_port, observe=observe or self._observe
        )
        if not plan.name:
            for collector in self._collectors:
                world.meters.registry.register(collector)
        self.worlds[plan.name] = world
        self._prefixes[plan.name] = plan.prefix
        name = f"world {plan.name}".strip()
        check = None if plan.name or self._checked else CloudCheck(self._open_port, Topics(plan.prefix))
        self._checked = True
        self._running[plan.name] = self._group.create_task(world.run(check), name=name)
        return world

    async def close(self, name: str) -> None:
        """Stop a world gracefully; its data stays."""
        world = self.worlds.pop(name)
        world.stop()
        await asyncio.wait({self._running.pop(name)})
        await world.close()

    async def forget(self, name: str) -> None:
        """Remove the data of a closed world, also at the broker; the plan of the main one stays."""
        database = self.database(name)
        for tail in ("", "-wal", "-shm", ".lock"):
            database.with_name(database.name + tail).unlink(missing_ok=True)
        if name:
            (self._worlds_folder / f"{name}{_PLAN}").unlink(missing_ok=True)
        presence = Topics(self._prefixes.pop(name)).of(MessageKind.CLOUD_PRESENCE)
        await clear_cloud(self._open_port, client_id_of(name), presence)

    def database(self, name: str) -> Path:
        """Return the path of a world's database."""
        return self._worlds_folder / f"{name}.db" if name else self._state / DATABASE

    @property
    def _worlds_folder(self) -> Path:
        return self._state / "worlds"
