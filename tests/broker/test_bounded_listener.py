"""The bounds of a listener: connections in total, from one address, and the descriptors of the process."""

import asyncio
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hubsim_simulator.broker.bounded_listener import SPARE_FILES, BoundedListener, ConnectionLimits, listen
from hubsim_simulator.broker.errors import PortTaken

pytestmark = pytest.mark.live
BOUND_S = 20


class Listening:
    """A server that accepts and holds connections; clients of the test from several addresses of loopback."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.refused: list[tuple[str, str]] = []
        self.listener: BoundedListener = listen("127.0.0.1", 0, limits, lambda *why: self.refused.append(why))
        self.accepted: list[socket.socket] = []
        self.clients: list[socket.socket] = []

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def connect(self, address: str = "127.0.0.1") -> None:
        """Connect from an address, and have the listener accept it."""
        client = socket.create_connection(("127.0.0.1", self.port), BOUND_S, source_address=(address, 0))
        self.clients.append(client)
        try:
            self.accepted.append(self.listener.accept()[0])
        except ConnectionAbortedError:
            assert client.recv(1) == b""
            client.close()


@contextmanager
def listening(**limits: int) -> Iterator[Listening]:
    site = Listening(ConnectionLimits(**limits))
    try:
        yield site
    finally:
        for each in (*site.clients, *site.accepted, site.listener):
            each.close()


def test_connections_in_total_are_bounded_until_one_is_closed() -> None:
    with listening(total=2) as site:
        for _ in range(4):
            site.connect()

        site.accepted[0].close()
        site.connect()

        assert len(site.accepted) == 3
        assert site.refused == [("the limit of 2 connections is reached", "127.0.0.1")] * 2


def test_connections_from_one_address_are_bounded_and_others_are_served() -> None:
    with listening(each=2) as site:
        for _ in range(3):
            site.connect("127.0.0.2")

        site.connect("127.0.0.3")

        assert len(site.accepted) == 3
        assert site.refused == [("the limit of 2 connections from one address is reached", "127.0.0.2")]


def test_the_last_descriptors_are_not_taken() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with listening() as site:
        probe = socket.socket()
        limit = probe.fileno() + SPARE_FILES + 4
        probe.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        try:
            for _ in range(20):
                site.connect()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

        assert len(site.accepted) < 4
        assert {reason for reason, _ in site.refused} == {"the process has few descriptors left"}


def test_a_port_that_is_in_use_is_refused() -> None:
    with listening() as site, pytest.raises(PortTaken):
        listen("127.0.0.1", site.port, ConnectionLimits())


async def test_a_server_of_asyncio_serves_within_the_bounds() -> None:
    refused: list[tuple[str, str]] = []
    listener = listen("127.0.0.1", 0, ConnectionLimits(total=1), lambda *why: refused.append(why))
    port = listener.getsockname()[1]

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()
        await writer.wait_closed()
        closed.set()

    closed = asyncio.Event()
    async with await asyncio.start_server(echo, sock=listener), asyncio.timeout(BOUND_S):
        first_reader, first = await asyncio.open_connection("127.0.0.1", port)
        second_reader, second = await asyncio.open_connection("127.0.0.1", port)
        assert await second_reader.read() == b""
        first.write(b"one\n")
        assert await first_reader.readline() == b"one\n"
        await closed.wait()
        third_reader, third = await asyncio.open_connection("127.0.0.1", port)
        third.write(b"three\n")
        assert await third_reader.readline() == b"three\n"
        for writer in (first, second, third):
            writer.close()

    assert len(refused) == 1


async def test_an_accepted_connection_does_not_wait_to_send_small_packets() -> None:
    listener = listen("127.0.0.1", 0, ConnectionLimits())
    accepted: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda _, writer: accepted.set_result(writer), sock=listener)

    _, writer = await asyncio.open_connection(*listener.getsockname())
    served = await accepted
    no_delay = served.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert no_delay
    for each in (writer, served):
        each.close()
        await each.wait_closed()
    server.close()
    await server.wait_closed()
