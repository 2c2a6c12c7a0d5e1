"""`hubsim fleet` as a real process: several shards, started, watched and stopped as one."""

import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from process_bench import RunningProgram, command, program

from hubsim_contract.mqtt.tls import trust

pytestmark = pytest.mark.live


@asynccontextmanager
async def broker() -> AsyncIterator[str]:
    """Run the embedded broker, and yield its URL."""
    async with program(command("broker"), "--mqtt-port", "0") as running:
        yield (await running.line()).split(" ")[0]


def options(url: str, state: Path, hubs: int, *further: str) -> tuple[str, ...]:
    return ("--broker", url, "--hubs", str(hubs), "--state", str(state), *further)


async def monitored(running: RunningProgram) -> str:
    found = re.search(r"url=(\S+)", await running.logged("monitored"))
    assert found is not None
    return found[1]


def alive(process_id: int) -> bool:
    """Return whether a process runs; one that has ended, and that its parent has not awaited, does not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def test_a_fleet_of_shards_is_one_for_health_metrics_and_its_end(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(broker())
        fleet = await stack.enter_async_context(
            program(
                command("fleet"), *options(url, tmp_path / "s", 5, "--processes", "2", "--monitor-port", "0")
            )
        )
        address = await monitored(fleet)
        ready = await fleet.line()
        shards = fleet.children()
        async with httpx.AsyncClient(verify=trust(None)) as client:
            health = await client.get(f"{address}/health/ready")
            metrics = (await client.get(f"{address}/metrics")).text
        fleet.send(signal.SIGTERM)
        code, _ = await fleet.end()

    assert ready == "5 hubs ready"
    assert health.json() == {"ready": True, "awaited": []}
    for shard, hubs in (("1/2", 2), ("2/2", 3), ("all", 5)):
        assert f'hubsim_fleet_hubs_online{{shard="{shard}"}} {hubs}.0' in metrics
    assert 'hubsim_fleet_connection_attempts_total{shard="all"} 5.0' in metrics
    assert "hubsim_fleet_connect_seconds_count 5.0" in metrics
    assert code == 0
    assert len(shards) == 2
    assert not any(map(alive, shards))


async def test_a_shard_that_is_killed_is_started_again_and_its_hubs_come_back(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(broker())
        fleet = await stack.enter_async_context(
            program(
                command("fleet"), *options(url, tmp_path / "s", 4, "--processes", "2", "--monitor-port", "0")
            )
        )
        address = await monitored(fleet)
        await fleet.line()
        os.kill(fleet.children()[0], signal.SIGKILL)
        line = await fleet.logged("ended; it is started again")
        async with httpx.AsyncClient(verify=trust(None)) as client:
            meanwhile = await client.get(f"{address}/health/ready")
            while (await client.get(f"{address}/health/ready")).status_code != 200:
                pass
            metrics = (await client.get(f"{address}/metrics")).text

    assert "signal 9" in line
    assert "pause_s=1.0" in line
    assert meanwhile.status_code == 503
    assert "a restart of its process, which ended (signal 9)" in meanwhile.json()["awaited"][0]
    assert 'hubsim_fleet_hubs_online{shard="all"} 4.0' in metrics
    assert re.search(r'hubsim_fleet_restarts_total{shard="./2"} 1.0', metrics)


async def test_no_shard_outlives_a_killed_fleet(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(broker())
        fleet = await stack.enter_async_context(
            program(command("fleet"), *options(url, tmp_path / "s", 2, "--processes", "2"))
        )
        await fleet.line()
        shards = fleet.children()
        await fleet.kill()
        again = await stack.enter_async_context(
            program(command("fleet"), *options(url, tmp_path / "s", 2, "--processes", "1"))
        )
        # a shard that still ran would keep its database, and its hubs at the broker
        line = await again.line()

    assert line == "2 hubs ready"
    assert len(shards) == 2
    assert not any(map(alive, shards))


async def test_two_machines_share_a_prefix_and_overlapping_shards_are_refused(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(broker())
        first = await stack.enter_async_context(
            program(command("fleet"), *options(url, tmp_path / "1", 7, "--processes", "2", "--shard", "1/2"))
        )
        second = await stack.enter_async_context(
            program(command("simulator"), *options(url, tmp_path / "2", 7, "--shard", "2/2"))
        )
        ready = [await first.line(), await second.line()]
        third = await stack.enter_async_context(
            program(command("fleet"), *options(url, tmp_path / "3", 7, "--processes", "1", "--shard", "2/4"))
        )
        refused = await third.logged("another simulator serves")
        code, _ = await third.end()

    assert ready == ["3 hubs ready", "4 hubs ready"]
    assert "serves the shard 2/2 of 'hubsim/v1' on this broker, which has hubs of the shard 2/4" in refused
    assert code == 3


async def test_a_fleet_that_does_not_fit_its_state_is_refused_before_it_starts(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(broker())
        fleet = await stack.enter_async_context(
            program(command("fleet"), *options(url, tmp_path / "s", 4, "--processes", "2"))
        )
        await fleet.line()
        fleet.send(signal.SIGTERM)
        await fleet.end()
        other = await stack.enter_async_context(
            program(command("fleet"), *options(url, tmp_path / "s", 4, "--processes", "1", "--shard", "2/3"))
        )
        refused = await other.logged("cannot run")
        code, _ = await other.end()

    assert "start shards 1/2, 2/2, or give another --state" in refused
    assert code == 3


@pytest.mark.parametrize(
    ("option", "value", "advice"),
    [
        ("--processes", "0", "is neither auto nor a number from 1 to 64"),
        ("--processes", "many", "is neither auto nor a number from 1 to 64"),
        ("--shard", "3/2", "is not a shard such as 2/4"),
        ("--broker", "mqtt://127.0.0.1:x", "not a broker URL"),
        ("--hubs", "2000000", "a whole number from 0 to 1000000"),
    ],
)
async def test_a_bad_option_is_refused(tmp_path: Path, option: str, value: str, advice: str) -> None:
    async with program(command("fleet"), "--state", str(tmp_path), option, value) as fleet:
        code, _ = await fleet.end()

    assert advice in "".join(fleet.log)
    assert code == 2
