"""A cloud with its HTTP API for tests: a real database and service, no broker, and callers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.queries import Mailbox
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.verdicts import MessageVerdict
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.http.app import create_app
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.http.system_routes import SystemRoute
from hubsim_cloud.ports import Complain
from hubsim_cloud.service.auth import Auth
from hubsim_cloud.service.feed import Feed
from hubsim_cloud.service.message_watch import MessageWatch
from hubsim_cloud.service.meters import Meters
from hubsim_cloud.service.operator_access import OperatorAccess
from hubsim_cloud.service.passwords import Hashing
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Store
from hubsim_contract.clock import WorldClock
from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.codec import AnyMessage, encode
from hubsim_contract.wire.messages import Channel, Hardware, Presence, Reported, SimCard, SimSlot
from hubsim_contract.wire.topics import MessageKind, Topics

NINE_MS = 1_768_464_000_000
"""2026-01-15 09:00 in Warsaw: the world's time."""
HOST_MS = 1_800_000_000_000
"""The host's time."""
HUB, HUB_2 = "0000AA01", "0000AA02"
AJAX = "8988300000000000013"
PASSWORD = "correct horse battery staple"  # noqa: S105 (of no real user)
OPERATOR_TOKEN = "operator-token-of-this-test"  # noqa: S105 (of no real user)
CHEAP = Hashing(memory_kib=8, passes=1)
TOPICS = Topics()

Json = dict[str, Any]


class ServedWorld:
    """One world, built as a host builds it."""

    name = ""

    def __init__(self, store: Store, engine: CloudEngine, clock: WorldClock, watch: MessageWatch) -> None:
        self.store = store
        self.clock = clock
        self.meters = Meters()
        self.service = CloudService(engine, store, clock, lambda _effect: None, self)
        self.feed = Feed(lambda: self.service.engine, len(engine.log))
        self.watch = watch
        self.auth: Auth
        self.operator = OperatorAccess(OPERATOR_TOKEN)
        self.awaited: list[str] = []

    def ready(self) -> list[str]:
        return self.awaited

    def record(self, first_position: int, facts: tuple[Fact, ...]) -> None:
        self.meters.recorded(len(facts))
        self.feed.record(first_position, facts)

    def kept(self, hubs: tuple[str, ...]) -> None:
        self.feed.kept(hubs)
        self.watch.changed()

    def complain(self, complaint: Complain) -> None:
        self.meters.complained(complaint.rule)

    def judged(self, verdict: MessageVerdict) -> None:
        self.watch.judged(verdict)

    def served(self) -> None:
        pass


class Caller:
    """A client of the API, with or without a token."""

    def __init__(self, client: httpx.AsyncClient, token: str | None = None, person: str = "") -> None:
        self.client = client
        self.token = token
        self.person = person
        self.company = ""

    async def call(self, method: str, path: str, body: Json | None = None, **headers: str) -> httpx.Response:
        """Send a request; names of headers have underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        return await self.client.request(method, f"/v1{path}", json=body, headers=sent)

    async def do(self, method: str, path: str, body: Json | None = None, **headers: str) -> Json:
        """Send a request that must succeed; return its content, if any."""
        answer = await self.call(method, path, body, **headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    async def get(self, path: str) -> Json:
        return await self.do("GET", path)

    async def refused(self, method: str, path: str, body: Json | None = None, **headers: str) -> str:
        """Send a request that must be refused; return the name of the problem."""
        answer = await self.call(method, path, body, **headers)
        return problem_of(answer)["name"]


def problem_of(answer: httpx.Response) -> Any:
    """Return the problem document, which must be complete."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"/problems/{problem['name']}"
    assert problem["title"]
    assert problem["detail"]
    assert isinstance(problem["facts"], dict)
    return problem


class HostTime:
    """The host's clock, which a test can set."""

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms

    def __call__(self) -> int:
        return self.at_ms


