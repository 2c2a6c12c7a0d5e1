"""A running service on a real database, without MQTT and HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from engine_bench import HUB, NINE_MS, SETTINGS, TOPICS

from hubsim_cloud.domain.commands import (
    AddHub,
    CreateCompany,
    CreateObject,
    SignUp,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.queries import CompanyDetails, HubInformation
from hubsim_cloud.domain.types import Actor, App
from hubsim_cloud.domain.verdicts import MessageVerdict
from hubsim_cloud.domain.views.cards import HubInformationView
from hubsim_cloud.domain.views.people import CompanyView
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.ports import Complain
from hubsim_cloud.service.rows import Key
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Store
from hubsim_contract.core import Now
from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Presence
from hubsim_contract.wire.topics import MessageKind

NOBODY = Actor(None)
KEY = Key("anonymous", "a key", "the request")
SIGN_UP = SignUp(email="olga@example.test", name="Olga")
HOST_MS = 5_000


class ConstantClock:
    def now(self) -> Now:
        return Now(NINE_MS, NINE_MS)


class CountingWatcher:
    """Counts facts and their batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def record(self, _first_position: int, facts: tuple[Any, ...]) -> None:
        self.batches.append(len(facts))

    def kept(self, hubs: tuple[str, ...]) -> None:
        pass

    def complain(self, complaint: Complain) -> None:
        raise AssertionError(complaint.text)

    def judged(self, verdict: MessageVerdict) -> None:
        pass

    def served(self) -> None:
        pass


class Cloud:
    """A running service on a real database."""

    def __init__(self, store: Store, service: CloudService, watcher: CountingWatcher) -> None:
        self.store = store
        self.service = service
        self.watcher = watcher

    @property
    def facts(self) -> int:
        return len(self.service.engine.log)

    async def does(self, actor: Actor, command: Any, expects: int | None = None) -> dict[str, str]:
        done = await self.service.submit(actor, command, expects=expects)
        assert isinstance(done.outcome, Accepted), done.outcome
        return done.outcome.result

    async def company(self, name: str = "olga") -> Actor:
        person = (await self.does(NOBODY, SignUp(email=f"{name}@example.test", name=name)))["person"]
        made = await self.does(Actor(person), CreateCompany(name=name, country="PL"))
        return Actor(person, App.PRO_DESKTOP, made["company"])

    async def hub(self, owner: Actor) -> None:
        """Add an online hub to an object of the company."""
        place = await self.does(owner, CreateObject(name="Villa"))
        await self.does(owner, AddHub(object=place["object"], hub=HUB, model="hub-2"))
        online = Presence(hub=HUB, online=True, boot=1, connection=1)
        self.service.post(Received(TOPICS.of(MessageKind.PRESENCE, HUB), encode(online)))

    async def hub_revision(self, owner: Actor) -> int:
        view = await self.service.look(owner, HubInformation(hub=HUB))
        assert isinstance(view, HubInformationView)
        return view.revision

    async def company_revision(self, owner: Actor) -> int:
        view = await self.service.look(owner, CompanyDetails())
        assert isinstance(view, CompanyView)
        return view.revision


@asynccontextmanager
async def running(path: Path) -> AsyncIterator[Cloud]:
    store = await Store.open(path)
    saved = await store.load()
    engine, watcher = CloudEngine(SETTINGS, TOPICS), CountingWatcher()
    engine.restore(saved.facts, saved.devices)
    service = CloudService(engine, store, ConstantClock(), lambda _: None, watcher, host_ms=lambda: HOST_MS)
    serving = asyncio.ensure_future(service.run())
    try:
        yield Cloud(store, service, watcher)
    finally:
        serving.cancel()
        await asyncio.wait({serving})
        await store.close()
