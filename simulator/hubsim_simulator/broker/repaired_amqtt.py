"""amqtt 0.12 with a guard, and with the repairs that rules of the contract rely on.

The only module that imports amqtt. Its plugin interface does not reach its connections, so the repairs are
overrides of `Broker`:

- a client silent for one and a half of its keepalive is given up, and its will is sent (MQTT 3.1.2-24);
- a clean takeover closes the older connection, and its will is sent (3.1.4-2);
- a new connection gets retained messages for its own subscriptions only. Without this every connection
  gets those of all clients, and one that comes in while another client subscribes is left without a
  reader: amqtt waits inside a loop over the dictionary that the other one changes;
- a shutdown ends every connection, those too that were just being made;
- with a guard: credentials are checked before a CONNECT has any effect. amqtt checks them after it has
  closed the connection that uses the client id, and has given its session the new user name and will;
- with a guard: who does not say CONNECT in time is hung up on;
- with a guard: no session passes from one user to another, and no message for it either;
- with a guard: a will that the client may not publish is forgotten.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

from amqtt.adapters import BufferReader, ReaderAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action
from amqtt.errors import MQTTError
from amqtt.mqtt.connack import NOT_AUTHORIZED, ConnackPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin

from hubsim_simulator.broker.guard import Guard

KEEPALIVE_FACTOR = 1.5
CONNECT_TIMEOUT_S = 10.0
"""How long a guarded broker waits for the CONNECT of somebody whom it does not know yet; then it hangs up."""


class GuardPlugin(BaseAuthPlugin, BaseTopicPlugin):  # type: ignore[misc]  # amqtt's annotations are not followed
    """Puts amqtt's questions to the guard."""

    @dataclass
    class Config:
        """What amqtt hands the plugin."""

        guard: Guard

    async def authenticate(self, *, session: Any) -> bool:
        """Return whether the client may connect."""
        # amqtt keeps the sessions of others than anonymous clients, with all that such sessions break
        # there; so every client has what the profile `EMBEDDED` promises
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
                return self._guard.lets_publish(session.username, topic)
            case Action.SUBSCRIBE:
                return self._guard.lets_subscribe(session.username, topic)
            case Action.RECEIVE:
                return self._guard.lets_receive(session.username, topic)
            case _:
                return False

    @property
    def _guard(self) -> Guard:
        guard = self.config.guard
        assert isinstance(guard, Guard)
        return guard


class RepairedBroker(Broker):  # type: ignore[misc]  # amqtt's annotations are not followed
    """A `Broker` with one listener and the repairs. Without a guard everybody may do everything."""

    def __init__(
        self,
        listener: dict[str, object],
        guard: Guard | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        super().__init__({"listeners": {"default": listener}, "plugins": _plugins(guard)})
        self._guard = guard
        self._connect_timeout_s = connect_timeout_s
        self._farewells: set[asyncio.Task[None]] = set()
        self._conversations: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}
        self._stopping = False

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve one connection from its first byte to its last."""
        if self._stopping:  # accepted before the listener closed; nobody would end it any more
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._conversations[task] = writer
        try:
            await super().stream_connected(reader, writer, listener_name)
        except asyncio.CancelledError:
            # in a shutdown that is how it shall end; asyncio 3.11 would complain about it aloud
            if not self._stopping:
                raise
        finally:
            del self._conversations[task]
            writer.close()  # amqtt does not get to it when the end of the reader interrupts it

    async def shutdown(self) -> None:
        """Stop listening and cut every connection, before amqtt waits for them one by one."""
        self._stopping = True
        for server in self._servers.values():
            if server.instance is not None:
                server.instance.close()
        left = dict(self._conversations)
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
            session.will_flag = self._guard.lets_leave(session.username, session.will_topic)
        if session.keep_alive:
            # the reader waits this long for a packet and then calls `handle_read_timeout`
            session.keep_alive *= KEEPALIVE_FACTOR
            handler.handle_read_timeout = partial(self._give_up, handler)
        return handler, session

    async def _admit(self, reader: Any, writer: Any) -> Any:
        """Read the CONNECT and check who sends it. Return it, to be read again; raises `MQTTError`."""
        recording, connect = _Recording(reader), BrokerProtocolHandler.init_from_connect
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                _, session = await connect(recording, writer, self.plugins_manager)
        except (TimeoutError, asyncio.IncompleteReadError):
            raise MQTTError("no CONNECT came, or none in time") from None
        if not await self._authenticate(session, self.listeners_config["default"]):
            await ConnackPacket.build(0, NOT_AUTHORIZED).to_stream(writer)
            await writer.close()
            raise MQTTError("user or password is wrong")
        before, _ = self._sessions.get(session.client_id, (None, None))
        if before is not None and before.username != session.username:
            await self._delete_session(session.client_id)
        return BufferReader(bytes(recording.seen))

    def _give_up(self, handler: Any) -> None:
        farewell = asyncio.create_task(handler.handle_connection_closed(), name="give up a silent client")
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)

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
        # amqtt looks for the client id, which may be another session's by now
        current, handler = self._sessions.get(session.client_id, (None, None))
        return handler if current is session else None


class _Recording(ReaderAdapter):  # type: ignore[misc]  # amqtt's annotations are not followed
    """A reader that keeps what was read."""

    def __init__(self, reader: Any) -> None:
        self.seen = bytearray()
        self._reader = reader

    async def read(self, n: int = -1) -> bytes:
        """Read and keep."""
        data: bytes = await self._reader.read(n)
        self.seen += data
        return data

    def feed_eof(self) -> None:
        """Pass it on."""
        self._reader.feed_eof()


def _plugins(guard: Guard | None) -> dict[str, object]:
    if guard is None:
        return {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    return {f"{GuardPlugin.__module__}.{GuardPlugin.__qualname__}": {"guard": guard}}
