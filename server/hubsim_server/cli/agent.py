"""`hubsim agent`: the program of one hub, with a file as its hardware."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import click
import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from structlog.stdlib import BoundLogger

from hubsim_agent.board import EXAMPLE, BadBoard, FileBoard
from hubsim_agent.errors import MemoryStuck
from hubsim_agent.file_memory import FileMemory
from hubsim_agent.ports import HubDisplay
from hubsim_agent.settings import AgentSettings
from hubsim_agent.shell import AgentShell
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import Connected, ConnectFailed, ConnectionLost, PortEvent
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_server.logs import get
from hubsim_server.monitor import ReadinessReport, monitor, server_tls
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
    type=click.Path(dir_okay=False, path_type=Path),
    help="The hub's flash memory: a file in an existing folder, created if it does not exist.",
)
@click.option(
    "--hardware",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The hub's hardware: a TOML file, reloaded when it changes and on SIGHUP; see --example.",
)
@with_settings("agent")
@click.argument("hub")
def command(settings: ServerSettings, memory: Path, hardware: Path, hub: str) -> None:
    """Run the program of hub HUB (8 hex digits) until SIGTERM or Ctrl-C.

    Prints a line of JSON whenever the display of the hub changes. Exit codes: 0 clean shutdown, 2 bad
    settings, 3 cannot run, 143 or 130 after a second signal.
    """
    try:
        number = hub_id(hub)
    except BadIdentifier as error:
        raise click.BadParameter(str(error), param_hint="HUB") from error

    async def main(stop: StopRequest) -> None:
        await _serve(settings, number, memory, hardware, stop)

    run("agent", settings, main, surroundings=(BadBoard, MemoryStuck))


async def _serve(settings: ServerSettings, hub: str, memory: Path, hardware: Path, stop: StopRequest) -> None:
    log, url = get("agent").bind(hub=hub), _broker_url(settings, hub)
    board = FileBoard(
        hardware,
        show=lambda face: _print_display(hub, face),
        complain=lambda trouble: log.error("bad hardware file; nothing was changed", reason=str(trouble)),
    )

    def open_port(deliver: Callable[[PortEvent], None]) -> AiomqttPort:
        return AiomqttPort(url, _LoggedEvents(deliver, log), hub, ca=settings.ca)

    shell = AgentShell(
        AgentSettings(hub_id=hub, prefix=settings.prefix),
        memory=FileMemory(memory),
        hardware=board,
        open_port=open_port,
    )
    async with _monitored(settings, shell, log), asyncio.TaskGroup() as group:
        group.create_task(shell.run(), name=f"hub-{hub}")
        with _on_hangup(board.check_again):
            log.info("started", broker=str(url))
            await stop.wait()
        log.info("stopping")
        shell.stop()


def _broker_url(settings: ServerSettings, hub: str) -> BrokerUrl:
    """Return the broker's URL, with this hub as the user if the settings have its password."""
    url = settings.broker_url()
    if settings.hub_password is None:
        return url
    return msgspec.structs.replace(url, username=url.username or hub, password=settings.hub_password)


def _print_display(hub: str, face: HubDisplay) -> None:
    line = {"hub": hub, **msgspec.to_builtins(face)}
    click.echo(msgspec.json.encode(line).decode())


@contextmanager
def _on_hangup(act: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, act)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


class _LoggedEvents:
    """Passes the events of the port to the agent, and logs connections. Logs a repeated failure once."""

    def __init__(self, deliver: Callable[[PortEvent], None], log: BoundLogger) -> None:
        self._deliver = deliver
        self._log = log
        self._failure = ""

    def __call__(self, event: PortEvent) -> None:
        match event:
            case Connected():
                self._failure = ""
                self._log.info("connected")
            case ConnectFailed(reason=reason) if reason != self._failure:
                self._failure = reason
                self._log.warning("cannot connect; trying again", reason=reason)
            case ConnectionLost():
                self._log.warning("connection lost; connecting again")
        self._deliver(event)


@asynccontextmanager
async def _monitored(settings: ServerSettings, shell: AgentShell, log: BoundLogger) -> AsyncIterator[None]:
    if settings.monitor_port is None:
        yield
        return

    def readiness() -> ReadinessReport:
        view = shell.view()
        online = view is not None and view.link is LinkState.ONLINE
        return ReadinessReport(() if online else ("the connection to the broker",))

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_AgentMeters(shell))
    host, port, tls = settings.http_host, settings.monitor_port, server_tls(settings)
    async with monitor(host, port, registry, readiness, tls) as address:
        log.info("monitored", url=address.url)
        yield


class _AgentMeters(Collector):
    """The state of an agent, as metrics."""

    def __init__(self, shell: AgentShell) -> None:
        self._shell = shell

    def collect(self) -> Iterator[Metric]:
        """Yield the current metrics; none before the agent has booted."""
        view = self._shell.view()
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
            "messages_dropped", "Messages dropped from a full queue.", self._shell.dropped_messages
        )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hubsim_agent_{name}", text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"hubsim_agent_{name}", text, value=value)
