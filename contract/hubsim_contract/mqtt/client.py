"""The MQTT client adapter: carries out the port effects of a core on a real broker, by aiomqtt.

The one leaf of the contract that does I/O. Owns one connection at a time, and says afterwards what became
of it. Promises: effects never block; publishes keep their order, all at QoS 1; events come from the event
loop, one by one, never from inside `perform`; once `ConnectionLost` was delivered, nothing more comes of
that connection. It does not reconnect (that is the core's decision) and logs nothing.

Nothing is queued here on the way in: each message is handed over before the next one is read from the
socket, so a core that is too slow slows the broker down by TCP, and nothing is dropped.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from enum import Enum, auto
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

from hubsim_contract.mqtt.broker_url import BrokerUrl
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

CONNECT_TIMEOUT_S = 10
"""From the effect `Connect` to the broker's CONNACK; after that the attempt has failed."""
GOODBYE_TIMEOUT_S = 2
"""How long a DISCONNECT may take to leave; after that the connection is severed, and the will is sent."""
MAX_INFLIGHT = 100
"""Publishes under way without their PUBACK; further ones wait in the client."""
MAX_UNACKNOWLEDGED = 10_000
"""Publishes under way and waiting. One more severs the connection: after it, the core says anew what
matters (rule MQ-4), which is less than such a queue."""

_QOS = 1
_NOT_AUTHORISED = (134, 135)  # CONNACK codes 4 and 5 of MQTT 3.1.1, in the numbers of MQTT 5
_CLOSED = -1  # the number that a closed socket answers with
_SOCKET_OPTIONS = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)  # without it a round trip takes 43 ms


class _Phase(Enum):
    """What the core knows of its connection. Changes when the core is told, not before."""

    IDLE = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    CLOSED = auto()
    """`aclose` was called; for good."""


class AiomqttPort:
    """The port of one core. Lives in one event loop; every method is called from there.

    `deliver` gets the events. `name` is for the names of tasks only. `ca` is a PEM file with the
    authorities that may vouch for an `mqtts` broker and its host name (None: those that the system
    trusts); it is read for each connection. A second `Connect` raises `LocalError`. Any other effect
    without a connection does nothing, for its loss may be on its way to a core that does not know yet;
    and so does everything after `aclose`.
    """

    def __init__(
        self, url: BrokerUrl, deliver: Callable[[PortEvent], None], name: str = "", *, ca: Path | None = None
    ) -> None:
        self._url = url
        self._ca = ca
        self._deliver = deliver
        self._name = name
        self._phase = _Phase.IDLE
        self._link: _Link | None = None
        self._early: list[Received] = []
        """Messages of a kept session, which come right behind the CONNACK: told after `Connected`."""
        self._farewell: asyncio.Task[None] | None = None
        self._runs: dict[_Link, asyncio.Task[None]] = {}

    def perform(self, effect: PortEffect) -> None:
        """Carry out one effect. Answers come through `deliver`, later."""
        if self._phase is _Phase.CLOSED:
            return
        match effect:
            case Connect():
                self._connect(effect)
            case Subscribe(filters=filters) if self._speaking is not None:
                self._speaking.request(filters)
            case Publish() if self._speaking is not None:
                self._speaking.send(effect)
            case Disconnect():
                self._disconnect()

    def sever(self) -> None:
        """Cut the connection without a goodbye, as if the cable were pulled: the broker sends the will.

        Answered by `ConnectionLost`, or by `ConnectFailed` while connecting. Without a connection: nothing.
        """
        if self._link is not None:
            self._link.cut()

    async def aclose(self) -> None:
        """Stop everything. What the core has not said goodbye to is severed, and its will is sent.

        Returns when nothing of the port is left running; at worst after `CONNECT_TIMEOUT_S`. Idempotent.
        """
        self._phase = _Phase.CLOSED
        self.sever()
        self._link = None
        if self._runs:
            await asyncio.wait(tuple(self._runs.values()))

    def _connect(self, effect: Connect) -> None:
        if self._phase is not _Phase.IDLE:
            raise LocalError(f"Connect while {self._phase.name.lower()}: one connection at a time")
        self._phase = _Phase.CONNECTING
        self._early.clear()
        link = self._link = _Link(self._url, self._ca, effect, self._report)
        run = asyncio.create_task(self._run(link, self._farewell), name=f"mqtt {self._name}".strip())
        self._runs[link] = run
        run.add_done_callback(lambda _: self._runs.pop(link))

    @property
    def _speaking(self) -> "_Link | None":
        """The connection, once it is open; what is said without one leads nowhere (rule MQ-4)."""
        return self._link if self._phase is _Phase.CONNECTED else None

    def _disconnect(self) -> None:
        if self._link is not None:
            self._farewell = self._runs[self._link]
            self._link.leave()
            self._link = None
            self._phase = _Phase.IDLE

    async def _run(self, link: "_Link", farewell: asyncio.Task[None] | None) -> None:
        """Live one connection from its start to its end."""
        if farewell is not None:
            # a goodbye on its way must reach the broker before the same client id comes again
            await asyncio.wait({farewell}, timeout=GOODBYE_TIMEOUT_S)
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
        if isinstance(event, Received) and self._phase is _Phase.CONNECTING:
            self._early.append(event)
            return
        if isinstance(event, Connected):
            self._phase = _Phase.CONNECTED
        elif isinstance(event, ConnectFailed | ConnectionLost):
            self._phase = _Phase.IDLE
            self._link = None
        self._deliver(event)
        if isinstance(event, Connected):
            while self._early:
                self._hand_over(link, self._early.pop(0))


