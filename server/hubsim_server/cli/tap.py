"""`hubsim tap`: a proxy before a broker that shows every packet and applies faults."""

import os
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from hubsim_contract.mqtt.codec.packets import PacketKind
from hubsim_contract.mqtt.tls import BadAuthorities
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_contract.wire.topics import Topics
from hubsim_server.cli.bad_input import BadInput, explained
from hubsim_server.listen_option import DEFAULT_LISTEN, listen_address
from hubsim_server.logs import get
from hubsim_server.monitor import server_tls
from hubsim_server.options import with_settings
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings, is_loopback
from hubsim_server.signals import StopRequest
from hubsim_server.socket_limits import SPARE, raise_open_files
from hubsim_server.tap_output import FileOutputs, JsonOutput, LineOutput, TapFilter
from hubsim_simulator.broker.bounded_listener import ConnectionLimits
from hubsim_simulator.broker.filters import valid_filter
from hubsim_simulator.tap.fault_rule import parse_fault
from hubsim_simulator.tap.packet_faults import FAULTS_MAX, BadPacketFault, PacketFault
from hubsim_simulator.tap.pcapng import PcapngWriter
from hubsim_simulator.tap.proxy import CONNECTIONS_MAX, TapProxy
from hubsim_simulator.tap.tap_core import PacketTap
from hubsim_simulator.tap.tap_events import TapEffect, TapTime, TcpAddress

MOST_CONNECTIONS = 20_000


class TapOptions(msgspec.Struct, frozen=True):
    """The options of the tap itself."""

    listen: TcpAddress
    faults: tuple[PacketFault, ...]
    wanted: TapFilter
    hub_names: dict[str, str]
    """Names by hub id."""
    json: Path | None
    """`-` is stdout."""
    pcapng: Path | None
    quiet: bool
    keep_passwords: bool
    limits: ConnectionLimits


def _faults(
    _context: click.Context, _option: click.Parameter, rules: tuple[str, ...]
) -> tuple[PacketFault, ...]:
    if len(rules) > FAULTS_MAX:
        raise click.BadParameter(f"{len(rules)} faults are given; at most {FAULTS_MAX} are allowed")
    faults = []
    for rule in rules:
        try:
            faults.append(parse_fault(rule))
        except BadPacketFault as error:
            raise click.BadParameter(f"in the rule {rule!r}: {error}") from error
    return tuple(faults)


def _names(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for text in given:
        name, sign, hub = text.partition("=")
        if not sign or not name:
            raise click.BadParameter(f"{text!r} is not NAME=HUB, for example front-door=0A1B2C3D")
        number = _hub(hub)
        if number in names or name in names.values():
            raise click.BadParameter(f"{text!r} repeats a name or a hub: give each once")
        names[number] = name
    return names


def _hub(text: str) -> str:
    try:
        return hub_id(text)
    except BadIdentifier as error:
        raise click.BadParameter(str(error)) from error


def _topics(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for topic in given:
        if not valid_filter(topic):
            raise click.BadParameter(
                f"{topic!r} is not a topic filter: '#' is the last level, '+' a whole one"
            )
    return given


@click.command("tap")
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default=DEFAULT_LISTEN,
    show_default=True,
    callback=listen_address,
    help="The address for clients; port 0 means any free port.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="RULE",
    callback=_faults,
    help="A fault of packets, for example 'drop PUBACK to hub-0A1B2C3D 2 times'. Repeat it for several.",
)
@click.option(
    "--name",
    "hub_names",
    multiple=True,
    metavar="NAME=HUB",
    callback=_names,
    help="A name for a hub, in lines, rules and filters. Repeat it for several hubs.",
)
@click.option(
    "--client", "clients", multiple=True, metavar="PATTERN", help="Show only clients with such an id."
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.name for kind in PacketKind], case_sensitive=False),
    metavar="KIND",
    help="Show only packets of this kind, such as PUBLISH.",
)
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="FILTER",
    callback=_topics,
    help="Show only packets about such topics, and their acknowledgements.",
)
@click.option(
    "--hub", "hubs", multiple=True, metavar="HUB", help="Show only what is from, to or about this hub."
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write all events as JSON lines to this file, which is replaced; - writes them to stdout.",
)
@click.option(
    "--pcapng",
    "pcapng_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a capture for Wireshark to this file, which is replaced.",
)
@click.option(
    "--keep-passwords", is_flag=True, help="Write passwords to the capture. Without it they are masked."
)
@click.option("--quiet", is_flag=True, help="Print no lines.")
@click.option(
    "--max-connections",
    type=click.IntRange(1, MOST_CONNECTIONS),
    default=CONNECTIONS_MAX,
    show_default=True,
    help="The clients at one time; another one is disconnected.",
)
@click.option(
    "--max-connections-each",
    type=click.IntRange(1, MOST_CONNECTIONS),
    show_default="as --max-connections",
    help="The clients at one time from one address; another one is disconnected.",
)
@with_settings("tap")
def command(
    settings: ServerSettings,
    listen: TcpAddress,
    faults: tuple[PacketFault, ...],
    hub_names: dict[str, str],
    clients: tuple[str, ...],
    kinds: tuple[str, ...],
    topics: tuple[str, ...],
    hubs: tuple[str, ...],
    json_file: Path | None,
    pcapng_file: Path | None,
    keep_passwords: bool,
    quiet: bool,
    max_connections: int,
    max_connections_each: int | None,
) -> None:
    """Forward MQTT between clients and a broker until SIGTERM or Ctrl-C, and show every packet.

    Connect the clients to the address of the tap instead of the broker. The filters apply to the printed
    lines; files have all packets. Exit codes: 0 clean shutdown, 2 bad settings, 3 cannot run, 143 or 130
    after a second signal.
    """
    by_name = {name: hub for hub, name in hub_names.items()}
    try:
        shown_hubs = frozenset(by_name.get(hub) or _hub(hub) for hub in hubs)
    except click.BadParameter as error:
        error.param_hint = "--hub"
        raise
    broker = settings.broker_url()
    if broker.username is not None:
        raise BadInput(
            "the tap forwards the credentials of its clients: remove user and password from --broker"
        )
    if listen.port and (listen.host, listen.port) == (broker.host, broker.port):
        raise BadInput(f"the tap would forward to itself: choose another --listen than {broker}")
    if json_file is not None and pcapng_file is not None and json_file.resolve() == pcapng_file.resolve():
        raise BadInput(f"two outputs have the name {json_file}: give each a different file")
    if keep_passwords and pcapng_file is None:
        raise BadInput("--keep-passwords needs a capture: add --pcapng FILE")
    wanted = TapFilter(clients, frozenset(PacketKind[kind.upper()] for kind in kinds), topics, shown_hubs)
    options = TapOptions(
        listen=listen,
        faults=faults,
        wanted=wanted,
        hub_names=hub_names,
        json=json_file,
        pcapng=pcapng_file,
        quiet=quiet or json_file == Path("-"),
        keep_passwords=keep_passwords,
        limits=ConnectionLimits(total=max_connections, each=max_connections_each or max_connections),
    )
    _check_open_files(max_connections)

    with ExitStack() as files:
        outputs = _file_outputs(options, files)

        async def main(stop: StopRequest) -> None:
            await _serve(settings, options, outputs, stop)

        run("tap", settings, main, (BadAuthorities,))


