"""A reader of the events of a world, over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

LIMIT_S = 30
Json = dict[str, Any]
Event = tuple[str, Json]


class WatchClient:
    """The events that a reader has received, in their order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.mark = ""
        self._grown = asyncio.Event()

    async def until(self, condition: Callable[[list[Event]], bool]) -> list[Event]:
        """Wait until a condition on all events is true, and return them."""
        async with asyncio.timeout(LIMIT_S):
            while not condition(self.events):
                self._grown.clear()
                await self._grown.wait()
        return self.events

    async def event(self, name: str, **fields: Any) -> Json:
        """Wait for an event with these fields, and return its data."""

        def found(events: list[Event]) -> Json | None:
            for given, data in events:
                if given == name and all(data.get(field) == value for field, value in fields.items()):
                    return data
            return None

        data = found(await self.until(lambda events: found(events) is not None))
        assert data is not None
        return data

    def lines(self) -> list[str]:
        """Return the messages, acts and faults in short, in their order."""
        return [line for name, data in self.events if (line := _line(name, data))]

    async def read(self, lines: AsyncIterator[str]) -> None:
        name = ""
        async for line in lines:
            field, _, value = line.partition(": ")
            if field == "id":
                self.mark = value
            elif field == "event":
                name = value
            elif field == "data":
                self.events.append((name, json.loads(value)))
                self._grown.set()


def _line(name: str, data: Json) -> str:
    match name:
        case "message":
            return f"{data['stage']} {data['kind']} {data['sender']} > {data['receiver']}"
        case "act":
            return f"act {data['act']}"
        case "hands":
            return f"hands {data['action']['do']}"
        case "fault":
            return f"fault {data['state']}"
        case "order":
            return f"order {data['state']}"
        case _:
            return ""


@asynccontextmanager
async def watching(url: str, path: str = "/lab/watch", mark: str = "") -> AsyncIterator[WatchClient]:
    """Read the events of a world within the context; it begins with `hello`."""
    client = WatchClient()
    headers = {"Last-Event-ID": mark} if mark else {}
    async with (
        httpx.AsyncClient(base_url=url, timeout=LIMIT_S, headers=headers) as http,
        http.stream("GET", path) as response,
    ):
        assert response.status_code == 200
        reading = asyncio.create_task(client.read(response.aiter_lines()))
        await client.until(bool)
        try:
            yield client
        finally:
            reading.cancel()
