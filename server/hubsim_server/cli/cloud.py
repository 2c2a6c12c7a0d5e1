"""`hubsim cloud`: the cloud alone in its process, with its HTTP API."""

import click

from hubsim_cloud.service.business_file import BadBusiness
from hubsim_server.composition import cloud, line_of
from hubsim_server.logs import get
from hubsim_server.options import with_settings
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest
from hubsim_simulator.broker.errors import BadKeyring
from hubsim_storage.errors import StoreError


@click.command("cloud")
@with_settings("cloud")
def command(settings: ServerSettings) -> None:
    """Run the cloud until SIGTERM or Ctrl-C: HTTP for people, MQTT for hubs and carrier.

    Once it serves HTTP it prints where, as in "http://127.0.0.1:8080 ready"; `/health/ready` tells when the
    broker is reached, too. Exit codes: 0 ended in order, 2 bad settings, 3 it cannot run; 143 or 130 when a
    second signal did not let it end in order.
    """

    async def main(stop: StopRequest) -> None:
        log = get("cloud")
        async with cloud(settings, line_of(settings)) as (_, address):
            log.info("started", url=address.url, broker=str(settings.broker_url()), lab=settings.lab)
            click.echo(f"{address.url} ready")
            await stop.wait()
            log.info("stopping")

    run("cloud", settings, main, (StoreError, BadKeyring, BadBusiness))
