"""A program of ours as a real process: what it says line by line, how it ends, and that it does end."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
BOUND_S = 20
"""Longer than anything here takes, on a busy machine too."""


class RunningProgram:
    """A process that runs. Its environment has no settings but those given."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._stdout = process.stdout
        self._stderr = process.stderr
        self.talk: list[str] = []
        """The lines of stderr that were read so far."""

    async def line(self) -> str:
        """Return the next line of stdout, "" at its end."""
        return (await asyncio.wait_for(self._stdout.readline(), BOUND_S)).decode().rstrip("\n")

    async def shown(self) -> dict[str, object]:
        """Return the next line of stdout as JSON."""
        return msgspec.json.decode(await self.line(), type=dict[str, object])

    async def says(self, words: str) -> str:
        """Return the next line of stderr that holds these words."""
        async with asyncio.timeout(BOUND_S):
            while line := (await self._stderr.readline()).decode():
                self.talk.append(line)
                if words in line:
                    return line
        raise AssertionError(f"ended without saying {words!r}: {self.talk}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    async def end(self) -> tuple[int, str]:
        """Wait for its end; return exit code and the rest of stdout."""
        rest, talk = await asyncio.wait_for(self._process.communicate(), BOUND_S)
        self.talk += talk.decode().splitlines(keepends=True)
        assert self._process.returncode is not None
        return self._process.returncode, rest.decode()

    async def kill(self) -> None:
        """End it without a word, if it runs."""
        if self._process.returncode is None:
            self._process.kill()
        await self.end()

    def children(self) -> list[int]:
        """Return the ids of the processes that it has started."""
        number = self._process.pid
        return [int(each) for each in Path(f"/proc/{number}/task/{number}/children").read_text().split()]


@asynccontextmanager
async def program(source: str, *arguments: str, **env: str) -> AsyncIterator[RunningProgram]:
    """Run a program; it is killed at the latest on leaving."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUBSIM_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", source, *arguments),
        cwd=ROOT,
        env={**clean, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    running = RunningProgram(process)
    try:
        yield running
    finally:
        await running.kill()


def command(name: str) -> str:
    """Return the program that is the command of this name."""
    return f"from hubsim_server.cli.{name} import command; command(prog_name='hubsim {name}')"
