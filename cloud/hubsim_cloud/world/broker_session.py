"""The session of a world's cloud at the broker, which outlives the cloud's connection.

A world that is reset, restored or removed must not leave it: the broker would queue messages of the old
history for the cloud of the new one.
"""

import asyncio
from contextlib import suppress

from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.port import Connect, Connected, ConnectFailed, Disconnect, PortEvent

END_LIMIT_S = 10.0
"""How long the broker may take. After that the session stays, as if its broker were stopped meanwhile."""
_KEEPALIVE_S = 60


async def end_session(open_port: OpenPort, client_id: str) -> None:
    """End the session of a client id that is not connected (MQTT 3.1.1 section 3.1.2.4)."""
    answered = asyncio.Event()

    def on_event(event: PortEvent) -> None:
        if isinstance(event, Connected | ConnectFailed):
            answered.set()

    port = open_port(on_event)
    port.perform(Connect(client_id, clean=True, keepalive_s=_KEEPALIVE_S))
    with suppress(TimeoutError):
        async with asyncio.timeout(END_LIMIT_S):
            await answered.wait()
    port.perform(Disconnect())
    await port.aclose()
