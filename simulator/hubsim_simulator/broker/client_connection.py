"""One client's connection at the embedded broker: bytes to packets, flow control, and its time limits.

Owns the transport. It knows nothing of sessions and topics: packets go to its `PacketHandler`, which also
decides what a connection receives. Every wait has a limit in `BrokerLimits`: for the CONNECT, for silence
(keepalive), for a client that does not read, and for the end of a close.
"""

import asyncio
import socket
from typing import TYPE_CHECKING, Protocol

from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.packets import MalformedPacket, Packet, Sender
from hubsim_simulator.broker.limits import BrokerLimits

if TYPE_CHECKING:
    from hubsim_simulator.broker.websocket import WebSocketStream

HTTP_BEGINS = b"GET "
"""The first bytes of a WebSocket connection. No MQTT packet of a client begins so."""
CLOSE_TIMEOUT_S = 5.0
"""Time in which a client must read the last bytes before a close. After that the socket is aborted."""
_PROBES = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3))
"""TCP probes find a dead peer in two minutes, also one whose MQTT keepalive is 0."""
_RATE_WINDOW_S = 1.0
_HEADER_BYTES = 5
"""The largest fixed header of a packet (2.2)."""


class PacketHandler(Protocol):
    """The broker that the connection belongs to."""

    limits: BrokerLimits
    any_origin: bool
    """Whether pages of all origins may connect by WebSocket."""

    def opened(self, connection: "ClientConnection") -> bool:
        """Accept a new connection, or return False to have it closed immediately."""
        ...

    def handle(self, connection: "ClientConnection", packet: Packet) -> None:
        """Process a packet."""
        ...

    def failed(self, connection: "ClientConnection", error: MalformedPacket) -> None:
        """Process the end of a connection by bytes that are not a packet."""
        ...

    def closed_for(self, connection: "ClientConnection", reason: str) -> None:
        """Log the reason for which the connection closes itself."""
        ...

    def has_output(self, connection: "ClientConnection") -> None:
        """Call `flush` of the connection after the current packets."""
        ...

    def flush(self) -> None:
        """Write the output of all connections."""
        ...

    def ended(self, connection: "ClientConnection") -> None:
        """Forget a connection, whose socket is closed."""
        ...


