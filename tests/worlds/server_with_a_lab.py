"""A server, usually with its lab on, in the loop of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_server.broker_access import line_of
from hubsim_server.composition import cloud
from hubsim_server.settings import ServerSettings
from hubsim_server.simulator_composition import simulator
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.mosquitto import MosquittoBroker


@asynccontextmanager
async def server(
    folder: Path, broker: EmbeddedBroker | MosquittoBroker, *, lab: bool = True
) -> AsyncIterator[str]:
    """Run broker, simulator and cloud in this loop; yield the URL of the API."""
    kind = "embedded" if isinstance(broker, EmbeddedBroker) else "mosquitto"
    settings = ServerSettings(lab=lab, http_port=0, state=folder / "state", broker=kind)
    await broker.start()
    try:
        line = line_of(settings, BrokerUrl.parse(broker.url))
        async with (
            simulator(settings, line) as simulated,
            cloud(settings, line) as (_, address),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(simulated.run())
            await simulated.until_ready()
            yield address.url
            simulated.stop()
    finally:
        await broker.stop()
