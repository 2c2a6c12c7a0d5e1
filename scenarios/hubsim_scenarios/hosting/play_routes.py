"""The routes of scenarios and plays; a part of the lab."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.http.endpoints import Handler
from hubsim_cloud.http.languages import preferred_language
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Mistake
from hubsim_cloud.http.requests import invalid, read_parameters
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.http.system_routes import SystemRoute
from hubsim_cloud.lab.lab_problems import explained
from hubsim_cloud.lab.lab_route import in_path, read_sent
from hubsim_cloud.lab.routes import LAB
from hubsim_scenarios.hosting.hosted_play import HostedPlay
from hubsim_scenarios.hosting.play_examples import PLAY_EXAMPLES
from hubsim_scenarios.hosting.play_host import PlayHost
from hubsim_scenarios.hosting.play_views import (
    HostedPlaysView,
    HostedPlayView,
    PlayBreakpoints,
    PlayOrder,
    ScenariosView,
    ScenarioView,
    StepSnapshots,
)
from hubsim_scenarios.hosting.scenario_library import ScenarioFilter
from hubsim_scenarios.reports.page_data import PlayView
from hubsim_scenarios.traces.writer import program_version
from hubsim_scenarios.translation.story_language import StoryLanguage, in_language

HTML = "text/html"
_NUMBER_DIGITS = 6


class PlayHandlers:
    """The handlers of the routes."""

    def __init__(self, host: PlayHost) -> None:
        self._host = host

    async def show_scenarios(self, request: Request, _world: ServedWorld) -> Response:
        """List the scenarios that this server can play."""
        wanted, plays = read_parameters(request, ScenarioFilter), self._host.by_scenario()
        return json_answer(await asyncio.to_thread(self._host.library.listed, wanted, plays))

    async def show_scenario(self, request: Request, _world: ServedWorld) -> Response:
        """Read a scenario: its text, its cases and its steps."""
        id_ = in_path(request, "scenario")
        plays = self._host.by_scenario().get(id_, ())
        return json_answer(await asyncio.to_thread(self._host.library.shown, id_, plays))

    async def begin_play(self, request: Request, _world: ServedWorld) -> Response:
        """Play a scenario, in a new world or in one that exists. The response does not wait for its end."""
        play = await self._host.begin(await read_sent(request, PlayOrder))
        return json_answer(play.view(), 201)

    async def show_plays(self, _request: Request, _world: ServedWorld) -> Response:
        """List the plays, the newest first."""
        return json_answer(self._host.plays())

    async def show_play(self, request: Request, _world: ServedWorld) -> Response:
        """Read a play: its state, its steps, and what it awaits now."""
        return json_answer(self._play(request).view())

    async def pause_play(self, request: Request, _world: ServedWorld) -> Response:
        """Pause a play before its next step."""
        return json_answer(self._host.pause(in_path(request, "play")).view())

    async def continue_play(self, request: Request, _world: ServedWorld) -> Response:
        """Continue a play to the next breakpoint, or to its end."""
        return json_answer(self._host.go_on(in_path(request, "play")).view())

    async def step_play(self, request: Request, _world: ServedWorld) -> Response:
        """Play one step."""
        return json_answer(self._host.step(in_path(request, "play")).view())

    async def stop_play(self, request: Request, _world: ServedWorld) -> Response:
        """Stop a play before its next step; its world stays until the play is removed."""
        return json_answer(self._host.stop(in_path(request, "play")).view())

    async def set_play_breakpoints(self, request: Request, _world: ServedWorld) -> Response:
        """Set the lines of the file before which a play pauses."""
        play, sent = self._play(request), await read_sent(request, PlayBreakpoints)
        play.steering.lines = frozenset(sent.lines)
        return json_answer(play.view())

    async def show_play_step(self, request: Request, _world: ServedWorld) -> Response:
        """Read the hubs of a play as they were after a step; step 0 is the beginning."""
        text = in_path(request, "number")
        if not (text.isascii() and text.isdecimal() and len(text) <= _NUMBER_DIGITS):
            raise invalid(Mistake("/number", "the number of a step is expected, or 0"))
        return json_answer(self._play(request).snapshots(int(text)))

    async def show_play_record(self, request: Request, _world: ServedWorld) -> Response:
        """Read everything about a play that has ended: the data of its report."""
        return json_answer(self._play(request).record())

    async def show_play_report(self, request: Request, _world: ServedWorld) -> Response:
        """Get the HTML report of a play that has ended; one file that works offline."""
        page = await asyncio.to_thread(self._play(request).report, program_version())
        return Response(page, headers={"Cache-Control": "no-store"}, media_type=HTML)

    async def remove_play(self, request: Request, _world: ServedWorld) -> Response:
        """Stop a play, and remove it with its own world."""
        await self._host.remove(in_path(request, "play"))
        return Response(status_code=204)

    def _play(self, request: Request) -> HostedPlay:
        return self._host.get(in_path(request, "play"))


class PlayRoute(NamedTuple):
    """One row of the table of the routes."""

    method: str
    path: str
    handler: Callable[[PlayHandlers, Request, ServedWorld], Awaitable[Response]]
    status: int
    body: type[msgspec.Struct] | None
    answer: type[msgspec.Struct] | str | None
    """A type, or a media type."""
    query: type[msgspec.Struct] | None = None
    """The parameters of the query string."""


_PLAY = "/lab/plays/{play}"
PLAY_ROUTES: tuple[PlayRoute, ...] = (
    PlayRoute("GET", "/lab/scenarios", PlayHandlers.show_scenarios, 200, None, ScenariosView, ScenarioFilter),
    PlayRoute("GET", "/lab/scenarios/{scenario}", PlayHandlers.show_scenario, 200, None, ScenarioView),
    PlayRoute("GET", "/lab/plays", PlayHandlers.show_plays, 200, None, HostedPlaysView),
    PlayRoute("POST", "/lab/plays", PlayHandlers.begin_play, 201, PlayOrder, HostedPlayView),
    PlayRoute("GET", _PLAY, PlayHandlers.show_play, 200, None, HostedPlayView),
    PlayRoute("DELETE", _PLAY, PlayHandlers.remove_play, 204, None, None),
    PlayRoute("POST", f"{_PLAY}/pause", PlayHandlers.pause_play, 200, None, HostedPlayView),
    PlayRoute("POST", f"{_PLAY}/continue", PlayHandlers.continue_play, 200, None, HostedPlayView),
    PlayRoute("POST", f"{_PLAY}/step", PlayHandlers.step_play, 200, None, HostedPlayView),
    PlayRoute("POST", f"{_PLAY}/stop", PlayHandlers.stop_play, 200, None, HostedPlayView),
    PlayRoute(
        "PUT", f"{_PLAY}/breakpoints", PlayHandlers.set_play_breakpoints, 200, PlayBreakpoints, HostedPlayView
    ),
    PlayRoute("GET", f"{_PLAY}/steps/{{number}}", PlayHandlers.show_play_step, 200, None, StepSnapshots),
    PlayRoute("GET", f"{_PLAY}/record", PlayHandlers.show_play_record, 200, None, PlayView),
    PlayRoute("GET", f"{_PLAY}/report", PlayHandlers.show_play_report, 200, None, HTML),
)


def play_routes(host: PlayHost) -> tuple[SystemRoute, ...]:
    """Return the routes of the plays of a server."""
    at = PlayHandlers(host)
    return tuple(
        SystemRoute(
            method=row.method,
            path=row.path,
            handler=explained(_in_language_of_request(partial(row.handler, at)), row.handler),
            tag=LAB,
            status=row.status,
            body=row.body,
            answer=row.answer,
            query=row.query,
            example=PLAY_EXAMPLES.get(row.handler.__name__),
        )
        for row in PLAY_ROUTES
    )


def _in_language_of_request(handler: Handler) -> Handler:
    """Return the handler; it describes steps in the language that the client prefers."""

    async def handle(request: Request, world: ServedWorld) -> Response:
        preferred = preferred_language(request.headers.get("accept-language", ""))
        with in_language(StoryLanguage(preferred.value)):
            return await handler(request, world)

    return handle
