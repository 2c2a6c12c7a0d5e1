"""The console as an extension of a server: its pages at `/console`, seeds of worlds, and plays.

Without a lab it serves the pages alone, which then show the views of PRO Desktop and of the PRO app.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Problem, ProblemName
from hubsim_cloud.http.requests import read_query
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.http.system_routes import SystemRoute
from hubsim_cloud.lab.seeding import Seeding
from hubsim_console.data_files import DEMO, DEMO_PASSWORD, DEMO_SEED, PAGES, STORY
from hubsim_console.static_files import SECURITY_HEADERS, StaticFiles
from hubsim_scenarios.hosting.play_host import PlayHost
from hubsim_scenarios.hosting.play_routes import play_routes
from hubsim_scenarios.hosting.scenario_library import ScenarioLibrary
from hubsim_scenarios.hosting.world_files import WorldFile, WorldFiles
from hubsim_scenarios.traces.writer import program_version
from hubsim_server.extension import Addition, ServerParts

ROOT = "/console"
TAG = "Console"
SEEDS = {DEMO: WorldFile(DEMO_SEED, DEMO_PASSWORD)}


class ConsoleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the console opens."""

    language: str | None = None
    """`en` or `pl`. None: that of the browser."""
    start: str = ""
    """The address within the console that opens first, such as `#/demo`. Empty: the console chooses."""
    world: str = ""
    """The world that is shown first; empty: the main one."""


_DEFAULTS = ConsoleSettings()


class ConsoleConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages of the console need to know of their server."""

    version: str
    lab: bool
    world: str
    language: str | None
    start: str


class Console:
    """The extension."""

    def __init__(
        self,
        settings: ConsoleSettings = _DEFAULTS,
        pages: Path = PAGES,
        own_files: Callable[[], Iterable[Path]] = tuple,
    ) -> None:
        """`own_files` returns the user's scenario files now. It may raise `BadFiles`."""
        self._settings = settings
        self._own_files = own_files
        self._pages = pages
        self.seeding: Seeding
        """Fills worlds of the server that runs; it exists if the server has a lab."""
        self.plays: PlayHost
        """The plays of the server that runs; they exist if it has a lab."""

    @asynccontextmanager
    async def serving(self, parts: ServerParts) -> AsyncIterator[Addition]:
        """Serve the pages within the context, and with a lab also seeds."""
        config = ConsoleConfig(
            version=program_version(),
            lab=parts.lab is not None,
            world=self._settings.world,
            language=self._settings.language,
            start=self._settings.start,
        )
        pages = page_routes(StaticFiles(self._pages), config)
        if parts.lab is None:
            yield Addition(routes=pages)
            return
        seeds = WorldFiles(parts.worlds, lambda: parts.app, SEEDS)
        self.seeding = Seeding(parts.lab, seeds)
        self.plays = PlayHost(parts.worlds, parts.lab, lambda: parts.app, ScenarioLibrary(self._own_files))
        async with self.plays.running():
            yield Addition(routes=(*pages, *play_routes(self.plays)), seeds=seeds)


def page_routes(files: StaticFiles, config: ConsoleConfig) -> tuple[SystemRoute, ...]:
    """Return the routes of the pages."""
    story = StaticFiles(STORY.parent)

    async def show_file(request: Request, world: ServedWorld) -> Response:
        """Serve a file of the console."""
        _check_main(world)
        path = str(request.scope["path_params"]["path"])
        return files.response(path, request.headers.get("if-none-match"))

    async def show_config(request: Request, world: ServedWorld) -> Response:
        """Describe the server for the pages."""
        _check_main(world)
        read_query(request, ())
        return json_answer(config, headers=SECURITY_HEADERS)

    async def show_story(request: Request, world: ServedWorld) -> Response:
        """Serve the story of the demo: chapters, and their steps."""
        _check_main(world)
        return story.response(STORY.name, request.headers.get("if-none-match"))

    async def enter(_request: Request, world: ServedWorld) -> Response:
        """Send the browser to the index: the addresses in the pages begin with `/console/`."""
        _check_main(world)
        return RedirectResponse(f"{ROOT}/", 308)

    return (
        SystemRoute(method="GET", path=ROOT, handler=enter, tag=TAG, shown=False),
        SystemRoute(method="GET", path=f"{ROOT}/config.json", handler=show_config, tag=TAG, shown=False),
        SystemRoute(method="GET", path=f"{ROOT}/story.json", handler=show_story, tag=TAG, shown=False),
        SystemRoute(method="GET", path=f"{ROOT}/{{path:path}}", handler=show_file, tag=TAG, shown=False),
    )


def _check_main(world: ServedWorld) -> None:
    """Raise `not_found` under `/worlds/NAME`: one console shows all worlds."""
    if world.name:
        raise Problem(ProblemName.NOT_FOUND, f"The console is at {ROOT}/, for all worlds.")
