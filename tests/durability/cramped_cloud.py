"""A cloud on a disk that a test can fill up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich_cloud import HUB, TOPICS, MovingClock, NullWatcher

from hubsim_cloud.domain.commands import SignUp
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.decision_batch import Decided
from hubsim_cloud.service.service import CloudService, StorageDown
from hubsim_cloud.service.store import Saved, Store
from hubsim_contract.core import Start
from hubsim_contract.mqtt.port import Connected, PortEffect, Received, Subscribed
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import HubEvent, Presence
from hubsim_contract.wire.topics import MessageKind

NOBODY = Actor(None)
OLGA = Actor("person-1")
NAME = "x" * 200
MUCH = 200
"""This number of sign-ups with such names needs more space than the few pages that may be left."""


class Waker(NullWatcher):
    """Sets `progress` after each batch."""

    def __init__(self) -> None:
        self.progress = asyncio.Event()

    def served(self) -> None:
        self.progress.set()


class CrampedCloud:
    """A running cloud whose disk can be full."""

    def __init__(self, store: Store, saved: Saved) -> None:
        self.store = store
        self.performed: list[PortEffect] = []
        self.probe_gate = asyncio.Event()
        """Set it to end the pause between two probes."""
        self.pauses: list[float] = []
        self.journal: list[Decided] = []
        self.clock = MovingClock()
        self.waker = Waker()
        engine = CloudEngine(CloudSettings(), TOPICS)
        engine.restore(saved.facts, saved.devices)
        self.service = CloudService(
            engine,
            store,
            self.clock,
            self.performed.append,
            self.waker,
            pause=self._pause,
            journal=self.journal.append,
        )
        self.serving = asyncio.ensure_future(self.service.run())
        self._signed_up = 0

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.waker.progress.set()
        await self.probe_gate.wait()
        self.probe_gate.clear()

    async def disk_is_full(self) -> None:
        ((pages,),) = await self.store.database.connection.execute_fetchall("PRAGMA page_count")
        await self.store.database.connection.execute(f"PRAGMA max_page_count = {pages}")

    async def disk_has_room(self) -> None:
        await self.store.database.connection.execute("PRAGMA max_page_count = 1000000")

    async def signs_up(self, name: str = "olga") -> dict[str, str]:
        outcome = await self.service.command(NOBODY, SignUp(email=f"{name}@example.test", name=name))
        assert isinstance(outcome, Accepted), outcome
        return outcome.result

    async def signs_up_many(self) -> list[Any]:
        """Sign up more people at the same time than there is space for."""
        self._signed_up += 1
        commands = [
            SignUp(email=f"p{self._signed_up}-{number}@example.test", name=NAME) for number in range(MUCH)
        ]
        asked = (self.service.command(NOBODY, command) for command in commands)
        return await asyncio.gather(*asked, return_exceptions=True)

    async def fills_up(self) -> None:
        await self.disk_is_full()
        while not any(isinstance(outcome, StorageDown) for outcome in await self.signs_up_many()):
            pass

    async def idle(self) -> None:
        await self.until(lambda: self.service.idle)

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.waker.progress.clear()
            await self.waker.progress.wait()

    def receives(self, kind: MessageKind, message: Presence | HubEvent) -> None:
        self.service.post(Received(TOPICS.of(kind, HUB), encode(message)))


@asynccontextmanager
async def cramped(path: Path) -> AsyncIterator[CrampedCloud]:
    store = await Store.open(path)
    cloud = CrampedCloud(store, await store.load())
    try:
        yield cloud
    finally:
        cloud.serving.cancel()
        await asyncio.wait({cloud.serving})
        await store.close()
    assert cloud.serving.cancelled(), "the service has ended without being cancelled"


async def goes_online(cloud: CrampedCloud) -> None:
    for event in (Start(), Connected(), Subscribed()):
        cloud.service.post(event)
    await cloud.idle()
