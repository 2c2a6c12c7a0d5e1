"""`hubsim demo`: everything in one process, with a world that has customers, shown in the browser."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import click

from hubsim_cloud.lab.errors import LabError
from hubsim_cloud.lab.records import WorldContent
from hubsim_cloud.lab.snapshot_file import is_snapshot_file
from hubsim_console.cli.page_options import browser_option, lang_option, port_option
from hubsim_console.console import Console, ConsoleSettings
from hubsim_console.data_files import DEMO
from hubsim_console.shown_page import ShownPage, show
from hubsim_scenarios.product.files import start_of
from hubsim_scenarios.translation.story_language import date_of, say_count
from hubsim_server.everything import Everything

_START = "#/demo"
_SNAPSHOT = "start"
"""The name of the snapshot with which the world starts: a presenter returns to it."""
_CHUNK_BYTES = 65_536


class CannotSeed(Exception):
    """The world cannot be filled from the file."""


@click.command("demo")
@port_option
@browser_option
@lang_option
@click.option(
    "--world",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Start with this world, in place of the one of the demo: the clock, world and steps of a scenario, "
    "or the file of a snapshot.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep the world in this folder, and continue it the next time.  [default: a temporary folder]",
)
def command(port: int | None, browser: bool, lang: str | None, file: Path | None, state: Path | None) -> None:
    """Show a world with customers of several companies in the browser, until Ctrl-C.

    Runs broker, cloud, carrier and hubs on this machine, with all that the lab can do. Exit codes: 0 clean
    shutdown, 2 bad options, 3 cannot run.
    """
    console = Console(ConsoleSettings(language=lang, start=_START))

    async def begin(running: Everything) -> str:
        await _fill(running, console, file)
        now = datetime.fromtimestamp(running.host.get("").clock.world_ms() / 1000, UTC)
        one = "The demo is ready: {count} hub, {date} in the world."
        many = "The demo is ready: {count} hubs, {date} in the world."
        return say_count(one, many, running.hubs, date=date_of(now))

    page = ShownPage(process="demo", start=_START, port=port, language=lang, browser=browser, state=state)
    show(page, console, begin, surroundings=(CannotSeed,))


async def _fill(running: Everything, console: Console, file: Path | None) -> None:
    """Fill the main world, unless it has been used. Raises `CannotSeed`."""
    if running.host.get("").engine.log:
        return
    try:
        if file is None:
            await console.seeding.reset("", WorldContent(seed=DEMO))
        elif is_snapshot_file(start := start_of(file)):
            await console.seeding.restore("", _SNAPSHOT, _content(file))
        else:
            await console.seeding.reset("", WorldContent(file=start.decode()))
    except LabError as error:
        raise CannotSeed(f"{file}: {error}" if file is not None else str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CannotSeed(f"{file}: cannot be read: {error}") from error


async def _content(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            yield chunk
