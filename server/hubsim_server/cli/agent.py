"""`hubsim agent`: the program of `hubsim-agent`, with a settings file, health and metrics."""

from collections.abc import Iterator

import click
import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hubsim_agent.board import EXAMPLE
from hubsim_agent.errors import BadAgentSetting
from hubsim_agent.program import SURROUNDINGS, AgentOptions, AgentProgram, load_ports
from hubsim_agent.settings import BOUNDS, AgentSettings, bounds_of
from hubsim_agent.user_ports import BadPort
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_server.logs import get
from hubsim_server.monitor import monitored
from hubsim_server.options import with_settings
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest


def _print_example(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(EXAMPLE, nl=False)
        context.exit()


@click.command("agent")
@click.option(
    "--example",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_example,
    help="Print a sample hardware file and exit.",
)
@click.option(
    "--memory",
    required=True,
    metavar="FILE|MODULE:CLASS",
    help="The hub's flash memory: a file in an existing folder, created if it does not exist, or a class of "
    "yours.",
)
@click.option(
    "--hardware",
    required=True,
    metavar="FILE|MODULE:CLASS",
    help="The hub's hardware: a TOML file, reloaded when it changes and on SIGHUP (see --example), or a "
    "class of yours.",
)
@click.option(
    "--memory-option",
    "memory_options",
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument for the class of the memory.",
)
@click.option(
    "--hardware-option",
    "hardware_options",
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument for the class of the hardware.",
)
@click.option(
    "--bound",
    "bounds",
    multiple=True,
    metavar="NAME=SECONDS",
    help=f"A bound other than that of the contract, for tests: {', '.join(BOUNDS)}.",
)
@with_settings("agent")
@click.argument("hub")
def command(
    settings: ServerSettings,
    memory: str,
    hardware: str,
    memory_options: tuple[str, ...],
    hardware_options: tuple[str, ...],
    bounds: tuple[str, ...],
    hub: str,
) -> None:
    """Run the program of hub HUB (8 hex digits) until SIGTERM or Ctrl-C.

    Prints a line of JSON whenever the display of the hub changes. Exit codes: 0 clean shutdown, 2 bad
    settings, 3 cannot run, 143 or 130 after a second signal. `hubsim-agent` is the same program without
    settings file, health and metrics, in a small distribution for devices.
    """
    try:
        number = hub_id(hub)
    except BadIdentifier as error:
        raise click.BadParameter(str(error), param_hint="HUB") from error
    try:
        agent_settings = AgentSettings(hub_id=number, prefix=settings.prefix, **bounds_of(bounds))
    except BadAgentSetting as error:
        raise click.BadParameter(str(error), param_hint="--bound") from error
    options = AgentOptions(
        settings=agent_settings,
        broker=_broker_url(settings, number),
        ca=settings.ca,
        hardware=hardware,
        memory=memory,
        hardware_options=hardware_options,
        memory_options=memory_options,
    )
    try:
        ports = load_ports(options)
    except BadPort as error:
        raise click.UsageError(str(error)) from error

    async def main(stop: StopRequest) -> None:
        program = AgentProgram(options, ports, click.echo)
        log = get("agent").bind(hub=number)
        async with monitored(settings, log, lambda: _awaited(program), _AgentMeters(program)):
            await program.run(stop.wait)

    run("agent", settings, main, surroundings=SURROUNDINGS)


def _broker_url(settings: ServerSettings, hub: str) -> BrokerUrl:
    """Return the broker's URL, with this hub as the user if the settings have its password."""
    if settings.hub_password is None:
        return settings.broker_url()
    url = settings.hub_url()
    return msgspec.structs.replace(url, username=url.username or hub, password=settings.hub_password)


def _awaited(program: AgentProgram) -> tuple[str, ...]:
    view = program.view()
    online = view is not None and view.link is LinkState.ONLINE
    return () if online else ("the connection to the broker",)


class _AgentMeters(Collector):
    """The state of an agent, as metrics."""

    def __init__(self, program: AgentProgram) -> None:
        self._program = program

    def collect(self) -> Iterator[Metric]:
        """Yield the current metrics; none before the agent has booted."""
        view = self._program.view()
        if view is None:
            return
        yield _gauge("online", "1 while the hub is connected and subscribed.", view.link is LinkState.ONLINE)
        yield _gauge("boot", "The number of this boot.", view.boot)
        yield _gauge("applied_version", "The version of the applied desired document.", view.applied_version)
        yield _gauge("events_waiting", "Events that the broker has not acknowledged.", view.buffered_events)
        yield _counter("connections", "Attempts to connect.", view.connection)
        yield _counter("messages_refused", "Documents that violate the contract.", view.refused_messages)
        yield _counter("events_dropped", "Events dropped from a full buffer.", view.events_dropped)
        yield _counter(
            "messages_dropped", "Messages dropped from a full queue.", self._program.dropped_messages
        )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hubsim_agent_{name}", text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"hubsim_agent_{name}", text, value=value)
