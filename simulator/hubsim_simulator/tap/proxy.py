"""The tap on sockets: a TCP server that connects each client to the broker, with or without TLS on each side.

A side is read only as fast as the other side takes the bytes. A side that ends its stream can still receive
over TCP. Over TLS both directions end, because asyncio has no half-closed streams there. A reset is
forwarded. A silent client is forwarded as silence: the tap has no keepalive.
"""

import asyncio
import os
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import Packet, Sender
from hubsim_contract.mqtt.tls import trust
from hubsim_simulator.broker.bounded_listener import ACCEPTS_AT_ONCE, ConnectionLimits, listen
from hubsim_simulator.broker.listening import ServerTls, url_of
from hubsim_simulator.tap.packet_faults import ArmedFault, PacketFault
from hubsim_simulator.tap.tap_core import PacketTap
from hubsim_simulator.tap.tap_events import Forward, ForwardEnd, Reset, TapEffect, TapTime, TcpAddress

CONNECTIONS_MAX = 1_000
"""Clients at one time. Another client is disconnected at once."""
DEFAULT_LIMITS = ConnectionLimits(total=CONNECTIONS_MAX)
CONNECT_BOUND_S = 10.0
"""The time for a connection to the broker, and for a TLS handshake. Then the client is disconnected."""
_CHUNK_BYTES = 65_536
_LINGER_0 = struct.pack("ii", 1, 0)
"""SO_LINGER with 0 s: the socket is closed by a TCP reset."""
_US = 1_000_000

Observe = Callable[[TapEffect, TapTime], None]


