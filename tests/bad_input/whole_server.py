"""A whole server with its lab in this process, a stranger at its broker, and people who call its API."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from hubsim_cloud.world.world import CloudWorld
from hubsim_cloud.world.worlds import CloudWorlds
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import Connect, PortEvent, Publish, Published, Received, Subscribe, Subscribed
from hubsim_contract.wire.topics import DEFAULT_PREFIX, MessageKind
from hubsim_server.composition import cloud, line_of, simulator
from hubsim_server.settings import ServerSettings
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.serving.server import SimulatorServer
from hubsim_simulator.serving.world_bench import WorldBench

Json = dict[str, Any]
BOUND_S = 20
"""Longer than anything here takes, on a busy machine too."""
OPERATOR_TOKEN = "operator-token-of-this-test"  # noqa: S105 (of nobody)
PASSWORD = "correct horse battery staple"  # noqa: S105 (of nobody)


class Stranger:
    """Somebody at the broker who says what no honest party says, and hears everything under the prefix."""

    def __init__(self, url: BrokerUrl) -> None:
        self.heard: list[Received] = []
        self._port = AiomqttPort(url, self._hear, "stranger")
        self._told: set[PortEvent] = set()
        self._news = asyncio.Event()
        self._token = 0

    async def begin(self) -> None:
        self._port.perform(Connect("stranger", clean=True, keepalive_s=60))
        await self.until(lambda: bool(self._told))
        self._port.perform(Subscribe((f"{DEFAULT_PREFIX}/#",)))
        await self.until(lambda: Subscribed() in self._told)

    async def says(self, topic: str, *payloads: bytes, retain: bool = False) -> None:
        """Publish these; on return the broker has them."""
        for payload in payloads:
            self._token += 1
            self._port.perform(Publish(topic, payload, retain, self._token))
        await self.until(lambda: Published(self._token) in self._told)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when this holds; it is looked at whenever something was heard. For one waiter."""
        async with asyncio.timeout(BOUND_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def last(self, topic: str) -> bytes | None:
        """Return what was said last on a topic."""
        return next((each.payload for each in reversed(self.heard) if each.topic == topic), None)

    async def aclose(self) -> None:
        await self._port.aclose()

    def _hear(self, event: PortEvent) -> None:
        if isinstance(event, Received):
            self.heard.append(event)
        else:
            self._told.add(event)
        self._news.set()


class Caller:
    """Somebody who calls the API of one world."""

    def __init__(self, client: httpx.AsyncClient, world: str = "", token: str | None = None) -> None:
        self._client = client
        self.world = world
        self._head = f"/worlds/{world}" if world else ""
        self.token = token

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        return await self._client.request(method, self._head + path, json=body, headers=headers)

    async def does(self, method: str, path: str, body: Any = None) -> Json:
        """Send a request that must be granted; return the answer, if it has one."""
        answer = await self.call(method, path, body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    async def sees(self, path: str) -> Json:
        return await self.does("GET", path)

    def with_token(self, token: str) -> "Caller":
        return Caller(self._client, self.world, token)

    async def owner(self, name: str) -> "tuple[Caller, str]":
        """Let somebody sign up and register a company; return them in its account, and the company."""
        account = {"email": f"{name}@example.com", "name": name, "password": PASSWORD}
        await self.does("POST", "/v1/accounts", account)
        credentials = {"email": account["email"], "password": PASSWORD, "app": "pro_desktop"}
        person = self.with_token((await self.does("POST", "/v1/sessions", credentials))["token"])
        company = (await person.does("POST", "/v1/companies", {"name": f"{name} Ltd", "country": "PL"}))[
            "company"
        ]
        await person.does("PUT", "/v1/session/account", {"company": company})
        return person, company


class Parties:
    """A Dealer with an approved Reseller, an installer, and objects with hubs."""

    def __init__(self, dealer: Caller, reseller: Caller, dealer_company: str, reseller_company: str) -> None:
        self.dealer = dealer
        self.reseller = reseller
        self.dealer_company = dealer_company
        self.reseller_company = reseller_company

    async def adds(self, hub: str) -> str:
        """Let the Dealer add a hub to a new object; return the object."""
        place: str = (await self.dealer.does("POST", "/v1/objects", {"name": f"Villa {hub}"}))["object"]
        await self.dealer.does("POST", f"/v1/objects/{place}/hubs", {"hub": hub, "model": "hub-2-plus"})
        return place


async def parties(nobody: Caller, operator_token: str) -> Parties:
    """Let a Dealer and a Reseller come into being, and connect them."""
    dealer, dealer_company = await nobody.owner("olga")
    await dealer.does("POST", "/v1/company/dealership", {"registration_number": "5260001246"})
    reseller, reseller_company = await nobody.owner("rita")
    appointed = {"company": reseller_company, "email": "sales@example.com"}
    await nobody.with_token(operator_token).does("POST", "/v1/operator/resellers", appointed)
    await dealer.does("POST", "/v1/connections", {"reseller": reseller_company})
    await reseller.does("POST", f"/v1/dealers/{dealer_company}/approval", {})
    return Parties(dealer, reseller, dealer_company, reseller_company)


class WholeServer:
    """What runs: cloud, simulator, a client for the API, and a stranger at the broker."""

    def __init__(
        self,
        host: CloudWorlds,
        simulator: SimulatorServer,
        client: httpx.AsyncClient,
        third_party: Stranger,
        url: BrokerUrl,
    ) -> None:
        self.host = host
        self.simulator = simulator
        self.client = client
        self.third_party = third_party
        self.url = url

    def nobody(self, world: str = "") -> Caller:
        return Caller(self.client, world)

    def cloud(self, world: str) -> CloudWorld:
        return self.host.worlds[world]

    def bench(self, world: str) -> WorldBench:
        return self.simulator.benches[world]

    async def cloud_has(self, world: str, topic: str, payload: bytes) -> None:
        """Wait until the cloud has decided what to do with this message."""
        async with asyncio.timeout(BOUND_S):
            await self.cloud(world).until_received(topic, payload)
            await self.cloud(world).wait_until_idle({})

    async def cloud_until(self, world: str, holds: Callable[[], bool]) -> None:
        """Wait until this holds in the cloud, which is looked at whenever it has done something."""
        moved = self.cloud(world).changed
        async with asyncio.timeout(BOUND_S):
            while not holds():
                moved.clear()
                await moved.wait()

    async def bench_has(self, world: str, topic: str, payload: bytes) -> None:
        """Wait until the simulated side has taken this message."""
        await self.simulated(lambda: self.bench(world).tracker.received_log.has(topic, payload))

    async def simulated(self, holds: Callable[[], bool]) -> None:
        """Wait until this holds in the simulator, which is looked at whenever it has done something."""
        async with asyncio.timeout(BOUND_S):
            while not holds():
                await self.simulator.until_changed(self.bench(""))

    async def applied(self, prefix: str, hub: str, service: str) -> None:
        """Wait until a hub reports that it has applied a service."""
        wanted = f'"service":"{service}"'.encode()
        topic = f"{prefix}/hubs/{hub}/{MessageKind.REPORTED}"
        await self.third_party.until(lambda: wanted in (self.third_party.last(topic) or b""))


class _Errors(logging.Handler):
    """Keeps what is logged as a mistake of ours: errors, and whatever comes with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.told.append(self.format(record))


@contextmanager
def no_error_is_logged() -> Iterator[None]:
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(errors)
    assert errors.told == []


@asynccontextmanager
async def whole_server(state: Path, *, simulated: bool = True, **changed: Any) -> AsyncIterator[WholeServer]:
    """Run broker, cloud with its lab, and simulator if wanted, on free ports; they are to log no error."""
    with no_error_is_logged():
        async with _running(state, simulated, changed) as server:
            yield server


@asynccontextmanager
async def _running(state: Path, simulated: bool, changed: Json) -> AsyncIterator[WholeServer]:
    given = {"state": state, "http_port": 0, "lab": True, "operator_token": OPERATOR_TOKEN, **changed}
    settings = ServerSettings(**given)
    broker = EmbeddedBroker()
    await broker.start()
    url = BrokerUrl.parse(broker.url)
    third_party = Stranger(url)
    line = line_of(settings, url)
    try:
        async with simulator(settings, line) as server, cloud(settings, line) as (host, address):
            serving = asyncio.create_task(_simulated(server, simulated))
            try:
                if simulated:
                    await server.until_ready()
                await host.get("").until_ready()
                await third_party.begin()
                async with httpx.AsyncClient(base_url=address.url, timeout=BOUND_S) as client:
                    yield WholeServer(host, server, client, third_party, url)
            finally:
                server.stop()
                await asyncio.wait({serving})
            serving.result()
    finally:
        await third_party.aclose()
        await broker.stop()


async def _simulated(server: SimulatorServer, wanted: bool) -> None:
    if wanted:
        await server.run()
