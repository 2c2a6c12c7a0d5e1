"""`hubsim cloud`: the cloud with its HTTP API, in a separate process."""

import click

from hubsim_cloud.service.business_file import BadBusiness
from hubsim_cloud.service.market_file import BadMarketFile
from hubsim_cloud.world.only_cloud import CloudTaken
from hubsim_server.broker_access import line_of
from hubsim_server.composition import cloud
from hubsim_server.extension import NO_EXTENSION, Extension
from hubsim_server.logs import get
from hubsim_server.options import with_settings
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest
from hubsim_simulator.broker.errors import BadKeyring
from hubsim_storage.errors import StoreError


def cloud_command(extension: Extension = NO_EXTENSION, shown: str = "") -> click.Command:
    """Return the command, whose server also serves the extension.

    `shown` is the path of the extension's console; empty: it has none.
    """

    @click.command("cloud")
    @with_settings("cloud")
    def command(settings: ServerSettings) -> None:
        """Run the cloud until SIGTERM or Ctrl-C: HTTP for people, MQTT for hubs and carrier.

        Prints its URL when it serves HTTP, such as "http://127.0.0.1:8080 ready". `/health/ready` also checks
        the connection to the broker. Exit codes: 0 clean shutdown, 2 bad settings, 3 cannot run, 143 or 130
        after a second signal.
        """

        async def main(stop: StopRequest) -> None:
            log = get("cloud")
            async with cloud(settings, line_of(settings), extension) as (_, address):
                log.info("started", url=address.url, broker=str(settings.broker_url()), lab=settings.lab)
                click.echo(f"{address.url} ready")
                if shown:
                    click.echo(f"{address.url}{shown}: the console, for a browser")
                await stop.wait()
                log.info("stopping")

        run("cloud", settings, main, (StoreError, BadKeyring, BadBusiness, BadMarketFile, CloudTaken))

    return command


command = cloud_command()
