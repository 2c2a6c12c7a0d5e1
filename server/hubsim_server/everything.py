"""Broker, cloud, carrier and hubs in one process: what `hubsim up` runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import msgspec

from hubsim_cloud.service.business_file import BadBusiness
from hubsim_cloud.service.market_file import BadMarketFile
from hubsim_cloud.service.meters import HubConnections
from hubsim_cloud.world.only_cloud import CloudTaken
from hubsim_cloud.world.worlds import CloudWorlds
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_server.broker_access import line_of
from hubsim_server.broker_incidents import BrokerIncidents
from hubsim_server.composition import cloud
from hubsim_server.connecting import until_connected
from hubsim_server.extension import NO_EXTENSION, Extension
from hubsim_server.monitor import BindAddress
from hubsim_server.own_broker import own_broker, renewing, running
from hubsim_server.settings import EMBEDDED, OWN_BROKERS, ServerSettings
from hubsim_server.simulator_composition import fleet_of, simulator
from hubsim_server.simulator_meters import SimulatorMeters
from hubsim_simulator.broker.errors import BadKeyring
from hubsim_simulator.fleet_file import BadFleet
from hubsim_simulator.serving.errors import SimulatorError
from hubsim_simulator.serving.server import SimulatorServer
from hubsim_storage.errors import StoreError

SURROUNDINGS = (StoreError, BadKeyring, BadBusiness, BadMarketFile, BadFleet, SimulatorError, CloudTaken)
"""The errors that the environment causes, and not a bug."""


class Everything(msgspec.Struct, frozen=True):
    """The running parts."""

    host: CloudWorlds
    address: BindAddress
    """The address of the HTTP API."""
    broker: BrokerUrl
    hub_broker: BrokerUrl
    """Where hubs connect with their own passwords."""
    simulator: SimulatorServer

    @property
    def hubs(self) -> int:
        """The number of simulated hubs in the main world."""
        return len(self.simulator.benches[""].fleet.hubs)

    async def until_ready(self) -> None:
        """Wait until all parts are ready, and all hubs are connected."""
        await until_connected(self.simulator, "up")
        await self.host.get("").until_ready()


@asynccontextmanager
async def everything(
    settings: ServerSettings, extension: Extension = NO_EXTENSION
) -> AsyncIterator[Everything]:
    """Run all parts within the context. Raises the `SURROUNDINGS`, `BrokerError`, `CannotListen`."""
    incidents = BrokerIncidents()
    async with _broker(settings, incidents) as (url, hub_url):
        line = line_of(settings, url)
        async with (
            simulator(settings, line, own_broker=settings.broker == EMBEDDED) as server,
            cloud(settings, line, extension) as (host, address),
            asyncio.TaskGroup() as group,
        ):
            incidents.attach(host)
            _show_hubs(host, server)
            group.create_task(server.run(), name="simulator")
            yield Everything(host, address, url, hub_url, server)
            server.stop()


@asynccontextmanager
async def _broker(
    settings: ServerSettings, incidents: BrokerIncidents
) -> AsyncIterator[tuple[BrokerUrl, BrokerUrl]]:
    """Yield the URLs of the broker in the settings, for stations and for hubs.

    Run it within the context if it is not an existing one.
    """
    if settings.broker not in OWN_BROKERS:
        yield settings.broker_url(), settings.broker_url()
        return
    broker, guard = own_broker(settings, [setup.id for setup in fleet_of(settings).hubs], incidents)
    with closing(incidents):
        async with running(broker), renewing(settings, broker, guard):
            yield BrokerUrl.parse(broker.url), BrokerUrl.parse(broker.hub_url)


def _show_hubs(host: CloudWorlds, server: SimulatorServer) -> None:
    """Show the connections of the hubs in the health and the metrics of the cloud's main world."""

    def count() -> HubConnections:
        counted, meter = server.connections, server.meter
        return HubConnections(
            connected=counted.online, hubs=counted.able, attempts=meter.attempts, failed=meter.failed
        )

    meters = host.worlds[""].meters
    meters.count_hubs = count
    meters.registry.register(SimulatorMeters(server))
