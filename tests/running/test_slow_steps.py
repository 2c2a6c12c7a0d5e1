"""A waiting play reports the awaited messages, with aliases in place of ids."""

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
from hubsim_scenarios.running.worker_pool import play_in_parallel
from hubsim_scenarios.worlds.api import Api
from hubsim_scenarios.worlds.remote import RemoteWorld
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_simulator.broker.profiles import EMBEDDED

LIMIT_S = 30
"""Much longer than any wait here. A test that waits this long fails."""


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """A server that accepts connections and sends nothing."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


class FirstReport:
    """A callback that stores the first report of awaited messages."""

    def __init__(self) -> None:
        self.waiting: asyncio.Future[AwaitedMessages] = asyncio.get_running_loop().create_future()

    def __call__(self, waiting: AwaitedMessages) -> None:
        if not self.waiting.done():
            self.waiting.set_result(waiting)


class WaitingDisplay(NoProgress):
    """A progress display that stores the first report of awaited messages."""

    def __init__(self) -> None:
        self.first = FirstReport()

    def waits(self, _slot: int, _job: PlayJob, waiting: AwaitedMessages) -> None:
        self.first(waiting)


async def first_report(playing: "asyncio.Task[object]", first: FirstReport) -> AwaitedMessages:
    """Return the first report, and cancel the play."""
    try:
        async with asyncio.timeout(LIMIT_S):
            return await first.waiting
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


@pytest.mark.live
async def test_a_play_reports_that_its_broker_does_not_answer(silent_port: int) -> None:
    first = FirstReport()
    play = play_live(scenario(), broker=f"mqtt://127.0.0.1:{silent_port}", watched=Watched(waiting=first))

    reported = await first_report(asyncio.create_task(play), first)

    assert reported.step == 0
    assert "cloud: waits for CONNACK" in reported.awaited


@pytest.mark.live
async def test_a_play_in_a_worker_process_reports_awaited_messages_too(silent_port: int) -> None:
    display = WaitingDisplay()
    target = Target(broker=f"mqtt://127.0.0.1:{silent_port}")
    series = Series(jobs_of([scenario(), scenario()], 1), [].append)

    running = asyncio.create_task(play_in_parallel(target, series, 2, display))
    reported = await first_report(running, display.first)

    assert "cloud: waits for CONNACK" in reported.awaited


@pytest.mark.live
async def test_a_play_on_a_server_reports_the_unanswered_request(silent_port: int) -> None:
    first = FirstReport()
    start = conditions(scenario(), 1, EMBEDDED)
    play = Play(scenario(), RemoteWorld(start, Api(f"http://127.0.0.1:{silent_port}")))

    reported = await first_report(asyncio.create_task(run_watched(play, first)), first)

    assert reported.awaited == ("the server has not answered GET /health/live",)


class WaitingWorld(VirtualWorld):
    """A world that reports an awaited message of its only hub."""

    def awaited(self) -> list[str]:
        (hub,) = self.fleet.hubs
        return [f"{hub} has not received hubs/{hub}/desired"]


async def test_awaited_messages_have_aliases_in_place_of_ids() -> None:
    play = Play(scenario(), WaitingWorld(conditions(scenario(), 1, EMBEDDED)))
    await play.run()

    reported = waiting(play)

    assert reported.step == len(scenario().steps)
    assert reported.awaited == ("villa has not received hubs/villa/desired",)


async def test_watching_does_not_change_a_play_that_ends_at_once() -> None:
    first = FirstReport()
    play = Play(scenario(HOLDS), VirtualWorld(conditions(scenario(), 1, EMBEDDED)))

    result = await run_watched(play, first)

    assert result.verdict == "pass"
    assert not first.waiting.done()
