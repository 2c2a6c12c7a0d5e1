"""`hubsim cloud`: the cloud alone in its process, with its HTTP API."""

import click

from cloud.business_file import BadBusiness
from durable.errors import StoreError
from processes.logs import get
from processes.options import with_settings
from processes.parts import cloud, line_of
from processes.running import run
from processes.settings import ServerSettings
from processes.signals import Stop
from simulator.broker.errors import BadKeyring


@click.command("cloud")
@with_settings("cloud")
def command(settings: ServerSettings) -> None:
    """Run the cloud until SIGTERM or Ctrl-C: HTTP for people, MQTT for hubs and carrier.

    Once it serves HTTP it prints where, as in "http://127.0.0.1:8080 ready"; `/health/ready` tells when the
    broker is reached, too. Exit codes: 0 ended in order, 2 bad settings, 3 it cannot run; 143 or 130 when a
    second signal did not let it end in order.
    """

    async def main(stop: Stop) -> None:
        log = get("cloud")
        async with cloud(settings, line_of(settings)) as (_, address):
            log.info("started", url=address.url, broker=str(settings.broker_url()), lab=settings.lab)
            click.echo(f"{address.url} ready")
            await stop.wait()
            log.info("stopping")

    run("cloud", settings, main, (StoreError, BadKeyring, BadBusiness))
