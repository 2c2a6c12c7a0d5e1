"""The catalog on a server: parallel worlds show the states of the virtual world, and leave no data."""

import asyncio
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from catalog_plays import AT_ONCE, IN_ORDER, SCENARIOS, instants, numbered, passed, seen
from server_with_a_lab import server

from hubsim_scenarios.language.orders import in_every_order
from hubsim_scenarios.language.steps import AnyStep, Scenario, Together
from hubsim_scenarios.play.launch import play_remote, play_virtual
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.mosquitto import MosquittoBroker

PARALLEL_PLAYS = 8
EVERY = 7
"""Every seventh scenario is played here, and all with steps at the same time.

`hubsim run --cloud` plays all scenarios.
"""
CHOSEN = [*AT_ONCE, *IN_ORDER[::EVERY]]
MAX_HISTORIES = 60
"""The number of seeds that are tried to find the states seen on the server."""


def as_json(result: PlayResult) -> dict[str, Any]:
    """Return the snapshots in their HTTP form, where a tuple is a list."""
    snapshots = {f"{number} {alias}": snapshot for (number, alias), snapshot in seen(result).items()}
    return msgspec.json.decode(msgspec.json.encode(snapshots), type=dict[str, Any])


def missing_in_every_history(scenario: Scenario, snapshots: dict[str, Any]) -> dict[str, Any]:
    """Return the snapshots that no computed history has; where messages race, the order is random."""
    for seed, ordered in product(range(1, MAX_HISTORIES), in_every_order([scenario])):
        history = as_json(passed(play_virtual(ordered, seed, record=True).result))
        snapshots = {
            place: snapshot for place, snapshot in snapshots.items() if history.get(place) != snapshot
        }
        if not snapshots:
            return {}
    late = [
        snapshot
        for ordered in in_every_order([scenario])
        for snapshot in as_json(play_virtual(one_after_the_other(ordered), 1, record=True).result).values()
    ]
    return {place: snapshot for place, snapshot in snapshots.items() if snapshot not in late}


def one_after_the_other(ordered: Scenario) -> Scenario:
    """Return the scenario with steps at the same time as single steps: a server can be that slow."""
    steps: list[AnyStep] = []
    for step in ordered.steps:
        steps += [step.members[index] for index in step.order] if isinstance(step, Together) else [step]
    return msgspec.structs.replace(ordered, steps=tuple(steps))


async def played(url: str, scenarios: list[Scenario]) -> list[PlayResult]:
    """Play all of them on the server, some in parallel."""
    gate = asyncio.Semaphore(PARALLEL_PLAYS)

    async def one(scenario: Scenario) -> PlayResult:
        async with gate:
            return (await play_remote(scenario, url=url, record=True)).result

    return await asyncio.gather(*map(one, scenarios))


@pytest.mark.parametrize(
    ("kind", "scenarios"),
    [
        pytest.param(EmbeddedBroker, CHOSEN, marks=pytest.mark.live, id="embedded"),
        pytest.param(MosquittoBroker, CHOSEN[::4], marks=pytest.mark.mosquitto, id="mosquitto"),
    ],
)
async def test_parallel_plays_show_the_states_of_the_virtual_world_and_leave_no_data(
    tmp_path: Path, kind: type[EmbeddedBroker] | type[MosquittoBroker], scenarios: list[Scenario]
) -> None:
    async with server(tmp_path, kind()) as url:
        results = await played(url, scenarios)
        async with httpx.AsyncClient(base_url=url) as client:
            worlds = (await client.get("/lab/worlds")).json()["worlds"]

    for scenario, result in zip(scenarios, results, strict=True):
        if result.verdict is not Verdict.SKIPPED:
            computed = passed(play_virtual(scenario, record=True).result)
            assert instants(passed(result)) == instants(computed), scenario.file
            assert missing_in_every_history(scenario, as_json(result)) == {}, scenario.file
    assert [world["name"] for world in worlds] == [""]
    assert list((tmp_path / "state" / "worlds").iterdir()) == []
    assert [result.verdict for result in results].count(Verdict.PASS) > len(scenarios) / 2


@pytest.mark.live
async def test_a_scenario_that_stops_a_process_is_skipped_on_a_server_with_the_reason(tmp_path: Path) -> None:
    scenario = numbered(604)

    async with server(tmp_path, EmbeddedBroker()) as url:
        (result,) = await played(url, [scenario])

    assert result.verdict is Verdict.SKIPPED
    assert "which this run does not own" in result.reason


@pytest.mark.live
async def test_a_server_that_does_not_answer_or_is_not_a_cloud_blocks_the_play() -> None:
    async def not_a_cloud(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        writer.close()

    other = await asyncio.start_server(not_a_cloud, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    try:
        (other_server,) = await played(f"http://127.0.0.1:{port}", [SCENARIOS[0]])
    finally:
        other.close()
        await other.wait_closed()
    (no_server,) = await played(f"http://127.0.0.1:{port}", [SCENARIOS[0]])

    assert (other_server.verdict, no_server.verdict) == (Verdict.BLOCKED, Verdict.BLOCKED)
    assert "is not a cloud" in other_server.reason
    assert "does not answer" in no_server.reason
