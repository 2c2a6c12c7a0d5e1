"""The MQTT port of a fleet: performs the port effects of a core over `asyncio.Protocol` and the codec.

A connection has no task, queue or timer of its own once the broker has answered. Promises the same as
`hubsim_contract.mqtt.client.AiomqttPort`: effects never block, publishes keep their order, all at QoS 1,
events come from the event loop, and after `ConnectionLost` no further event comes from that connection.

Received messages are delivered before the next bytes are read from the socket, so a core that is too slow
slows the broker down through TCP.
"""

import asyncio
import contextlib
import os
import ssl
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from hubsim_contract.mqtt.client import (
    CONNECT_TIMEOUT_S,
    DISCONNECT_TIMEOUT_S,
    MAX_INFLIGHT,
    MAX_UNACKNOWLEDGED,
)
from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode, puback_bytes, publish_bytes
from hubsim_contract.mqtt.codec.packets import (
    MAX_PACKET_ID,
    SUBSCRIPTION_FAILED,
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    DisconnectPacket,
    MalformedPacket,
    Packet,
    PacketWill,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import (
    AttemptBegan,
    AttemptQueued,
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.mqtt.tls import BadAuthorities, tls_reason
from hubsim_contract.wire.errors import LocalError

_QOS = 1
_PINGREQ = encode(PingreqPacket())
_DISCONNECT = encode(DisconnectPacket())
_REFUSED = {
    ConnectCode.UNACCEPTABLE_PROTOCOL: "the broker does not speak MQTT 3.1.1",
    ConnectCode.IDENTIFIER_REJECTED: "the broker refuses the client id",
    ConnectCode.SERVER_UNAVAILABLE: "the broker is not available",
    ConnectCode.BAD_CREDENTIALS: "not authorised: user or password is wrong",
    ConnectCode.NOT_AUTHORISED: "not authorised: user or password is wrong",
}


class _Phase(Enum):
    """What the core knows of its connection. Changes when the core receives the event, not before."""

    IDLE = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    CLOSED = auto()
    """`aclose` was called; final."""


class StreamPort:
    """The port of one core, on the connector of its fleet. Call every method from the event loop.

    `deliver` receives the events. A second `Connect` raises `LocalError`. Any other effect without a
    connection does nothing, because the event of its loss may still be on the way to the core. After `aclose`
    every effect does nothing.
    """

    __slots__ = ("_connector", "_deliver", "_leaving", "_phase", "_stream")

    def __init__(self, connector: MqttConnector, deliver: Callable[[PortEvent], None]) -> None:
        self._connector = connector
        self._deliver = deliver
        self._phase = _Phase.IDLE
        self._stream: _Stream | None = None
        self._leaving: _Stream | None = None

    def perform(self, effect: PortEffect) -> None:
        """Perform one effect. Answers come later, through `deliver`."""
        if self._phase is _Phase.CLOSED:
            return
        if isinstance(effect, Connect):
            self._connect(effect)
        elif isinstance(effect, Disconnect):
            self._disconnect()
        elif self._phase is _Phase.CONNECTED:
            assert self._stream is not None
            if isinstance(effect, Publish):
                self._stream.send(effect)
            else:
                self._stream.subscribe(effect)

    def sever(self) -> None:
        """Cut the connection without a DISCONNECT, as a pulled cable does; the broker sends the will.

        Answered by `ConnectionLost`, or by `ConnectFailed` while connecting. Does nothing without a
        connection.
        """
        if self._stream is not None:
            self._stream.cut("the connection was cut")

    async def aclose(self) -> None:
        """Stop everything. A connection that the core has not closed is severed; the broker sends the will.

        Returns when nothing of the port is running. Idempotent.
        """
        self._phase = _Phase.CLOSED
        stream, self._stream = self._stream, None
        for each in (stream, self._leaving):
            if each is not None:
                each.cut("the port is closed")
                await each.wait_ended()

    def report(self, stream: "_Stream", event: PortEvent) -> None:
        """Deliver an event of a stream, unless the core has left it."""
        if stream is not self._stream:
            return
        if isinstance(event, Connected):
            self._phase = _Phase.CONNECTED
        elif isinstance(event, ConnectFailed | ConnectionLost):
            self._phase = _Phase.IDLE
            self._stream = None
        self._deliver(event)

    def is_current(self, stream: "_Stream") -> bool:
        """Return whether the core still uses this stream."""
        return stream is self._stream

    def _connect(self, effect: Connect) -> None:
        if self._phase is not _Phase.IDLE:
            raise LocalError(f"Connect while {self._phase.name.lower()}: only one connection is allowed")
        self._phase = _Phase.CONNECTING
        stream = self._stream = _Stream(self._connector, effect, self, self._leaving)
        self._leaving = None
        if not self._connector.begin(stream):
            stream.queued()

    def _disconnect(self) -> None:
        if self._stream is not None:
            self._leaving, self._stream = self._stream, None
            self._phase = _Phase.IDLE
            self._leaving.leave()


class _Stream(asyncio.Protocol):
    """One connection, from the attempt to its end."""

    __slots__ = (
        "_accepted",
        "_acks",
        "_answered",
        "_before",
        "_connect",
        "_connector",
        "_cut_reason",
        "_failure",
        "_in_flight",
        "_last_id",
        "_left",
        "_pinged_s",
        "_port",
        "_queue",
        "_reader",
        "_sent_s",
        "_transport",
        "_waiter",
        "_was_queued",
        "ended",
    )

    def __init__(
        self, connector: MqttConnector, connect: Connect, port: StreamPort, before: "_Stream | None"
    ) -> None:
        self._connector = connector
        self._connect = connect
        self._port = port
        self._before = before
        """The stream that the core has left before, whose DISCONNECT must reach the broker first."""
        self._reader = PacketReader(Sender.SERVER)
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[None] | None = None
        self._accepted = False
        """Whether the broker accepted the connection: the attempt has succeeded."""
        self._failure = ""
        self._cut_reason = ""
        self._left = False
        self._in_flight: dict[int, int] = {}
        """Packet id to token, 0 for none."""
        self._queue: deque[Publish] | None = None
        self._last_id = 0
        self._sent_s = 0.0
        self._pinged_s: float | None = None
        self._acks: list[bytes] | None = None
        self._was_queued = False
        self._waiter: asyncio.Future[None] | None = None
        self.ended = False

    # ------------------------------------------------------------------ the attempt

    def queued(self) -> None:
        """Take the notification that the attempt waits for its turn."""
        self._was_queued = True
        asyncio.get_running_loop().call_soon(self._port.report, self, AttemptQueued())

    async def wait_ended(self) -> None:
        """Wait until nothing of this stream is running."""
        if not self.ended:
            self._waiter = self._waiter or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._waiter)

    def _end(self) -> None:
        self.ended = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def run(self) -> None:
        """Connect, until the broker has answered or the attempt has failed."""
        loop = asyncio.get_running_loop()
        if self._before is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._before.wait_ended(), DISCONNECT_TIMEOUT_S)
            self._before = None
        if self._was_queued:
            self._port.report(self, AttemptBegan())
        self._answered = loop.create_future()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                if not self._cut_reason:
                    host, context = await self._connector.way()
                    name = self._connector.url.host if context is not None else None
                    await loop.create_connection(
                        lambda: self, host, self._connector.url.port, ssl=context, server_hostname=name
                    )
                    await self._answered
        except TimeoutError:
            self._failure = f"no answer within {CONNECT_TIMEOUT_S} s"
        except ssl.SSLError as error:
            self._failure = tls_reason(error)
        except BadAuthorities as error:
            self._failure = str(error)
        except OSError as error:
            self._failure = os.strerror(error.errno) if error.errno else str(error)
        self._conclude()

    def _conclude(self) -> None:
        """Report the result of the attempt."""
        self._answered = None
        if self._accepted:
            return
        failure = self._cut_reason or self._failure
        if self._transport is None:
            self._end()
        else:
            self._transport.abort()
        self._port.report(self, ConnectFailed(f"{self._connector.url}: {failure}"))

    # ------------------------------------------------------------------ effects

    def send(self, message: Publish) -> None:
        """Publish in the order of the calls; over `MAX_INFLIGHT` messages wait."""
        if len(self._in_flight) >= MAX_INFLIGHT:
            queue = self._queue = self._queue if self._queue is not None else deque()
            queue.append(message)
            if len(queue) + MAX_INFLIGHT > MAX_UNACKNOWLEDGED:
                self.cut("too many messages without an answer")
            return
        packet_id = self._free_id()
        self._in_flight[packet_id] = message.token
        self._write(publish_bytes(message.topic, message.payload, _QOS, message.retain, False, packet_id))

    def subscribe(self, effect: Subscribe) -> None:
        """Subscribe at QoS 1."""
        wanted = tuple((topic_filter, _QOS) for topic_filter in effect.filters)
        self._write(encode(SubscribePacket(self._free_id(), wanted)))

    def leave(self) -> None:
        """Send DISCONNECT, now or as soon as the connection is open."""
        self._left = True
        if self._transport is None:
            self._connector.withdraw(self)
            if self._connector.running(self) is None:
                self._end()
        elif self._answered is None:
            self._say_goodbye()

    def cut(self, reason: str) -> None:
        """Close the socket without a DISCONNECT, now or as soon as there is one."""
        if self._cut_reason or self.ended:
            return
        self._cut_reason = reason
        if self._transport is not None:
            self._transport.abort()
            self._conclude_answer()
        elif self._connector.running(self) is None:
            self._connector.withdraw(self)
            self._end()
            failed = ConnectFailed(f"{self._connector.url}: {reason}")
            asyncio.get_running_loop().call_soon(self._port.report, self, failed)

    def _say_goodbye(self) -> None:
        assert self._transport is not None
        self._flush()
        self._write(_DISCONNECT)
        self._flush()
        self._transport.close()
        self._connector.check_at(asyncio.get_running_loop().time() + DISCONNECT_TIMEOUT_S, self)

    def _write(self, data: bytes) -> None:
        assert self._transport is not None
        if self._acks is not None:
            self._acks.append(data)  # in the middle of a chunk; sent in order after it
            return
        self._sent_s = asyncio.get_running_loop().time()
        self._transport.write(data)

    def _flush(self) -> None:
        """Send what was written in the middle of a chunk."""
        acks = self._acks
        if acks and self._transport is not None and not self._transport.is_closing():
            self._sent_s = asyncio.get_running_loop().time()
            self._transport.write(acks[0] if len(acks) == 1 else b"".join(acks))
            acks.clear()

    def _free_id(self) -> int:
        packet_id = self._last_id
        while True:
            packet_id = packet_id % MAX_PACKET_ID + 1
            if packet_id not in self._in_flight:
                self._last_id = packet_id
                return packet_id

    # ------------------------------------------------------------------ the shared timer

    def check(self, now_s: float) -> float | None:
        """Send a PINGREQ after a silence (3.1.2.10), and end a connection that does not answer it."""
        if self._transport is None or self.ended:
            return None
        if self._left:
            if now_s - self._sent_s < DISCONNECT_TIMEOUT_S:
                return self._sent_s + DISCONNECT_TIMEOUT_S
            self._transport.abort()  # the DISCONNECT could not be sent in time
            return None
        keepalive_s = self._connect.keepalive_s
        if self._pinged_s is not None and now_s - self._pinged_s >= keepalive_s:
            self.cut("the broker does not answer")
            return None
        if self._pinged_s is None and now_s - self._sent_s >= _silence(keepalive_s):
            self._pinged_s = now_s
            self._write(_PINGREQ)
        return (
            self._pinged_s + keepalive_s
            if self._pinged_s is not None
            else self._sent_s + _silence(keepalive_s)
        )

    # ------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the CONNECT."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._cut_reason:
            transport.abort()
            self._conclude_answer()
            return
        will, url = self._connect.will, self._connector.url
        packet = ConnectPacket(
            self._connect.client_id,
            self._connect.clean,
            self._connect.keepalive_s,
            None if will is None else PacketWill(will.topic, will.payload, _QOS, will.retain),
            url.username,
            None if url.password is None else url.password.encode(),
        )
        self._write(encode(packet))

    def data_received(self, data: bytes) -> None:
        """Take packets. The answers to a chunk are sent together after it."""
        self._acks = []
        try:
            for packet in self._reader.feed(data):
                self._take(packet)
                if self._cut_reason or self._left:
                    break
        except MalformedPacket as broken:
            self._fail(f"the broker sent no MQTT: {broken}")
        finally:
            self._flush()
            self._acks = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end, unless the attempt reports its failure."""
        self._end()
        if self._answered is not None:
            self._fail("closed before the broker answered" if exc is None else str(exc))
        elif not self._left:
            self._port.report(self, ConnectionLost())

    # ------------------------------------------------------------------ packets

    def _take(self, packet: Packet) -> None:
        kind = type(packet)
        if kind is PublishPacket:
            self._take_message(packet)
        elif kind is PubackPacket:
            self._take_puback(packet)
        else:
            self._take_answer(packet)

    def _take_message(self, packet: Any) -> None:
        if self._answered is not None:
            raise MalformedPacket("MQTT-3.2.0-1", "a PUBLISH before the CONNACK")
        self._port.report(self, Received(packet.topic, packet.payload, packet.retain))
        if packet.qos and self._acks is not None:
            self._acks.append(puback_bytes(packet.packet_id))

    def _take_puback(self, packet: Any) -> None:
        token = self._in_flight.pop(packet.packet_id, 0)
        if self._queue:
            self.send(self._queue.popleft())
        if token:
            self._port.report(self, Published(token))

    def _take_answer(self, packet: Packet) -> None:
        match packet:
            case ConnackPacket():
                self._take_connack(packet)
            case SubackPacket():
                if SUBSCRIPTION_FAILED in packet.codes:
                    self.cut("the broker refuses the subscription")
                else:
                    self._port.report(self, Subscribed())
            case PingrespPacket():
                self._pinged_s = None
            case _:
                raise MalformedPacket("section 3", f"an unexpected {type(packet).__name__}")

    def _take_connack(self, packet: ConnackPacket) -> None:
        if self._answered is None:
            raise MalformedPacket("MQTT-3.2.0-1", "a second CONNACK")
        if packet.code:
            self._fail(_REFUSED[packet.code])
            return
        answered, self._answered = self._answered, None
        self._accepted = True
        answered.set_result(None)
        if self._left:
            self._say_goodbye()
            return
        if self._connect.keepalive_s:
            self._connector.check_at(self._sent_s + _silence(self._connect.keepalive_s), self)
        self._port.report(self, Connected(packet.session_present))

    def _fail(self, reason: str) -> None:
        """End the attempt, or the connection."""
        if self._answered is not None and not self._answered.done():
            self._failure = reason
            self._answered.set_result(None)
        else:
            self.cut(reason)

    def _conclude_answer(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)


def _silence(keepalive_s: int) -> float:
    """Return the silence after which a PINGREQ is sent: a little less than the keepalive."""
    return keepalive_s - min(1.0, keepalive_s / 2)