class Api:
    """The API of one world, with people and hubs that use it."""

    def __init__(
        self,
        worlds: "OneWorld",
        client: httpx.AsyncClient,
        app: Any,
        host: HostTime,
        running: asyncio.Task[None],
    ) -> None:
        self.worlds = worlds
        self.world = worlds.get("")
        self.client = client
        self.app = app
        self.host = host
        self.running = running
        self._sequence = 0

    @property
    def anonymous(self) -> Caller:
        return Caller(self.client)

    @property
    def operator(self) -> Caller:
        return Caller(self.client, OPERATOR_TOKEN)

    # ------------------------------------------------------------------ people

    async def person(self, name: str, app: str = "pro_desktop") -> Caller:
        """Create the account name@example.com, and sign in."""
        account = {"email": f"{name}@example.com", "name": name.capitalize(), "password": PASSWORD}
        await self.anonymous.do("POST", "/accounts", account)
        return await self.sign_in(name, app)

    async def sign_in(self, name: str, app: str = "pro_desktop", company: str = "") -> Caller:
        """Sign in to an existing account, and switch to the company, if any."""
        credentials = {"email": f"{name}@example.com", "password": PASSWORD, "app": app}
        session = await self.anonymous.do("POST", "/sessions", credentials)
        caller = Caller(self.client, session["token"], session["person"])
        if company:
            await self.switch(caller, company)
        return caller

    async def switch(self, caller: Caller, company: str) -> None:
        await caller.do("PUT", "/session/account", {"company": company})
        caller.company = company

    async def owner(self, name: str) -> Caller:
        """Create a person with a company; return the caller in the company's account."""
        caller = await self.person(name)
        company = {"name": f"{name.capitalize()} Security", "country": "PL"}
        created = await caller.do("POST", "/companies", company)
        await self.switch(caller, created["company"])
        return caller

    async def dealer(self, name: str = "olga") -> Caller:
        caller = await self.owner(name)
        await caller.do("POST", "/company/dealership", {"registration_number": "5260001246"})
        return caller

    async def reseller(self, name: str = "rita") -> Caller:
        """Create the owner of a Reseller with the address name-sales@example.com."""
        caller = await self.owner(name)
        appointed = {"company": caller.company, "email": f"{name}-sales@example.com"}
        await self.operator.do("POST", "/operator/resellers", appointed)
        return caller

    async def employee(self, owner: Caller, name: str, role: str, app: str = "pro_desktop") -> Caller:
        """Create an employee of the owner's company; return the caller in the company's account."""
        await self.person(name)
        await owner.do("POST", "/company/employees", {"email": f"{name}@example.com", "role": role})
        return await self.sign_in(name, app, owner.company)

    async def connected(self, dealer: Caller, reseller: Caller) -> None:
        await dealer.do("POST", "/connections", {"reseller": reseller.company})
        await reseller.do("POST", f"/dealers/{dealer.company}/approval", {})

    async def dealer_with_hub(self) -> Caller:
        """Return a Dealer with an approved Reseller and a hub that is online with an Ajax SIM."""
        dealer, reseller = await self.dealer(), await self.reseller()
        await self.connected(dealer, reseller)
        await self.add_hub(dealer, HUB)
        return dealer

    async def add_hub(self, caller: Caller, hub: str) -> str:
        place: str = (await caller.do("POST", "/objects", {"name": "Villa"}))["object"]
        await caller.do("POST", f"/objects/{place}/hubs", {"hub": hub, "model": "hub-2-plus"})
        await self.hub_reports(hub)
        return place

    # ------------------------------------------------------------------ hubs

    async def hub_reports(self, hub: str = HUB, *, online: bool = True) -> None:
        """Publish the presence and the report of a hub; without `online`, then also that it is offline."""
        self._sequence += 1
        boot = self._sequence
        hardware = Hardware(
            model="hub-2-plus",
            firmware="2.20.0",
            channels=(Channel.ETHERNET,),
            sims=(SimSlot(1, SimCard.OK, AJAX),),
        )
        reported = Reported(hub=hub, boot=boot, sequence=1, applied_version=0, hardware=hardware)
        self._receive(MessageKind.PRESENCE, hub, Presence(hub=hub, online=True, boot=boot, connection=1))
        self._receive(MessageKind.REPORTED, hub, reported)
        if not online:
            self._receive(MessageKind.PRESENCE, hub, Presence(hub=hub, online=False, boot=boot, connection=1))
        await self.world.service.look(Actor(None), Mailbox())  # waits until the messages are processed

    def _receive(self, kind: MessageKind, hub: str, message: AnyMessage) -> None:
        self.world.service.post(Received(TOPICS.of(kind, hub), encode(message)))


class OneWorld:
    """The main world, and the worlds that a test adds."""

    def __init__(self, world: ServedWorld) -> None:
        self.worlds = {"": world}

    def get(self, name: str) -> ServedWorld:
        return self.worlds[name]


async def open_world(path: Path, host_ms: Callable[[], int]) -> ServedWorld:
    store = await Store.open(path)
    saved = await store.load()
    watch = MessageWatch()
    engine = CloudEngine(CloudSettings(), TOPICS, watched=watch.wants)
    engine.restore(saved.facts, saved.devices)
    world = ServedWorld(store, engine, WorldClock(NINE_MS, lambda: 0), watch)
    world.auth = await Auth.open(
        world.service,
        store,
        session_hours=12,
        hashing=CHEAP,
        host_ms=host_ms,
        attempted=lambda outcome: world.meters.signed_in(outcome.value),
    )
    return world


@asynccontextmanager
async def served(
    path: Path,
    settings: HttpSettings | None = None,
    *,
    host_ms: int = HOST_MS,
    extra: tuple[SystemRoute, ...] = (),
) -> AsyncIterator[Api]:
    """Serve a world from this database within the context."""
    host = HostTime(host_ms)
    world = await open_world(path, host)
    worlds = OneWorld(world)
    app = create_app(worlds, settings or HttpSettings(hashing=CHEAP), extra)
    running = asyncio.create_task(world.service.run())
    transport = httpx.ASGITransport(app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://cloud.test") as client:
            yield Api(worlds, client, app, host, running)
    finally:
        running.cancel()
        await asyncio.wait({running})
        await world.store.close()
