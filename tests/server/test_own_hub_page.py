"""docs/bring-your-own-hub.md: its hub runs against a server, with what the page shows, and then with TLS."""

import asyncio
import os
import re
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from process_bench import BOUND_S, RunningProgram, command, program
from test_service_page import holds

PAGE = (Path(__file__).parents[2] / "docs" / "bring-your-own-hub.md").read_text(encoding="utf-8")
PLAIN, REST = PAGE.split("## Passwords and TLS\n")
SECURE, CHECKED = REST.split("## Is it right?\n")
MARK = "@@ end of the block @@"
HUB = "0A1B2C3D"


def blocks(text: str, *kinds: str) -> list[tuple[str, str]]:
    """Return the blocks of these kinds with their texts, in their order."""
    return re.findall(rf"^```({'|'.join(kinds)})\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


class Shell:
    """One shell that runs the blocks of the page in a folder."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout

    async def run(self, text: str) -> list[str]:
        """Run the commands, and return the lines that they print."""
        self._stdin.write(f"{text}\necho; echo '{MARK}'\n".encode())
        lines = []
        async with asyncio.timeout(BOUND_S):
            while MARK not in (line := (await self._stdout.readline()).decode()):
                assert line, lines
                lines.append(line.rstrip("\n"))
        return [line for line in lines if line]


@asynccontextmanager
async def shell(folder: Path, **env: str) -> AsyncIterator[Shell]:
    path = f"{sys.prefix}/bin:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail"),
        cwd=folder,
        env={**os.environ, "PATH": path, **env},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Shell(process)
    finally:
        await process.communicate(b"")  # closes stdin, which ends the shell


def hub(folder: Path, typed: str, **env: str) -> Any:
    """Run hub.py as the first line of a block does, with these values in place of those of the page."""
    *settings, python, file, number = shlex.split(typed)
    assert (python, file, number) == ("python3", "hub.py", HUB)
    source = f"import os, runpy; os.chdir({str(folder)!r}); runpy.run_path('hub.py', run_name='__main__')"
    return program(source, HUB, **{**dict(each.split("=", 1) for each in settings), **env})


async def shown(running: RunningProgram, lines: list[str]) -> None:
    """Expect the hub to print these lines next."""
    for line in lines:
        assert await running.line() == line


@pytest.mark.live
async def test_the_hub_of_the_page_shows_what_the_page_shows(tmp_path: Path) -> None:
    async with AsyncExitStack() as parts:
        options = ("--lab", "--http-port", "0", "--mqtt-port", "0", "--state", str(tmp_path / "state"))
        server = await parts.enter_async_context(program(command("up"), *options))
        api, broker = [(await server.line()).split(" ")[0] for _ in range(2)]
        here = await parts.enter_async_context(shell(tmp_path, API=api))
        device: RunningProgram | None = None
        printed: list[str] = []
        for kind, text in blocks(PLAIN, "python", "sh", "json", "console"):
            if kind == "python":
                (tmp_path / "hub.py").write_text(text, encoding="utf-8")
            elif kind == "sh":
                printed = await here.run(text)
            elif kind == "json":
                assert holds(msgspec.json.decode(text), msgspec.json.decode(printed[-1])), printed
            elif text.startswith("$ "):
                typed, *lines = text.removeprefix("$ ").splitlines()
                device = await parts.enter_async_context(hub(tmp_path, typed, BROKER=broker))
                await shown(device, lines)
            else:
                assert device is not None
                await shown(device, text.splitlines())
        assert device is not None
        device.send(signal.SIGTERM)
        assert await device.end() == (0, "")

        await with_tls(tmp_path, parts)
        ((_, commands),) = blocks(CHECKED, "sh")
        ((_, verdicts),) = blocks(CHECKED, "console")
        printed = await here.run(commands)

    assert [
        " ".join(line.split()[:2]) for line in printed if line.startswith(("PASS", "FAIL", "SKIPPED"))
    ] == [" ".join(line.split()) for line in verdicts.splitlines()]


async def with_tls(folder: Path, parts: AsyncExitStack) -> None:
    here = await parts.enter_async_context(shell(folder))
    ((_, commands),) = blocks(SECURE, "sh")
    ((_, session),) = blocks(SECURE, "console")
    ((_, started),) = blocks(SECURE, "text")
    password = (await here.run(commands))[-1].removeprefix(f"{HUB} ")
    options = [str(folder / each) if "." in each else each for each in shlex.split(started)[2:]]
    ports = ("--http-port", "0", "--mqtt-port", "0", "--state", str(folder / "secure"))

    server = await parts.enter_async_context(program(command("up"), *options, *ports))
    _, broker = [(await server.line()).split(" ")[0] for _ in range(2)]
    typed, *lines = session.removeprefix("$ ").splitlines()
    device = await parts.enter_async_context(hub(folder, typed, BROKER=broker, PASSWORD=password))

    assert broker.startswith("mqtts://")
    await shown(device, lines)
