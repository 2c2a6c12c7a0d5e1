"""An HTTP client for a cloud that restarts: requests wait while it is down, and are repeated with their key.

Owns the address of the current run of the cloud, and the number of answers, which controls a storm.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any

import httpx
from storm_site import BOUND_S

Json = dict[str, Any]
PASSWORD = "correct horse battery staple"  # noqa: S105 (test account)
PAGE = 200
UNASKED = 100
"""Number of requests that are sent while a process is killed and restarted, however long that takes."""
REQUESTS_TO_FILL = 100_000
"""More than any database has room for once it cannot grow."""
UNAVAILABLE = httpx.codes.SERVICE_UNAVAILABLE
KEEPALIVE_S = 2
"""Shorter than that of the server, so that it never closes a connection that a request is sent on."""


class DiskState(Enum):
    """The disk of the processes."""

    NEVER_FULL = "never full"
    FULL = "full"
    FULL_BEFORE = "full before"
    """It has room. The cloud may not have found out yet."""


class Line:
    """The connection to the cloud."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.answers = 0
        """The number of answered requests."""
        self.url: str | None = None
        self.refused_for_room = 0
        """The number of requests that were refused because the disk was full."""
        self._disk: DiskState = DiskState.NEVER_FULL
        self._run = 0
        self._wanted = 0
        self._changed = asyncio.Event()

    def arrive(self, url: str) -> None:
        """Set the address of a new run of the cloud."""
        self._run += 1
        self.url = url
        self._notify()

    def leave(self) -> None:
        """Mark the cloud as down, or about to be."""
        self.url = None

    async def fill(self) -> None:
        """Expect a full disk, and wait until a request is refused for it."""
        self._disk, before = DiskState.FULL, self.refused_for_room
        self._wanted = self.answers + REQUESTS_TO_FILL
        self._notify()
        await self._until(lambda: self.refused_for_room > before)

    def make_room(self) -> None:
        """Repeat all requests that were refused for the full disk."""
        self._disk, self._wanted = DiskState.FULL_BEFORE, self.answers
        self._notify()

    async def answered(self, count: int) -> None:
        """Wait until this number of further requests is answered."""
        self._wanted = self.answers + count
        self._notify()
        await self._until(lambda: self.answers >= self._wanted)

    async def wanted(self) -> None:
        """Wait until more requests are needed: at most `UNASKED` more than `answered` waits for."""
        await self._until(lambda: self.answers < self._wanted + UNASKED)

    async def send(
        self, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Return the answer; from a later run of the cloud if the current one ends in the meantime."""
        while True:
            await self._until(lambda: self.url is not None)
            run = self._run
            answer = await self.once(method, path, body, headers)
            if answer is not None and _found_no_room(answer):
                assert self._disk is not DiskState.NEVER_FULL, answer.text
                self.refused_for_room += 1
                self._notify()
                await self._until(lambda: self._disk is not DiskState.FULL)
                continue
            if answer is not None and not _is_stopping(answer):
                self.answers += 1
                self._notify()
                return answer
            await self._until(lambda run=run: self._run != run)  # type: ignore[misc]  # bound at once

    async def once(
        self, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response | None:
        """Return the answer of the current run, or None if the connection breaks."""
        try:
            return await self.client.request(method, f"{self.url}{path}", json=body, headers=headers)
        except httpx.TransportError:
            return None

    async def lab(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send a request to the lab, and repeat it until the cloud has found its simulator."""
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

    async def _until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(BOUND_S):
            while not met():
                await self._changed.wait()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _is_stopping(answer: httpx.Response) -> bool:
    return answer.status_code == UNAVAILABLE and answer.json().get("name") == "stopping"


def _found_no_room(answer: httpx.Response) -> bool:
    return answer.status_code == UNAVAILABLE and answer.json().get("name") == "storage_unavailable"


class Request:
    """A command that is repeated with the same key."""

    def __init__(self, method: str, path: str, body: Json | None, headers: dict[str, str]) -> None:
        self._sent = (method, path, body, {"Idempotency-Key": secrets.token_hex(8), **headers})

    async def send(self, line: Line) -> httpx.Response:
        """Return the answer."""
        return await line.send(*self._sent)


class Caller:
    """A client of the cloud, with or without the token of a session."""

    def __init__(self, line: Line, token: str | None = None, person: str = "") -> None:
        self.line = line
        self.token = token
        self.person = person
        self.company = ""

    def request(self, method: str, path: str, body: Json | None = None, **headers: str) -> Request:
        """Return a command of this user, with a new key."""
        return Request(method, f"/v1{path}", body, {**headers, **self.headers})

    async def get(self, path: str, **query: str | int) -> Json:
        """Return the document at this path."""
        answer = await self.query(path, **query)
        assert answer.is_success, answer.text
        seen: Json = answer.json()
        return seen

    async def query(self, path: str, **query: str | int) -> httpx.Response:
        """Return the response to a query."""
        parameters = str(httpx.QueryParams(query))
        return await self.line.send("GET", f"/v1{path}?{parameters}", headers=self.headers)

    async def get_all(self, path: str, field: str) -> list[Json]:
        """Return a whole list, page by page."""
        page = await self.get(path, limit=PAGE)
        rows: list[Json] = page[field]
        while page["next_page"] is not None:
            page = await self.get(path, limit=PAGE, page=page["next_page"])
            rows += page[field]
        return rows

    @property
    def headers(self) -> dict[str, str]:
        """The authentication headers."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


async def signed_in(line: Line, email: str, company: str = "", app: str = "pro_desktop") -> Caller:
    """Sign a user in, and select a company if one is given."""
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
    """Open a client for the cloud at this URL."""
    limits = httpx.Limits(keepalive_expiry=KEEPALIVE_S)
    async with httpx.AsyncClient(timeout=BOUND_S, trust_env=False, limits=limits) as client:
        line = Line(client)
        line.arrive(url)
        yield line
