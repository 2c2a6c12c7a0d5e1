"""SIGTERM in a storm: an end in order; nothing that was answered is lost, and nothing is done twice."""

import asyncio
from pathlib import Path

import httpx
import pytest
from storm_checks import check_converged, check_facts, check_histories, check_sent_again, stored
from storm_line import Caller, line_to
from storm_people import Aliases, new_rng
from storm_site import Process, Site, opened

pytestmark = pytest.mark.live
HUBS = [f"F000000{number}" for number in range(1, 5)]


async def ended_in_order(process: Process) -> None:
    """End it by SIGTERM; it does so in order, and without a word of trouble."""
    process.terminate()
    assert await process.end() == 0, process.talk()
    assert "Traceback" not in process.talk(), process.talk()


async def watched(caller: Caller, begun: asyncio.Event) -> list[str]:
    """Return the names of what the caller's stream of events tells until it ends."""
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
async def test_a_cloud_asked_to_end_answers_or_refuses_what_is_under_way_and_ends_its_streams(
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
            cast = await Aliases.assemble(line, rng, list(HUBS))
            begun = asyncio.Event()
            watching = asyncio.create_task(watched(cast.reseller, begun))
            await begun.wait()

            async def trouble() -> None:
                nonlocal process
                await line.answered(rng.randint(50, 150))
                await ended_in_order(process)
                process, url = await start(site)
                line.arrive(url)
                await line.answered(50)

            await cast.rage(trouble)
            told = await watching
            await check_sent_again(line, cast.ledger, rng)
            await check_histories(line, cast.ledger)
            await line.ready()
            await check_converged(line, HUBS)
        await ended_in_order(process)
        kept = await stored(site.state)
    check_facts(kept.facts, cast.ledger)
    assert told[-1] == "stream_ended"
    assert "connection_suspended" in told


@pytest.mark.parametrize("which", ["simulator", "broker"])
async def test_a_simulator_or_a_broker_asked_to_end_ends_in_order_and_all_go_on_with_the_next_one(
    tmp_path: Path, which: str
) -> None:
    rng = new_rng()
    async with opened(tmp_path) as site:
        broker = await site.broker()
        simulator = await site.simulator(len(HUBS))
        cloud, url = await site.cloud()
        async with line_to(url) as line:
            cast = await Aliases.assemble(line, rng, list(HUBS))

            async def trouble() -> None:
                await line.answered(rng.randint(50, 150))
                if which == "broker":
                    await ended_in_order(broker)
                    await site.broker()
                else:
                    await ended_in_order(simulator)
                    await site.simulator(len(HUBS))
                await line.answered(50)

            await cast.rage(trouble)
            await line.ready()
            await check_histories(line, cast.ledger)
            await check_converged(line, HUBS)
        await ended_in_order(cloud)
        kept = await stored(site.state)
    check_facts(kept.facts, cast.ledger)
