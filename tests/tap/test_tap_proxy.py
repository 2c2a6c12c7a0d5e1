"""The tap on real sockets, between a bare client and a bare server."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import ConnackPacket, ConnectPacket, PublishPacket, Sender
from hubsim_contract.mqtt.tls import trust
from hubsim_server.certs import issue
from hubsim_simulator.broker.bounded_listener import ConnectionLimits
from hubsim_simulator.broker.errors import BadTls, PortTaken
from hubsim_simulator.broker.listening import ServerTls
from hubsim_simulator.tap.fault_rule import parse_fault
from hubsim_simulator.tap.proxy import TapProxy
from hubsim_simulator.tap.tap_core import PacketTap
from hubsim_simulator.tap.tap_events import ConnectionCut, Forward, PacketSeen, TapEffect, TapTime

pytestmark = pytest.mark.live
BOUND_S = 20
LIMITS = ConnectionLimits(total=10)
PACKETS = 1_000
BUFFERED_LIMIT = 500_000
"""A few chunks; all packets together have 60 MB."""
CONNECT = encode(ConnectPacket("c"))
CONNACK = encode(ConnackPacket(session_present=False))
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class TappedSockets:
    """A tap before a server; the test has both ends of each connection."""

    def __init__(self) -> None:
        self.effects: list[TapEffect] = []
        self.complaints: list[str] = []
        self.buffered_max = 0
        """The most bytes that waited in the tap for a side that does not read."""
        self.accepted: asyncio.Queue[Streams] = asyncio.Queue()
        self.proxy: TapProxy
        self.server: asyncio.Server
        self._client_context: ssl.SSLContext | None = None
        self._changed = asyncio.Event()
        self._open: list[asyncio.StreamWriter] = []

    def observe(self, effect: TapEffect, _at: TapTime) -> None:
        self.effects.append(effect)
        if isinstance(effect, Forward):
            writer = self.proxy._sides[effect.connection].writers[effect.receiver]
            self.buffered_max = max(self.buffered_max, writer.transport.get_write_buffer_size())
        self._changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition, which is checked after each effect."""
        async with asyncio.timeout(BOUND_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def connect(self) -> Streams:
        client = await asyncio.open_connection(
            "127.0.0.1",
            self.proxy.port,
            ssl=self._client_context,
            server_hostname="127.0.0.1" if self._client_context else None,
        )
        self._open.append(client[1])
        return client

    async def both_ends(self) -> tuple[Streams, Streams]:
        client = await self.connect()
        server = await asyncio.wait_for(self.accepted.get(), BOUND_S)
        return client, server

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.append(writer)
        self.accepted.put_nowait((reader, writer))

    def close(self) -> None:
        for writer in self._open:
            writer.transport.abort()


@asynccontextmanager
async def tapped(
    *rules: str, tls_folder: Path | None = None, limits: ConnectionLimits = LIMITS
) -> AsyncIterator[TappedSockets]:
    sockets = TappedSockets()
    tls = ca = None
    async with AsyncExitStack() as stack:
        context = None
        if tls_folder is not None:
            issue(tls_folder, ("127.0.0.1",), now=datetime.now(UTC))
            ca = tls_folder / "ca.pem"
            tls = ServerTls(tls_folder / "server.pem", tls_folder / "server-key.pem")
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(tls.certificate, tls.key)
            sockets._client_context = trust(ca)
        sockets.server = await asyncio.start_server(sockets.accept, "127.0.0.1", 0, ssl=context)
        stack.callback(sockets.server.close)
        port = sockets.server.sockets[0].getsockname()[1]
        sockets.proxy = TapProxy(
            PacketTap(tuple(map(parse_fault, rules))),
            BrokerUrl("127.0.0.1", port, tls=tls is not None),
            sockets.observe,
            tls=tls,
            ca=ca,
            limits=limits,
            complain=sockets.complaints.append,
        )
        stack.callback(sockets.close)
        await stack.enter_async_context(sockets.proxy.running())
        yield sockets


async def read(reader: asyncio.StreamReader, size: int) -> bytes:
    return await asyncio.wait_for(reader.readexactly(size), BOUND_S)


async def rest(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.read(), BOUND_S)


async def is_reset(reader: asyncio.StreamReader) -> bool:
    try:
        await rest(reader)
    except ConnectionResetError:
        return True
    return False


async def test_bytes_pass_in_both_directions() -> None:
    async with tapped() as sockets:
        client, server = await sockets.both_ends()
        client[1].write(CONNECT)
        arrived = await read(server[0], len(CONNECT))
        server[1].write(CONNACK)
        answered = await read(client[0], len(CONNACK))

    assert (arrived, answered) == (CONNECT, CONNACK)
    assert [each.kind.name for each in sockets.effects if isinstance(each, PacketSeen) and each.kind] == [
        "CONNECT",
        "CONNACK",
    ]


async def test_bytes_pass_with_tls_on_both_sides(tmp_path: Path) -> None:
    async with tapped(tls_folder=tmp_path) as sockets:
        client, server = await sockets.both_ends()
        client[1].write(CONNECT)
        arrived = await read(server[0], len(CONNECT))
        server[1].write(CONNACK)
        answered = await read(client[0], len(CONNACK))
        client[1].close()
        end = await rest(server[0])

    assert (arrived, answered, end) == (CONNECT, CONNACK, b"")
    assert sockets.proxy.url.startswith("mqtts://")


async def test_a_half_closed_connection_passes_the_other_direction() -> None:
    async with tapped() as sockets:
        client, server = await sockets.both_ends()
        client[1].write(CONNECT)
        client[1].write_eof()
        arrived = await rest(server[0])
        server[1].write(CONNACK)
        server[1].write_eof()
        answered = await rest(client[0])

    assert (arrived, answered) == (CONNECT, CONNACK)


@pytest.mark.parametrize("resetting", [0, 1])
async def test_a_reset_is_forwarded_as_a_reset(resetting: int) -> None:
    async with tapped() as sockets:
        ends = await sockets.both_ends()
        ends[0][1].write(CONNECT)
        await read(ends[1][0], len(CONNECT))
        connected = ends[resetting][1].get_extra_info("socket")
        connected.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SOL_SOCKET, SO_LINGER: 0 s
        ends[resetting][1].transport.abort()
        was_reset = await is_reset(ends[1 - resetting][0])

    assert was_reset


async def test_a_cut_resets_both_sides() -> None:
    async with tapped("cut CONNACK") as sockets:
        client, server = await sockets.both_ends()
        client[1].write(CONNECT)
        await read(server[0], len(CONNECT))
        server[1].write(CONNACK)
        were_reset = [await is_reset(client[0]), await is_reset(server[0])]

    assert were_reset == [True, True]


async def test_a_held_packet_arrives_after_its_time() -> None:
    async with tapped("hold CONNACK for 50 ms") as sockets:
        client, server = await sockets.both_ends()
        client[1].write(CONNECT)
        await read(server[0], len(CONNECT))
        server[1].write(CONNACK + encode(PublishPacket("t", b"")))
        got = await read(client[0], 9)

    assert got == encode(PublishPacket("t", b"")) + CONNACK


async def test_faults_are_armed_and_cleared_while_it_runs() -> None:
    async with tapped() as sockets:
        client, server = await sockets.both_ends()
        armed = sockets.proxy.arm(parse_fault("stall CONNACK"))
        client[1].write(CONNECT)
        await read(server[0], len(CONNECT))
        server[1].write(CONNACK)
        await sockets.until(lambda: armed.applied == 1)
        sockets.proxy.clear_faults()
        got = await read(client[0], len(CONNACK))

    assert got == CONNACK
    assert armed.applied == 1


@pytest.mark.parametrize("reading", [0, 1])
async def test_a_side_that_does_not_read_stops_the_other_and_loses_nothing(reading: int) -> None:
    async with tapped() as sockets:
        ends = await sockets.both_ends()
        ends[0][1].write(CONNECT)
        await read(ends[1][0], len(CONNECT))
        writer, reader = ends[1 - reading][1], ends[reading][0]
        writer.transport.set_write_buffer_limits(0)
        packet = encode(PublishPacket("t", bytes(60_000)))
        writer.write(packet * PACKETS)
        sending = asyncio.create_task(writer.drain())
        await sockets.until(lambda: sockets.buffered_max > 0)
        for _ in range(500):  # a tap without a bound would now fill its memory
            await asyncio.sleep(0)
        got = await read(reader, len(packet) * PACKETS)
        await asyncio.wait_for(sending, BOUND_S)

    assert got == packet * PACKETS
    assert sockets.buffered_max < BUFFERED_LIMIT


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (ConnectionLimits(total=1), "the limit of 1 connections is reached"),
        (ConnectionLimits(each=1), "the limit of 1 connections from one address is reached"),
    ],
)
async def test_clients_beyond_the_limit_are_disconnected_and_the_others_stay(
    limits: ConnectionLimits, reason: str
) -> None:
    async with tapped(limits=limits) as sockets:
        client, server = await sockets.both_ends()
        refused = await sockets.connect()
        ended = await rest(refused[0])
        client[1].write(CONNECT)
        arrived = await read(server[0], len(CONNECT))

    assert ended == b""
    assert arrived == CONNECT
    assert sockets.complaints == [f"a client was disconnected: {reason}; it was 127.0.0.1"]


