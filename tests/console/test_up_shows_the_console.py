"""`hubsim up` and `hubsim cloud` print where their console is, if they have one."""

import signal
from pathlib import Path

import httpx
import pytest
from process_bench import command, program

LINES = 4
FREE_PORTS = ("--http-port", "0", "--mqtt-port", "0")
CLOUD = "from hubsim_console.cli.cloud import command; command(prog_name='hubsim cloud')"
UP = "from hubsim_console.cli.up import command; command(prog_name='hubsim up')"


@pytest.mark.process
@pytest.mark.live
async def test_the_last_line_is_the_address_of_the_console(tmp_path: Path) -> None:
    async with program(UP, *FREE_PORTS, "--lab", "--state", str(tmp_path)) as running:
        lines = [await running.line() for _ in range(LINES)]
        api = lines[0].partition(" ")[0]
        address = lines[-1].partition(": ")[0]
        async with httpx.AsyncClient() as client:
            page = await client.get(address)
        running.send(signal.SIGTERM)
        _, rest = await running.end()

    assert lines[-1] == f"{api}/console/: the console, for a browser"
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert rest == ""


@pytest.mark.process
@pytest.mark.live
async def test_a_cloud_prints_the_address_of_the_console_after_its_own(tmp_path: Path) -> None:
    async with program(CLOUD, "--http-port", "0", "--lab", "--state", str(tmp_path)) as running:
        lines = [await running.line() for _ in range(2)]
        running.send(signal.SIGTERM)
        await running.end()

    api = lines[0].removesuffix(" ready")
    assert lines[1] == f"{api}/console/: the console, for a browser"


@pytest.mark.process
@pytest.mark.live
async def test_a_server_without_the_console_names_none(tmp_path: Path) -> None:
    async with program(command("up"), *FREE_PORTS, "--lab", "--state", str(tmp_path)) as running:
        lines = [await running.line() for _ in range(LINES - 1)]
        running.send(signal.SIGTERM)
        _, rest = await running.end()

    assert "console" not in "".join((*lines, rest))
