"""`hubsim up`: broker, cloud, carrier and hubs in one process."""

import asyncio

import click

from hubsim_server.everything import SURROUNDINGS, Everything, everything
from hubsim_server.extension import NO_EXTENSION, Extension
from hubsim_server.logs import get
from hubsim_server.options import with_settings
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest


def up_command(extension: Extension = NO_EXTENSION, shown: str = "") -> click.Command:
    """Return the command, whose server also serves the extension.

    `shown` is the path of the extension's console; empty: it has none.
    """

    @click.command("up")
    @with_settings("up")
    def command(settings: ServerSettings) -> None:
        """Run everything in one process until SIGTERM or Ctrl-C: broker, cloud, carrier and hubs.

        Prints the URLs when all parts are ready and all hubs are connected. Exit codes: 0 clean shutdown,
        2 bad settings, 3 cannot run, 143 or 130 after a second signal.
        """

        async def main(stop: StopRequest) -> None:
            async with everything(settings, extension) as running, asyncio.TaskGroup() as group:
                report = group.create_task(_report_ready(settings, running, shown), name="readiness")
                await stop.wait()
                get("up").info("stopping")
                report.cancel()

        run("up", settings, main, SURROUNDINGS)

    return command


command = up_command()


async def _report_ready(settings: ServerSettings, running: Everything, shown: str) -> None:
    """Print the URLs when all parts are ready."""
    await running.until_ready()
    api, broker, hubs = running.address.url, running.broker, running.hubs
    get("up").info("started", url=api, broker=str(broker), hubs=hubs, lab=settings.lab)
    click.echo(f"{api} ready: cloud (API described at {api}/openapi.json)")
    click.echo(f"{broker} ready: broker, {hubs} simulated hubs, carrier")
    if running.hub_broker != broker:
        click.echo(f"{running.hub_broker} ready: the same broker, for hubs with their own passwords")
    if settings.lab:
        click.echo(f"{api}/lab/clock: the lab is on")
    if shown:
        click.echo(f"{api}{shown}: the console, for a browser")
