"""The live soak: broker, simulator and cloud as processes under a steady load, measured from outside."""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import httpx

from tools.soak.soak_load import SoakLoad
from tools.soak.soak_record import SoakRecord
from tools.soak.soak_samples import file_values, process_values

FIRST_HUB = 0xF000_0001
"""The id of the first hub of a simulator that is started with a number of hubs."""
WORKERS = 8
START_S = 120
END_S = 60
REQUEST_S = 60
_FACTS = re.compile(r"^hubsim_cloud_facts_total (\S+)$", re.MULTILINE)


class SoakProcess:
    """One running hubsim, and what it has printed."""

    def __init__(self, name: str, running: asyncio.subprocess.Process, output: Path) -> None:
        self.name = name
        self.running = running
        self._output = output

    async def ready(self) -> str:
        """Wait until it prints that it is ready; return the first word. Raises `TimeoutError`."""
        assert self.running.stdout is not None
        async with asyncio.timeout(START_S):
            while line := (await self.running.stdout.readline()).decode():
                if " ready" in line:
                    return line.split()[0]
        raise AssertionError(f"hubsim {self.name} ended before it was ready: {self._output.read_text()}")

    async def end(self) -> None:
        """Stop it gracefully; raise `AssertionError` if it failed, or logged an exception."""
        if self.running.returncode is None:
            self.running.terminate()
        async with asyncio.timeout(END_S):
            await self.running.communicate()
        log = self._output.read_text(encoding="utf-8")
        assert (self.running.returncode, "Traceback" in log) == (0, False), f"hubsim {self.name}: {log}"


@asynccontextmanager
async def started(name: str, folder: Path, *arguments: str) -> AsyncIterator[SoakProcess]:
    """Run `hubsim` with these arguments in a folder; stop it after the context."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HUBSIM_")}
    output = folder / f"{name}.err"
    with output.open("wb") as errors:
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hubsim", name, *arguments),
            cwd=folder,
            env={**clean, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    process = SoakProcess(name, running, output)
    try:
        yield process
        await process.end()
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


class LiveSoak:
    """A soak in a folder."""

    def __init__(self, folder: Path, *, hubs: int, acts_per_s: float, rng: Random) -> None:
        self.record = SoakRecord()
        self._folder = folder
        self._hubs = hubs
        self._pause_s = WORKERS / acts_per_s
        self._rng = rng
        self._processes: list[SoakProcess] = []

    async def run(self, duration_s: float, samples: int) -> None:
        """Soak for this time, and take this number of samples.

        Raises `AssertionError` if a process or a request fails.
        """
        async with AsyncExitStack() as stack:
            broker = await self._start(stack, "broker", "--mqtt-port", "0")
            shared = ("--broker", broker, "--state", str(self._folder / "state"), "--lab")
            await self._start(stack, "simulator", *shared, "--hubs", str(self._hubs))
            url = await self._start(stack, "cloud", *shared, "--http-port", "0")
            client = await stack.enter_async_context(
                httpx.AsyncClient(base_url=url, timeout=REQUEST_S, trust_env=False)
            )
            load = SoakLoad(client, self._rng, [f"{FIRST_HUB + each:08X}" for each in range(self._hubs)])
            await load.prepare()
            await self._soak(client, load, duration_s, samples)

    async def _start(self, stack: AsyncExitStack, name: str, *arguments: str) -> str:
        process = await stack.enter_async_context(started(name, self._folder, *arguments))
        self._processes.append(process)
        return await process.ready()

    async def _soak(self, client: httpx.AsyncClient, load: SoakLoad, duration_s: float, samples: int) -> None:
        begun_s = time.monotonic()
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work(load)) for _ in range(WORKERS)]
            for number in range(samples):
                at_s = begun_s + duration_s * (number + 1) / samples
                await asyncio.sleep(max(0, at_s - time.monotonic()))
                await self._sample(client, time.monotonic() - begun_s)
            for worker in workers:
                worker.cancel()

    async def _work(self, load: SoakLoad) -> None:
        while True:
            began_s = time.monotonic()
            await load.act()
            self.record.acts += 1
            await asyncio.sleep(max(0, began_s + self._pause_s - time.monotonic()))  # a steady rate

    async def _sample(self, client: httpx.AsyncClient, at_s: float) -> None:
        counted = _FACTS.search((await client.get("/metrics")).text)
        assert counted is not None, "the metrics of the cloud have no number of facts"
        self.record.facts = int(float(counted[1]))
        values = file_values(self._folder)
        for process in self._processes:
            values |= process_values(process.name, process.running.pid)
        self.record.add(at_s, values)
