"""The MQTT client adapter: performs the port effects of a core on a real broker, with aiomqtt.

The only part of the contract that does I/O. Owns one connection at a time, and reports its fate as events.
Promises: effects never block. Publishes keep their order, all at QoS 1. Events come from the event loop, one
by one, never from inside `perform`. After `ConnectionLost`, no further event comes from that connection. The
adapter does not reconnect (the core decides that) and logs nothing.

It has no queue for received messages: each one is delivered before the next one is read from the socket. A
core that is too slow therefore slows the broker down through TCP, and no message is dropped.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiomqtt
from paho.mqtt.client import (
    MQTT_ERR_QUEUE_SIZE,
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
)
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from hubsim_contract.mqtt.adapter import (
    CONNECT_TIMEOUT_S,
    DISCONNECT_TIMEOUT_S,
    MAX_INFLIGHT,
    MAX_UNACKNOWLEDGED,
    QOS,
    REFUSALS,
    PortPhase,
)
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.codec.packets import ConnectCode
from hubsim_contract.mqtt.port import (
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
from hubsim_contract.mqtt.tls import BadAuthorities, trust
from hubsim_contract.wire.errors import LocalError

_CODES = {
    132: ConnectCode.UNACCEPTABLE_PROTOCOL,
    133: ConnectCode.IDENTIFIER_REJECTED,
    136: ConnectCode.SERVER_UNAVAILABLE,
    134: ConnectCode.BAD_CREDENTIALS,
    135: ConnectCode.NOT_AUTHORISED,
}
"""The CONNACK codes of MQTT 3.1.1 by the numbers of MQTT 5 that paho gives them."""
_CLOSED = -1  # the file number of a closed socket
_SOCKET_OPTIONS = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)  # without it a round trip takes 43 ms


class AiomqttPort:
    """The port of one core. Lives in one event loop; call every method from there.

    `deliver` receives the events. `name` is used only in the names of tasks. `ca` is a PEM file with the
    authorities that an `mqtts` broker's certificate must come from (None: those that the system trusts); it
    is read for each connection. A second `Connect` raises `LocalError`. Any other effect without a connection
    does nothing, because the event of its loss may still be on the way to the core. After `aclose` every
    effect does nothing.
    """

    def __init__(
        self, url: BrokerUrl, deliver: Callable[[PortEvent], None], name: str = "", *, ca: Path | None = None
    ) -> None:
        self._url = url
        self._ca = ca
        self._deliver = deliver
        self._name = name
        self._phase = PortPhase.IDLE
        self._link: _Link | None = None
        self._early: list[Received] = []
        """Messages of a kept session that arrive directly after the CONNACK; delivered after `Connected`."""
        self._leaving_run: asyncio.Task[None] | None = None
        self._runs: dict[_Link, asyncio.Task[None]] = {}

    def perform(self, effect: PortEffect) -> None:
        """Perform one effect. Answers come later, through `deliver`."""
        if self._phase is PortPhase.CLOSED:
            return
        match effect:
            case Connect():
                self._connect(effect)
            case Subscribe(filters=filters) if self._open_link is not None:
                self._open_link.request(filters)
            case Publish() if self._open_link is not None:
                self._open_link.send(effect)
            case Disconnect():
                self._disconnect()

    def sever(self) -> None:
        """Cut the connection without a DISCONNECT, as a pulled cable does; the broker sends the will.

        Answered by `ConnectionLost`, or by `ConnectFailed` while connecting. Does nothing without a
        connection.
        """
        if self._link is not None:
            self._link.cut()

    async def aclose(self) -> None:
        """Stop everything. A connection that the core has not closed is severed; the broker sends the will.

        Returns when nothing of the port is running, at the latest after `CONNECT_TIMEOUT_S`. Idempotent.
        """
        self._phase = PortPhase.CLOSED
        self.sever()
        self._link = None
        if self._runs:
            await asyncio.wait(tuple(self._runs.values()))

    def _connect(self, effect: Connect) -> None:
        if self._phase is not PortPhase.IDLE:
            raise LocalError(f"Connect while {self._phase.name.lower()}: only one connection is allowed")
        self._phase = PortPhase.CONNECTING
        self._early.clear()
        link = self._link = _Link(self._url, self._ca, effect, self._report)
        run = asyncio.create_task(self._run(link, self._leaving_run), name=f"mqtt {self._name}".strip())
        self._runs[link] = run
        run.add_done_callback(lambda _: self._runs.pop(link))

    @property
    def _open_link(self) -> "_Link | None":
        """The link, once it is connected; publishes without one are dropped (rule MQ-4)."""
        return self._link if self._phase is PortPhase.CONNECTED else None

    def _disconnect(self) -> None:
        if self._link is not None:
            self._leaving_run = self._runs[self._link]
            self._link.leave()
            self._link = None
            self._phase = PortPhase.IDLE

    async def _run(self, link: "_Link", leaving: asyncio.Task[None] | None) -> None:
        """Run one connection from its start to its end."""
        if leaving is not None:
            # the DISCONNECT of the old connection must reach the broker before its client id connects again
            await asyncio.wait({leaving}, timeout=DISCONNECT_TIMEOUT_S)
        opening = asyncio.create_task(link.open())
        await asyncio.wait({opening}, timeout=CONNECT_TIMEOUT_S)
        if not opening.done():
            self._report(link, ConnectFailed(f"{self._url}: no answer within {CONNECT_TIMEOUT_S} s"))
            link.cut()
        failure = await opening
        if failure is None:
            self._report(link, Connected(link.session_present))
            await link.end()
            self._report(link, ConnectionLost())
        else:
            self._report(link, ConnectFailed(f"{self._url}: {failure}"))
        await link.settle()

    def _report(self, link: "_Link", event: PortEvent) -> None:
        # later, so that a core is never entered from inside the client library or from `perform`
        asyncio.get_running_loop().call_soon(self._hand_over, link, event)

    def _hand_over(self, link: "_Link", event: PortEvent) -> None:
        if link is not self._link:
            return
        if isinstance(event, Received) and self._phase is PortPhase.CONNECTING:
            self._early.append(event)
            return
        if isinstance(event, Connected):
            self._phase = PortPhase.CONNECTED
        elif isinstance(event, ConnectFailed | ConnectionLost):
            self._phase = PortPhase.IDLE
            self._link = None
        self._deliver(event)
        if isinstance(event, Connected):
            while self._early:
                self._hand_over(link, self._early.pop(0))


class _Link(aiomqtt.Client):
    """One connection: aiomqtt's event loop integration, with callbacks that report instead of queueing."""

    def __init__(
        self, url: BrokerUrl, ca: Path | None, connect: Connect, report: Callable[["_Link", PortEvent], None]
    ) -> None:
        will = connect.will
        super().__init__(
            url.host,
            url.port,
            username=url.username,
            password=url.password,
            identifier=connect.client_id,
            clean_session=connect.clean,
            keepalive=connect.keepalive_s,
            will=None if will is None else aiomqtt.Will(will.topic, will.payload, QOS, will.retain),
            socket_options=_SOCKET_OPTIONS,
            timeout=CONNECT_TIMEOUT_S,
            max_inflight_messages=MAX_INFLIGHT,
            max_queued_outgoing_messages=MAX_UNACKNOWLEDGED,
            logger=logging.Logger("silent", logging.CRITICAL + 1),  # noqa: LOG001 (kept out of the configuration)
        )
        self._client.connect_timeout = CONNECT_TIMEOUT_S
        self.session_present = False
        self._url, self._ca = url, ca
        self._report = report
        self._tokens: dict[int, int] = {}
        self._gone = asyncio.Event()
        self._doomed = False
        self._leaving = False
        self._connected.add_done_callback(_retrieve)
        self._disconnected.add_done_callback(self._on_failure)

    # ---- called by the port

    async def open(self) -> str | None:
        """Connect; return the reason of a failure, or None."""
        try:
            if self._url.tls:
                self._client.tls_set_context(trust(self._ca))
            await self.__aenter__()
        except (aiomqtt.MqttError, BadAuthorities) as error:
            self._gone.set()
            self._close()
            return _why(error)
        if self._doomed:
            self._close()
            return "the connection was cut"
        return None

    async def end(self) -> None:
        """Wait until the connection has ended, on either side."""
        if self._leaving:
            self.leave()
        await self._gone.wait()

    async def settle(self) -> None:
        """Wait until nothing of the client library is running."""
        self._close()
        if self._misc_task is not None:
            await asyncio.wait({self._misc_task})

    def request(self, filters: tuple[str, ...]) -> None:
        """Subscribe. A dead socket is not an error here: its loss is about to be reported."""
        self._client.subscribe([(topic_filter, QOS) for topic_filter in filters])

    def send(self, message: Publish) -> None:
        """Publish in the order of the calls."""
        info = self._client.publish(message.topic, message.payload, QOS, message.retain)
        if info.rc == MQTT_ERR_QUEUE_SIZE:
            self.cut()
        elif message.token:
            self._tokens[info.mid] = message.token

    def leave(self) -> None:
        """Send DISCONNECT, now or as soon as the connection is open."""
        self._leaving = True
        if self._connected.done() and not self._gone.is_set():
            self._client.disconnect()
            asyncio.get_running_loop().call_later(DISCONNECT_TIMEOUT_S, self._close)

    def cut(self) -> None:
        """Close the socket without a DISCONNECT, now or as soon as there is a socket."""
        self._doomed = True
        # before this task runs, the socket belongs to the connecting thread; `open` checks `_doomed`
        # afterwards
        if self._misc_task is not None:
            self._close()

    # ---- callbacks of the client library

    def _on_connect(
        self,
        client: Client,
        userdata: Any,
        flags: ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        self.session_present = flags.session_present
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: Client,
        userdata: Any,
        flags: DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        super()._on_disconnect(client, userdata, flags, reason_code, properties)
        # may be called from the connecting thread
        self._loop.call_soon_threadsafe(self._ended)

    def _on_subscribe(
        self,
        client: Client,  # noqa: ARG002
        userdata: Any,  # noqa: ARG002
        mid: int,  # noqa: ARG002
        reason_codes: list[ReasonCode],
        properties: Properties | None = None,  # noqa: ARG002
    ) -> None:
        if any(code.is_failure for code in reason_codes):
            # the core cannot work without its subscription, and its only event for this is a loss
            self._loop.call_soon(self.cut)
        else:
            self._report(self, Subscribed())

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:  # noqa: ARG002
        self._report(
            self,
            Received(message.topic, bytes(message.payload), message.retain, message.qos, message.dup),
        )

    def _on_publish(
        self,
        client: Client,  # noqa: ARG002
        userdata: Any,  # noqa: ARG002
        mid: int,
        reason_code: ReasonCode,  # noqa: ARG002
        properties: Properties,  # noqa: ARG002
    ) -> None:
        token = self._tokens.pop(mid, 0)
        if token:
            self._report(self, Published(token))

    def _on_socket_register_write(self, client: Client, userdata: Any, sock: Any) -> None:  # noqa: ARG002
        # May be called from the connecting thread. aiomqtt would register the number of the socket now.
        # Before the loop uses it the socket may be closed, and the number may belong to another connection.
        self._loop.call_soon_threadsafe(self._await_writable, sock)

    def _await_writable(self, sock: Any) -> None:
        if sock.fileno() != _CLOSED:
            self._loop.add_writer(sock.fileno(), self._write)

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except OSError as error:
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    # ---- the end

    def _on_failure(self, disconnected: "asyncio.Future[None]") -> None:
        _retrieve(disconnected)
        self._ended()

    def _ended(self) -> None:
        if self._gone.is_set():
            return
        self._gone.set()
        if not self._connected.done():
            self._connected.set_exception(aiomqtt.MqttError("closed before the broker answered"))

    def _close(self) -> None:
        self._client._sock_close()  # noqa: SLF001 (paho has no public method to close without DISCONNECT)
        self._ended()


def _retrieve(future: "asyncio.Future[None]") -> None:
    """Retrieve the exception; otherwise asyncio warns that it was never retrieved."""
    if not future.cancelled():
        future.exception()


def _why(error: Exception) -> str:
    """Return the reason of a failed connect, in words for the person who runs the broker."""
    if isinstance(error, aiomqtt.MqttCodeError) and isinstance(error.rc, ReasonCode):
        code = _CODES.get(error.rc.value)
        if code is not None:
            return REFUSALS[code]
    return str(error)
