"""`hubsim simulator`: the carrier and a fleet of hubs, in a separate process."""

import asyncio

import click

from hubsim_server.broker_access import line_of
from hubsim_server.connecting import until_connected
from hubsim_server.logs import get
from hubsim_server.monitor import monitored
from hubsim_server.options import with_settings
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest
from hubsim_server.simulator_composition import simulator
from hubsim_server.simulator_meters import SimulatorMeters
from hubsim_simulator.broker.errors import BadKeyring
from hubsim_simulator.fleet_file import BadFleet
from hubsim_simulator.serving.errors import SimulatorError
from hubsim_simulator.serving.server import MAIN, SimulatorServer
from hubsim_storage.errors import StoreError


@click.command("simulator")
@with_settings("simulator")
def command(settings: ServerSettings) -> None:
    """Run the carrier and a fleet of simulated hubs until SIGTERM or Ctrl-C.

    Prints the number of hubs when all of them are connected to the broker, such as "1000 hubs ready". The
    state folder keeps the hubs on the bench over a restart. Exit codes: 0 clean shutdown, 2 bad settings, 3
    cannot run, 143 or 130 after a second signal.
    """

    async def main(stop: StopRequest) -> None:
        async with (
            simulator(settings, line_of(settings)) as server,
            monitored(settings, get("simulator"), lambda: server.awaited, SimulatorMeters(server)),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(server.run(), name="simulator")
            report = group.create_task(_report_ready(settings, server), name="readiness")
            await stop.wait()
            get("simulator").info("stopping")
            report.cancel()
            server.stop()

    run("simulator", settings, main, (StoreError, BadKeyring, BadFleet, SimulatorError))


async def _report_ready(settings: ServerSettings, server: SimulatorServer) -> None:
    """Print the number of hubs when they are connected."""
    await until_connected(server, "simulator")
    hubs = len(server.benches[MAIN].fleet.hubs)
    get("simulator").info("started", hubs=hubs, broker=str(settings.broker_url()), lab=settings.lab)
    click.echo(f"{hubs} hubs ready")
