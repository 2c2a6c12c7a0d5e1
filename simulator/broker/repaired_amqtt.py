"""amqtt 0.12 with the repairs that rules of the contract rely on. The only module that imports amqtt.

The plugin interface of amqtt does not reach its connections, so these are overrides of `Broker`:

- a client silent for one and a half of its keepalive is given up, and its will is sent (MQTT 3.1.2-24);
- a clean takeover closes the older connection, and its will is sent (3.1.4-2);
- a new connection gets retained messages for its own subscriptions only. Without this every connection
  gets those of all clients, and one that comes in while another client subscribes is left without a
  reader: amqtt waits inside a loop over the dictionary that the other one changes;
- a shutdown ends every connection, those too that were just being made.
"""

import asyncio
from functools import partial
from typing import Any

from amqtt.broker import Broker

KEEPALIVE_FACTOR = 1.5


class RepairedBroker(Broker):  # type: ignore[misc]  # amqtt's annotations are not followed
    """A `Broker` with the repairs."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
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
        handler, session = await super()._initialize_client_session(
            reader, writer, remote_address, remote_port
        )
        if session.keep_alive:
            # the reader waits this long for a packet and then calls `handle_read_timeout`
            session.keep_alive *= KEEPALIVE_FACTOR
            handler.handle_read_timeout = partial(self._give_up, handler)
        return handler, session

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