class _Sides:
    """The sockets of one connection; the one to the broker opens later."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.writers = {Sender.CLIENT: client}
        self.closed = asyncio.Event()
        """Set when the tap has closed the connection in both directions."""

    def reset(self) -> None:
        for writer in self.writers.values():
            _reset(writer)


class TapProxy:
    """Serves a tap. `observe` gets every effect of the tap, in order, before it is performed.

    `complain` gets a text about clients that cannot be served. `port` is 0 for any free port.
    """

    def __init__(
        self,
        tap: PacketTap,
        broker: BrokerUrl,
        observe: Observe,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ServerTls | None = None,
        ca: Path | None = None,
        limits: ConnectionLimits = DEFAULT_LIMITS,
        complain: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.tap = tap
        self.port = port
        """The port that clients connect to."""
        self._broker = broker
        self._observe = observe
        self._host = host
        self._tls = tls
        self._ca = ca
        self._limits = limits
        self._complain = complain
        self._sides: dict[int, _Sides] = {}
        self._due_changed = asyncio.Event()
        self._due_us: int | None = None
        self._stops = False

    @property
    def url(self) -> str:
        """The URL for clients."""
        return url_of(self._host, self.port, self._tls)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["TapProxy"]:
        """Serve within the context, then reset all connections.

        Raises `BadTls`, `BadAuthorities`, `PortTaken`, and `OSError` for a bad address. An error of `observe`
        ends the context.
        """
        served = None if self._tls is None else self._tls.context()
        upstream = trust(self._ca) if self._broker.tls else None
        tasks: asyncio.TaskGroup
        serving: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if self._stops:
                writer.transport.abort()  # a handshake that ended while the tap stops
                return
            task = tasks.create_task(self._serve(reader, writer, upstream))
            serving.add(task)
            task.add_done_callback(serving.discard)

        server = await self._bound(accept, served)
        self.port = server.sockets[0].getsockname()[1]
        try:
            async with asyncio.TaskGroup() as tasks:
                serving.add(tasks.create_task(self._release()))
                await server.start_serving()
                try:
                    yield self
                finally:
                    self._stops = True
                    server.close()
                    self.cut("*", "the tap stops")
                    for task in serving:
                        task.cancel()
        finally:
            server.close()

    async def _bound(
        self,
        accept: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None],
        context: ssl.SSLContext | None,
    ) -> asyncio.Server:
        """Return the server with its port, not yet serving."""
        return await asyncio.start_server(
            accept,
            sock=listen(self._host, self.port, self._limits, self._complain_of),
            backlog=ACCEPTS_AT_ONCE,
            ssl=context,
            start_serving=False,
            ssl_handshake_timeout=None if context is None else CONNECT_BOUND_S,
        )

    def _complain_of(self, reason: str, peer: str) -> None:
        self._complain(f"a client was disconnected: {reason}; it was {peer}")

    def arm(self, fault: PacketFault) -> ArmedFault:
        """Apply a fault from the next packet on. Raises `BadPacketFault`."""
        return self.tap.faults.arm(fault)

    def clear_faults(self) -> None:
        """Remove all faults, and forward all packets that they hold back."""
        self.tap.faults.clear()
        self._perform(self.tap.release(_now()))

    def disarm(self, armed: ArmedFault) -> None:
        """Remove a fault, and forward all packets that faults hold back."""
        self.tap.faults.disarm(armed)
        self._perform(self.tap.release(_now()))

    def cut(self, client: str, reason: str) -> None:
        """Reset the connections of a client, given by its client id, hub id or hub name; `*` is for all."""
        for number in list(self._sides):
            if client == "*" or client in self.tap.names_of(number):
                self._perform(self.tap.cut(number, reason, _now()))

    def inject(self, client: str, packet: Packet) -> None:
        """Send a packet to a client that no broker sent; `client` as for `cut`."""
        for number in list(self._sides):
            if client == "*" or client in self.tap.names_of(number):
                self._perform(self.tap.inject(number, Sender.SERVER, encode(packet), _now()))

    async def _serve(
        self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, context: ssl.SSLContext | None
    ) -> None:
        host, port = (client.get_extra_info("peername") or ("unknown", 0))[:2]
        number, effects = self.tap.opened(TcpAddress(host, port), _now())
        sides = self._sides[number] = _Sides(client)
        try:
            self._perform(effects)
            broker_reader = await self._open_broker(number, sides, context)
            if broker_reader is None:
                return
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(number, Sender.CLIENT, reader))
                pumps.create_task(self._pump(number, Sender.SERVER, broker_reader))
                await sides.closed.wait()
        finally:
            del self._sides[number]
            for writer in sides.writers.values():
                writer.close()

    async def _open_broker(
        self, number: int, sides: _Sides, context: ssl.SSLContext | None
    ) -> asyncio.StreamReader | None:
        """Connect to the broker; without one, reset the client."""
        url = self._broker
        name = url.host if context is not None else None
        try:
            async with asyncio.timeout(CONNECT_BOUND_S):
                reader, writer = await asyncio.open_connection(
                    url.host, url.port, ssl=context, server_hostname=name
                )
        except (OSError, TimeoutError) as error:
            reason = f"the broker at {url} cannot be reached: {_reason(error)}"
            self._complain(reason)
            self._perform(self.tap.cut(number, reason, _now()))
            return None
        if sides.closed.is_set():  # it was cut in the meantime
            _reset(writer)
            return None
        sides.writers[Sender.SERVER] = writer
        return reader

    async def _pump(self, number: int, sender: Sender, reader: asyncio.StreamReader) -> None:
        """Pass the stream of one side to the tap, and wait while the other side does not take the bytes."""
        while True:
            try:
                data = await reader.read(_CHUNK_BYTES)
            except OSError:
                self._perform(self.tap.ended(number, sender, _now(), reset=True))
                return
            if not data:
                self._perform(self.tap.ended(number, sender, _now()))
                return
            self._perform(self.tap.received(number, sender, data, _now()))
            with suppress(OSError):  # the pump of that side reports its end
                await self._sides[number].writers[sender.other].drain()

    async def _release(self) -> None:
        """Forward held packets when they are due."""
        while True:
            self._due_changed.clear()
            self._due_us = self.tap.due_us()
            wait_s = None if self._due_us is None else max(0.0, (self._due_us - _now().mono_us) / _US)
            try:
                async with asyncio.timeout(wait_s):
                    await self._due_changed.wait()
            except TimeoutError:
                self._perform(self.tap.tick(_now()))

    def _perform(self, effects: Iterable[TapEffect]) -> None:
        at = _now()
        touched = set()
        for effect in effects:
            self._observe(effect, at)
            sides = self._sides.get(effect.connection)
            if sides is None:
                continue
            touched.add(effect.connection)
            match effect:
                case Forward(receiver=receiver, data=data):
                    if not sides.writers[receiver].is_closing():  # a write would make asyncio log a warning
                        sides.writers[receiver].write(data)
                case ForwardEnd(receiver=receiver):
                    _end(sides.writers[receiver])
                case Reset():
                    sides.reset()
                case _:
                    pass
        for number in touched:
            if not self.tap.is_open(number):
                self._sides[number].closed.set()
        if self.tap.due_us() != self._due_us:
            self._due_changed.set()


def _now() -> TapTime:
    return TapTime(int(asyncio.get_running_loop().time() * _US), time.time_ns() // 1_000)


def _end(writer: asyncio.StreamWriter) -> None:
    if writer.is_closing():
        return
    if writer.can_write_eof():
        with suppress(OSError):  # the socket was reset in the meantime
            writer.write_eof()
    else:
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    connected = writer.get_extra_info("socket")
    if connected is not None:
        with suppress(OSError):  # closed already
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
    writer.transport.abort()


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS on this port ({error.reason or error})"
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_BOUND_S:.0f} s"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)  # the text of asyncio repeats the address
    return str(error)
