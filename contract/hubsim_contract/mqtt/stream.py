"""One MQTT connection over `asyncio.Protocol` and the codec: the attempt, the packets, and the end.

A connection has no separate task, queue or timer once the broker has answered: the timer of its connector
checks its keepalive. Reports each event to its owner from the event loop, never from inside a call.
"""

import asyncio
import contextlib
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from hubsim_contract.mqtt.adapter import (
    CONNECT_TIMEOUT_S,
    DISCONNECT_TIMEOUT_S,
    MAX_INFLIGHT,
    MAX_UNACKNOWLEDGED,
    QOS,
    REFUSALS,
    Login,
    connect_packet,
    failure_reason,
)
from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode, puback_bytes, publish_bytes
from hubsim_contract.mqtt.codec.packets import (
    SUBSCRIPTION_FAILED,
    ConnackPacket,
    DisconnectPacket,
    MalformedPacket,
    Packet,
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
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.mqtt.publish_window import PublishWindow, TooManyUnacknowledged
from hubsim_contract.mqtt.tls import BadAuthorities

MAX_UNSENT_BYTES = 256 * 1024 * 1024
"""Bytes that wait for the broker to read them. More sever the connection: the broker does not read."""

_PINGREQ = encode(PingreqPacket())
_DISCONNECT = encode(DisconnectPacket())


class StreamState(Enum):
    """The state of one connection."""

    WAITING = auto()
    """For its turn to connect, or for the end of the connection before it."""
    OPENING = auto()
    """The socket, or TLS, is being opened."""
    ASKING = auto()
    """CONNECT was sent."""
    OPEN = auto()
    """The broker has accepted the connection."""
    LEAVING = auto()
    """DISCONNECT was sent; the socket closes."""
    CUT = auto()
    """The socket closes without a DISCONNECT."""
    ENDED = auto()
    """Nothing of the connection is running; final."""


_READING = frozenset({StreamState.ASKING, StreamState.OPEN})
_ENDING = frozenset({StreamState.LEAVING, StreamState.CUT, StreamState.ENDED})


class MqttStream(asyncio.Protocol):
    """One connection. `before` is the one that the core has left, whose DISCONNECT must be sent first.

    `login` is the user, in place of the one in the connector's URL.
    """

    __slots__ = (
        "_answered",
        "_before",
        "_chunk",
        "_connect",
        "_connector",
        "_failure",
        "_left",
        "_login",
        "_pinged_s",
        "_reader",
        "_report",
        "_sent_s",
        "_state",
        "_transport",
        "_waiter",
        "_was_queued",
        "_window",
    )

    def __init__(
        self,
        connector: MqttConnector,
        connect: Connect,
        report: Callable[["MqttStream", PortEvent], None],
        before: "MqttStream | None" = None,
        login: Login | None = None,
    ) -> None:
        self._connector = connector
        self._connect = connect
        self._report = report
        self._before = before
        self._login = login
        self._state = StreamState.WAITING
        self._reader = PacketReader(Sender.SERVER)
        self._window = PublishWindow(MAX_INFLIGHT, MAX_UNACKNOWLEDGED)
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[None] | None = asyncio.get_running_loop().create_future()
        """Done when the attempt has ended; None once the broker has accepted the connection."""
        self._failure = "the attempt was stopped"
        self._left = False
        """Whether the core has disconnected, and expects no event."""
        self._was_queued = False
        self._sent_s = 0.0
        self._pinged_s: float | None = None
        """When the PINGREQ was sent that has no answer yet."""
        self._chunk: list[bytes] | None = None
        """The answers to the current chunk of bytes, which are sent together after it."""
        self._waiter: asyncio.Future[None] | None = None

    # ------------------------------------------------------------------ the attempt

    @property
    def name(self) -> str:
        """The client id."""
        return self._connect.client_id

    def begin(self) -> None:
        """Connect now, or when the turn has come."""
        if not self._connector.begin(self):
            self._was_queued = True
            asyncio.get_running_loop().call_soon(self._report, self, AttemptQueued())

    async def run(self) -> None:
        """Connect, until the broker has answered or the attempt has failed; `conclude` follows."""
        if self._before is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._before.wait_ended(), DISCONNECT_TIMEOUT_S)
            self._before = None
        if self._was_queued:
            self._report(self, AttemptBegan())
        if self._state is not StreamState.WAITING or self._answered is None:
            return  # the core has ended the attempt
        self._state = StreamState.OPENING
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._connector.open(self)
                await self._answered
        except TimeoutError:
            self._failure = f"no answer within {CONNECT_TIMEOUT_S} s"
        except (OSError, BadAuthorities) as error:
            self._failure = failure_reason(error, handshake=self._connector.url.tls)

    def conclude(self) -> None:
        """Report the failure of the attempt, unless the broker has accepted the connection."""
        if self._answered is None:
            return
        self._answered = None
        if self._transport is None:
            self._end()
        else:
            self._state = StreamState.CUT
            self._transport.abort()
        self._report(self, ConnectFailed(f"{self._connector.url}: {self._failure}"))

    async def wait_ended(self) -> None:
        """Wait until nothing of this connection, and of those before it, is running."""
        if self._before is not None:
            await self._before.wait_ended()
        if self._state is not StreamState.ENDED:
            self._waiter = self._waiter or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._waiter)

    def _end(self) -> None:
        self._state = StreamState.ENDED
        self._transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # ------------------------------------------------------------------ effects

    def send(self, message: Publish) -> None:
        """Publish in the order of the calls. Too many unacknowledged messages cut the connection."""
        try:
            packet_id = self._window.add(message)
        except TooManyUnacknowledged:
            self.cut("too many messages without an answer")
            return
        if packet_id:
            self._write_message(packet_id, message)

    def subscribe(self, effect: Subscribe) -> None:
        """Subscribe at QoS 1."""
        wanted = tuple((topic_filter, QOS) for topic_filter in effect.filters)
        self._write(encode(SubscribePacket(self._window.reserve(), wanted)))

    def leave(self) -> None:
        """Send DISCONNECT, now or as soon as the broker has answered. Nothing is reported after it."""
        self._left = True
        if self._state is StreamState.OPEN:
            self._say_goodbye()
        elif self._transport is None:
            self.cut("the attempt was given up")

    def cut(self, reason: str) -> None:
        """Close the socket without a DISCONNECT, or end the attempt. Does nothing if the end has begun."""
        if self._state in _ENDING:
            return
        self._state, self._failure = StreamState.CUT, reason
        if self._transport is None:
            self._connector.withdraw(self)
        else:
            self._transport.abort()
            self._finish_attempt()

    def _say_goodbye(self) -> None:
        assert self._transport is not None
        self._write(_DISCONNECT)
        self._flush()
        self._state = StreamState.LEAVING
        self._transport.close()
        self._connector.check_at(asyncio.get_running_loop().time() + DISCONNECT_TIMEOUT_S, self)

    def _write_message(self, packet_id: int, message: Publish) -> None:
        self._write(publish_bytes(message.topic, message.payload, QOS, message.retain, False, packet_id))

    def _write(self, data: bytes) -> None:
        if self._chunk is None:
            self._put(data)
        else:
            self._chunk.append(data)

    def _flush(self) -> None:
        """Send what was written since the beginning of the chunk."""
        if self._chunk:
            self._put(self._chunk[0] if len(self._chunk) == 1 else b"".join(self._chunk))
            self._chunk.clear()

    def _put(self, data: bytes) -> None:
        # asyncio logs a warning for each write after the end of a connection
        if self._transport is not None and self._state in _READING and not self._transport.is_closing():
            self._sent_s = asyncio.get_running_loop().time()
            self._transport.write(data)

    # ------------------------------------------------------------------ the shared timer

    def check(self, now_s: float) -> float | None:
        """Send a PINGREQ after a silence (3.1.2.10), and end a connection that does not answer it."""
        if self._state is StreamState.LEAVING and self._transport is not None:
            self._transport.abort()  # the DISCONNECT could not be sent in time
        if self._state is not StreamState.OPEN:
            return None
        keepalive_s = self._connect.keepalive_s
        if self._pinged_s is None and now_s - self._sent_s >= _silence_s(keepalive_s):
            self._pinged_s = now_s
            self._write(_PINGREQ)
        if self._pinged_s is None:
            return self._sent_s + _silence_s(keepalive_s)
        if now_s - self._pinged_s >= keepalive_s:
            self.cut("the broker does not answer")
            return None
        return self._pinged_s + keepalive_s

    # ------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the CONNECT."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._state is not StreamState.OPENING:
            transport.abort()
            return
        self._state = StreamState.ASKING
        transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)
        packet = connect_packet(self._connect, self._connector.url, self._login)
        self._write(encode(packet))

    def data_received(self, data: bytes) -> None:
        """Take packets. The answers to a chunk are sent together after it."""
        self._chunk = []
        try:
            for packet in self._reader.feed(data):
                if self._state not in _READING:
                    break
                self._take(packet)
        except MalformedPacket as broken:
            self.cut(f"the broker does not follow MQTT 3.1.1: {broken}")
        finally:
            self._flush()
            self._chunk = None

    def pause_writing(self) -> None:
        """Cut the connection: the broker does not read, and no more can wait."""
        self.cut("the broker does not read")

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end, unless the attempt reports its failure."""
        if self._state is StreamState.ASKING:
            reason = "closed before the broker answered"
            self._failure = reason if not isinstance(exc, OSError) else failure_reason(exc)
        self._end()
        if self._answered is not None:
            self._finish_attempt()
        elif not self._left:
            self._report(self, ConnectionLost())

    def _finish_attempt(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)

    # ------------------------------------------------------------------ packets

    def _take(self, packet: Packet) -> None:
        kind = type(packet)
        if self._state is StreamState.ASKING:
            if kind is not ConnackPacket:
                raise MalformedPacket("MQTT-3.2.0-1", "the first packet is not a CONNACK")
            self._take_connack(packet)
        elif kind is PublishPacket:
            self._take_message(packet)
        elif kind is PubackPacket:
            self._take_puback(packet)
        elif kind is SubackPacket:
            self._take_suback(packet)
        elif kind is PingrespPacket:
            self._pinged_s = None
        else:
            raise MalformedPacket("section 3", f"an unexpected {kind.__name__.removesuffix('Packet')}")

    def _take_message(self, packet: Any) -> None:
        if packet.qos > QOS:
            raise MalformedPacket("MQTT-3.8.4-6", "a message at QoS 2 for a subscription at QoS 1")
        self._report(self, Received(packet.topic, packet.payload, packet.retain, packet.qos, packet.dup))
        if packet.qos:
            self._write(puback_bytes(packet.packet_id))

    def _take_puback(self, packet: Any) -> None:
        token = self._window.acknowledge(packet.packet_id)
        following = self._window.next()
        if following is not None:
            self._write_message(*following)
        if token:
            self._report(self, Published(token))

    def _take_suback(self, packet: Any) -> None:
        self._window.acknowledge(packet.packet_id)
        if SUBSCRIPTION_FAILED in packet.codes:
            # the core cannot work without its subscription, and its only event for this is a loss
            self.cut("the broker refuses the subscription")
        else:
            self._report(self, Subscribed())

    def _take_connack(self, packet: Any) -> None:
        if packet.code:
            self.cut(REFUSALS[packet.code])
            return
        self._finish_attempt()
        self._answered = None
        self._state = StreamState.OPEN
        if self._left:
            self._say_goodbye()
            return
        if self._connect.keepalive_s:
            self._connector.check_at(self._sent_s + _silence_s(self._connect.keepalive_s), self)
        self._report(self, Connected(packet.session_present))


def _silence_s(keepalive_s: int) -> float:
    """Return the silence after which a PINGREQ is sent: a little less than the keepalive."""
    return keepalive_s - min(1.0, keepalive_s / 2)
