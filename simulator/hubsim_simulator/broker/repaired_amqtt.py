"""amqtt 0.12 with a guard, and with the repairs that rules of the contract need.

Only this module imports amqtt. The plugin interface of amqtt does not reach its connections, so the repairs
override methods of `Broker`:

- A client that is silent for 1.5 times its keepalive is disconnected, and its will is sent (MQTT 3.1.2-24).
- A clean takeover closes the older connection, and its will is sent (3.1.4-2).
- A new connection receives retained messages only for its own subscriptions. Without the repair, it receives
  those of all clients. If another client subscribes meanwhile, amqtt changes the dictionary that it iterates
  over, and the new connection never gets a reader.
- A shutdown closes every connection, also those that are being opened.
- With a guard, credentials are checked before a CONNECT has any effect. amqtt checks them after it has closed
  the connection that uses the client id, and has given its session the new user name and will.
- With a guard, a connection without a CONNECT is closed after a timeout.
- With a guard, a session and its messages never pass to another user.
- With a guard, a will that the client may not publish is ignored.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

from amqtt.adapters import BufferReader, ReaderAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action
from amqtt.errors import MQTTError
from amqtt.mqtt.connack import IDENTIFIER_REJECTED, NOT_AUTHORIZED, ConnackPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin

from hubsim_simulator.broker.guard import Guard

KEEPALIVE_FACTOR = 1.5
_GENERATED = "amqtt/"
CONNECT_TIMEOUT_S = 10.0
"""Time that a guarded broker waits for the CONNECT of a new connection before it closes it."""


class GuardPlugin(BaseAuthPlugin, BaseTopicPlugin):  # type: ignore[misc]  # amqtt's annotations are not followed
    """Asks the guard for every access decision of amqtt."""

    @dataclass
    class Config:
        """The configuration that amqtt passes to the plugin."""

        guard: Guard

    async def authenticate(self, *, session: Any) -> bool:
        """Return whether the client may connect."""
        # amqtt keeps the sessions of clients that are not anonymous, and such sessions have faults there;
        # this way every client gets the behaviour of the profile `EMBEDDED`
        session.is_anonymous = True
        return self._guard.admits(session.username, session.password)

    async def topic_filtering(
        self, *, session: Any = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Return whether the client may do this with the topic."""
        assert session is not None
        assert topic is not None
        match action:
            case Action.PUBLISH:
                return self._guard.allows_publish(session.username, topic)
            case Action.SUBSCRIBE:
                return self._guard.allows_subscribe(session.username, topic)
            case Action.RECEIVE:
                return self._guard.allows_receive(session.username, topic)
            case _:
                return False

    @property
    def _guard(self) -> Guard:
        guard = self.config.guard
        assert isinstance(guard, Guard)
        return guard


class RepairedBroker(Broker):  # type: ignore[misc]  # amqtt's annotations are not followed
    """A `Broker` with one listener and the repairs. Without a guard, every client may do everything."""

    def __init__(
        self,
        listener: dict[str, object],
        guard: Guard | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        super().__init__({"listeners": {"default": listener}, "plugins": _plugins(guard)})
        self._guard = guard
        self._connect_timeout_s = connect_timeout_s
        self._closing: set[asyncio.Task[None]] = set()
        self._connections: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}
        self._stopping = False

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve one connection from its first byte to its last."""
        if self._stopping:  # accepted before the listener closed; the shutdown no longer sees it
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            await super().stream_connected(reader, writer, listener_name)
        except asyncio.CancelledError:
            # a shutdown cancels its connections; asyncio 3.11 would log the cancellation as an error
            if not self._stopping:
                raise
        finally:
            del self._connections[task]
            writer.close()  # amqtt skips this when its reader ends early

    async def shutdown(self) -> None:
        """Stop listening and abort every connection, before amqtt waits for them one by one."""
        self._stopping = True
        for server in self._servers.values():
            if server.instance is not None:
                server.instance.close()
        left = dict(self._connections)
        for task, writer in left.items():
            writer.transport.abort()
            task.cancel()
        if left:
            await asyncio.wait(left)
        await super().shutdown()

    async def _initialize_client_session(
        self,
        reader: Any,
        writer: Any,
        remote_address: str,
        remote_port: int,
    ) -> tuple[Any, Any]:
        if self._guard is not None:
            reader = await self._admit(reader, writer)
        handler, session = await super()._initialize_client_session(
            reader, writer, remote_address, remote_port
        )
        if self._guard is not None and session.will_flag:
            session.will_flag = self._guard.allows_will(session.username, session.will_topic)
        if session.keep_alive:
            # the reader waits this long for a packet and then calls `handle_read_timeout`
            session.keep_alive *= KEEPALIVE_FACTOR
            handler.handle_read_timeout = partial(self._close_silent, handler)
        return handler, session

    async def _admit(self, reader: Any, writer: Any) -> Any:
        """Check the credentials of the CONNECT. Return a reader that yields it again. Raises `MQTTError`."""
        recording, connect = _Recording(reader), BrokerProtocolHandler.init_from_connect
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                _, session = await connect(recording, writer, self.plugins_manager)
        except (TimeoutError, asyncio.IncompleteReadError):
            raise MQTTError("no CONNECT arrived in time") from None
        if not await self._authenticate(session, self.listeners_config["default"]):
            await ConnackPacket.build(0, NOT_AUTHORIZED).to_stream(writer)
            await writer.close()
            raise MQTTError("user or password is wrong")
        if not self._guard_allows(session):
            await ConnackPacket.build(0, IDENTIFIER_REJECTED).to_stream(writer)
            await writer.close()
            raise MQTTError("the client id belongs to another user")
        before, _ = self._sessions.get(session.client_id, (None, None))
        if before is not None and before.username != session.username:
            await self._delete_session(session.client_id)
        return BufferReader(bytes(recording.seen))

    def _guard_allows(self, session: Any) -> bool:
        """Return whether the user may have the client id. Anyone may have one that amqtt chose (3.1.3-6)."""
        assert self._guard is not None
        client_id: str = session.client_id
        return client_id.startswith(_GENERATED) or self._guard.allows_client_id(session.username, client_id)

    def _close_silent(self, handler: Any) -> None:
        closing = asyncio.create_task(handler.handle_connection_closed(), name="close a silent client")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _delete_session(self, client_id: str) -> None:
        session, handler = self._sessions.get(client_id, (None, None))
        if session is not None and session.transitions.is_connected():
            await handler.handle_connection_closed()
        await super()._delete_session(client_id)

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Any
    ) -> None:
        subscribers = self._subscriptions.get(subscription[0], ())
        if any(subscriber is session for subscriber, _ in subscribers):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    def _get_handler(self, session: Any) -> Any:
        # amqtt looks up the client id, which may belong to another session by now
        current, handler = self._sessions.get(session.client_id, (None, None))
        return handler if current is session else None


class _Recording(ReaderAdapter):  # type: ignore[misc]  # amqtt's annotations are not followed
    """A reader that records the bytes that were read."""

    def __init__(self, reader: Any) -> None:
        self.seen = bytearray()
        self._reader = reader

    async def read(self, n: int = -1) -> bytes:
        """Read and record."""
        data: bytes = await self._reader.read(n)
        self.seen += data
        return data

    def feed_eof(self) -> None:
        """Forward the end of the stream."""
        self._reader.feed_eof()


def _plugins(guard: Guard | None) -> dict[str, object]:
    if guard is None:
        return {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    return {f"{GuardPlugin.__module__}.{GuardPlugin.__qualname__}": {"guard": guard}}
