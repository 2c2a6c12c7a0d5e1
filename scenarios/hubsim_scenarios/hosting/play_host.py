"""The plays of a server: begins, keeps and removes them, within limits.

A play runs in a task of the server, in a world of the lab. Its own world stays after its end, so that people
can look at it, and is removed with the play. Plays do not survive a restart of the server.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import msgspec
from starlette.types import ASGIApp

from hubsim_cloud.lab.errors import BadRequest, LabError, NotThere
from hubsim_cloud.lab.records import WorldOrder
from hubsim_cloud.lab.world_manager import WorldManager
from hubsim_cloud.world.worlds import CloudWorlds
from hubsim_scenarios.hosting.hosted_play import HostedPlay
from hubsim_scenarios.hosting.play_views import HostedPlaysView, PlayOrder
from hubsim_scenarios.hosting.scenario_library import LibraryEntry, ScenarioLibrary
from hubsim_scenarios.language.errors import quoted
from hubsim_scenarios.language.steps import ExpectOrder, InjectFault, Scenario, single_steps
from hubsim_scenarios.play.launch import conditions
from hubsim_scenarios.translation.story_language import in_language
from hubsim_scenarios.worlds.hosted import HostedWorld
from hubsim_scenarios.worlds.world import CannotPlay, Settings
from hubsim_simulator.broker.profiles import EMBEDDED

PLAYS_AT_ONCE = 8
"""The number of plays that run or pause at the same time; the next one is refused."""
PLAYS_KEPT = 40
"""The number of plays that are kept; then the oldest one that has ended is removed with its world."""
SEEDS = 10_000
"""Seeds that are drawn for plays in a world that exists are below this number."""
STOP_LIMIT_S = 20.0
"""How long the end of the server waits for the steps that run. A step ends sooner, or cannot end."""


class PlayHost:
    """The plays. Use `running` to run it."""

    def __init__(
        self,
        worlds: CloudWorlds,
        lab: WorldManager,
        app: Callable[[], ASGIApp],
        library: ScenarioLibrary,
    ) -> None:
        self.library = library
        self._worlds = worlds
        self._lab = lab
        self._app = app
        self._plays: dict[str, HostedPlay] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run plays within the context. At the end all plays are stopped, and their worlds removed."""
        async with asyncio.TaskGroup() as self._group:
            try:
                yield
            finally:
                for task in self._tasks.values():
                    task.cancel()
        for play in self._plays.values():
            await self._remove_world(play)

    # ------------------------------------------------------------------ plays

    def plays(self) -> HostedPlaysView:
        """Return all plays, the newest first."""
        return HostedPlaysView(plays=[play.view() for play in reversed(self._plays.values())])

    def by_scenario(self) -> dict[str, list[str]]:
        """Return the ids of the plays of each scenario, the newest first."""
        found: dict[str, list[str]] = {}
        for play in reversed(self._plays.values()):
            found.setdefault(play.entry.id, []).append(play.id)
        return found

    def get(self, id_: str) -> HostedPlay:
        """Return a play. Raises `NotThere`."""
        if id_ not in self._plays:
            raise NotThere("no_such_play", f"unknown play {quoted(id_)}")
        return self._plays[id_]

    async def begin(self, order: PlayOrder) -> HostedPlay:
        """Begin a play. Raises `BadRequest`, `NotThere` and the errors of a new world."""
        entry = await asyncio.to_thread(self.library.get, order.scenario)
        return await self.begin_entry(entry, order)

    async def begin_entry(self, entry: LibraryEntry, order: PlayOrder) -> HostedPlay:
        """Begin a play of a scenario. Raises as `begin`."""
        scenario = entry.case(order.case)
        if sum(not play.is_over for play in self._plays.values()) >= PLAYS_AT_ONCE:
            text = f"{PLAYS_AT_ONCE} plays run or pause, the limit: stop one, or wait for its end"
            raise BadRequest("too_many_plays", text)
        if order.world is not None:
            self._check_world(order.world, scenario)
        if order.seed is None:
            seed = 1 if order.world is None else secrets.randbelow(SEEDS - 2) + 2
            order = msgspec.structs.replace(order, seed=seed)
        id_ = secrets.token_hex(4)
        world = f"play-{id_}" if order.world is None else order.world
        play = HostedPlay(id_, entry, order, world, self._announce)
        self._plays[id_] = play
        try:
            await self._forget_surplus()
            if order.world is None:
                await self._lab.open(_world_order(world, scenario))
        except BaseException:
            del self._plays[id_]
            raise
        self._tasks[id_] = self._group.create_task(self._run(play), name=f"play {id_}")
        return play

    async def remove(self, id_: str) -> None:
        """Stop a play, and remove it with its own world. Raises `NotThere`."""
        play = self.get(id_)
        play.steering.stop()
        task = self._tasks.pop(id_)
        done, _ = await asyncio.wait({task}, timeout=STOP_LIMIT_S)
        if not done:
            task.cancel()
            await asyncio.wait({task})
        self._plays.pop(id_, None)
        await self._remove_world(play)

    def pause(self, id_: str) -> HostedPlay:
        """Pause a play before its next step. Raises `NotThere`, `BadRequest`."""
        play = self._running(id_)
        play.steering.pause()
        return play

    def go_on(self, id_: str) -> HostedPlay:
        """Continue a play. Raises `NotThere`, `BadRequest`."""
        play = self._running(id_)
        play.steering.go_on()
        return play

    def step(self, id_: str) -> HostedPlay:
        """Play one step. Raises `NotThere`, `BadRequest`."""
        play = self._running(id_)
        play.steering.step()
        return play

    def stop(self, id_: str) -> HostedPlay:
        """Stop a play before its next step. Raises `NotThere`, `BadRequest`."""
        play = self._running(id_)
        play.steering.stop()
        return play

    # ------------------------------------------------------------------ inside

    def _announce(self, play: HostedPlay) -> None:
        """Show a change of a play to the clients that watch its world or the main one."""
        with in_language(play.language):
            event = play.event()
        for name in {play.world, ""} & self._worlds.worlds.keys():
            self._lab.of(name).watch.publish("play", event)

    def _running(self, id_: str) -> HostedPlay:
        play = self.get(id_)
        if play.is_over:
            raise BadRequest("play_is_over", f"the play has ended: {play.state}")
        return play

    def _check_world(self, name: str, scenario: Scenario) -> None:
        """Raise for a world in which the scenario cannot be played."""
        lab = self._lab.of(name)
        used = [play for play in self._plays.values() if play.world == name and not play.is_over]
        if used:
            raise BadRequest("world_in_use", f"another play runs in this world: {used[0].scenario.title!r}")
        needs_trace = any(
            isinstance(step, ExpectOrder) or (isinstance(step, InjectFault) and step.fault == "replay")
            for step in single_steps(scenario.steps)
        )
        if needs_trace and not lab.world.plan.traced:
            text = "the main world has no trace, which `order` and `replay` need: play in a new world"
            raise BadRequest("cannot", text)

    async def _run(self, play: HostedPlay) -> None:
        scenario, order = play.scenario, play.order
        try:
            served = self._worlds.get(play.world)
            held = served.clock.held
            start = conditions(scenario, play.seed, EMBEDDED)
            with in_language(play.language):
                await play.run(HostedWorld(start, self._app(), served))
            if order.world is not None and not held:
                await self._lab.of(play.world).hold(held=False)
        except (CannotPlay, LabError, KeyError) as error:
            play.give_up(str(error))

    async def _forget_surplus(self) -> None:
        over = [play.id for play in self._plays.values() if play.is_over]
        for id_ in over[: max(0, len(self._plays) - PLAYS_KEPT)]:
            await self.remove(id_)

    async def _remove_world(self, play: HostedPlay) -> None:
        if play.order.world is None:
            with suppress(LabError):  # a client has removed it, or the simulator is gone
                await self._lab.remove(play.world)


def _world_order(name: str, scenario: Scenario) -> WorldOrder:
    """Return the order for the own world of a play."""
    settings: Settings = conditions(scenario, 1, EMBEDDED).settings
    carrier = msgspec.to_builtins(settings.carrier)
    del carrier["prefix"]  # the lab chooses it
    return WorldOrder(
        name=name,
        start_ms=scenario.clock_ms,
        cloud=msgspec.to_builtins(settings.cloud),
        carrier=carrier,
        hub=msgspec.to_builtins(settings.hub),
    )
