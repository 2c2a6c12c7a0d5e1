"""Raw bytes to an HTTP server, and its responses, for requests that no client library can send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec

BOUND_S = 20


class Reply(NamedTuple):
    """One response; `status` is 0 when the connection was closed without one."""

    status: int
    headers: dict[str, str]
    body: bytes

    def problem(self) -> str:
        """Return the name of the problem, which must be complete."""
        assert self.headers["content-type"] == "application/problem+json", self
        document: dict[str, Any] = msgspec.json.decode(self.body)
        assert document["status"] == self.status
        name: str = document["name"]
        return name


NOTHING = Reply(0, {}, b"")


class Wire:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()

    async def reply(self) -> Reply:
        """Return the next response; empty when the server has closed the connection."""
        try:
            head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), BOUND_S)
        except (asyncio.IncompleteReadError, ConnectionError):
            return NOTHING
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = b""
        if "content-length" in headers:
            body = await self._reader.readexactly(int(headers["content-length"]))
        elif headers.get("connection") == "close":
            body = await self.rest()
        return Reply(int(first.split(" ")[1]), headers, body)

    async def rest(self) -> bytes:
        """Return everything up to the end of the connection."""
        try:
            return await asyncio.wait_for(self._reader.read(), BOUND_S)
        except ConnectionError:
            return b""

    def disconnect(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[Wire]:
    """Open a connection, and abort it at the end of the context."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection = Wire(reader, writer)
    try:
        yield connection
    finally:
        connection.disconnect()


def request(method: str, path: str | bytes, *headers: str | bytes, body: bytes = b"") -> bytes:
    """Return a request; it has a Content-Length unless a header gives the length."""
    lines = [_bytes(line) for line in headers]
    if not any(line.lower().startswith((b"content-length", b"transfer-encoding")) for line in lines):
        lines.append(b"Content-Length: %d" % len(body))
    start = method.encode() + b" " + _bytes(path) + b" HTTP/1.1"
    return b"\r\n".join([start, b"Host: localhost", *lines]) + b"\r\n\r\n" + body


def chunked(size_bytes: int, count: int) -> bytes:
    """Return this number of chunks of a body, without the last one."""
    return (b"%x\r\n" % size_bytes + b"a" * size_bytes + b"\r\n") * count


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")
