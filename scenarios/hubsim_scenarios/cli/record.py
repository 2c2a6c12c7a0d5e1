"""`hubsim record`: record the actions in a world of a server as a scenario."""

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

import click

from hubsim_contract.mqtt.tls import BadAuthorities
from hubsim_scenarios.language.errors import BadText
from hubsim_scenarios.language.instants import Instant, instant
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT
from hubsim_scenarios.recording.draft import DraftStep
from hubsim_scenarios.recording.recording import (
    RecordedScenario,
    RecordingOutcome,
    RecordingProgress,
    fix,
    is_empty,
    record,
)
from hubsim_scenarios.recording.server import CannotRecord, RecordedWorld, enter_world, open_world
from hubsim_scenarios.translation.plural import counted
from hubsim_scenarios.worlds.api import Api, check_url
from hubsim_scenarios.worlds.world import BadServerUrl, CannotPlay
from hubsim_server.signals import stopping

USUAL_CLOCK = "2026-01-15 09:00 Europe/Warsaw"
DIFFERENT_EXIT = 1
"""The file was written, but the scenario does not pass, or differs from the events on the server."""
SERVER_GONE_EXIT = 3
_EXISTING_WORLD_ZONE = "UTC"
"""The zone of times in the recording of an existing world, which has no zone."""


@click.command("record")
@click.option(
    "--cloud",
    "url",
    required=True,
    metavar="URL",
    help="The server, started with --lab: http(s)://host:port.",
)
@click.option(
    "--ca",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="The PEM file with the certificate authority of an https server.",
)
@click.option("--world", "name", metavar="NAME", help="Record an existing world, from its start.")
@click.option(
    "--clock",
    "start",
    metavar="INSTANT",
    help=f"The start time of a new world, with its zone.  [default: {USUAL_CLOCK}]",
)
@click.option("--title", help="The title of the scenario. The default is made from the file name.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.argument("file", type=click.Path(path_type=Path))
def command(
    url: str, ca: Path | None, name: str | None, start: str | None, title: str | None, force: bool, file: Path
) -> None:
    """Record the actions of all clients in a world of a server, and write them to FILE as a scenario.

    The command opens a new world on the server, and removes it at the end. With --world it records an
    existing world, and keeps it. It prints each step. Press Ctrl-C (or send SIGTERM) to end the recording.
    The command then adds expectations after each step, writes FILE, and plays it in the virtual world.

    Exit codes: 0 FILE was written and passes; 1 FILE was written, but it does not pass, or the play differs
    from the events on the server; 2 bad input, nothing was recorded; 3 the connection to the server or the
    world was lost: FILE has the steps before that.
    """
    if name is not None and start is not None:
        raise click.UsageError("--clock cannot be combined with --world: an existing world has its own clock")
    try:
        begin = instant(USUAL_CLOCK if start is None else start)
        check_url(url)
        _check_free(file, force=force)
        sys.exit(asyncio.run(_recorded(Api(url, ca), begin, name, title or _title(file), file)))
    except (BadText, BadServerUrl, BadAuthorities, CannotRecord) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    except CannotPlay as error:  # the server is gone, or its answer cannot be read
        click.echo(str(error), err=True)
        sys.exit(SERVER_GONE_EXIT)


async def _recorded(api: Api, begin: Instant, name: str | None, title: str, file: Path) -> int:
    """Record until a signal arrives. Return the exit code."""
    async with stopping(signal.SIGHUP) as stop:
        try:
            world = await (open_world(api, begin.ms) if name is None else enter_world(api, name))
            zone = begin.zone if name is None else _EXISTING_WORLD_ZONE
            try:
                _print_world(world, file)
                recorded = await record(
                    world, zone, RecordingProgress(_print_step, _print_message), stop.wait
                )
            finally:
                await world.aclose()
        finally:
            await api.aclose()
        return _write(recorded, title, file)


def _write(recorded: RecordedScenario, title: str, file: Path) -> int:
    """Write the recording, and print the verdict. Return the exit code."""
    if recorded.lost:
        _print_message(recorded.lost)
    if is_empty(recorded.draft):
        raise CannotRecord(f"nothing was recorded: {file} was not written")
    outcome = fix(recorded, title, file)
    try:
        file.write_text(outcome.text, encoding="utf-8", newline="\n")
    except OSError as error:
        click.echo(outcome.text, nl=False)
        _print_message(f"{file}: cannot be written ({error.strerror}): the scenario was printed instead")
        return DIFFERENT_EXIT
    _print_verdict(recorded, outcome, file)
    if recorded.gone:
        return SERVER_GONE_EXIT
    return DIFFERENT_EXIT if outcome.trouble or recorded.lost else 0


def _print_world(world: RecordedWorld, file: Path) -> None:
    _print_message(f"recording the world {world.name}; press Ctrl-C to stop and write {file}")
    _print_message(f"  people:          {world.url}/v1/...")
    _print_message(f"  bench and clock: {world.url}/lab/...")
    _print_message(f"  operator token:  POST {world.url}/lab/operator/session")


def _print_verdict(recorded: RecordedScenario, outcome: RecordingOutcome, file: Path) -> None:
    count = sum(isinstance(line, DraftStep) for line in recorded.draft.lines)
    _print_message(f"{file}: {counted(count, 'step')}" + ("" if outcome.trouble else "; it passes"))
    for text in outcome.trouble:
        _print_message(f"{file}: {text}")
    _print_message(f"play it: hubsim run --virtual {file}")


def _print_step(line: str) -> None:
    with suppress(OSError):  # standard output may be closed; the recording continues
        click.echo(line)


def _print_message(text: str) -> None:
    with suppress(OSError):
        click.echo(text, err=True)


def _check_free(file: Path, *, force: bool) -> None:
    if file.is_dir() or not file.parent.is_dir():
        problem = "is a folder" if file.is_dir() else f"the folder {file.parent} does not exist"
        raise CannotRecord(f"{file}: {problem}; give the path of a file")
    if file.exists() and not force:
        raise CannotRecord(f"{file} exists already: give another name, or --force to overwrite it")


def _title(file: Path) -> str:
    title = file.stem.replace("-", " ").replace("_", " ").strip()
    return (title[:1].upper() + title[1:]) or "A recording"
