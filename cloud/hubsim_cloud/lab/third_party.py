"""A stranger on the broker: somebody who publishes what a fault says, over a connection of their own."""

import asyncio
import secrets

from hubsim_cloud.lab.errors import BadRequest
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEvent,
    Publish,
    Published,
)

LIMIT_S = 10.0
"""How long the broker may take to let a stranger in and to take a message."""
_KEEPALIVE_S = 60
_TOKEN = 1


async def publish_as_third_party(open_port: OpenPort, *messages: Publish) -> None:
    """Publish messages; on return the broker has them. Raises `BadRequest` when it does not take one."""
    heard: asyncio.Queue[PortEvent] = asyncio.Queue()
    port = open_port(heard.put_nowait)
    try:
        async with asyncio.timeout(LIMIT_S):
            port.perform(Connect(f"stranger-{secrets.token_hex(4)}", clean=True, keepalive_s=_KEEPALIVE_S))
            await _until(heard, Connected)
            for message in messages:
                port.perform(Publish(message.topic, message.payload, message.retain, _TOKEN))
                await _until(heard, Published)
            port.perform(Disconnect())
    except TimeoutError:
        topics = ", ".join(message.topic for message in messages)
        raise BadRequest("cannot", f"{topics}: the broker did not take it in {LIMIT_S:g} s") from None
    finally:
        await port.aclose()


async def _until(heard: asyncio.Queue[PortEvent], kind: type[PortEvent]) -> None:
    while not isinstance(event := await heard.get(), kind):
        if isinstance(event, ConnectFailed):
            raise BadRequest("cannot", f"the broker does not let a stranger in: {event.reason}")
        if isinstance(event, ConnectionLost):
            raise BadRequest("cannot", "the broker does not take that message of a stranger")
