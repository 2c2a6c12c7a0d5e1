"""Clients that send without end or do not read: their connections end, and nothing is kept for them."""

import asyncio
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send

from hubsim_server.bounded_heads import HEAD_LIMIT_BYTES, PIPELINED_MAX
from hubsim_server.monitor import HttpBounds, serve

pytestmark = pytest.mark.live
LOOPBACK = "127.0.0.1"
BOUND_S = 20
PATIENT = HttpBounds(head_s=600, unread_s=600)
"""Bounds of time that no test here reaches."""
CHUNKED = b"GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
LONG_BODY = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n"
REQUEST = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
LARGE_BYTES = 64 * 1024 * 1024


async def hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Respond without reading the body."""
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


class Unanswered:
    """An application that waits until the client leaves."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.left = asyncio.Event()

    async def __call__(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        self.begun.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        self.left.set()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    received = b""
    with suppress(ConnectionError):  # a server that closes before it has read everything sends a reset
        while data := await reader.read(65_536):
            received += data
    return received


@pytest.mark.parametrize("extra", [b"a: b\r\n", b"x" * 1000], ids=["many fields", "one long field"])
async def test_trailers_without_end_close_the_connection(extra: bytes) -> None:
    async with serve(hello, LOOPBACK, 0, bounds=PATIENT) as address, asyncio.timeout(BOUND_S):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(CHUNKED + b"0\r\nname: ")
        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
        writer.write(extra * (8 * HEAD_LIMIT_BYTES // len(extra)))

        await until_closed(reader)

        writer.close()


async def test_requests_that_wait_for_a_response_are_bounded() -> None:
    async with serve(Unanswered(), LOOPBACK, 0, bounds=PATIENT) as address, asyncio.timeout(BOUND_S):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(REQUEST * (PIPELINED_MAX + 2))

        answered = await until_closed(reader)

        writer.close()
    assert answered == b""


async def test_a_request_ends_with_its_client_also_if_another_waits_for_it() -> None:
    app = Unanswered()
    async with serve(app, LOOPBACK, 0, bounds=PATIENT) as address, asyncio.timeout(BOUND_S):
        _, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(REQUEST * 2)
        await app.begun.wait()
        writer.close()

        await app.left.wait()


async def test_requests_up_to_the_bound_are_answered_in_one_connection() -> None:
    async with serve(hello, LOOPBACK, 0, bounds=PATIENT) as address, asyncio.timeout(BOUND_S):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(REQUEST * (PIPELINED_MAX + 1))

        for _ in range(PIPELINED_MAX + 1):
            await reader.readuntil(b"hello")

        writer.close()


async def test_a_body_that_continues_after_the_response_is_closed_in_time() -> None:
    bounds = HttpBounds(head_s=0.2)
    async with serve(hello, LOOPBACK, 0, bounds=bounds) as address, asyncio.timeout(BOUND_S):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(LONG_BODY)
        await reader.readuntil(b"hello")
        writer.write(b"x")  # such a connection is not idle

        await until_closed(reader)

        writer.close()


@pytest.mark.parametrize("request_bytes", [LONG_BODY, REQUEST + LONG_BODY], ids=["alone", "pipelined"])
async def test_a_shutdown_ends_requests_that_are_incomplete(
    request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    app = Unanswered()
    async with asyncio.timeout(BOUND_S):
        async with serve(app, LOOPBACK, 0, bounds=PATIENT) as address:
            _, writer = await asyncio.open_connection(address.host, address.port)
            writer.write(request_bytes)
            await app.begun.wait()

        await app.left.wait()
        writer.close()
    assert [each.getMessage() for each in caplog.records if each.exc_info] == []


async def test_a_client_that_does_not_read_its_response_is_disconnected() -> None:
    ended = asyncio.Event()

    async def large(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", str(2 * LARGE_BYTES).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(LARGE_BYTES), "more_body": True})
        await send({"type": "http.response.body", "body": bytes(LARGE_BYTES)})  # waits for the client
        ended.set()

    bounds = HttpBounds(unread_s=0.2)
    async with serve(large, LOOPBACK, 0, bounds=bounds) as address, asyncio.timeout(BOUND_S):
        _, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(REQUEST)

        await ended.wait()

        writer.close()
