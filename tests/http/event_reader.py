"""Reads an event stream directly from the ASGI app, because the test client waits for its end."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from api_world import Api, Caller

LIMIT_S = 5
"""The limit of each wait for an event."""


class Event(NamedTuple):
    """One server-sent event."""

    id: str
    name: str
    data: Any


class EventReader:
    """One reader of the stream; `ended` is set when the app has ended it."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.status = 0
        self.ended = asyncio.Event()
        self.comments = 0
        self._stuck = stuck
        self._left = asyncio.Event()
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    async def next(self) -> Event:
        """Return the next event."""
        async with asyncio.timeout(LIMIT_S):
            return await self._events.get()

    async def names(self, count: int) -> list[str]:
        """Return the names of the next events."""
        return [(await self.next()).name for _ in range(count)]

    async def until_ended(self) -> list[Event]:
        """Return the remaining events."""
        async with asyncio.timeout(LIMIT_S):
            await self.ended.wait()
        return [self._events.get_nowait() for _ in range(self._events.qsize())]

    def waiting(self) -> int:
        """Return the number of unread events."""
        return self._events.qsize()

    def leave(self) -> None:
        self._left.set()

    async def receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if self._stuck and message["type"] == "http.response.body":
            await asyncio.get_running_loop().create_future()
        if message["type"] == "http.response.start":
            self.status = message["status"]
        for part in message.get("body", b"").decode().split("\n\n"):
            self._part(part)

    def _part(self, part: str) -> None:
        if part.startswith(":"):
            self.comments += 1
        fields = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line)
        if "event" in fields:
            self._events.put_nowait(Event(fields.get("id", ""), fields["event"], json.loads(fields["data"])))


@asynccontextmanager
async def watching(
    api: Api,
    caller: Caller,
    after: str | None = None,
    *,
    stuck: bool = False,
    path: str = "/v1/events",
) -> AsyncIterator[EventReader]:
    """Read the caller's stream, or another one, within the context; it is open when the context begins."""
    reader = EventReader(stuck=stuck)
    headers = [(b"authorization", f"Bearer {caller.token}".encode())]
    headers += [(b"last-event-id", after.encode())] if after is not None else []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *headers],
        "server": ("cloud.test", 80),
        "client": ("127.0.0.1", 1),
    }

    async def run() -> None:
        try:
            await api.app(scope, reader.receive, reader.send)
        finally:
            reader.ended.set()

    running = asyncio.create_task(run())
    try:
        streams = _open_streams(api)
        async with asyncio.timeout(LIMIT_S):
            while _open_streams(api) == streams and not reader.ended.is_set():  # noqa: ASYNC110 (there is no event for it)
                await asyncio.sleep(0)
        yield reader
    finally:
        reader.leave()
        async with asyncio.timeout(LIMIT_S):
            await running


def _open_streams(api: Api) -> int:
    return api.world.feed.streams + api.world.watch.streams
