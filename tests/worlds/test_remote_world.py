"""A play on a server that cannot serve it, or no longer can, reports why, and what to do."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from catalog_plays import SCENARIOS
from server_with_a_lab import server

from hubsim_scenarios.debugger.breakpoints import Breakpoints
from hubsim_scenarios.debugger.debugger import Debugger
from hubsim_scenarios.debugger.manual_steps import ManualSteps
from hubsim_scenarios.debugger.prompt import Suggest
from hubsim_scenarios.play.launch import play_remote
from hubsim_scenarios.play.play import Play, PlayResult, Watched
from hubsim_scenarios.play.verdict import Verdict
from hubsim_simulator.broker.embedded import EmbeddedBroker

pytestmark = pytest.mark.live
GONE = "There is no world of this name."
FIRST = next(each for each in SCENARIOS if each.world.hubs)


async def remove_worlds(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for row in (await client.get("/lab/worlds")).json()["worlds"]:
            if row["name"]:
                (await client.delete(f"/lab/worlds/{row['name']}")).raise_for_status()


class Remover:
    """An interceptor that removes the play's world from the server before the first step."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def before(self, play: Play, number: int) -> None:
        del play
        if number == 1:
            await remove_worlds(self._url)

    async def stopped(self, play: Play, result: PlayResult) -> None:
        """Do nothing: the play ends."""


class Typed:
    """Types these lines at the halts of a play; the line `remove` removes its world."""

    def __init__(self, url: str, lines: Sequence[str]) -> None:
        self._url = url
        self._left = [*lines]

    async def line(self, prompt: str, suggest: Suggest) -> str | None:
        del prompt, suggest
        first, *self._left = self._left or [""]
        if first == "remove":
            await remove_worlds(self._url)
            first, *self._left = self._left
        return first


async def test_a_server_without_a_lab_blocks_the_play_and_the_reason_says_how_to_start_one(
    tmp_path: Path,
) -> None:
    async with server(tmp_path, EmbeddedBroker(), lab=False) as url:
        result = (await play_remote(SCENARIOS[0], url=url)).result

    assert result.verdict is Verdict.BLOCKED
    assert result.reason == f"the server at {url} has no lab: start it with --lab (hubsim up --lab)"


async def test_a_world_that_is_removed_during_a_play_blocks_it(tmp_path: Path) -> None:
    async with server(tmp_path, EmbeddedBroker()) as url:
        result = (await play_remote(FIRST, url=url, watched=Watched(interceptor=Remover(url)))).result

    assert result.verdict is Verdict.BLOCKED
    assert GONE in result.reason
    assert result.failure_context.snapshots == {}


async def test_manual_steps_can_be_written_after_their_world_was_removed(tmp_path: Path) -> None:
    file, printed = tmp_path / "kept.yaml", list[str]()
    hub = next(iter(FIRST.world.hubs))
    async with server(tmp_path, EmbeddedBroker()) as url:
        typed = Typed(url, ["clock +1 min", "remove", "look", f"bench {hub} power_off", f"write {file}", "q"])
        stepper = Debugger(
            Breakpoints(every=True), ManualSteps(FIRST, {}, printed.append), typed, printed.append
        )
        watched = Watched(interceptor=stepper)
        result = (await play_remote(FIRST, url=url, watched=watched)).result

    text = "\n".join(printed)
    assert result.reason == "quit in the debugger before step 1"
    assert text.count(f"cannot be done: the server refuses: {GONE}") == 1
    assert f"cannot be done: {GONE}" in text
    assert f"the scenario gets no expectations at its end: the server refuses: {GONE}" in text
    assert f"wrote {file}: 1 step, PASS in the virtual world" in text


async def test_a_server_that_is_not_a_cloud_is_recognised_by_its_first_answer() -> None:
    async def something_else(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"status":"up"}')
        writer.close()

    other = await asyncio.start_server(something_else, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}"
    try:
        result = (await play_remote(FIRST, url=url)).result
    finally:
        other.close()
        await other.wait_closed()

    assert result.verdict is Verdict.BLOCKED
    assert result.reason == f"the server at {url} answers, but is not a cloud"
