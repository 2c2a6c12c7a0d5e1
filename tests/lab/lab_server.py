"""A whole server with its lab in this process: broker, simulator, cloud and HTTP, on free ports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from hubsim_cloud.world.worlds import CloudWorlds
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_server.broker_access import line_of
from hubsim_server.broker_incidents import BrokerIncidents
from hubsim_server.composition import cloud
from hubsim_server.own_broker import own_broker, running
from hubsim_server.settings import ServerSettings
from hubsim_server.simulator_composition import simulator
from hubsim_simulator.serving.server import SimulatorServer

Json = dict[str, Any]
OPERATOR_TOKEN = "operator-token-of-this-test"  # noqa: S105 (of a test)
CLIENT_TIMEOUT_S = 60


class RunningSimulator:
    """A simulator that can be killed and started again with its data."""

    def __init__(self, settings: ServerSettings, url: BrokerUrl) -> None:
        self._settings = settings
        self._url = url
        self._stack = AsyncExitStack()
        self._task: asyncio.Task[None] | None = None
        self.server: SimulatorServer

    async def start(self) -> None:
        line = line_of(self._settings, self._url)
        self.server = await self._stack.enter_async_context(simulator(self._settings, line))
        self._task = asyncio.create_task(self.server.run(), name="simulator")
        ready = asyncio.create_task(self.server.until_ready())
        await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await self._task

    async def stop(self) -> None:
        """Stop it gracefully."""
        task, self._task = self._task, None
        if task is not None:
            self.server.stop()
            await task
        await self._stack.aclose()

    async def kill(self) -> None:
        """Kill it at any moment: its connections end without a DISCONNECT."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        await self._stack.aclose()


class Server:
    """A running server, and a client for it."""

    def __init__(
        self,
        settings: ServerSettings,
        url: str,
        broker: BrokerUrl,
        host: CloudWorlds,
        client: httpx.AsyncClient,
        bench: RunningSimulator,
    ) -> None:
        self.settings = settings
        self.url = url
        self.broker = broker
        self.host = host
        self.client = client
        self.simulator = bench

    async def simulated(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true in the simulator; it is checked after every change."""
        async with asyncio.timeout(CLIENT_TIMEOUT_S):
            while not condition():
                await self.simulator.server.until_round()


def server_settings(state: Path, **changed: Any) -> ServerSettings:
    """Return settings for a test: everything on free ports."""
    usual = {"state": state, "mqtt_port": 0, "http_port": 0, "lab": True, "operator_token": OPERATOR_TOKEN}
    return ServerSettings(**{**usual, **changed})


@asynccontextmanager
async def serving(settings: ServerSettings, *, simulated: bool = True) -> AsyncIterator[Server]:
    """Run a broker, a cloud, and a simulator if `simulated` is true."""
    incidents = BrokerIncidents()
    broker, _ = own_broker(settings, incidents=incidents)
    async with running(broker):
        url = BrokerUrl.parse(broker.url)
        bench = RunningSimulator(settings, url)
        try:
            if simulated:
                await bench.start()
            async with cloud(settings, line_of(settings, url)) as (host, address):
                incidents.attach(host)
                await host.get("").until_ready()
                async with httpx.AsyncClient(base_url=address.url, timeout=CLIENT_TIMEOUT_S) as client:
                    yield Server(settings, address.url, url, host, client, bench)
        finally:
            await bench.kill()
