"""A folder where hubsim runs as separate processes, started by command line, killed and restarted.

Owns the processes: none outlives the block that opened its site. The folder is their working directory. It
contains the durable files, and the stderr of each process.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cramped_disk import DISK_IS_FULL
from tracebacks import with_watch

ROOT = Path(__file__).parents[2]
BOUND_S = 40
"""Longer than every operation here, also on a busy machine."""
OPERATOR_TOKEN = "operator-token-of-this-storm"  # noqa: S105 (test account)
_HUBSIM = "import cramped_disk, hubsim; cramped_disk.install(); hubsim.main(prog_name='hubsim')"
_AHEAD = "import time; real = time.time_ns; time.time_ns = lambda: real() + {ahead_ms} * 1_000_000; "


class Process:
    """One running hubsim."""

    def __init__(self, running: asyncio.subprocess.Process, errors: Path) -> None:
        assert running.stdout is not None
        self._running = running
        self._stdout = running.stdout
        self._errors = errors

    async def printed(self, words: str) -> str:
        """Return the next line of stdout that contains these words."""
        async with asyncio.timeout(BOUND_S):
            while line := (await self._stdout.readline()).decode():
                if words in line:
                    return line.rstrip("\n")
        raise AssertionError(f"ended without printing {words!r}: {self.stderr()}")

    def stderr(self) -> str:
        """Return the content of stderr."""
        return self._errors.read_text(encoding="utf-8")

    async def kill(self) -> None:
        """Kill it, like a power failure."""
        if self._running.returncode is None:
            self._running.kill()
        await self.end()

    async def finish(self) -> None:
        """Terminate it gracefully if it is running; kill it if that fails."""
        if self._running.returncode is None:
            self.terminate()
        try:
            await self.end()
        except TimeoutError:
            await self.kill()

    def terminate(self) -> None:
        """Ask it to shut down (SIGTERM)."""
        self._running.send_signal(signal.SIGTERM)

    @property
    def id(self) -> int:
        """The process id."""
        return self._running.pid

    async def end(self) -> int:
        """Wait for its exit; return the exit code."""
        await asyncio.wait_for(self._running.communicate(), BOUND_S)
        assert self._running.returncode is not None
        assert "Traceback (most recent call last)" not in self.stderr(), self.stderr()
        return self._running.returncode


class Site:
    """The processes in one folder, on one broker."""

    def __init__(self, folder: Path, broker: str) -> None:
        self.state = folder / "state"
        self.disk_is_full = folder / DISK_IS_FULL
        """While this file exists, no database here grows."""
        self._folder = folder
        self._kind = broker
        self._mqtt_port = 0
        self._started: list[Process] = []

    @property
    def _on_broker(self) -> tuple[str, ...]:
        where = f"mqtt://127.0.0.1:{self._mqtt_port}"
        return ("--broker", self._kind if self._kind == "embedded" else where)

    async def broker(self) -> Process:
        """Start the broker, on its previous port after the first time; return when it accepts connections."""
        process = await self.run("broker", "--broker", self._kind, "--mqtt-port", str(self._mqtt_port))
        ready = await process.printed(" ready")
        self._mqtt_port = int(ready.removesuffix(" ready").rpartition(":")[2])
        return process

    @property
    def mqtt_port(self) -> int:
        """The port of the broker, after its first start."""
        return self._mqtt_port

    async def simulator(self, hubs: int) -> Process:
        """Start the simulator, and wait until it is ready."""
        process = await self.run("simulator", *self.parts, "--hubs", str(hubs))
        await process.printed("hubs ready")
        return process

    async def cloud(self, *options: str, ahead_ms: int = 0) -> tuple[Process, str]:
        """Start the cloud with a host clock that is this much ahead; return the process and its URL."""
        arguments = ("cloud", *self.parts, "--http-port", "0", *options)
        process = await self.run(*arguments, ahead_ms=ahead_ms)
        return process, (await process.printed(" ready")).removesuffix(" ready")

    async def up(self, hubs: int) -> tuple[Process, str]:
        """Start everything in one process; return it and its HTTP address."""
        state = ("--state", str(self.state), "--lab")
        ports = ("--http-port", "0", "--mqtt-port", "0")
        process = await self.run("up", *state, *ports, "--hubs", str(hubs))
        return process, (await process.printed(" ready: cloud")).partition(" ")[0]

    @property
    def last(self) -> Process:
        """The process that was started last."""
        return self._started[-1]

    @property
    def parts(self) -> tuple[str, ...]:
        """The common options of cloud and simulator at this site."""
        return (*self._on_broker, "--mqtt-port", str(self._mqtt_port), "--state", str(self.state), "--lab")

    async def run(self, *arguments: str, ahead_ms: int = 0) -> Process:
        """Start `hubsim` with these arguments."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HUBSIM_")}
        errors = self._folder / f"{len(self._started)}-{arguments[0]}.err"
        source = (_AHEAD.format(ahead_ms=ahead_ms) if ahead_ms else "") + _HUBSIM
        with errors.open("wb") as stderr:
            running = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", source, *arguments),
                cwd=self._folder,
                env={
                    **clean,
                    "PYTHONPATH": with_watch(f"{ROOT}{os.pathsep}{Path(__file__).parent}"),
                    "PYTHONUNBUFFERED": "1",
                    "HUBSIM_OPERATOR_TOKEN": OPERATOR_TOKEN,
                    "TMPDIR": str(self._folder),  # a killed broker leaves the folder of its Mosquitto
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
            )
        process = Process(running, errors)
        self._started.append(process)
        return process

    async def close(self) -> None:
        """Stop all running processes in reverse order, gracefully: the broker stops last."""
        for process in reversed(self._started):
            await process.finish()


@asynccontextmanager
async def opened(folder: Path, broker: str = "embedded") -> AsyncIterator[Site]:
    """Open a site in this folder; stop all its processes at the end of the block."""
    site = Site(folder, broker)
    try:
        yield site
    finally:
        await site.close()
