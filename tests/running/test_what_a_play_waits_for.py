"""A play that waits says what for, with names for ids, to whoever looks on."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from small_scenarios import HOLDS, scenario

from hubsim_scenarios.play.launch import conditions, play_live
from hubsim_scenarios.play.play import AwaitedMessages, Play, Watched
from hubsim_scenarios.play.slow_steps import run_watched, waiting
from hubsim_scenarios.running.progress import NoProgress
from hubsim_scenarios.running.schedule import Series, jobs_of
from hubsim_scenarios.running.target import PlayJob, Target
from hubsim_scenarios.running.worker_pool import play_side_by_side
from hubsim_scenarios.worlds.api import Api
from hubsim_scenarios.worlds.remote import RemoteWorld
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_simulator.broker.profiles import EMBEDDED

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
        self.waiting: asyncio.Future[AwaitedMessages] = asyncio.get_running_loop().create_future()

    def __call__(self, waiting: AwaitedMessages) -> None:
        if not self.waiting.done():
            self.waiting.set_result(waiting)


class Board(NoProgress):
    """Takes down what the plays wait for."""

    def __init__(self) -> None:
        self.heard = Heard()

    def waits(self, _seat: int, _turn: PlayJob, waiting: AwaitedMessages) -> None:
        self.heard(waiting)


async def first_heard(playing: "asyncio.Task[object]", heard: Heard) -> AwaitedMessages:
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
    target = Target(broker=f"mqtt://127.0.0.1:{silent_port}")
    series = Series(jobs_of([scenario(), scenario()], 1), [].append)

    told = await first_heard(asyncio.create_task(play_side_by_side(target, series, 2, board)), board.heard)

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