class ClientConnection(asyncio.Protocol):
    """A connection with its number in the broker model. Lives in one event loop."""

    def __init__(self, number: int, handler: PacketHandler, loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        self.client_id: str | None = None
        """None before the CONNECT is accepted."""
        self.user: str | None = None
        self.peer = "unknown address"
        self.stalled = False
        """Whether more than `write_buffer_bytes` wait for the client to read."""
        self.closing = False
        self._handler = handler
        self._loop = loop
        self._reader = PacketReader(Sender.CLIENT, handler.limits.max_connect_bytes)
        self._transport: asyncio.Transport | None = None
        self._first: bytes | None = b""
        """The first bytes, until they show the transport; then None."""
        self._websocket: WebSocketStream | None = None
        self._pending: list[bytes] = []
        self._last_seen_s = loop.time()
        self._silence_limit_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._end_timer: asyncio.TimerHandle | None = None
        self._window_began_s = 0.0
        self._window_count = 0
        self._throttled = False

    # ------------------------------------------------------------------ for the broker

    def write(self, data: bytes) -> None:
        """Add bytes to the output. They are written at the next `flush`. Does nothing while it closes."""
        if self.closing:
            return
        if not self._pending:
            self._handler.has_output(self)
        self._pending.append(data)

    def flush(self) -> None:
        """Write the output. A client that has too many unread bytes is disconnected."""
        transport, pending = self._transport, self._pending
        if transport is None or transport.is_closing() or not pending:
            return  # asyncio logs a warning for each write after the end of a connection
        data = pending[0] if len(pending) == 1 else b"".join(pending)
        pending.clear()
        if self._websocket is not None:
            self._websocket.send(data)
            data = self._websocket.to_send()
        transport.write(data)
        if self.stalled and transport.get_write_buffer_size() > self._handler.limits.max_unread_bytes:
            self._handler.closed_for(self, "it does not read what it receives")
            self.abort()

    def accept(self, client_id: str, user: str | None) -> None:
        """Note that the CONNECT is accepted."""
        self.client_id, self.user = client_id, user
        limit_bytes = self._handler.limits.max_packet_bytes
        self._reader.limit_bytes = limit_bytes
        if self._websocket is not None:
            self._websocket.limit(limit_bytes + _HEADER_BYTES)

    def watch_silence(self, limit_ms: int | None) -> None:
        """End the wait for CONNECT, and from now on close the connection after this silence."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if limit_ms is not None and not self.closing:
            self._silence_limit_s = limit_ms / 1000
            self._timer = self._loop.call_later(self._silence_limit_s, self._on_silence)

    def close(self) -> None:
        """Write the output, then close. A client that does not read it is aborted in time."""
        if self.closing:
            return
        self.flush()
        self.closing = True
        self._cancel_timers()
        if self._transport is not None:
            self._transport.close()
            self._end_timer = self._loop.call_later(CLOSE_TIMEOUT_S, self.abort)

    def abort(self) -> None:
        """Close the socket at once."""
        self.closing = True
        self._pending.clear()
        self._cancel_timers()
        if self._transport is not None:
            self._transport.abort()

    # ------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept the connection, and wait for its CONNECT."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        limits = self._handler.limits
        transport.set_write_buffer_limits(high=limits.write_buffer_bytes)
        self.peer = _shown(transport.get_extra_info("peername"))
        _probe(transport.get_extra_info("socket"))
        if self._handler.opened(self):
            self._timer = self._loop.call_later(limits.connect_timeout_s, self._on_no_connect)
        else:
            self.abort()

    def data_received(self, data: bytes) -> None:
        """Process the packets that these bytes complete."""
        if self.closing:
            return
        self._last_seen_s = self._loop.time()
        if self._first is not None:
            data = self._recognise(data)
        if self._websocket is not None:
            data = self._unwrap(self._websocket, data)
        count = self._process(data)
        self._handler.flush()
        if self._websocket is not None and self._websocket.ended:
            if self.client_id is None:
                self._handler.closed_for(self, "its request for a WebSocket is refused")
            self.close()
        elif count:
            self._count(count)

    def eof_received(self) -> None:
        """Close the connection, as its client has."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (a peer may end in any way)
        """Report the end."""
        self.closing = True
        self._transport = None
        self._pending.clear()
        self._cancel_timers()
        self._handler.ended(self)

    def pause_writing(self) -> None:
        """Read nothing more from a client that does not read, and wait for it."""
        self.stalled = True
        if self._transport is not None and not self.closing:
            self._transport.pause_reading()
            self._end_timer = self._loop.call_later(self._handler.limits.stall_limit_s, self._on_stall)

    def resume_writing(self) -> None:
        """Continue with a client that reads again."""
        self.stalled = False
        if self.closing:
            return
        if self._end_timer is not None:
            self._end_timer.cancel()
        self._resume_reading()

    # ------------------------------------------------------------------ transports

    def _recognise(self, data: bytes) -> bytes:
        """Decide between MQTT and WebSocket by the first bytes. Return the bytes to process now."""
        assert self._first is not None
        data = self._first + data
        if len(data) < len(HTTP_BEGINS) and HTTP_BEGINS.startswith(data):
            self._first = data
            return b""
        self._first = None
        if data.startswith(HTTP_BEGINS):
            # imported here because few connections need it
            from hubsim_simulator.broker.websocket import WebSocketStream  # noqa: PLC0415

            limits = self._handler.limits
            self._websocket = WebSocketStream(
                limits.max_connect_bytes + _HEADER_BYTES, any_origin=self._handler.any_origin
            )
        return data

    def _unwrap(self, websocket: "WebSocketStream", data: bytes) -> bytes:
        """Return the bytes of MQTT in the bytes of a WebSocket, and send what its protocol answers."""
        payload = websocket.receive(data) if data else b""
        answer = websocket.to_send()
        if answer and self._transport is not None:
            self._transport.write(answer)
        return payload

    def _process(self, data: bytes) -> int:
        """Pass the packets to the handler, until one of them closes the connection. Return their number."""
        count, handle = 0, self._handler.handle
        try:
            for packet in self._reader.feed(data):
                count += 1
                handle(self, packet)
                if self.closing:
                    break
        except MalformedPacket as error:
            self._handler.failed(self, error)
        return count

    # ------------------------------------------------------------------ limits

    def _count(self, count: int) -> None:
        """Count packets. Above `max_packets_per_s`, reading pauses until the second has passed."""
        if self._last_seen_s - self._window_began_s >= _RATE_WINDOW_S:
            self._window_began_s, self._window_count = self._last_seen_s, 0
        self._window_count += count
        if self._window_count > self._handler.limits.max_packets_per_s and not self._throttled:
            assert self._transport is not None
            self._throttled = True
            self._transport.pause_reading()
            self._loop.call_at(self._window_began_s + _RATE_WINDOW_S, self._on_window_end)

    def _on_window_end(self) -> None:
        self._throttled = False
        self._resume_reading()

    def _resume_reading(self) -> None:
        if self._transport is not None and not (self.closing or self.stalled or self._throttled):
            self._transport.resume_reading()

    def _on_no_connect(self) -> None:
        self._timer = None
        self._handler.closed_for(self, "it sent no CONNECT in time")
        self.abort()

    def _on_silence(self) -> None:
        """Close a client that is silent for too long (3.1.2-24), or look again when it could be."""
        assert self._silence_limit_s is not None
        due_s = self._last_seen_s + self._silence_limit_s
        if self._loop.time() < due_s:
            self._timer = self._loop.call_at(due_s, self._on_silence)
            return
        self._timer = None
        self.abort()

    def _on_stall(self) -> None:
        self._end_timer = None
        self._handler.closed_for(self, "it does not read what it receives")
        self.abort()

    def _cancel_timers(self) -> None:
        for timer in (self._timer, self._end_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._end_timer = None


def _probe(sock: socket.socket | None) -> None:
    """Have the operating system find peers that are dead."""
    if sock is None:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBES:
        option = getattr(socket, name, None)  # not on every system
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _shown(address: "tuple[str, int] | tuple[str, int, int, int] | None") -> str:
    return f"{address[0]} port {address[1]}" if address else "unknown address"
