"""A place where hubsim runs as separate processes: started by their command lines, killed, started again.

Owns the processes: none outlives the block in which its site was opened. All of them stand in one folder,
which is their working directory and holds what is durable, and what each wrote to stderr.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
BOUND_S = 40
"""Longer than anything here takes, on a busy machine too."""
OPERATOR_TOKEN = "operator-token-of-this-storm"  # noqa: S105 (of nobody)
_HUBSIM = "import hubsim; hubsim.main(prog_name='hubsim')"
_AHEAD = "import time; real = time.time_ns; time.time_ns = lambda: real() + {ahead_ms} * 1_000_000; "


class Process:
    """One running hubsim."""

    def __init__(self, running: asyncio.subprocess.Process, errors: Path) -> None:
        assert running.stdout is not None
        self._running = running
        self._stdout = running.stdout
        self._errors = errors

    async def says(self, words: str) -> str:
        """Return the next line of stdout that holds these words."""
        async with asyncio.timeout(BOUND_S):
            while line := (await self._stdout.readline()).decode():
                if words in line:
                    return line.rstrip("\n")
        raise AssertionError(f"ended without saying {words!r}: {self.talk()}")

    def talk(self) -> str:
        """Return what it has written to stderr so far."""
        return self._errors.read_text(encoding="utf-8")

    async def kill(self) -> None:
        """End it at once, as when the power fails."""
        if self._running.returncode is None:
            self._running.kill()
        await self.end()

    async def finish(self) -> None:
        """End it in order if it still runs, and if that does not work, at once."""
        if self._running.returncode is None:
            self.terminate()
        try:
            await self.end()
        except TimeoutError:
            await self.kill()

    def terminate(self) -> None:
        """Ask it to end in order."""
        self._running.send_signal(signal.SIGTERM)

    @property
    def id(self) -> int:
        """Return the id of the process."""
        return self._running.pid

    async def end(self) -> int:
        """Wait for its end; return the exit code."""
        await asyncio.wait_for(self._running.communicate(), BOUND_S)
        assert self._running.returncode is not None
        return self._running.returncode


class Site:
    """The processes in one folder, on one broker."""

    def __init__(self, folder: Path, broker: str) -> None:
        self.state = folder / "state"
        self._folder = folder
        self._kind = broker
        self._mqtt_port = 0
        self._started: list[Process] = []

    @property
    def _on_broker(self) -> tuple[str, ...]:
        where = f"mqtt://127.0.0.1:{self._mqtt_port}"
        return ("--broker", self._kind if self._kind == "embedded" else where)

    async def broker(self) -> Process:
        """Start the broker, on its former port if there was one before; it accepts connections."""
        process = await self.run("broker", "--broker", self._kind, "--mqtt-port", str(self._mqtt_port))
        ready = await process.says(" ready")
        self._mqtt_port = int(ready.removesuffix(" ready").rpartition(":")[2])
        return process

    @property
    def mqtt_port(self) -> int:
        """Where the broker is, once it was started."""
        return self._mqtt_port

    async def simulator(self, hubs: int) -> Process:
        """Start the simulator; it is ready."""
        process = await self.run("simulator", *self.parts, "--hubs", str(hubs))
        await process.says("hubs ready")
        return process

    async def cloud(self, *options: str, ahead_ms: int = 0) -> tuple[Process, str]:
        """Start the cloud, for which the host's clock is so much ahead; return it, and where it is."""
        arguments = ("cloud", *self.parts, "--http-port", "0", *options)
        process = await self.run(*arguments, ahead_ms=ahead_ms)
        return process, (await process.says(" ready")).removesuffix(" ready")

    async def up(self, hubs: int) -> tuple[Process, str]:
        """Start everything in one process; return it, and where it serves HTTP."""
        state = ("--state", str(self.state), "--lab")
        ports = ("--http-port", "0", "--mqtt-port", "0")
        process = await self.run("up", *state, *ports, "--hubs", str(hubs))
        return process, (await process.says(" ready: cloud")).partition(" ")[0]

    @property
    def last(self) -> Process:
        """Return the process that was started last."""
        return self._started[-1]

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the options that cloud and simulator of this site have in common."""
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
                    "PYTHONPATH": str(ROOT),
                    "PYTHONUNBUFFERED": "1",
                    "HUBSIM_OPERATOR_TOKEN": OPERATOR_TOKEN,
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
            )
        process = Process(running, errors)
        self._started.append(process)
        return process

    async def close(self) -> None:
        """End what still runs; the last one started first, so that nobody loses the broker under it.

        In order, because a broker that is killed would leave its Mosquitto behind.
        """
        for process in reversed(self._started):
            await process.finish()


@asynccontextmanager
async def opened(folder: Path, broker: str = "embedded") -> AsyncIterator[Site]:
    """Give a site in this folder; nothing of it runs any more when the block is left."""
    site = Site(folder, broker)
    try:
        yield site
    finally:
        await site.close()
