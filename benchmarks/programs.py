"""The programs of hubsim as real processes: start, wait until ready, measure, stop."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from hubsim_simulator.broker.errors import BrokerNotInstalled
from hubsim_simulator.broker.mosquitto import mosquitto_program

ROOT = Path(__file__).parents[1]
_KIB_IN_MB = 1_024 / 1e6
END_LIMIT_S = 30
"""Time for a graceful stop. After that the program is killed, and the measurement fails."""


class Memory(msgspec.Struct, frozen=True):
    """The current and the peak memory of a process, in MB (10^6 bytes)."""

    now_mb: float
    peak_mb: float

    def __str__(self) -> str:
        return f"uses {self.now_mb:.0f} MB (peak {self.peak_mb:.0f} MB)"


class Program:
    """A running program that has printed that it is ready."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.url = url
        """The URL that it serves, as it prints it."""
        self._process = process

    @property
    def port(self) -> int:
        """The port of `url`."""
        return int(self.url.rpartition(":")[2])

    @property
    def process_id(self) -> int:
        """The id of the process."""
        return self._process.pid

    def memory(self) -> Memory:
        """Return its memory."""
        return memory_of(self._process.pid)


def memory_of(process_id: int) -> Memory:
    """Return the memory of a process, from `/proc`."""
    lines = Path(f"/proc/{process_id}/status").read_text(encoding="ascii").splitlines()
    kib = {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in lines)
        if name in {"VmRSS", "VmHWM"}
    }
    # Linux counts the two at different moments, so the peak can be below the current value
    now_mb, peak_mb = kib["VmRSS"] * _KIB_IN_MB, kib["VmHWM"] * _KIB_IN_MB
    return Memory(now_mb, max(now_mb, peak_mb))


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[Program]:
    """Run `hubsim` with these arguments: it is ready inside the context, and stopped after it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUBSIM_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hubsim", *arguments, "--log-level", "error"),
        cwd=ROOT,
        env={**clean, "PYTHONUNBUFFERED": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        printed = (await process.stdout.readline()).decode().split()
        assert printed[1:] == ["ready"], f"hubsim {arguments[0]} did not start"
        yield Program(process, printed[0])
        await _end(process)
        assert process.returncode == 0, (
            f"hubsim {arguments[0]} did not stop gracefully: exit code {process.returncode}"
        )
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop it gracefully, so that its child processes stop too. Kill it after `END_LIMIT_S`."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_LIMIT_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def broker_kind() -> str:
    """Return the broker for measurements: Mosquitto if it is installed, otherwise the embedded one."""
    try:
        mosquitto_program()
    except BrokerNotInstalled:
        return "embedded"
    return "mosquitto"


@asynccontextmanager
async def broker() -> AsyncIterator[str]:
    """Run a broker in a separate process, and yield its URL."""
    async with program("broker", "--broker", broker_kind(), "--mqtt-port", "0") as running:
        yield running.url
