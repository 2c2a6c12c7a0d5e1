"""`hubsim fleet`: the carrier and many hubs, in several processes that start and stop together."""

import asyncio
import secrets
import time
from pathlib import Path

import click
import msgspec

from hubsim_contract.lab.shards import BadShard, Shard
from hubsim_server.broker_access import line_of
from hubsim_server.connecting import Connecting, shown
from hubsim_server.fleet.fleet_meters import FleetMeters
from hubsim_server.fleet.sharded_fleet import ShardedFleet, shards_of
from hubsim_server.fleet.watched_shard import ShardCannotRun
from hubsim_server.load.load_client import LoadCannotRun, LoadClient
from hubsim_server.load.load_profile import BadLoad, LoadPlan, LoadProfile, plan_load
from hubsim_server.load.load_reports import LoadReports
from hubsim_server.load.load_result import result_text
from hubsim_server.load.load_run import LoadRun
from hubsim_server.logs import get
from hubsim_server.monitor import monitored
from hubsim_server.options import with_settings
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest
from hubsim_server.simulator_composition import arrange_state, count_hubs
from hubsim_server.socket_limits import check_fleet, local_ports, raise_open_files
from hubsim_simulator.broker.errors import BadKeyring
from hubsim_simulator.fleet_file import BadFleet
from hubsim_simulator.serving.errors import SimulatorError
from hubsim_storage.errors import StoreError

_FILE = click.Path(dir_okay=False, path_type=Path)
_FILE_OR_STDOUT = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


@click.command("fleet")
@with_settings("fleet")
@click.option(
    "--profile",
    type=click.Choice([each.value for each in LoadProfile]),
    help="Make a load when all hubs are connected, measure it, and end: quiet (only keepalives), day (random "
    "changes on the hubs), storm (all connections are cut, again and again), month-end (each hub gets a "
    "document).",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, max=100_000, min_open=True),
    metavar="N",
    help="With day: random actions per second, of all hubs together; with month-end: documents per second.  "
    "[default: each hub acts every 10 minutes; all hubs get a document within 20 s]",
)
@click.option(
    "--duration",
    type=click.FloatRange(min=1, max=7 * 86_400),
    metavar="S",
    help="How long the load lasts, in seconds, from the connection of all hubs.  [default: 60]",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help="Repeat the choices of a run.")
@click.option(
    "--json", "json_file", type=_FILE_OR_STDOUT, help="Write the measurements as JSON; - is stdout."
)
@click.option("--html", "html_file", type=_FILE, help="Write the measurements as a page with plots.")
def command(
    settings: ServerSettings,
    profile: str | None,
    rate: float | None,
    duration: float | None,
    seed: int | None,
    json_file: Path | None,
    html_file: Path | None,
) -> None:
    """Run the carrier and a large fleet of hubs in several processes, until SIGTERM or Ctrl-C.

    Prints the number of hubs when all of them are connected to the broker, such as "20000 hubs ready". A
    process that ends is started again. With --profile, it ends after a load run and prints the measurements.
    Without a cloud under the prefix, the run sends desired documents itself; then use a separate --prefix and
    --state. Exit codes: 0 clean shutdown, 2 bad settings, 3 cannot run, 143 or 130 after a second
    signal.
    """
    given = {"--rate": rate, "--duration": duration, "--seed": seed, "--json": json_file, "--html": html_file}
    if profile is None:
        for option, value in given.items():
            if value is not None:
                raise click.UsageError(f"{option} needs --profile")
    reports = LoadReports(json_file, html_file)
    reports.check()
    used_seed = secrets.randbelow(2**32) if seed is None else seed
    if profile is not None:
        _check_rate(LoadProfile(profile), rate)

    async def main(stop: StopRequest) -> None:
        began_s, hubs = time.monotonic(), count_hubs(settings)
        shards = shards_of(settings, hubs)
        plan = None
        if profile is not None:
            plan = plan_load(LoadProfile(profile), hubs, seed=used_seed, rate=rate, duration_s=duration)
        check_fleet(hubs, raise_open_files(), local_ports(), processes=len(shards))
        await arrange_state(settings.state, shards)
        fleet = ShardedFleet(settings, shards)
        health = monitored(settings, get("fleet"), lambda: fleet.awaited, FleetMeters(fleet))
        async with asyncio.TaskGroup() as group, health:
            group.create_task(fleet.run(), name="fleet")
            work = _load(settings, fleet, plan, reports, began_s, stop) if plan else _connect(settings, fleet)
            working = group.create_task(work, name="work of the fleet")
            await stop.wait()
            get("fleet").info("stopping")
            if plan is None or not fleet.is_ready:
                working.cancel()
            await asyncio.wait({working})
            fleet.stop()

    known = (StoreError, BadFleet, BadShard, SimulatorError, ShardCannotRun, BadKeyring)
    run("fleet", settings, main, (*known, LoadCannotRun))


def _check_rate(profile: LoadProfile, rate: float | None) -> None:
    """Refuse a rate of a profile that has none."""
    try:
        plan_load(profile, 0, seed=0, rate=rate)
    except BadLoad as error:
        raise click.BadParameter(str(error), param_hint="--rate") from error


async def _load(
    settings: ServerSettings,
    fleet: ShardedFleet,
    plan: LoadPlan,
    reports: LoadReports,
    began_s: float,
    stop: StopRequest,
) -> None:
    """Connect the fleet, make the load, and report it; then request the stop."""
    client = LoadClient(line_of(settings), settings.prefix, Shard.parse(settings.shard))
    load = LoadRun(fleet, client, plan, began_s)
    sampling = asyncio.create_task(load.sampling(), name="samples")
    try:
        await _connect(settings, fleet, quiet=reports.on_stdout)
        await client.open()
        get("fleet").info("load begins", **msgspec.to_builtins(plan))
        await load.perform(stop)
        result = load.result(str(settings.broker_url()))
    finally:
        sampling.cancel()
        await client.aclose()
    if not reports.on_stdout:
        click.echo(result_text(result), nl=False)
    reports.write(result)
    stop.ask()


async def _connect(settings: ServerSettings, fleet: ShardedFleet, *, quiet: bool = False) -> None:
    """Print the number of hubs when they are connected, unless `quiet`."""
    await shown(fleet.until_ready(), lambda: _state_of(fleet), "fleet")
    hubs, processes = fleet.total.hubs, len(fleet.shards)
    get("fleet").info("started", hubs=hubs, processes=processes, broker=str(settings.broker_url()))
    if not quiet:
        click.echo(f"{hubs} hubs ready")


def _state_of(fleet: ShardedFleet) -> Connecting:
    total = fleet.total
    return Connecting(total.online, total.able, total.attempts, total.failed, tuple(fleet.awaited))
