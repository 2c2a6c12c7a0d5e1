"""What a world's cloud leaves at the broker: its session, and its presence. Both outlive its connection.

A world that is reset, restored or removed must not leave them: the broker would queue messages of the old
history for the cloud of the new one, and hubs would find the presence of a cloud that never returns.
"""

import asyncio
from contextlib import suppress

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

CLEAR_LIMIT_S = 10.0
"""How long the broker may take. After that both stay, as if their broker were stopped meanwhile."""
_KEEPALIVE_S = 60


def client_id_of(name: str) -> str:
    """Return the MQTT client id of the cloud of the world with this name."""
    return f"cloud-{name}" if name else "cloud"


async def clear_cloud(open_port: OpenPort, client_id: str, presence: str) -> None:
    """End the session of a client id that is not connected (MQTT 3.1.1 section 3.1.2.4).

    Clears the retained message on the topic `presence`, too.
    """
    done = asyncio.Event()

    def on_event(event: PortEvent) -> None:
        if isinstance(event, Connected):
            port.perform(Publish(presence, b"", retain=True, token=1))
        elif isinstance(event, Published | ConnectFailed | ConnectionLost):
            done.set()

    port = open_port(on_event)
    port.perform(Connect(client_id, clean=True, keepalive_s=_KEEPALIVE_S))
    with suppress(TimeoutError):
        async with asyncio.timeout(CLEAR_LIMIT_S):
            await done.wait()
    port.perform(Disconnect())
    await port.aclose()
