"""`hubsim demo`: everything in one process, with a world that has customers, shown in the browser."""

from datetime import UTC, datetime
from pathlib import Path

import click

from hubsim_cloud.lab.errors import LabError
from hubsim_cloud.lab.records import WorldContent
from hubsim_console.cli.page_options import browser_option, lang_option, port_option
from hubsim_console.console import Console, ConsoleSettings
from hubsim_console.data_files import DEMO
from hubsim_console.shown_page import ShownPage, show
from hubsim_scenarios.translation.story_language import date_of, say_count
from hubsim_server.everything import Everything

_START = "#/demo"


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
    help="Start with this world, in place of the one of the demo: the clock, world and steps of a scenario.",
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
        await _fill(running, console, _content(file))
        now = datetime.fromtimestamp(running.host.get("").clock.world_ms() / 1000, UTC)
        one = "The demo is ready: {count} hub, {date} in the world."
        many = "The demo is ready: {count} hubs, {date} in the world."
        return say_count(one, many, running.hubs, date=date_of(now))

    page = ShownPage(process="demo", start=_START, port=port, language=lang, browser=browser, state=state)
    show(page, console, begin, surroundings=(CannotSeed,))


def _content(file: Path | None) -> WorldContent:
    """Return the content of the world. Raises `CannotSeed`."""
    try:
        return WorldContent(seed=DEMO) if file is None else WorldContent(file=file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotSeed(f"{file}: cannot be read: {error}") from error


async def _fill(running: Everything, console: Console, content: WorldContent) -> None:
    """Fill the main world, unless it has been used. Raises `CannotSeed`."""
    if running.host.get("").engine.log:
        return
    try:
        await console.seeding.reset("", content)
    except LabError as error:
        raise CannotSeed(str(error)) from error
