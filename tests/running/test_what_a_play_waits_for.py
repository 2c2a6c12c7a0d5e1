"""A play that waits says what for, with names for ids, to whoever looks on."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from small_scenarios import HOLDS, scenario

from scenarios.patience import run_watched, waiting
from scenarios.play import Play, Waiting, Watched
from scenarios.playing import conditions, play_live
from scenarios.running.crew import play_side_by_side
from scenarios.running.progress import Dark
from scenarios.running.series import Series, turns_of
from scenarios.running.venue import Turn, Venue
from scenarios.worlds.api import Api
from scenarios.worlds.remote import RemoteWorld
from scenarios.worlds.virtual import VirtualWorld
from simulator.broker.profiles import EMBEDDED

LIMIT_S = 30
"""Far longer than anything here takes; a test that waits so long has failed."""


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """A server that lets everybody in and never says a word."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


class Heard:
    """Waits until it is told once what is awaited."""

    def __init__(self) -> None:
        self.waiting: asyncio.Future[Waiting] = asyncio.get_running_loop().create_future()

    def __call__(self, waiting: Waiting) -> None:
        if not self.waiting.done():
            self.waiting.set_result(waiting)


class Board(Dark):
    """Takes down what the plays wait for."""

    def __init__(self) -> None:
        self.heard = Heard()

    def waits(self, _seat: int, _turn: Turn, waiting: Waiting) -> None:
        self.heard(waiting)


async def first_heard(playing: "asyncio.Task[object]", heard: Heard) -> Waiting:
    """Return what is heard first, and give the play up."""
    try:
        async with asyncio.timeout(LIMIT_S):
            return await heard.waiting
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


@pytest.mark.live
async def test_a_play_tells_that_its_broker_does_not_answer(silent_port: int) -> None:
    heard = Heard()
    play = play_live(scenario(), broker=f"mqtt://127.0.0.1:{silent_port}", watched=Watched(waiting=heard))

    told = await first_heard(asyncio.create_task(play), heard)

    assert told.step == 0
    assert "cloud: waits for CONNACK" in told.awaited


@pytest.mark.live
async def test_a_play_in_a_process_of_its_own_tells_it_too(silent_port: int) -> None:
    board = Board()
    venue = Venue(broker=f"mqtt://127.0.0.1:{silent_port}")
    series = Series(turns_of([scenario(), scenario()], 1), [].append)

    told = await first_heard(asyncio.create_task(play_side_by_side(venue, series, 2, board)), board.heard)

    assert "cloud: waits for CONNACK" in told.awaited


@pytest.mark.live
async def test_a_play_on_a_server_tells_which_request_is_not_answered(silent_port: int) -> None:
    heard = Heard()
    start = conditions(scenario(), 1, EMBEDDED)
    play = Play(scenario(), RemoteWorld(start, Api(f"http://127.0.0.1:{silent_port}")))

    told = await first_heard(asyncio.create_task(run_watched(play, heard)), heard)

    assert told.awaited == ("the server has not answered POST /lab/worlds",)


class Waited(VirtualWorld):
    """A world that says of its only hub that it has not received something."""

    def awaited(self) -> list[str]:
        (hub,) = self.fleet.hubs
        return [f"{hub} has not received hubs/{hub}/desired"]


async def test_what_is_awaited_is_told_with_names_for_ids() -> None:
    play = Play(scenario(), Waited(conditions(scenario(), 1, EMBEDDED)))
    await play.run()

    told = waiting(play)

    assert told.step == len(scenario().steps)
    assert told.awaited == ("villa has not received hubs/villa/desired",)


async def test_looking_on_changes_nothing_about_a_play_that_ends_at_once() -> None:
    heard = Heard()
    play = Play(scenario(HOLDS), VirtualWorld(conditions(scenario(), 1, EMBEDDED)))

    result = await run_watched(play, heard)

    assert result.verdict == "pass"
    assert not heard.waiting.done()
