"""What a world's cloud leaves at the broker: its session, and its presence. Both outlive its connection.

A world that is reset, restored or removed must not leave them: the broker would queue messages of the old
history for the cloud of the new one, and hubs would find the presence of a cloud that never returns.
"""

import asyncio
from contextlib import suppress

from hubsim_cloud.world.brief_connection import ConnectionEnded, brief_connection
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.port import Publish

CLEAR_LIMIT_S = 10.0
"""How long the broker may take. After that both stay, as with a broker that is stopped."""


def client_id_of(name: str) -> str:
    """Return the MQTT client id of the cloud of the world with this name."""
    return f"cloud-{name}" if name else "cloud"


async def clear_cloud(open_port: OpenPort, client_id: str, presence: str) -> None:
    """End the session of a client id that is not connected (MQTT 3.1.1 section 3.1.2.4).

    Clears the retained message on the topic `presence`, too.
    """
    with suppress(ConnectionEnded, TimeoutError):
        async with asyncio.timeout(CLEAR_LIMIT_S), brief_connection(open_port, client_id) as connection:
            await connection.publish(Publish(presence, b"", retain=True))