def _check_open_files(connections: int) -> None:
    """Raise the limit on open files, and refuse more connections than it allows."""
    files, needed = raise_open_files(), 2 * connections + SPARE
    if files is not None and needed > files:
        raise BadInput(
            f"{connections} connections need {needed} open files, and a process may have {files}: "
            f"lower --max-connections, or run `ulimit -n {needed}` before it (as root if it is refused)"
        )


def _file_outputs(options: TapOptions, files: ExitStack) -> FileOutputs:
    """Open the files. Raises `BadInput`."""
    outputs = FileOutputs()
    with explained():
        if options.json is not None:
            outputs.add(_opened(options.json, files), lambda stream: JsonOutput(stream).observe)
        if options.pcapng is not None:
            outputs.add(_opened(options.pcapng, files), lambda stream: PcapngWriter(stream).observe)
    return outputs


def _opened(file: Path, files: ExitStack) -> BinaryIO:
    if file == Path("-"):
        return sys.stdout.buffer
    # a capture has the data of customers: only its owner may read it
    stream = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "wb")
    files.callback(_close, stream)
    return stream


def _close(stream: BinaryIO) -> None:
    with suppress(OSError):  # every event is flushed, so an error of the disk is known already
        stream.close()


async def _serve(
    settings: ServerSettings,
    options: TapOptions,
    outputs: FileOutputs,
    stop: StopRequest,
) -> None:
    log, broker = get("tap"), settings.broker_url()
    tap = PacketTap(
        options.faults,
        topics=Topics(settings.prefix),
        hub_names=options.hub_names,
        keep_passwords=options.keep_passwords,
    )
    lines = None if options.quiet else LineOutput(options.wanted, options.hub_names)

    def observe(effect: TapEffect, at: TapTime) -> None:
        outputs.observe(effect, at)
        if lines is not None and not lines.observe(effect, tap.names_of(effect.connection)):
            stop.ask()

    tls, last_complaint = server_tls(settings), ""

    def complain(text: str) -> None:
        nonlocal last_complaint
        if text != last_complaint:
            last_complaint = text
            log.warning("client not served", reason=text)

    host, port = options.listen
    if tls is None and not is_loopback(host):
        log.warning("no TLS: passwords of clients cross the network readable", host=host)
    proxy = TapProxy(
        tap,
        broker,
        observe,
        host=host,
        port=port,
        tls=tls,
        ca=settings.ca,
        limits=options.limits,
        complain=complain,
    )
    async with proxy.running():
        outputs.begin()
        click.echo(f"{proxy.url} ready, forwards to {broker}", err=True)
        await stop.wait()
    for armed in tap.faults.armed:
        log.info("fault", rule=str(armed.fault), applied=armed.applied)
