"""`hubsim simulator`: the carrier and a fleet of hubs, alone in their process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from hubsim_server.composition import line_of, simulator
from hubsim_server.logs import get
from hubsim_server.monitor import ReadinessReport, monitor, server_tls
from hubsim_server.options import with_settings
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest
from hubsim_server.simulator_meters import registry_of
from hubsim_simulator.broker.errors import BadKeyring
from hubsim_simulator.fleet_file import BadFleet
from hubsim_simulator.serving.errors import SimulatorError
from hubsim_simulator.serving.server import MAIN, SimulatorServer
from hubsim_storage.errors import StoreError


@click.command("simulator")
@with_settings("simulator")
def command(settings: ServerSettings) -> None:
    """Run the carrier and a fleet of simulated hubs until SIGTERM or Ctrl-C.

    Once the broker has it, it prints how many hubs there are, as in "1000 hubs ready". What stands on the
    bench is kept in the state folder and is there again after a restart. Exit codes: 0 ended in order, 2 bad
    settings, 3 it cannot run; 143 or 130 when a second signal did not let it end in order.
    """

    async def main(stop: StopRequest) -> None:
        async with (
            simulator(settings, line_of(settings)) as server,
            _monitored(settings, server),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(server.run(), name="simulator")
            told = group.create_task(_tell(settings, server), name="readiness")
            await stop.wait()
            get("simulator").info("stopping")
            told.cancel()
            server.stop()

    run("simulator", settings, main, (StoreError, BadKeyring, BadFleet, SimulatorError))


async def _tell(settings: ServerSettings, server: SimulatorServer) -> None:
    """Say how many hubs there are, once the broker has the simulator."""
    await server.until_ready()
    hubs = len(server.benches[MAIN].fleet.hubs)
    get("simulator").info("started", hubs=hubs, broker=str(settings.broker_url()), lab=settings.lab)
    click.echo(f"{hubs} hubs ready")


@asynccontextmanager
async def _monitored(settings: ServerSettings, server: SimulatorServer) -> AsyncIterator[None]:
    """Serve health and metrics in here, if that is asked for."""
    if settings.monitor_port is None:
        yield
        return

    def readiness() -> ReadinessReport:
        return ReadinessReport(tuple(server.awaited))

    registry, tls = registry_of(server), server_tls(settings)
    async with monitor(settings.http_host, settings.monitor_port, registry, readiness, tls) as address:
        get("simulator").info("monitored", url=address.url)
        yield
