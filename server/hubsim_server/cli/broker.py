"""`hubsim broker`: an MQTT broker in a separate process."""

from contextlib import closing

import click
from prometheus_client.registry import Collector

from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_server.broker_incidents import BrokerIncidents
from hubsim_server.logs import get
from hubsim_server.monitor import monitored
from hubsim_server.options import with_settings
from hubsim_server.own_broker import Refusals, own_broker, renewing, running
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings, is_loopback
from hubsim_server.signals import StopRequest


@click.command("broker")
@with_settings("broker")
@click.option(
    "--hub",
    "hubs",
    multiple=True,
    metavar="HUB",
    help="A hub that Mosquitto accepts; only with --keyring. Repeat it for several hubs.",
)
def command(settings: ServerSettings, hubs: tuple[str, ...]) -> None:
    """Run an MQTT broker until SIGTERM or Ctrl-C. SIGHUP reloads its keyring.

    Prints its URL when it accepts connections, such as "mqtt://127.0.0.1:1883 ready". A Mosquitto with a
    keyring has another URL for hubs, which is on the next line. Exit codes: 0 clean shutdown, 2 bad
    settings, 3 cannot run, 143 or 130 after a second signal.
    """
    try:
        known = [hub_id(hub) for hub in hubs]
    except BadIdentifier as error:
        raise click.BadParameter(str(error), param_hint="--hub") from error

    async def main(stop: StopRequest) -> None:
        await _serve(settings, known, stop)

    run("broker", settings, main)


async def _serve(settings: ServerSettings, hubs: list[str], stop: StopRequest) -> None:
    log, incidents = get("broker"), BrokerIncidents()
    broker, guard = own_broker(settings, hubs, incidents)
    if settings.keyring is None and not is_loopback(settings.mqtt_host):
        log.warning("no keyring: every client in the network has full access", host=settings.mqtt_host)
    meters: list[Collector] = [incidents] if guard is None else [incidents, Refusals(guard)]
    health = monitored(settings, log, lambda: (), *meters)
    with closing(incidents):
        async with running(broker), renewing(settings, broker, guard), health:
            log.info("started", url=broker.url, kind=settings.broker, guarded=settings.keyring is not None)
            click.echo(f"{broker.url} ready")
            if broker.hub_url != broker.url:
                click.echo(f"{broker.hub_url} ready for hubs with their own passwords")
            await stop.wait()
            log.info("stopping")
