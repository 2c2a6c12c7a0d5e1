"""A minimal HTTP/1.1 client: one kept connection, one request at a time, and as little work as possible.

It understands only the answers of this project's server: a head, and a body with a length in the head.
"""

import asyncio
import time
from typing import Any

import msgspec

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Response(msgspec.Struct, frozen=True):
    """An answer, and the time from the first byte of its request to its last byte."""

    status: int
    body: bytes
    took_s: float


class KeptConnection(asyncio.Protocol):
    """One connection to a server on loopback, kept until the server closes it because it is idle."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[Response] | None = None
        self._began_s = 0.0
        self.token: str | None = None
        """The session token of later requests."""

    async def open(self) -> None:
        """Connect, unless the connection is open."""
        if self._transport is None or self._transport.is_closing():
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    async def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Response:
        """Send a request, with an idempotency key if given, and return its answer."""
        content = b"" if body is None else msgspec.json.encode(body)
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(content)}\r\n"
        if body is not None:
            head += "content-type: application/json\r\n"
        if key is not None:
            head += f"idempotency-key: {key}\r\n"
        if self.token is not None:
            head += f"authorization: Bearer {self.token}\r\n"
        assert self._transport is not None
        assert not self._transport.is_closing(), "the connection is closed: call open before each round"
        self._answer = asyncio.get_running_loop().create_future()
        self._began_s = time.perf_counter()
        self._transport.write(head.encode("ascii") + b"\r\n" + content)
        return await self._answer

    async def request_json(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Return the JSON of an answer, which must be a success."""
        answer = await self.ask(method, path, body)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body!r}"  # noqa: PLR2004 (RFC 9110)
        return msgspec.json.decode(answer.body or b"{}", type=dict[str, Any])

    # ------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Process a part of an answer, and complete the request with the last part."""
        self._received += data
        head, found, body = self._received.partition(_END_OF_HEAD)
        if not found:
            return
        _, sized, length = head.partition(_LENGTH)
        if sized and len(body) < int(length.partition(b"\r\n")[0]):
            return
        assert self._answer is not None
        self._received = b""
        took_s = time.perf_counter() - self._began_s
        self._answer.set_result(Response(int(head[9:12]), body, took_s))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request that waits for its answer."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))
