"""A whole server with its lab in this process, a third party at its broker, and callers of its API."""

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
from hubsim_server.broker_access import line_of
from hubsim_server.composition import cloud
from hubsim_server.settings import ServerSettings
from hubsim_server.simulator_composition import simulator
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.serving.server import SimulatorServer
from hubsim_simulator.serving.world_bench import WorldBench

Json = dict[str, Any]
BOUND_S = 20
"""Longer than any step takes, also on a busy machine."""
OPERATOR_TOKEN = "operator-token-of-this-test"  # noqa: S105 (of no real user)
PASSWORD = "correct horse battery staple"  # noqa: S105 (of no real user)


class ThirdParty:
    """A client at the broker that publishes arbitrary messages, and receives all topics under the prefix."""

    def __init__(self, url: BrokerUrl) -> None:
        self.received: list[Received] = []
        self._port = AiomqttPort(url, self._receive, "third-party")
        self._port_events: set[PortEvent] = set()
        self._changed = asyncio.Event()
        self._token = 0

    async def begin(self) -> None:
        self._port.perform(Connect("third-party", clean=True, keepalive_s=60))
        await self.until(lambda: bool(self._port_events))
        self._port.perform(Subscribe((f"{DEFAULT_PREFIX}/#",)))
        await self.until(lambda: Subscribed() in self._port_events)

    async def publish(self, topic: str, *payloads: bytes, retain: bool = False) -> None:
        """Publish these payloads, and wait until the broker has them."""
        for payload in payloads:
            self._token += 1
            self._port.perform(Publish(topic, payload, retain, self._token))
        await self.until(lambda: Published(self._token) in self._port_events)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for this condition, which is checked after each message. Only for one waiter."""
        async with asyncio.timeout(BOUND_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def last(self, topic: str) -> bytes | None:
        """Return the last payload of a topic."""
        return next((each.payload for each in reversed(self.received) if each.topic == topic), None)

    async def aclose(self) -> None:
        await self._port.aclose()

    def _receive(self, event: PortEvent) -> None:
        if isinstance(event, Received):
            self.received.append(event)
        else:
            self._port_events.add(event)
        self._changed.set()


class Caller:
    """A client of the API of one world."""

    def __init__(self, client: httpx.AsyncClient, world: str = "", token: str | None = None) -> None:
        self._client = client
        self.world = world
        self._head = f"/worlds/{world}" if world else ""
        self.token = token

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        return await self._client.request(method, self._head + path, json=body, headers=headers)

    async def do(self, method: str, path: str, body: Any = None) -> Json:
        """Send a request that must succeed; return its content, if any."""
        answer = await self.call(method, path, body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    async def get(self, path: str) -> Json:
        return await self.do("GET", path)

    def with_token(self, token: str) -> "Caller":
        return Caller(self._client, self.world, token)

    async def owner(self, name: str) -> "tuple[Caller, str]":
        """Create a person with a company; return the caller in the company's account, and the company."""
        account = {"email": f"{name}@example.com", "name": name, "password": PASSWORD}
        await self.do("POST", "/v1/accounts", account)
        credentials = {"email": account["email"], "password": PASSWORD, "app": "pro_desktop"}
        person = self.with_token((await self.do("POST", "/v1/sessions", credentials))["token"])
        company = (await person.do("POST", "/v1/companies", {"name": f"{name} Ltd", "country": "PL"}))[
            "company"
        ]
        await person.do("PUT", "/v1/session/account", {"company": company})
        return person, company


class People:
    """A Dealer with an approved Reseller, an installer, and objects with hubs."""

    def __init__(self, dealer: Caller, reseller: Caller, dealer_company: str, reseller_company: str) -> None:
        self.dealer = dealer
        self.reseller = reseller
        self.dealer_company = dealer_company
        self.reseller_company = reseller_company

    async def add_hub(self, hub: str) -> str:
        """Add a hub to a new object of the Dealer; return the object."""
        place: str = (await self.dealer.do("POST", "/v1/objects", {"name": f"Villa {hub}"}))["object"]
        await self.dealer.do("POST", f"/v1/objects/{place}/hubs", {"hub": hub, "model": "hub-2-plus"})
        return place


