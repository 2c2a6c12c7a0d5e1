"""Programs of ours as real processes: started, waited for, measured, ended."""

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
"""How long a program may take to end in order; then it is killed and the measurement has failed."""


class Memory(msgspec.Struct, frozen=True):
    """What a process holds in memory, and the most that it ever held, in MB (10^6 bytes)."""

    now_mb: float
    peak_mb: float

    def __str__(self) -> str:
        return f"holds {self.now_mb:.0f} MB (at most {self.peak_mb:.0f})"


class Program:
    """A program that runs, and has said that it is ready."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.url = url
        """Where it serves, as it says itself."""
        self._process = process

    @property
    def port(self) -> int:
        """The port of `url`."""
        return int(self.url.rpartition(":")[2])

    def memory(self) -> Memory:
        """Return its memory, as Linux counts it."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii").splitlines()
        kib = {
            name: int(rest.split()[0])
            for name, _, rest in (line.partition(":") for line in lines)
            if name in {"VmRSS", "VmHWM"}
        }
        # the two are counted at different moments: the highest can come out below what is held now
        now_mb, peak_mb = kib["VmRSS"] * _KIB_IN_MB, kib["VmHWM"] * _KIB_IN_MB
        return Memory(now_mb, max(now_mb, peak_mb))


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[Program]:
    """Run `hubsim` with these arguments; it is ready when the context is entered, and ended on leaving."""
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
        said = (await process.stdout.readline()).decode().split()
        assert said[1:] == ["ready"], f"hubsim {arguments[0]} did not start"
        yield Program(process, said[0])
        await _end(process)
        assert process.returncode == 0, f"hubsim {arguments[0]} did not end in order"
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End it in order, so that what it started itself ends too; kill it if that takes too long."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_LIMIT_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def broker_kind() -> str:
    """Return the broker to measure with: Mosquitto where it is installed, else the embedded one."""
    try:
        mosquitto_program()
    except BrokerNotInstalled:
        return "embedded"
    return "mosquitto"


@asynccontextmanager
async def broker() -> AsyncIterator[str]:
    """Run a broker in a process of its own, and give where it is."""
    async with program("broker", "--broker", broker_kind(), "--mqtt-port", "0") as running:
        yield running.url
