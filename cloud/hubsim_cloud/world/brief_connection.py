"""A separate connection to the broker that is opened for one purpose, and then closed again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from msgspec.structs import replace

from hubsim_contract.lab.tapped_port import OpenPort, SeverablePort
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Published,
)

_KEEPALIVE_S = 60
_TOKEN = 1


class ConnectionEnded(Exception):
    """The broker cannot be reached, refuses the connection (`reason` says why), or has closed it (None)."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason or "the connection was lost")
        self.reason = reason


class BriefConnection:
    """An open connection. Its methods wait without a limit, and raise `ConnectionEnded`."""

    def __init__(self, port: SeverablePort, events: "asyncio.Queue[PortEvent]") -> None:
        self._port = port
        self._events = events

    def perform(self, effect: PortEffect) -> None:
        """Perform an effect, without a wait."""
        self._port.perform(effect)

    async def until(self, found: Callable[[PortEvent], bool]) -> None:
        """Take events until one is found."""
        while not found(event := await self._events.get()):
            if isinstance(event, ConnectFailed | ConnectionLost):
                raise ConnectionEnded(event.reason if isinstance(event, ConnectFailed) else None)

    async def until_kind(self, kind: type[PortEvent]) -> None:
        """Take events until one of this type."""
        await self.until(lambda event: isinstance(event, kind))

    async def publish(self, message: Publish) -> None:
        """Publish a message; on return the broker has it."""
        self._port.perform(replace(message, token=_TOKEN))
        await self.until_kind(Published)


@asynccontextmanager
async def brief_connection(open_port: OpenPort, client_id: str) -> AsyncIterator[BriefConnection]:
    """Connect with a clean session, and disconnect at the end of the context."""
    events: asyncio.Queue[PortEvent] = asyncio.Queue()
    port = open_port(events.put_nowait)
    connection = BriefConnection(port, events)
    try:
        port.perform(Connect(client_id, clean=True, keepalive_s=_KEEPALIVE_S))
        await connection.until_kind(Connected)
        yield connection
    finally:
        port.perform(Disconnect())
        await port.aclose()