async def dealer_and_reseller(anonymous: Caller, operator_token: str) -> People:
    """Create a Dealer and a Reseller, and connect them."""
    dealer, dealer_company = await anonymous.owner("olga")
    await dealer.do("POST", "/v1/company/dealership", {"registration_number": "5260001246"})
    reseller, reseller_company = await anonymous.owner("rita")
    appointed = {"company": reseller_company, "email": "sales@example.com"}
    await anonymous.with_token(operator_token).do("POST", "/v1/operator/resellers", appointed)
    await dealer.do("POST", "/v1/connections", {"reseller": reseller_company})
    await reseller.do("POST", f"/v1/dealers/{dealer_company}/approval", {})
    return People(dealer, reseller, dealer_company, reseller_company)


class WholeServer:
    """The running parts: cloud, simulator, a client for the API, and a third party at the broker."""

    def __init__(
        self,
        host: CloudWorlds,
        simulator: SimulatorServer,
        client: httpx.AsyncClient,
        third_party: ThirdParty,
        url: BrokerUrl,
    ) -> None:
        self.host = host
        self.simulator = simulator
        self.client = client
        self.third_party = third_party
        self.url = url

    def anonymous(self, world: str = "") -> Caller:
        return Caller(self.client, world)

    def cloud(self, world: str) -> CloudWorld:
        return self.host.worlds[world]

    def bench(self, world: str) -> WorldBench:
        return self.simulator.benches[world]

    async def wait_for_cloud(self, world: str, topic: str, payload: bytes) -> None:
        """Wait until the cloud has processed this message."""
        async with asyncio.timeout(BOUND_S):
            await self.cloud(world).until_received(topic, payload)
            await self.cloud(world).wait_until_idle({})

    async def wait_until_cloud(self, world: str, holds: Callable[[], bool]) -> None:
        """Wait for this condition in the cloud, which is checked after each of its steps."""
        moved = self.cloud(world).changed
        async with asyncio.timeout(BOUND_S):
            while not holds():
                moved.clear()
                await moved.wait()

    async def wait_for_bench(self, world: str, topic: str, payload: bytes) -> None:
        """Wait until the simulated side has received this message."""
        await self.wait_until_simulator(lambda: self.bench(world).tracker.received_log.has(topic, payload))

    async def until_in_reach(self, world: str, hub: str) -> None:
        """Wait until a simulated hub shows the cloud as in reach."""
        simulated = self.bench(world).fleet.hubs[hub]
        await self.wait_until_simulator(lambda: bool(simulated.face and simulated.face.face.cloud_reachable))

    async def wait_until_simulator(self, holds: Callable[[], bool]) -> None:
        """Wait for this condition in the simulator, which is checked after each of its steps."""
        async with asyncio.timeout(BOUND_S):
            while not holds():
                await self.simulator.until_round()

    async def applied(self, prefix: str, hub: str, service: str) -> None:
        """Wait until a hub reports that it has applied a service."""
        wanted = f'"service":"{service}"'.encode()
        topic = f"{prefix}/hubs/{hub}/{MessageKind.REPORTED}"
        await self.third_party.until(lambda: wanted in (self.third_party.last(topic) or b""))


class _Errors(logging.Handler):
    """Stores the log events of bugs: errors, and events with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.logged: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.logged.append(self.format(record))


@contextmanager
def no_error_is_logged() -> Iterator[None]:
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(errors)
    assert errors.logged == []


@asynccontextmanager
async def whole_server(state: Path, *, simulated: bool = True, **changed: Any) -> AsyncIterator[WholeServer]:
    """Run broker, cloud with its lab, and optionally a simulator, on free ports; they must log no error."""
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
    third_party = ThirdParty(url)
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
