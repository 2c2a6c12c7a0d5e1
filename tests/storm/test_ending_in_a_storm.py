"""SIGTERM in a storm: a graceful shutdown loses no answered command and executes none twice."""

import asyncio
from pathlib import Path

import httpx
import pytest
from storm_checks import check_converged, check_facts, check_histories, check_sent_again, stored
from storm_line import Caller, line_to
from storm_site import Process, Site, opened
from storm_users import Users, new_rng

pytestmark = pytest.mark.live
HUBS = [f"F000000{number}" for number in range(1, 5)]


async def terminated(process: Process) -> None:
    """Terminate it with SIGTERM; check that it exits with 0 and reports no error."""
    process.terminate()
    assert await process.end() == 0, process.stderr()
    assert "Traceback" not in process.stderr(), process.stderr()


async def watched(caller: Caller, begun: asyncio.Event) -> list[str]:
    """Return the names of the events in the caller's stream, until it ends."""
    names: list[str] = []
    stream = caller.line.client.stream("GET", f"{caller.line.url}/v1/events", headers=caller.headers)
    try:
        async with stream as answer:
            async for line in answer.aiter_lines():
                begun.set()
                if line.startswith("event: "):
                    names.append(line.removeprefix("event: "))
    except httpx.TransportError:
        names.append("cut")
    return names


@pytest.mark.parametrize("alone", [True, False], ids=["cloud", "up"])
async def test_a_terminated_cloud_answers_or_refuses_requests_in_flight_and_ends_its_streams(
    tmp_path: Path, alone: bool
) -> None:
    rng = new_rng()

    async def start(site: Site) -> tuple[Process, str]:
        return await (site.cloud() if alone else site.up(len(HUBS)))

    async with opened(tmp_path) as site:
        if alone:
            await site.broker()
            await site.simulator(len(HUBS))
        process, url = await start(site)
        async with line_to(url) as line:
            users = await Users.assemble(line, rng, list(HUBS))
            begun = asyncio.Event()
            watching = asyncio.create_task(watched(users.reseller, begun))
            await begun.wait()

            async def disruption() -> None:
                nonlocal process
                await line.answered(rng.randint(50, 150))
                await terminated(process)
                process, url = await start(site)
                line.arrive(url)
                await line.answered(50)

            await users.act_during(disruption)
            events = await watching
            await check_sent_again(line, users.record, rng)
            await check_histories(line, users.record)
            await line.ready()
            await check_converged(line, HUBS)
        await terminated(process)
        kept = await stored(site.state)
    check_facts(kept.facts, users.record)
    assert events[-1] == "stream_ended"
    assert "connection_suspended" in events


@pytest.mark.parametrize("which", ["simulator", "broker"])
async def test_a_simulator_or_broker_shuts_down_and_the_others_continue_with_the_next_one(
    tmp_path: Path, which: str
) -> None:
    rng = new_rng()
    async with opened(tmp_path) as site:
        broker = await site.broker()
        simulator = await site.simulator(len(HUBS))
        cloud, url = await site.cloud()
        async with line_to(url) as line:
            users = await Users.assemble(line, rng, list(HUBS))

            async def disruption() -> None:
                await line.answered(rng.randint(50, 150))
                if which == "broker":
                    await terminated(broker)
                    await site.broker()
                else:
                    await terminated(simulator)
                    await site.simulator(len(HUBS))
                await line.answered(50)

            await users.act_during(disruption)
            await line.ready()
            await check_histories(line, users.record)
            await check_converged(line, HUBS)
        await terminated(cloud)
        kept = await stored(site.state)
    check_facts(kept.facts, users.record)
