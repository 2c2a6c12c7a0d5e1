"""`hubsim fleet`: the carrier and a large fleet of hubs, in several processes that start and stop as one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from hubsim_contract.lab.shards import BadShard
from hubsim_server.connecting import Connecting, shown
from hubsim_server.fleet.fleet_meters import registry_of_fleet
from hubsim_server.fleet.sharded_fleet import ShardedFleet, shards_of
from hubsim_server.fleet.watched_shard import ShardCannotRun
from hubsim_server.logs import get
from hubsim_server.monitor import ReadinessReport, monitor, server_tls
from hubsim_server.options import with_settings
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest
from hubsim_server.simulator_composition import arrange_state, count_hubs
from hubsim_server.socket_limits import check_fleet, local_ports, raise_open_files
from hubsim_simulator.fleet_file import BadFleet
from hubsim_simulator.serving.errors import SimulatorError
from hubsim_storage.errors import StoreError


@click.command("fleet")
@with_settings("fleet")
def command(settings: ServerSettings) -> None:
    """Run the carrier and a large fleet of hubs in several processes, until SIGTERM or Ctrl-C.

    Prints the number of hubs when all of them are connected to the broker, such as "20000 hubs ready". A
    process that ends is started again. Exit codes: 0 clean shutdown, 2 bad settings, 3 cannot run, 143 or 130
    after a second signal.
    """

    async def main(stop: StopRequest) -> None:
        hubs = count_hubs(settings)
        shards = shards_of(settings, hubs)
        check_fleet(hubs, raise_open_files(), local_ports(), processes=len(shards))
        await arrange_state(settings.state, shards)
        fleet = ShardedFleet(settings, shards)
        async with asyncio.TaskGroup() as group, _monitored(settings, fleet):
            group.create_task(fleet.run(), name="fleet")
            report = group.create_task(_report_ready(settings, fleet), name="readiness")
            await stop.wait()
            get("fleet").info("stopping")
            report.cancel()
            fleet.stop()

    run("fleet", settings, main, (StoreError, BadFleet, BadShard, SimulatorError, ShardCannotRun))


async def _report_ready(settings: ServerSettings, fleet: ShardedFleet) -> None:
    """Print the number of hubs when they are connected."""
    await shown(fleet.until_ready(), lambda: _state_of(fleet), "fleet")
    hubs, processes = fleet.total.hubs, len(fleet.shards)
    get("fleet").info("started", hubs=hubs, processes=processes, broker=str(settings.broker_url()))
    click.echo(f"{hubs} hubs ready")


def _state_of(fleet: ShardedFleet) -> Connecting:
    total = fleet.total
    return Connecting(total.online, total.able, total.attempts, total.failed, tuple(fleet.awaited))


@asynccontextmanager
async def _monitored(settings: ServerSettings, fleet: ShardedFleet) -> AsyncIterator[None]:
    """Serve health and metrics of the fleet within the context, if the settings have a port for them."""
    if settings.monitor_port is None:
        yield
        return

    def readiness() -> ReadinessReport:
        return ReadinessReport(tuple(fleet.awaited))

    registry, tls = registry_of_fleet(fleet), server_tls(settings)
    async with monitor(settings.http_host, settings.monitor_port, registry, readiness, tls) as address:
        get("fleet").info("monitored", url=address.url)
        yield
