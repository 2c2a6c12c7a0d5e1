"""Runs everything in one process for a page in the browser: its address, the browser, and the end."""

import asyncio
import os
import socket
import sys
import webbrowser
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec

from hubsim_console.console import ROOT, Console
from hubsim_scenarios.translation.story_language import StoryLanguage, in_language, say
from hubsim_server.everything import SURROUNDINGS, Everything, everything
from hubsim_server.logs import get
from hubsim_server.process import run
from hubsim_server.settings import LogLevel, ServerSettings
from hubsim_server.signals import StopRequest

USUAL_PORT = ServerSettings().http_port
_LOOPBACK = "127.0.0.1"

Begin = Callable[[Everything], Awaitable[str]]
"""Prepares the server that runs, and returns the line that says that it is ready."""
While = Callable[[], Awaitable[None]]
"""Runs while the page is shown; it is cancelled at the end."""


async def _nothing() -> None:
    """Run nothing."""


class ShownPage(msgspec.Struct, frozen=True, kw_only=True):
    """How the page is shown."""

    process: str
    """The name of the command, for the log."""
    start: str
    """The address within the console."""
    port: int | None = None
    """None: the usual one, or a free one if it is in use."""
    language: str | None = None
    browser: bool = True
    state: Path | None = None
    """None: a temporary folder, which is removed at the end."""


def show(
    page: ShownPage,
    console: Console,
    begin: Begin,
    meanwhile: While = _nothing,
    surroundings: tuple[type[Exception], ...] = (),
) -> None:
    """Show the page until SIGTERM or Ctrl-C. Exits as `hubsim_server.process.run`."""
    with ExitStack() as stack:
        folder = page.state or Path(stack.enter_context(TemporaryDirectory(prefix=f"hubsim-{page.process}-")))
        settings = ServerSettings(
            http_port=_port() if page.port is None else page.port,
            mqtt_port=0,
            state=folder,
            lab=True,
            log_level=LogLevel.WARNING,
        )

        async def main(stop: StopRequest) -> None:
            async with everything(settings, console) as running, asyncio.TaskGroup() as group:
                with in_language(StoryLanguage(page.language or StoryLanguage.ENGLISH)):
                    shown = group.create_task(_show(page, running, begin, meanwhile), name=page.process)
                await stop.wait()
                shown.cancel()

        run(page.process, settings, main, (*SURROUNDINGS, *surroundings))


async def _show(page: ShownPage, running: Everything, begin: Begin, meanwhile: While) -> None:
    await running.until_ready()
    ready = await begin(running)
    language = f"?lang={page.language}" if page.language else ""
    address = f"{running.address.url}{ROOT}/{page.start}{language}"
    click.echo(address)
    click.echo(say("{ready} Ctrl-C ends it.", ready=ready))
    get(page.process).info("started", url=address)
    if page.browser and _has_screen():
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, address)
    await meanwhile()


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
