"""`hubsim demo`: everything in one process, with a world that has customers, shown in the browser."""

import asyncio
import os
import socket
import sys
import webbrowser
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from hubsim_cloud.lab.errors import LabError
from hubsim_cloud.lab.records import WorldContent
from hubsim_console.console import ROOT, Console, ConsoleSettings
from hubsim_console.data_files import DEMO
from hubsim_server.everything import SURROUNDINGS, Everything, everything
from hubsim_server.logs import get
from hubsim_server.process import run
from hubsim_server.settings import LogLevel, ServerSettings
from hubsim_server.signals import StopRequest

USUAL_PORT = 8080
_LOOPBACK = "127.0.0.1"
_START = "#/demo"


class CannotSeed(Exception):
    """The world cannot be filled from the file."""


@click.command("demo")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help=f"The port of the page; 0 means any free port.  [default: {USUAL_PORT}, or a free one]",
)
@click.option(
    "--browser/--no-browser", default=True, help="Open the page in the browser.  [default: browser]"
)
@click.option("--lang", type=click.Choice(["en", "pl"]), help="The language.  [default: that of the browser]")
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
    with ExitStack() as stack:
        folder = state or Path(stack.enter_context(TemporaryDirectory(prefix="hubsim-demo-")))
        settings = ServerSettings(
            http_port=_port() if port is None else port,
            mqtt_port=0,
            state=folder,
            lab=True,
            log_level=LogLevel.WARNING,
        )

        async def main(stop: StopRequest) -> None:
            content = _content(file)
            async with everything(settings, console) as running, asyncio.TaskGroup() as group:
                begin = group.create_task(_begin(running, console, content), name="demo")
                begin.add_done_callback(lambda task: _show(task, running, lang, browser=browser))
                await stop.wait()
                begin.cancel()

        run("demo", settings, main, (*SURROUNDINGS, CannotSeed))


def _content(file: Path | None) -> WorldContent:
    """Return the content of the world. Raises `CannotSeed`."""
    try:
        return WorldContent(seed=DEMO) if file is None else WorldContent(file=file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotSeed(f"{file}: cannot be read: {error}") from error


async def _begin(running: Everything, console: Console, content: WorldContent) -> None:
    """Fill the main world, unless it has been used. Raises `CannotSeed`."""
    await running.until_ready()
    if running.host.get("").engine.log:
        return
    try:
        await console.seeding.reset("", content)
    except LabError as error:
        raise CannotSeed(str(error)) from error


def _show(task: "asyncio.Task[None]", running: Everything, lang: str | None, *, browser: bool) -> None:
    """Print the address, and open it in the browser."""
    if task.cancelled() or task.exception() is not None:
        return
    address = f"{running.address.url}{ROOT}/{_START}{f'?lang={lang}' if lang else ''}"
    now = datetime.fromtimestamp(running.host.get("").clock.world_ms() / 1000, UTC)
    click.echo(f"{address}")
    click.echo(f"The demo is ready: {running.hubs} hubs, {now.day} {now:%B %Y} in the world. Ctrl-C ends it.")
    get("demo").info("started", url=address)
    if browser and _has_screen():
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, address)


def _has_screen() -> bool:
    """Return whether a browser would open in a window, and not in this terminal."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _port() -> int:
    """Return the usual port if it is free, else 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, USUAL_PORT))
        except OSError:
            return 0
    return USUAL_PORT
