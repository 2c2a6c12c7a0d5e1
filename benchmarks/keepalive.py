"""A light HTTP/1.1 client: one connection that is kept, one request at a time, as little work as can be.

It knows the answers of our own server only: a head, and a body whose length the head says.
"""

import asyncio
import time
from typing import Any

import msgspec

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Response(msgspec.Struct, frozen=True):
    """An answer, and how long it took from the first byte of the request to its own last one."""

    status: int
    body: bytes
    took_s: float


class KeptConnection(asyncio.Protocol):
    """One connection to a server on loopback, kept until the server closes it for idling."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[Response] | None = None
        self._began_s = 0.0
        self.token: str | None = None
        """The session that later requests are made with."""

    async def open(self) -> None:
        """Connect, unless the connection is open."""
        if self._transport is None or self._transport.is_closing():
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    async def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Response:
        """Return the answer to a request, with this idempotency key."""
        content = b"" if body is None else msgspec.json.encode(body)
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(content)}\r\n"
        if body is not None:
            head += "content-type: application/json\r\n"
        if key is not None:
            head += f"idempotency-key: {key}\r\n"
        if self.token is not None:
            head += f"authorization: Bearer {self.token}\r\n"
        assert self._transport is not None
        assert not self._transport.is_closing(), "open it again after a pause"
        self._answer = asyncio.get_running_loop().create_future()
        self._began_s = time.perf_counter()
        self._transport.write(head.encode("ascii") + b"\r\n" + content)
        return await self._answer

    async def granted(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Return the answer's JSON; it is to be a good one."""
        answer = await self.ask(method, path, body)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body!r}"  # noqa: PLR2004 (RFC 9110)
        return msgspec.json.decode(answer.body or b"{}", type=dict[str, Any])

    # ------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer, and give the answer once it is whole."""
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
        """Tell whoever still waits for an answer."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server has hung up"))
