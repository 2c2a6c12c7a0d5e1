"""docs/recording.md: the commands of the page write the file on the page."""

import asyncio
import re
import signal
from pathlib import Path

import pytest
from process_bench import BOUND_S, command, program

PAGE = (Path(__file__).parents[2] / "docs" / "recording.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
RECORD = "from hubsim_scenarios.cli.record import command; command(prog_name='hubsim record')"
RUN = "from hubsim_scenarios.cli.run import command; command(prog_name='hubsim run')"


def blocks(kind: str) -> list[str]:
    return [text for each, text in BLOCKS if each == kind]


def alike(line: str) -> str:
    """Return a line without the parts that differ in each run."""
    for strange, usual in ((r"rec-[0-9a-f]{6}", "rec"), (r":\d{2,5}/", ":0/"), (r"(token: ) .*", r"\1")):
        line = re.sub(strange, usual, line)
    return re.sub(r"write .*/", "write ", line).strip()


async def done(api: str) -> None:
    """Run the shell blocks of the page in one shell."""
    script = "\n".join([f"set -euo pipefail\nAPI={api}", *blocks("sh")])
    shell = await asyncio.create_subprocess_exec(
        "bash", "-c", script, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, trouble = await asyncio.wait_for(shell.communicate(), BOUND_S)
    finally:
        if shell.returncode is None:
            shell.kill()
            await shell.wait()
    assert shell.returncode == 0, trouble.decode()


@pytest.mark.live
async def test_the_commands_of_the_page_write_the_file_on_the_page(tmp_path: Path) -> None:
    file = tmp_path / "cable.yaml"
    told, printed = blocks("text")[2:4]
    options = ("--lab", "--http-port", "0", "--mqtt-port", "0", "--state", str(tmp_path / "state"))
    async with program(command("up"), *options) as running:
        api = (await running.line()).split(" ")[0]
        async with program(RECORD, "--cloud", api, str(file)) as recorder:
            await recorder.logged("operator token")
            world = recorder.log[1].split()[-1].removesuffix("/v1/...")
            await done(world)
            steps = [await recorder.line() for _ in printed.splitlines()]
            recorder.send(signal.SIGINT)
            code, rest = await recorder.end()

    assert [alike(line) for line in recorder.log[:4]] == [alike(line) for line in told.splitlines()]
    assert steps == printed.splitlines()
    assert (code, rest) == (0, "")
    (shown,) = blocks("yaml")
    assert file.read_text(encoding="utf-8") == shown
    async with program(RUN, "--virtual", str(file)) as play:
        assert (await play.end())[0] == 0