async def test_without_a_broker_the_client_is_reset_and_the_reason_is_reported() -> None:
    async with tapped() as sockets:
        sockets.server.close()
        client = await sockets.connect()
        was_reset = await is_reset(client[0])

    assert was_reset
    (cut,) = [each for each in sockets.effects if isinstance(each, ConnectionCut)]
    assert cut.reason.endswith("cannot be reached: Connection refused")
    assert sockets.complaints == [cut.reason]


async def test_a_tap_stops_while_it_connects_to_a_silent_broker() -> None:
    async with tapped() as sockets:
        port = sockets.server.sockets[0].getsockname()[1]
        proxy = TapProxy(
            PacketTap(),
            BrokerUrl("127.0.0.1", port, tls=True),
            sockets.observe,
            complain=sockets.complaints.append,
        )
        async with proxy.running():
            client = await asyncio.open_connection("127.0.0.1", proxy.port)
            await asyncio.wait_for(sockets.accepted.get(), BOUND_S)
        was_reset = await is_reset(client[0])
        client[1].close()

    assert was_reset
    assert sockets.complaints == []


async def test_bytes_that_are_not_tls_end_one_client_only(tmp_path: Path) -> None:
    async with tapped(tls_folder=tmp_path) as sockets:
        reader, writer = await asyncio.open_connection("127.0.0.1", sockets.proxy.port)
        writer.write(CONNECT)
        ended = await rest(reader)
        writer.close()
        client, server = await sockets.both_ends()
        client[1].write(CONNECT)
        arrived = await read(server[0], len(CONNECT))

    assert CONNACK not in ended
    assert arrived == CONNECT


async def test_an_occupied_port_is_refused() -> None:
    async with tapped() as sockets:
        second = TapProxy(PacketTap(), BrokerUrl("127.0.0.1", 1), sockets.observe, port=sockets.proxy.port)
        with pytest.raises(PortTaken):
            async with second.running():
                pass


async def test_a_key_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("x", encoding="utf-8")
    proxy = TapProxy(
        PacketTap(),
        BrokerUrl("127.0.0.1", 1),
        lambda *_: None,
        tls=ServerTls(tmp_path / "x.pem", tmp_path / "x.pem"),
    )

    with pytest.raises(BadTls):
        async with proxy.running():
            pass


async def test_packets_to_a_client_that_was_just_reset_write_no_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with tapped() as sockets:
        client, server = await sockets.both_ends()
        client[1].write(CONNECT)
        await read(server[0], len(CONNECT))
        [number] = sockets.proxy._sides
        sockets.proxy._sides[number].writers[Sender.CLIENT].transport.abort()

        sockets.proxy._perform([Forward(number, Sender.CLIENT, CONNACK)] * 10)

    assert caplog.records == []
