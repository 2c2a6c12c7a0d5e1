"""`hubsim watch`: every message of one hub, and what the cloud makes of it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import click
import msgspec

from hubsim_contract.mqtt.tls import BadAuthorities
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT
from hubsim_scenarios.watching.device_stream import (
    CannotWatch,
    DeviceStreamClient,
    SentEvent,
    StreamLost,
    StreamSource,
    watched,
)
from hubsim_scenarios.watching.watch_lines import lines_of
from hubsim_scenarios.worlds.world import BadServerUrl
from hubsim_server.signals import stopping

DEFAULT_URL = "http://127.0.0.1:8080"
TOKEN_VARIABLE = "HUBSIM_OPERATOR_TOKEN"  # noqa: S105 (the name of an environment variable)
STREAM_LOST_EXIT = 3
_encode = msgspec.json.Encoder().encode


def _hub(_context: click.Context, _option: click.Parameter, text: str) -> str:
    try:
        return hub_id(text)
    except BadIdentifier as error:
        raise click.BadParameter(str(error)) from error


@click.command("watch")
@click.option("--hub", required=True, metavar="ID", callback=_hub, help="The hub: 8 hex digits.")
@click.option(
    "--cloud",
    "url",
    default=DEFAULT_URL,
    show_default=True,
    metavar="URL",
    help="The server: http(s)://host:port.",
)
@click.option(
    "--ca",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="The PEM file with the certificate authority of an https server.",
)
@click.option("--world", default="", metavar="NAME", help="A world of the lab; the main one by default.")
@click.option(
    "--operator-token",
    envvar=TOKEN_VARIABLE,
    metavar="TOKEN",
    help=f"The operator's token. Without one the server needs --lab. Better: {TOKEN_VARIABLE}.",
)
@click.option("--json", "as_json", is_flag=True, help="Print each event as one line of JSON.")
def command(
    hub: str, url: str, ca: Path | None, world: str, operator_token: str | None, as_json: bool
) -> None:
    """Show every message of one hub and its verdict: taken, duplicate, stale or refused, and broken rules.

    The hub can be a simulated one, a board, or one that has not connected yet. The output begins with the
    last verdicts. It ends with Ctrl-C or SIGTERM. Exit codes: 0 after that, 2 bad input or refused by the
    server, 3 the server does not answer.
    """
    source = StreamSource(url, hub, world, operator_token or None, ca)
    try:
        asyncio.run(_watch(source, as_json=as_json))
    except (BadServerUrl, BadAuthorities, CannotWatch) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    except StreamLost as error:
        click.echo(str(error), err=True)
        sys.exit(STREAM_LOST_EXIT)


async def _watch(source: StreamSource, *, as_json: bool) -> None:
    """Print events until a signal arrives."""
    client = DeviceStreamClient(source, lambda text: click.echo(text, err=True))
    async with stopping(signal.SIGHUP) as stop:
        printing = asyncio.create_task(_print_all(client, as_json=as_json), name="watch")
        stopped = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait({printing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            printing.cancel()
            await asyncio.wait({printing})
            await client.aclose()
    if not printing.cancelled():
        printing.result()


async def _print_all(client: DeviceStreamClient, *, as_json: bool) -> None:
    async for event in client.events():
        _print(event, as_json=as_json)


def _print(event: SentEvent, *, as_json: bool) -> None:
    content = watched(event)
    if content is None:
        return
    if as_json:
        click.echo(_encode({"event": event.name, **msgspec.to_builtins(content)}))
        return
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines_of(content):
        click.echo(click.style(line.text, fg=line.colour), color=colours)
