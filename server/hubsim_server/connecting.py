"""Waits for the hubs of a fleet to connect, and logs the progress."""

import asyncio

from hubsim_server.logs import get
from hubsim_simulator.serving.server import SimulatorServer

PROGRESS_S = 2
"""The time between two lines of the log while hubs connect."""


async def until_connected(server: SimulatorServer, process: str) -> None:
    """Wait until the simulator serves and all hubs of its main world have been connected.

    Logs their number every `PROGRESS_S` until then.
    """
    connected = asyncio.ensure_future(server.until_connected())
    try:
        while not (await asyncio.wait({connected}, timeout=PROGRESS_S))[0]:
            count = server.connections
            get(process).info("connecting", awaited=server.awaited, connected=count.online, hubs=count.able)
        connected.result()
    finally:
        connected.cancel()
