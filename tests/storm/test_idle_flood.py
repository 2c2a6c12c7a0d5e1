"""A flood of idle connections to a process with few descriptors: it refuses them and works on."""

import resource
import signal
from pathlib import Path

import httpx
import pytest
from process_bench import command, program
from storm_flood import flooded

pytestmark = [pytest.mark.process, pytest.mark.live]
FILES = 400
FLOOD = 500
LOG_BYTES_MAX = 20_000
FEW_FILES = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES}))\n"


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        ((), "the process has few descriptors left"),
        (("--mqtt-connections", "100"), "the limit of 100 connections is reached"),
        (("--mqtt-connections-each", "90"), "the limit of 90 connections from one address is reached"),
    ],
)
async def test_idle_connections_leave_descriptors_for_those_who_work(
    tmp_path: Path, bounds: tuple[str, ...], reason: str
) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    options = ("--http-port", "0", "--mqtt-port", "0", "--state", str(tmp_path), *bounds)

    async with (
        program(FEW_FILES + command("up"), *options) as running,
        httpx.AsyncClient(timeout=20) as client,
    ):
        api = (await running.line()).split(" ")[0]
        mqtt = (await running.line()).split(" ")[0]
        assert (await client.get(f"{api}/health/ready")).status_code == 200
        async with flooded(mqtt, FLOOD):
            during = await client.get(f"{api}/health/live")  # over the connection that is open
        async with flooded(api, FLOOD):
            pass
        log_line = await running.logged(reason)
        running.send(signal.SIGTERM)
        code, _ = await running.end()

    log = "".join(running.log)
    assert during.status_code == 200
    assert reason in log_line
    assert code == 0
    assert "Traceback" not in log
    assert len(log) < LOG_BYTES_MAX
