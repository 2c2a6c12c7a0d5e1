"""The HTTP servers inside a process: health, metrics, TLS, and a shutdown that leaves nothing open."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from hubsim_server.certs import issue
from hubsim_server.monitor import BindAddress, CannotListen, HttpBounds, ReadinessReport, monitor, serve
from hubsim_simulator.broker.listening import ServerTls

pytestmark = pytest.mark.live
LOOPBACK = "127.0.0.1"
READY = ReadinessReport()
"""Ready: the process waits for nothing."""


async def hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def app() -> Starlette:
    return Starlette(routes=[Route("/", hello)])


async def test_health_lists_what_the_process_waits_for() -> None:
    awaited = ["the broker", "the database"]
    async with (
        monitor(LOOPBACK, 0, CollectorRegistry(), lambda: ReadinessReport(tuple(awaited))) as address,
        httpx.AsyncClient(base_url=address.url) as client,
    ):
        live = await client.get("/health/live")
        waiting = await client.get("/health/ready")
        awaited.clear()
        ready = await client.get("/health/ready")

    assert (live.status_code, live.json()) == (200, {"live": True})
    assert waiting.status_code == 503
    assert waiting.json() == {"ready": False, "awaited": ["the broker", "the database"]}
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "awaited": []})


async def test_metrics_are_those_of_the_given_registry() -> None:
    registry = CollectorRegistry()
    Counter("hubs_seen", "Hubs that were seen.", registry=registry).inc(3)
    async with (
        monitor(LOOPBACK, 0, registry, lambda: READY) as address,
        httpx.AsyncClient(base_url=address.url) as client,
    ):
        metrics = await client.get("/metrics")

    assert metrics.headers["content-type"].startswith("text/plain; version=")
    assert "hubs_seen_total 3.0" in metrics.text.splitlines()
    assert "python_info" not in metrics.text


async def test_metrics_are_shown_under_expected_names_only() -> None:
    async with (
        monitor(LOOPBACK, 0, CollectorRegistry(), lambda: READY, names=["hubs.example.com"]) as address,
        httpx.AsyncClient(base_url=address.url) as client,
    ):
        named = await client.get("/metrics", headers={"Host": "hubs.example.com"})
        unexpected = await client.get("/metrics", headers={"Host": "page.example"})
        odd = await client.get("/health/live", headers={"Host": "a b"})

    assert (named.status_code, unexpected.status_code, odd.status_code) == (200, 421, 400)


async def test_a_port_in_use_is_reported() -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(CannotListen, match=rf"at 127\.0\.0\.1, port {port}: address already in use"):
            async with serve(app(), LOOPBACK, port):
                pass


async def test_an_address_of_another_machine_is_reported() -> None:
    with pytest.raises(CannotListen, match=r"at 192\.0\.2\.1, port 0: cannot assign"):
        async with serve(app(), "192.0.2.1", 0):
            pass


async def test_the_port_is_free_again_afterwards() -> None:
    async with serve(app(), LOOPBACK, 0) as first:
        pass

    async with serve(app(), LOOPBACK, first.port) as second, httpx.AsyncClient() as client:
        answer = await client.get(second.url)

    assert answer.text == "hello"
    assert len(asyncio.all_tasks()) == 1


async def test_an_error_in_the_context_closes_the_server() -> None:
    address = BindAddress(LOOPBACK, 0)

    with pytest.raises(ArithmeticError):
        async with serve(app(), LOOPBACK, 0) as address:
            raise ArithmeticError

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(address.host, address.port)
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET /"])
async def test_a_connection_without_a_whole_head_is_closed_in_time(sent: bytes) -> None:
    async with serve(app(), LOOPBACK, 0, bounds=HttpBounds(head_s=0.2)) as address, asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(sent)

        answered = await reader.read()

        writer.close()
    assert answered.count(b"HTTP/1.1 200") == sent.count(b"\r\n\r\n")


async def test_a_slow_answer_is_not_a_slow_head() -> None:
    async def slow(_request: Request) -> PlainTextResponse:
        await asyncio.sleep(0.3)  # longer than the time for a head
        return PlainTextResponse("done")

    bounds = HttpBounds(head_s=0.1)
    routes = [Route("/", slow)]
    async with (
        serve(Starlette(routes=routes), LOOPBACK, 0, bounds=bounds) as address,
        httpx.AsyncClient() as client,
    ):
        assert (await client.get(address.url)).text == "done"


async def test_connections_above_the_limit_are_closed_at_once() -> None:
    bounds = HttpBounds(connections=1)
    async with serve(app(), LOOPBACK, 0, bounds=bounds) as address, asyncio.timeout(20):
        _, idle = await asyncio.open_connection(address.host, address.port)
        reader, refused = await asyncio.open_connection(address.host, address.port)

        assert await reader.read() == b""

        for writer in (idle, refused):
            writer.close()


async def test_many_connections_at_once_wait_until_they_are_accepted() -> None:
    async with serve(app(), LOOPBACK, 0) as address:
        # the event loop accepts none of them meanwhile; a backlog one too short would refuse one
        clients = [socket.create_connection((address.host, address.port), timeout=5) for _ in range(100)]

    for client in clients:
        client.close()


async def test_an_open_stream_does_not_block_the_shutdown() -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b": hello\n\n"
        await asyncio.Event().wait()

    async def stream(_request: Request) -> StreamingResponse:
        return StreamingResponse(endless(), media_type="text/event-stream")

    async with httpx.AsyncClient() as client, asyncio.timeout(20):
        async with serve(Starlette(routes=[Route("/", stream)]), LOOPBACK, 0) as address:
            request = client.build_request("GET", address.url)
            response = await client.send(request, stream=True)
            first = await anext(response.aiter_bytes())
        await response.aclose()

    assert first == b": hello\n\n"


async def test_with_a_certificate_it_serves_tls_to_clients_that_trust_the_authority(tmp_path: Path) -> None:
    issued = issue(tmp_path, ("localhost",), now=datetime.now(UTC))
    trusting = ssl.create_default_context(cafile=issued.ca)
    async with serve(app(), "localhost", 0, ServerTls(issued.certificate, issued.key)) as address:
        async with httpx.AsyncClient(verify=trusting) as client:
            answer = await client.get(address.url)
        async with httpx.AsyncClient(verify=ssl.create_default_context()) as client:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.get(address.url)

    assert address.url.startswith("https://localhost:")
    assert answer.text == "hello"


async def test_an_invalid_certificate_is_reported(tmp_path: Path) -> None:
    pem = tmp_path / "server.pem"
    pem.write_text("not PEM", encoding="utf-8")

    with pytest.raises(CannotListen, match=r"TLS with .*server\.pem is impossible"):
        async with serve(app(), LOOPBACK, 0, ServerTls(pem, pem)):
            pass
