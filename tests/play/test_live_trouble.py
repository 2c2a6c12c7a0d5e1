"""Failures that only a live world has: it does not become idle, or its broker or database fails."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from held_port import held_port
from steps_in_play import scenario

from hubsim_contract.lab.faults import Process
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_scenarios.play.launch import conditions, play_live, run_live
from hubsim_scenarios.play.play import Play, StepDone, Watched
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.worlds.brokers import broker_of
from hubsim_scenarios.worlds.live import DATABASE, LiveWorld
from hubsim_simulator.broker.profiles import EMBEDDED, BrokerProfile

pytestmark = pytest.mark.live


class SilentBroker:
    """Accepts connections and sends nothing."""

    profile: BrokerProfile = EMBEDDED
    shared = False

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None

    async def start(self) -> BrokerUrl:
        self._server = await asyncio.start_server(self._listen, "127.0.0.1", 0)
        return BrokerUrl("127.0.0.1", self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1_024):
            pass
        writer.close()


def dropping(table: str, folder: Path) -> Callable[[StepDone], None]:
    """Return a listener that drops a table of the cloud's database after each step."""

    def drops(_: StepDone) -> None:
        with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
            connection.execute(f"DROP TABLE {table}")

    return drops


def test_a_world_that_does_not_become_idle_is_blocked_with_the_awaited_messages(tmp_path: Path) -> None:
    played = scenario("{expect: villa, led: green}")
    world = LiveWorld(conditions(played, 1, EMBEDDED), SilentBroker(), tmp_path, settle_limit_s=0.2)

    result = run_live(Play(played, world).run())

    assert result.verdict is Verdict.BLOCKED
    assert result.reason.startswith("not idle after 0.2 s: ")
    assert "cloud: waits for CONNACK" in result.reason
    assert "carrier: waits for CONNACK" in result.reason


def test_a_database_that_cannot_be_opened_blocks_the_play(tmp_path: Path) -> None:
    played = scenario("{expect: villa, led: green}")
    world = LiveWorld(conditions(played, 1, EMBEDDED), broker_of("embedded"), tmp_path / "nowhere")

    result = run_live(Play(played, world).run())

    assert result.verdict is Verdict.BLOCKED
    assert result.reason.startswith("the cloud cannot continue: ")
    assert "cannot be opened" in result.reason


def test_a_database_that_fails_within_a_play_blocks_the_play(tmp_path: Path) -> None:
    played = scenario("{expect: villa, led: green}", "{as: ivan, do: activate, hub: villa}")
    world = LiveWorld(conditions(played, 1, EMBEDDED), broker_of("embedded"), tmp_path)

    result = run_live(Play(played, world, watched=Watched(dropping("facts", tmp_path))).run())

    assert result.verdict is Verdict.BLOCKED
    assert "could not be written" in result.reason
    assert len(result.steps) == 1


def test_a_database_that_fails_within_a_step_blocks_the_play_at_once(tmp_path: Path) -> None:
    played = scenario("{expect: villa, led: green}", "{bench: villa, do: set_lid, open: yes}")
    world = LiveWorld(conditions(played, 1, EMBEDDED), broker_of("embedded"), tmp_path)

    result = run_live(Play(played, world, watched=Watched(dropping("devices", tmp_path))).run())

    assert result.verdict is Verdict.BLOCKED
    assert "could not be written" in result.reason
    assert len(result.steps) == 1


def test_a_database_that_a_restarted_cloud_cannot_read_blocks_the_play(tmp_path: Path) -> None:
    played = scenario("{expect: villa, led: green}", "{fault: restart_process, process: cloud}")
    world = LiveWorld(conditions(played, 1, EMBEDDED), broker_of("embedded"), tmp_path)

    result = run_live(Play(played, world, watched=Watched(dropping("devices", tmp_path))).run())

    assert result.verdict is Verdict.BLOCKED
    assert "cannot be read" in result.reason


def test_a_missing_broker_blocks_the_play_and_is_named() -> None:
    with held_port() as port:
        url = f"mqtt://127.0.0.1:{port}"

        result = run_live(play_live(scenario("{expect: villa, led: green}"), broker=url)).result

    assert result.verdict is Verdict.BLOCKED
    assert result.reason == f"the broker at {url} does not answer, or refuses the connection"


def test_a_scenario_that_stops_the_broker_is_skipped_on_a_shared_broker() -> None:
    played = scenario("{fault: restart_process, process: broker}")

    result = run_live(play_live(played, broker="mqtt://127.0.0.1:1")).result

    assert result.verdict is Verdict.SKIPPED
    assert "line 13 stops the broker" in result.reason


async def cancelled_after(turns: int, coroutine: Coroutine[Any, Any, None]) -> None:
    """Cancel a coroutine after this number of turns of the event loop, unless it has ended."""
    task = asyncio.create_task(coroutine)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})


@pytest.mark.parametrize("turns", range(1, 8))
def test_a_world_that_is_cancelled_while_it_closes_leaves_nothing_running(tmp_path: Path, turns: int) -> None:
    played, before = scenario("{expect: villa, led: green}"), threading.enumerate()

    async def interrupted() -> str:
        world = LiveWorld(conditions(played, 1, EMBEDDED), broker_of("embedded"), tmp_path)
        await world.open()
        await cancelled_after(turns, world.close())
        return str(world.broker_url)

    url = run_live(interrupted())

    assert threading.enumerate() == before
    assert "does not answer" in run_live(play_live(played, broker=url)).result.reason


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8, 13, 21])
def test_a_restart_of_the_cloud_that_is_cancelled_leaves_no_open_database(tmp_path: Path, turns: int) -> None:
    played, before = scenario("{expect: villa, led: green}"), threading.enumerate()

    async def interrupted() -> None:
        world = LiveWorld(conditions(played, 1, EMBEDDED), broker_of("embedded"), tmp_path)

        async def restart() -> None:
            await world.stop(Process.CLOUD)
            await world.start(Process.CLOUD)

        await world.open()
        await cancelled_after(turns, restart())
        await world.close()

    run_live(interrupted())

    assert threading.enumerate() == before
