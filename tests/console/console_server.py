"""A whole server with the console in this process, on free ports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from hubsim_cloud.lab.records import WorldContent
from hubsim_console.console import Console, ConsoleSettings
from hubsim_scenarios.hosting.hosted_play import HostedPlay
from hubsim_server.everything import everything
from hubsim_server.settings import ServerSettings

Json = dict[str, Any]
LIMIT_S = 60


class ConsoleServer:
    """A running server, and a client for it."""

    def __init__(self, client: httpx.AsyncClient, console: Console) -> None:
        self.client = client
        self.console = console
        self._changed = asyncio.Event()
        if hasattr(console, "plays"):
            announce = console.plays._announce

            def announced(play: HostedPlay) -> None:
                announce(play)
                self._changed.set()

            console.plays._announce = announced  # type: ignore[method-assign]  # the test waits for it

    async def send(self, method: str, path: str, body: Json | None = None, token: str = "") -> Json:
        """Send a request that must succeed; return the body of the response."""
        answer = await self.call(method, path, body, token)
        assert answer.is_success, answer.text
        found: Json = answer.json() if answer.content else {}
        return found

    async def call(self, method: str, path: str, body: Json | None = None, token: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(method, path, json=body, headers=headers)

    async def refused(self, method: str, path: str, body: Json | None = None) -> tuple[int, str, str]:
        """Send a request that must fail; return its status, its reason or its name, and its text."""
        answer = await self.call(method, path, body)
        problem = answer.json()
        return answer.status_code, problem["facts"].get("reason", problem["name"]), problem["detail"]

    async def play(self, **order: Any) -> str:
        """Begin a play; return its id."""
        return str((await self.send("POST", "/lab/plays", order))["play"])

    async def when(self, play: str, *states: str) -> Json:
        """Return the play once it is in one of these states."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                self._changed.clear()
                view = await self.send("GET", f"/lab/plays/{play}")
                if view["state"] in states:
                    return view
                await self._changed.wait()

    async def fill(self) -> None:
        """Fill the main world with that of the demo."""
        await self.console.seeding.reset("", WorldContent(seed="demo"))


@asynccontextmanager
async def serving_console(
    state: Path, *, lab: bool = True, console: Console | None = None, **config: Any
) -> AsyncIterator[ConsoleServer]:
    """Run everything with the console within the context."""
    served = console or Console(ConsoleSettings(**config))
    settings = ServerSettings(state=state, mqtt_port=0, http_port=0, lab=lab)
    async with everything(settings, served) as running:
        await running.until_ready()
        async with httpx.AsyncClient(base_url=running.address.url, timeout=LIMIT_S) as client:
            yield ConsoleServer(client, served)
