"""`hubsim record`: turn what is done against a running server into a scenario."""

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
from hubsim_scenarios.worlds.api import Api, check_url
from hubsim_scenarios.worlds.world import BadServerUrl, CannotPlay
from hubsim_server.signals import stopping

USUAL_CLOCK = "2026-01-15 09:00 Europe/Warsaw"
OTHERWISE_EXIT = 1
"""The file is written, but does not pass, or is not what happened on the server."""
SERVER_GONE_EXIT = 3
_ZONE_OF_OTHERS = "UTC"
"""In which zone the times of a world stand that was there before: nobody has said another one."""


@click.command("record")
@click.option(
    "--cloud",
    "url",
    required=True,
    metavar="URL",
    help="The server, which has its lab on: http(s)://host:port.",
)
@click.option(
    "--ca",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="The PEM file with the authority that an https server's certificate is checked against.",
)
@click.option("--world", "name", metavar="NAME", help="Record a world that is there, from its beginning on.")
@click.option(
    "--clock",
    "start",
    metavar="INSTANT",
    help=f"Where the clock of a new world begins, with its zone.  [default: {USUAL_CLOCK}]",
)
@click.option("--title", help="The scenario's sentence. Without one it is made of the file's name.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.argument("file", type=click.Path(path_type=Path))
def command(
    url: str, ca: Path | None, name: str | None, start: str | None, title: str | None, force: bool, file: Path
) -> None:
    """Record what is done in a world of a server, by whomever, into FILE.

    A world of its own is opened there, and removed in the end; --world records one that is there, and leaves
    it. Each step is printed as it is done. Ctrl-C or SIGTERM ends the recording: FILE is written, with what
    is to be expected after each step, and played in the virtual world.

    Exit codes: 0 written, and it passes; 1 written, but it does not pass, or the play is not what happened on
    the server; 2 bad input, nothing was done; 3 the server or the world went away: what was recorded until
    then is written.
    """
    if name is not None and start is not None:
        raise click.UsageError("--clock is for a new world: the one that --world names has its own clock")
    try:
        begin = instant(USUAL_CLOCK if start is None else start)
        check_url(url)
        _check_free(file, force=force)
        sys.exit(asyncio.run(_recorded(Api(url, ca), begin, name, title or _title(file), file)))
    except (BadText, BadServerUrl, BadAuthorities, CannotRecord) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    except CannotPlay as error:  # ServerGone, or one that tells what cannot be read
        click.echo(str(error), err=True)
        sys.exit(SERVER_GONE_EXIT)


async def _recorded(api: Api, begin: Instant, name: str | None, title: str, file: Path) -> int:
    """Record until a signal comes; return the exit code."""
    async with stopping(signal.SIGHUP) as stop:
        try:
            world = await (open_world(api, begin.ms) if name is None else enter_world(api, name))
            zone = begin.zone if name is None else _ZONE_OF_OTHERS
            try:
                _tell_where(world, file)
                take = await record(world, zone, RecordingProgress(_say, _talk), stop.wait)
            finally:
                await world.aclose()
        finally:
            await api.aclose()
        return _written(take, title, file)


def _written(take: RecordedScenario, title: str, file: Path) -> int:
    """Write what was recorded, and tell the verdict; return the exit code."""
    if take.lost:
        _talk(take.lost)
    if is_empty(take.draft):
        raise CannotRecord(f"nothing was done: {file} is not written")
    outcome = fix(take, title, file)
    try:
        file.write_text(outcome.text, encoding="utf-8", newline="\n")
    except OSError as error:
        click.echo(outcome.text, nl=False)
        _talk(f"{file}: cannot be written ({error.strerror}): the scenario stands above")
        return OTHERWISE_EXIT
    _tell_verdict(take, outcome, file)
    if take.gone:
        return SERVER_GONE_EXIT
    return OTHERWISE_EXIT if outcome.trouble or take.lost else 0


def _tell_where(world: RecordedWorld, file: Path) -> None:
    _talk(f"recording the world {world.name}; Ctrl-C ends it and writes {file}")
    _talk(f"  people:          {world.url}/v1/...")
    _talk(f"  bench and clock: {world.url}/lab/...")
    _talk(f"  operator token:  {world.operator_token}")


def _tell_verdict(take: RecordedScenario, outcome: RecordingOutcome, file: Path) -> None:
    count = sum(isinstance(line, DraftStep) for line in take.draft.lines)
    _talk(f"{file}: {count} steps" + ("" if outcome.trouble else "; it passes"))
    for text in outcome.trouble:
        _talk(f"{file}: {text}")
    _talk(f"play it: hubsim run --virtual {file}")


def _say(line: str) -> None:
    with suppress(OSError):  # nobody listens any more: the recording goes on, and its file tells it all
        click.echo(line)


def _talk(text: str) -> None:
    with suppress(OSError):
        click.echo(text, err=True)


def _check_free(file: Path, *, force: bool) -> None:
    if file.is_dir() or not file.parent.is_dir():
        what = "is a folder" if file.is_dir() else f"the folder {file.parent} is not there"
        raise CannotRecord(f"{file}: {what}; name a file")
    if file.exists() and not force:
        raise CannotRecord(f"{file} is there already: give another name, or --force to write over it")


def _title(file: Path) -> str:
    words = file.stem.replace("-", " ").replace("_", " ").strip()
    return (words[:1].upper() + words[1:]) or "A recording"
