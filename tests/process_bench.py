"""Runs a hubsim program as a real process, reads its output line by line, and ends it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from tracebacks import with_watch

ROOT = Path(__file__).parents[1]
BOUND_S = 20
"""Longer than any step takes, also on a busy machine."""


class RunningProgram:
    """A running process. Its environment has only the given settings."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._stdout = process.stdout
        self._stderr = process.stderr
        self.log: list[str] = []
        """The lines of stderr so far."""

    async def line(self, within_s: float = BOUND_S) -> str:
        """Return the next line of stdout, "" at its end."""
        return (await asyncio.wait_for(self._stdout.readline(), within_s)).decode().rstrip("\n")

    async def json_line(self) -> dict[str, object]:
        """Return the next line of stdout as JSON."""
        return msgspec.json.decode(await self.line(), type=dict[str, object])

    async def logged(self, words: str) -> str:
        """Return the next line of stderr that contains these words."""
        async with asyncio.timeout(BOUND_S):
            while line := (await self._stderr.readline()).decode():
                self.log.append(line)
                if words in line:
                    return line
        raise AssertionError(f"ended without logging {words!r}: {self.log}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    async def end(self) -> tuple[int, str]:
        """Wait for its end; return exit code and the rest of stdout."""
        rest, log = await asyncio.wait_for(self._process.communicate(), BOUND_S)
        self.log += log.decode().splitlines(keepends=True)
        assert self._process.returncode is not None
        return self._process.returncode, rest.decode()

    async def kill(self) -> None:
        """Kill it, if it runs."""
        if self._process.returncode is None:
            self._process.kill()
        await self.end()

    def children(self) -> list[int]:
        """Return the ids of its child processes."""
        return children_of(self._process.pid)


def children_of(process_id: int) -> list[int]:
    """Return the ids of the child processes of a process."""
    return [int(each) for each in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]


async def end_of(process_id: int) -> None:
    """Wait until a process has ended that need not be a child of this one."""
    ended, descriptor = asyncio.Event(), os.pidfd_open(process_id)
    asyncio.get_running_loop().add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)


@asynccontextmanager
async def program(source: str, *arguments: str, **env: str) -> AsyncIterator[RunningProgram]:
    """Run a program of the checkout within the context; kill it at the end if it still runs."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUBSIM_")}
    ours = {**clean, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **env}
    ours["PYTHONPATH"] = with_watch(ours["PYTHONPATH"])
    async with process(sys.executable, "-c", source, *arguments, folder=ROOT, env=ours) as running:
        yield running


@asynccontextmanager
async def process(*words: str | Path, folder: Path, env: Mapping[str, str]) -> AsyncIterator[RunningProgram]:
    """Run a command within the context; kill it at the end if it still runs."""
    started = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    running = RunningProgram(started)
    try:
        yield running
    finally:
        await running.kill()


def command(name: str) -> str:
    """Return the program of the command with this name."""
    return f"from hubsim_server.cli.{name} import command; command(prog_name='hubsim {name}')"
