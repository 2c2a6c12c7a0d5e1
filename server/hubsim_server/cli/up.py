"""`hubsim up`: broker, cloud, carrier and hubs in one process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import click

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
from hubsim_server.logs import get
from hubsim_server.options import with_settings
from hubsim_server.own_broker import own_broker, renewing, running
from hubsim_server.process import run
from hubsim_server.settings import EMBEDDED, OWN_BROKERS, ServerSettings
from hubsim_server.signals import StopRequest
from hubsim_server.simulator_composition import fleet_of, simulator
from hubsim_server.simulator_meters import SimulatorMeters
from hubsim_simulator.broker.errors import BadKeyring
from hubsim_simulator.fleet_file import BadFleet
from hubsim_simulator.serving.errors import SimulatorError
from hubsim_simulator.serving.server import SimulatorServer
from hubsim_storage.errors import StoreError


@click.command("up")
@with_settings("up")
def command(settings: ServerSettings) -> None:
    """Run everything in one process until SIGTERM or Ctrl-C: broker, cloud, carrier and hubs.

    Prints the URLs when all parts are ready and all hubs are connected. Exit codes: 0 clean shutdown, 2 bad
    settings, 3 cannot run, 143 or 130 after a second signal.
    """

    async def main(stop: StopRequest) -> None:
        incidents = BrokerIncidents()
        async with _broker(settings, incidents) as url:
            line = line_of(settings, url)
            async with (
                simulator(settings, line, own_broker=settings.broker == EMBEDDED) as server,
                cloud(settings, line) as (host, address),
                asyncio.TaskGroup() as group,
            ):
                incidents.attach(host)
                _show_hubs(host, server)
                group.create_task(server.run(), name="simulator")
                report = group.create_task(
                    _report_ready(settings, address.url, url, server, host), name="readiness"
                )
                await stop.wait()
                get("up").info("stopping")
                report.cancel()
                server.stop()

    run(
        "up",
        settings,
        main,
        (StoreError, BadKeyring, BadBusiness, BadMarketFile, BadFleet, SimulatorError, CloudTaken),
    )


@asynccontextmanager
async def _broker(settings: ServerSettings, incidents: BrokerIncidents) -> AsyncIterator[BrokerUrl]:
    """Yield the URL of the broker in the settings; run it within the context if it is not an existing one."""
    if settings.broker not in OWN_BROKERS:
        yield settings.broker_url()
        return
    broker, guard = own_broker(settings, [setup.id for setup in fleet_of(settings).hubs], incidents)
    with closing(incidents):
        async with running(broker), renewing(settings, broker, guard):
            yield BrokerUrl.parse(broker.url)


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


async def _report_ready(
    settings: ServerSettings, api: str, broker: BrokerUrl, server: SimulatorServer, host: CloudWorlds
) -> None:
    """Print the URLs when all parts are ready."""
    await until_connected(server, "up")
    await host.get("").until_ready()
    hubs = len(server.benches[""].fleet.hubs)
    get("up").info("started", url=api, broker=str(broker), hubs=hubs, lab=settings.lab)
    click.echo(f"{api} ready: cloud (API described at {api}/openapi.json)")
    click.echo(f"{broker} ready: broker, {hubs} simulated hubs, carrier")
    if settings.lab:
        click.echo(f"{api}/lab/clock: the lab is on")