class _Link(aiomqtt.Client):
    """One connection: aiomqtt's for the event loop, with callbacks that report instead of queueing."""

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
            will=None if will is None else aiomqtt.Will(will.topic, will.payload, _QOS, will.retain),
            socket_options=_SOCKET_OPTIONS,
            timeout=CONNECT_TIMEOUT_S,
            max_inflight_messages=MAX_INFLIGHT,
            max_queued_outgoing_messages=MAX_UNACKNOWLEDGED,
            logger=logging.Logger("silent", logging.CRITICAL + 1),  # noqa: LOG001 (nobody shall configure it)
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

    # ---- what the port asks

    async def open(self) -> str | None:
        """Connect; return why it failed, or None."""
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
        """Wait until the connection has ended, whoever ended it."""
        if self._leaving:
            self.leave()
        await self._gone.wait()

    async def settle(self) -> None:
        """Wait until nothing of the client library runs any more."""
        self._close()
        if self._misc_task is not None:
            await asyncio.wait({self._misc_task})

    def request(self, filters: tuple[str, ...]) -> None:
        """Subscribe; a dead socket is no error here, the loss is about to be reported."""
        self._client.subscribe([(topic_filter, _QOS) for topic_filter in filters])

    def send(self, message: Publish) -> None:
        """Publish in the order of the calls."""
        info = self._client.publish(message.topic, message.payload, _QOS, message.retain)
        if info.rc == MQTT_ERR_QUEUE_SIZE:
            self.cut()
        elif message.token:
            self._tokens[info.mid] = message.token

    def leave(self) -> None:
        """Say DISCONNECT, now or as soon as the connection is open."""
        self._leaving = True
        if self._connected.done() and not self._gone.is_set():
            self._client.disconnect()
            asyncio.get_running_loop().call_later(GOODBYE_TIMEOUT_S, self._close)

    def cut(self) -> None:
        """Close the socket without a word, now or as soon as there is one."""
        self._doomed = True
        # before this task runs, the socket belongs to the thread that connects; `open` looks afterwards
        if self._misc_task is not None:
            self._close()

    # ---- what the client library tells

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
        # may come from the thread that connects
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
            # the core cannot work without its subscription, and has no other word for this than a loss
            self._loop.call_soon(self.cut)
        else:
            self._report(self, Subscribed())

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:  # noqa: ARG002
        self._report(self, Received(message.topic, bytes(message.payload), message.retain))

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
        # may come from the thread that connects. aiomqtt would note the number of the socket now; until
        # the loop looks at it the socket may be closed, and the number may be another connection's
        self._loop.call_soon_threadsafe(self._await_room, sock)

    def _await_room(self, sock: Any) -> None:
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
        self._client._sock_close()  # noqa: SLF001 (paho has no public way to close without DISCONNECT)
        self._ended()


def _retrieve(future: "asyncio.Future[None]") -> None:
    """Look at the outcome, so that asyncio does not complain that nobody did."""
    if not future.cancelled():
        future.exception()


def _why(error: Exception) -> str:
    """Return the reason of a failed connect, for somebody who can mend it."""
    if isinstance(error, aiomqtt.MqttCodeError) and error.rc in _NOT_AUTHORISED:
        return "not authorised: user or password is wrong"
    return str(error)
