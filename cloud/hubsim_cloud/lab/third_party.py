"""A third party on the broker: publishes the messages of a fault over a separate connection."""

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
"""How long the broker may take to accept the connection and the messages."""
_KEEPALIVE_S = 60
_TOKEN = 1


async def publish_as_third_party(open_port: OpenPort, *messages: Publish) -> None:
    """Publish messages; on return the broker has them. Raises `BadRequest` when it does not accept one."""
    events: asyncio.Queue[PortEvent] = asyncio.Queue()
    port = open_port(events.put_nowait)
    try:
        async with asyncio.timeout(LIMIT_S):
            port.perform(Connect(f"third-party-{secrets.token_hex(4)}", clean=True, keepalive_s=_KEEPALIVE_S))
            await _until(events, Connected)
            for message in messages:
                port.perform(Publish(message.topic, message.payload, message.retain, _TOKEN))
                await _until(events, Published)
            port.perform(Disconnect())
    except TimeoutError:
        topics = ", ".join(message.topic for message in messages)
        raise BadRequest("cannot", f"{topics}: the broker did not accept it within {LIMIT_S:g} s") from None
    finally:
        await port.aclose()


async def _until(events: asyncio.Queue[PortEvent], kind: type[PortEvent]) -> None:
    while not isinstance(event := await events.get(), kind):
        if isinstance(event, ConnectFailed):
            raise BadRequest("cannot", f"the broker refuses a third party's connection: {event.reason}")
        if isinstance(event, ConnectionLost):
            raise BadRequest("cannot", "the broker refuses this message of a third party")
