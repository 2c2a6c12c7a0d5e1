"""`hubsim fleet` as a real process: several shards, started, watched and stopped together."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiomqtt
import httpx
import msgspec
import pytest
from process_bench import RunningProgram, command, program

from hubsim_contract.lab.shards import WHOLE
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.tls import trust
from hubsim_server.fleet import watched_shard
from hubsim_server.fleet.watched_shard import ProcessState, WatchedShard
from hubsim_server.load.load_result import LoadResult
from hubsim_server.settings import ServerSettings
from hubsim_simulator.broker.keyring import Keyring

pytestmark = pytest.mark.live


@asynccontextmanager
async def broker(*further: str) -> AsyncIterator[str]:
    """Run the embedded broker, or another one, and yield its URL."""
    async with program(command("broker"), *_ANY_PORTS, *further) as running:
        yield (await running.line()).split(" ")[0]
        running.send(signal.SIGTERM)
        await running.end()


_ANY_PORTS = ("--mqtt-port", "0", "--mqtt-hub-port", "0")


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
    assert "serves shard 2/2 of 'hubsim/v1', which has hubs of shard 2/4, on this broker" in refused
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


async def test_up_shows_its_hubs_in_health_and_metrics(tmp_path: Path) -> None:
    ports = ("--http-port", "0", "--mqtt-port", "0", "--hubs", "3")

    async with program(command("up"), *ports, "--state", str(tmp_path / "s")) as running:
        address = (await running.line()).split(" ")[0]
        async with httpx.AsyncClient(verify=trust(None)) as client:
            health = (await client.get(f"{address}/health/ready")).json()
            metrics = (await client.get(f"{address}/metrics")).text

    assert health["hubs"] == {"connected": 3, "hubs": 3, "attempts": 3, "failed": 0}
    assert "hubsim_simulator_hubs_online 3.0" in metrics
    assert "hubsim_simulator_connection_attempts_total 3.0" in metrics


def load_options(profile: str, *further: str) -> tuple[str, ...]:
    return ("--processes", "2", "--profile", profile, "--duration", "1", "--seed", "3", *further)


@pytest.mark.parametrize(
    ("profile", "further", "counts"),
    [
        ("quiet", (), {"attempts": 6, "documents": 0, "acts": 0, "storms": 0}),
        ("storm", (), {"storms": 1, "lost_connections": 6, "attempts": 12, "failed_attempts": 0}),
        ("month-end", ("--rate", "50"), {"unanswered": 0, "documents_by": "fleet"}),
        ("day", ("--rate", "50"), {"unanswered": 0}),
    ],
)
async def test_a_load_run_measures_its_profile_and_ends(
    tmp_path: Path, profile: str, further: tuple[str, ...], counts: dict[str, object]
) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(broker())
        given = options(url, tmp_path / "s", 6, *load_options(profile, *further, "--json", "-"))
        fleet = await stack.enter_async_context(program(command("fleet"), *given))
        code, out = await fleet.end()

    result = msgspec.json.decode(out, type=LoadResult)
    assert code == 0
    assert {name: getattr(result, name) for name in counts} == counts
    assert (result.hubs, result.processes, result.plan.seed) == (6, 2, 3)
    assert result.connect.count == 6
    assert result.samples[-1].online == 6 or profile == "day"
    if profile == "storm":
        assert result.reconnect.count == 6
    if profile == "month-end":
        assert 30 <= result.documents <= 60
        assert result.round_trip.count + result.superseded == result.documents
    if profile == "day":
        assert result.acts + result.acts_refused >= 30


@pytest.mark.parametrize("kind", ["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def test_a_load_run_needs_no_further_rights_on_a_broker_with_passwords(
    tmp_path: Path, kind: str
) -> None:
    Keyring.new().save(tmp_path / "keyring.json")
    keyring = ("--keyring", str(tmp_path / "keyring.json"))

    async with AsyncExitStack() as stack:
        hubs = [part for number in range(1, 5) for part in ("--hub", f"F000000{number}")]
        url = await stack.enter_async_context(broker(*keyring, "--broker", kind, *hubs))
        given = options(url, tmp_path / "s", 4, *load_options("month-end", "--rate", "50", "--json", "-"))
        fleet = await stack.enter_async_context(program(command("fleet"), *given, *keyring))
        code, out = await fleet.end()

    result = msgspec.json.decode(out, type=LoadResult)
    assert (code, result.samples[-1].online, result.failed_attempts, result.unanswered) == (0, 4, 0, 0)
    assert result.round_trip.count > 0


async def test_a_silent_process_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_shard, "SILENT_LIMIT_S", 0.0)

    async with broker() as url:
        settings = ServerSettings(broker=url, hubs=1, state=tmp_path)
        reported = asyncio.Event()

        def look() -> None:
            if shard.state is ProcessState.RUNNING:
                reported.set()

        shard = WatchedShard(settings, WHOLE, look)
        running = asyncio.create_task(shard.run())
        await reported.wait()
        awaited = shard.awaited
        shard.stop()
        await running

    assert awaited[0].startswith("shard 1/1: a report of its process, which is silent for")
    assert shard.state is ProcessState.STOPPED


async def test_a_load_run_with_a_cloud_leaves_the_documents_to_it(tmp_path: Path) -> None:
    presence = b'{"contract":1,"online":true,"boot":1,"connection":1}'

    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(broker())
        parsed = BrokerUrl.parse(url)
        cloud = await stack.enter_async_context(aiomqtt.Client(parsed.host, parsed.port))
        await cloud.publish("hubsim/v1/cloud/presence", presence, qos=1, retain=True)
        given = options(url, tmp_path / "s", 2, *load_options("month-end", "--rate", "50", "--json", "-"))
        fleet = await stack.enter_async_context(program(command("fleet"), *given))
        code, out = await fleet.end()

    result = msgspec.json.decode(out, type=LoadResult)
    assert (code, result.documents, result.documents_by) == (0, 0, "cloud")


async def test_a_load_run_that_is_stopped_reports_what_it_has_measured(tmp_path: Path) -> None:
    page = tmp_path / "load.html"

    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(broker())
        fleet = await stack.enter_async_context(
            program(
                command("fleet"),
                *options(url, tmp_path / "s", 2, "--processes", "1", "--profile", "quiet"),
                *("--duration", "600", "--html", str(page)),
            )
        )
        await fleet.logged("load begins")
        fleet.send(signal.SIGTERM)
        code, out = await fleet.end()

    assert code == 0
    assert "quiet for 0 s: 2 hubs, 1 process," in out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("options_", "advice"),
    [
        (("--rate", "5"), "--rate needs --profile"),
        (("--html", "x.html"), "--html needs --profile"),
        (("--profile", "week"), "'week' is not one of 'quiet', 'day', 'storm', 'month-end'"),
        (("--profile", "day", "--rate", "0"), "0.0 is not in the range"),
        (("--profile", "day", "--duration", "x"), "'x' is not a valid float"),
        (("--profile", "day", "--html", "/nowhere/x.html"), "No such file or directory"),
        (("--profile", "quiet", "--rate", "5"), "the profile quiet has no rate"),
    ],
)
async def test_a_bad_load_is_refused_before_anything_starts(
    tmp_path: Path, options_: tuple[str, ...], advice: str
) -> None:
    async with program(command("fleet"), "--state", str(tmp_path / "s"), *options_) as fleet:
        code, _ = await fleet.end()

    assert advice in "".join(fleet.log)
    assert code == 2
    assert not (tmp_path / "s").exists()
