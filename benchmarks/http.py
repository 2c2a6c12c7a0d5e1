"""The HTTP API: commands and queries per second. Each command is durable before its answer.

The cloud and the broker are separate processes; the clients are in this process. Each client has its own
person, company, session and kept connection. It sends the next request as soon as it has the answer.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.keepalive import KeptConnection, Response
from benchmarks.programs import Memory, Program, broker, program
from hubsim_cloud.domain.facts import ObjectCreated
from hubsim_cloud.service.store import Store
from hubsim_cloud.world.worlds import DATABASE

CLIENTS = (1, 8, 64)
ROUNDS = 5
REQUESTS = 1_500
"""Number of requests of all clients together in one round."""
WARM_UP = 300
HUBS = 10
"""Number of hubs in the device list."""
PASSWORD = "correct horse battery"  # noqa: S105 (of accounts that exist for seconds)


class Rate(msgspec.Struct, frozen=True):
    """The result of a round of requests."""

    per_s: float
    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return f"{self.per_s:6,.0f} per second, p50 {self.p50_ms:5.1f} ms, p99 {self.p99_ms:5.1f} ms"


class HttpMeasurement(msgspec.Struct, frozen=True):
    """The best round of each kind of request with this number of clients."""

    clients: int
    commands: Rate
    queries: Rate
    health: Rate
    """`GET /health/live`: the cost of server, client and sockets without any work."""


class Figures(msgspec.Struct, frozen=True):
    """All measurements, and the number of objects in the database."""

    at: tuple[HttpMeasurement, ...]
    objects: int
    """Number of objects that were created, as counted in the database."""
    memory: Memory
    """The cloud's memory at the end."""


class Client:
    """A client that is signed in for a company with one object."""

    def __init__(self, connection: KeptConnection, name: str) -> None:
        self.connection = connection
        self.made = 0
        self._name = name
        self._object = ""

    async def set_up(self) -> None:
        """Create an account, a session, a company, and an object with hubs."""
        await self.connection.open()
        request_json, email = self.connection.request_json, f"{self._name}@example.test"
        await request_json("POST", "/v1/accounts", {"email": email, "name": self._name, "password": PASSWORD})
        session = await request_json(
            "POST", "/v1/sessions", {"email": email, "password": PASSWORD, "app": "pro_desktop"}
        )
        self.connection.token = session["token"]
        company = await request_json("POST", "/v1/companies", {"name": self._name, "country": "PL"})
        await request_json("PUT", "/v1/session/account", {"company": company["company"]})
        self._object = (await request_json("POST", "/v1/objects", {"name": "Villa"}))["object"]
        self.made = 1
        for number in range(HUBS):
            hub = f"{int(self._name):04X}{number:04X}"
            await request_json(
                "POST", f"/v1/objects/{self._object}/hubs", {"hub": hub, "model": "hub-2-plus"}
            )

    async def command(self) -> Response:
        """Create an object."""
        self.made += 1
        key = f"{self._name}-{self.made}"
        return await self.connection.ask("POST", "/v1/objects", {"name": f"Villa {self.made}"}, key=key)

    async def query(self) -> Response:
        """Query the device list."""
        return await self.connection.ask("GET", f"/v1/objects/{self._object}/hubs")

    async def health(self) -> Response:
        """Query the liveness of the server, which costs no work."""
        return await self.connection.ask("GET", "/health/live")


Ask = Callable[[Client], Awaitable[Response]]


async def measure() -> Figures:
    """Return the figures. Takes about half a minute."""
    with TemporaryDirectory(prefix="hubsim-bench-") as folder:
        async with _cloud(Path(folder)) as server, _clients(server, max(CLIENTS)) as clients:
            at = [await _at(clients[:count]) for count in CLIENTS]
            memory, made = server.memory(), sum(client.made for client in clients)
        objects = await _objects(Path(folder) / DATABASE)
    assert objects == made, f"{made} objects were confirmed, but {objects} are in the database"
    return Figures(tuple(at), objects, memory)


def show(figures: Figures) -> None:
    """Print the figures."""
    for at in figures.at:
        clients = f"http, {at.clients:2} clients"
        print(f"{clients}: commands     {at.commands}")
        print(f"{clients}: device lists {at.queries}")
        print(f"{clients}: health       {at.health}")
    print(
        f"http: {figures.objects:,} objects were created, and all are in the database; cloud {figures.memory}"
    )


async def _objects(path: Path) -> int:
    """Count the objects in a database that no process has open."""
    store = await Store.open(path)
    try:
        return sum(isinstance(fact, ObjectCreated) for fact in (await store.load()).facts)
    finally:
        await store.close()


@asynccontextmanager
async def _cloud(state: Path) -> AsyncIterator[Program]:
    async with broker() as url:
        arguments = ("--broker", url, "--state", str(state), "--http-port", "0")
        async with program("cloud", *arguments) as server:
            yield server


@asynccontextmanager
async def _clients(server: Program, count: int) -> AsyncIterator[list[Client]]:
    clients = [Client(KeptConnection(server.port), str(number)) for number in range(count)]
    try:
        for client in clients:
            await client.set_up()
        yield clients
    finally:
        for client in clients:
            client.connection.close()


async def _at(clients: list[Client]) -> HttpMeasurement:
    return HttpMeasurement(
        len(clients),
        commands=await _best(clients, Client.command, 201),
        queries=await _best(clients, Client.query, 200),
        health=await _best(clients, Client.health, 200),
    )


async def _best(clients: list[Client], ask: Ask, status: int) -> Rate:
    for client in clients:
        await client.connection.open()  # the server closes connections that are idle for some seconds
    await _round(clients, ask, status, WARM_UP)
    rounds = [await _round(clients, ask, status, REQUESTS) for _ in range(ROUNDS)]
    return max(rounds, key=lambda rate: rate.per_s)


async def _round(clients: list[Client], ask: Ask, status: int, requests: int) -> Rate:
    """Send `requests` requests from all clients together. Each client sends one at a time."""
    took_s: list[float] = []

    async def asking(client: Client) -> None:
        for _ in range(requests // len(clients)):
            answer = await ask(client)
            assert answer.status == status, answer
            took_s.append(answer.took_s)

    gc.collect()
    began_s = time.perf_counter()
    await asyncio.gather(*map(asking, clients))
    all_s = time.perf_counter() - began_s
    took_s.sort()
    p50_s, p99_s = took_s[len(took_s) // 2], took_s[len(took_s) * 99 // 100]
    return Rate(len(took_s) / all_s, p50_s * 1e3, p99_s * 1e3)
