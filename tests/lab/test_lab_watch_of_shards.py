"""A watch of hubs in several simulators: the shards of a fleet, which take no requests of a lab."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from lab_server import RunningSimulator, Server, server_settings, serving
from watch_reader import watching

pytestmark = pytest.mark.live

SHARDS = ("1/2", "2/2")


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Server]:
    """A cloud with a lab and a broker, and no simulator."""
    async with serving(server_settings(tmp_path / "cloud", hubs=4), simulated=False) as server:
        yield server


@pytest.fixture
async def fleet(tmp_path: Path, cloud: Server) -> AsyncIterator[list[RunningSimulator]]:
    """A fleet of four hubs in two simulators, all connected."""
    async with AsyncExitStack() as stack:
        running = []
        for shard in SHARDS:
            state = tmp_path / shard.replace("/", "-")
            settings = msgspec.structs.replace(cloud.settings, state=state, shard=shard)
            running.append(RunningSimulator(settings, cloud.broker))
            stack.push_async_callback(running[-1].kill)
            await running[-1].start()
            await running[-1].server.until_connected()
        yield running


async def test_hubs_of_all_shards_are_watched(fleet: list[RunningSimulator], cloud: Server) -> None:
    benches = [running.server.benches[""] for running in fleet]
    hubs = [next(iter(bench.fleet.hubs)) for bench in benches]
    async with watching(cloud.url) as reader:
        for running, bench in zip(fleet, benches, strict=True):
            while not bench.watch.is_open:
                await running.server.until_round()
        for bench, hub in zip(benches, hubs, strict=True):
            bench.cut(hub)
        for hub in hubs:
            again = await reader.event("message", kind="presence", stage="published", sender=hub)
            row = await reader.event("hub", hub=hub, online=True, on_bench=True)
            assert (again["payload"]["online"], row["simulated"]) == (True, True)
            await reader.event("message", kind="cloud_presence", stage="retained", receiver=hub)
