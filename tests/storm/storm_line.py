"""The line to a cloud that comes and goes: requests wait while it is away, and are sent again with their key.

Owns which run of the cloud is there, and how many answers were given; a storm is steered by that count.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from storm_site import BOUND_S

Json = dict[str, Any]
PASSWORD = "correct horse battery staple"  # noqa: S105 (of nobody)
PAGE = 200
UNASKED = 100
"""So many requests go on while something is killed and started again, which takes as long as it takes."""
UNAVAILABLE = httpx.codes.SERVICE_UNAVAILABLE
KEEPALIVE_S = 2
"""Shorter than the server's: it never closes a connection just when a request goes out on it."""


class Line:
    """Where the cloud is."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.answers = 0
        """So many requests were answered by now."""
        self.url: str | None = None
        self._run = 0
        self._wanted = 0
        self._changed = asyncio.Event()

    def arrive(self, url: str) -> None:
        """Take note that a new run of the cloud serves here."""
        self._run += 1
        self.url = url
        self._stir()

    def leave(self) -> None:
        """Take note that the cloud is away, or about to be."""
        self.url = None

    async def answered(self, count: int) -> None:
        """Wait until so many more requests are answered."""
        self._wanted = self.answers + count
        self._stir()
        await self._until(lambda: self.answers >= self._wanted)

    async def wanted(self) -> None:
        """Wait until more requests are wanted: not many more than `answered` waits for, or did last."""
        await self._until(lambda: self.answers < self._wanted + UNASKED)

    async def send(
        self, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Return the answer, of a later run of the cloud if this one goes away meanwhile."""
        while True:
            await self._until(lambda: self.url is not None)
            run = self._run
            answer = await self.once(method, path, body, headers)
            if answer is not None and not _is_stopping(answer):
                self.answers += 1
                self._stir()
                return answer
            await self._until(lambda run=run: self._run != run)  # type: ignore[misc]  # bound at once

    async def once(
        self, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response | None:
        """Return the answer of the cloud that is there; None when the connection breaks."""
        try:
            return await self.client.request(method, f"{self.url}{path}", json=body, headers=headers)
        except httpx.TransportError:
            return None

    async def lab(self, method: str, path: str, body: Json | None = None) -> Json:
        """Work the lab, as soon as the cloud has found its simulator."""
        async with asyncio.timeout(BOUND_S):
            while (answer := await self.send(method, f"/lab{path}", body)).status_code == UNAVAILABLE:
                assert answer.json()["name"] == "no_simulator", answer.text
        assert answer.is_success, answer.text
        done: Json = answer.json() if answer.content else {}
        return done

    async def ready(self) -> None:
        """Wait until the cloud has reached its broker."""
        async with asyncio.timeout(BOUND_S):
            while (await self.send("GET", "/health/ready")).status_code == UNAVAILABLE:
                pass

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(BOUND_S):
            while not holds():
                await self._changed.wait()

    def _stir(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _is_stopping(answer: httpx.Response) -> bool:
    return answer.status_code == UNAVAILABLE and answer.json().get("name") == "stopping"


class Request:
    """A command as it is sent, and sent again: with the same key."""

    def __init__(self, method: str, path: str, body: Json | None, headers: dict[str, str]) -> None:
        self._sent = (method, path, body, {"Idempotency-Key": secrets.token_hex(8), **headers})

    async def send(self, line: Line) -> httpx.Response:
        """Return the answer."""
        return await line.send(*self._sent)


class Caller:
    """Somebody who calls the cloud: with the token of a session, or without one."""

    def __init__(self, line: Line, token: str | None = None, person: str = "") -> None:
        self.line = line
        self.token = token
        self.person = person
        self.company = ""

    def request(self, method: str, path: str, body: Json | None = None, **headers: str) -> Request:
        """Return a command of theirs, with a key of its own."""
        return Request(method, f"/v1{path}", body, {**headers, **self.headers})

    async def sees(self, path: str, **query: str | int) -> Json:
        """Look at something."""
        answer = await self.looks(path, **query)
        assert answer.is_success, answer.text
        seen: Json = answer.json()
        return seen

    async def looks(self, path: str, **query: str | int) -> httpx.Response:
        """Return the answer to a look."""
        asked = str(httpx.QueryParams(query))
        return await self.line.send("GET", f"/v1{path}?{asked}", headers=self.headers)

    async def sees_all(self, path: str, field: str) -> list[Json]:
        """Return a whole list, page by page."""
        page = await self.sees(path, limit=PAGE)
        rows: list[Json] = page[field]
        while page["next_page"] is not None:
            page = await self.sees(path, limit=PAGE, page=page["next_page"])
            rows += page[field]
        return rows

    @property
    def headers(self) -> dict[str, str]:
        """How they show who they are."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


async def signed_in(line: Line, email: str, company: str = "", app: str = "pro_desktop") -> Caller:
    """Let somebody sign in, and pick a company, if one is given."""
    credentials = {"email": email, "password": PASSWORD, "app": app}
    answer = await line.send("POST", "/v1/sessions", credentials)
    assert answer.is_success, f"{email} cannot sign in: {answer.text}"
    session = answer.json()
    caller = Caller(line, session["token"], session["person"])
    if company:
        picked = await caller.request("PUT", "/session/account", {"company": company}).send(line)
        assert picked.is_success, picked.text
        caller.company = company
    return caller


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[Line]:
    """Give a line to the cloud that serves here."""
    limits = httpx.Limits(keepalive_expiry=KEEPALIVE_S)
    async with httpx.AsyncClient(timeout=BOUND_S, trust_env=False, limits=limits) as client:
        line = Line(client)
        line.arrive(url)
        yield line
