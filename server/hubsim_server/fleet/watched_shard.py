"""One shard of a fleet, watched: starts its process, reads its reports, and restarts it when it ends.

Owns the process. Promises that no process is left when `run` has ended for any reason. If this process is
killed, that of the shard ends as well, because its stdin ends.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

import msgspec

from hubsim_contract.lab.shards import Shard
from hubsim_server.fleet.shard_messages import (
    AnyShardCommand,
    ShardReport,
    decode_report,
    encode_line,
)
from hubsim_server.fleet.shard_totals import NOTHING, ended, total
from hubsim_server.logs import get
from hubsim_server.settings import ServerSettings

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
"""The pause before a restart. It doubles with each process that ran for less than the longest pause."""
STOP_LIMIT_S = 15.0
"""How long a process may take to stop gracefully; then it is killed. A simulator needs at most 5 s."""
SILENT_LIMIT_S = 15.0
"""Without a report for longer than this, a shard is not ready. It reports every half second."""
ABANDONED_LIMIT_S = 5.0
"""How long a process may take to stop gracefully when the fleet ends for another reason."""
LINE_BYTES_MAX = 1024 * 1024
"""The longest report."""
_MODULE = "hubsim_server.fleet.shard_process"


class ShardCannotRun(Exception):
    """The process of a shard has ended by itself before it was ever ready, so a restart would not help."""

    def __init__(self, shard: Shard, code: int) -> None:
        super().__init__(f"the process of shard {shard} ended with exit code {code}; the log has its reason")
        self.shard = shard
        self.code = code


class ProcessState(StrEnum):
    """The state of the process of a shard."""

    STARTING = "starting"
    """It has not reported yet."""
    RUNNING = "running"
    PAUSED = "paused"
    """It has ended, and is started again after a pause."""
    STOPPED = "stopped"
    """It was stopped; final."""


class RestartPauses:
    """The pauses between the processes of one shard."""

    def __init__(self) -> None:
        self._next_s = FIRST_PAUSE_S

    def after(self, ran_s: float) -> float:
        """Return the pause after a process that ran for this time."""
        if ran_s >= LONGEST_PAUSE_S:
            self._next_s = FIRST_PAUSE_S
        pause_s, self._next_s = self._next_s, min(2 * self._next_s, LONGEST_PAUSE_S)
        return pause_s


class WatchedShard:
    """The shard. `on_change` is called after each report, and when its process starts or ends."""

    def __init__(self, settings: ServerSettings, shard: Shard, on_change: Callable[[], None]) -> None:
        """Take the settings of the fleet, and the shard for this process."""
        self.shard = shard
        self.state = ProcessState.STARTING
        self.restarts = 0
        self.process_id: int | None = None
        self._settings = msgspec.structs.replace(settings, shard=str(shard), monitor_port=None)
        self._on_change = on_change
        self._report: ShardReport | None = None
        self._ended = NOTHING
        """The counters of the processes that have ended."""
        self._was_ready = False
        self._reported_s = 0.0
        self._why = ""
        self._process: Process | None = None
        self._stopping = asyncio.Event()

    @property
    def report(self) -> ShardReport:
        """The current state, with the counters of all processes of the shard."""
        return total((self._ended, self._report or NOTHING))

    @property
    def awaited(self) -> list[str]:
        """What the shard waits for; empty when it is ready."""
        if self.state is ProcessState.PAUSED:
            return [f"shard {self.shard}: a restart of its process, which ended ({self._why})"]
        if self._report is None:
            return [f"shard {self.shard}: the start of its process"]
        silent_s = asyncio.get_running_loop().time() - self._reported_s
        if silent_s > SILENT_LIMIT_S:
            return [f"shard {self.shard}: a report of its process, which is silent for {silent_s:.0f} s"]
        return [f"shard {self.shard}: {each}" for each in self._report.awaited]

    def send(self, command: AnyShardCommand) -> None:
        """Send a command. A process that does not run, or has ended, does not get it."""
        if (
            self._process is not None
            and self._process.stdin is not None
            and self.state is ProcessState.RUNNING
        ):
            self._process.stdin.write(encode_line(command))

    def stop(self) -> None:
        """Stop the process gracefully; `run` ends soon."""
        self._stopping.set()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    async def run(self) -> None:
        """Run the shard until `stop`. Raises `ShardCannotRun`."""
        pauses, loop = RestartPauses(), asyncio.get_running_loop()
        try:
            while not self._stopping.is_set():
                began_s = loop.time()
                code = await self._one_process()
                if not self._stopping.is_set():
                    await self._pause(code, pauses.after(loop.time() - began_s))
        finally:
            self._change(ProcessState.STOPPED)

    async def _one_process(self) -> int:
        """Run one process, and return its exit code."""
        self._change(ProcessState.STARTING)
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _MODULE),
            stdin=PIPE,
            stdout=PIPE,
            limit=LINE_BYTES_MAX,
            process_group=0,  # Ctrl-C is for the parent, which then stops its shards
        )
        self.process_id = process.pid
        try:
            assert process.stdin is not None
            process.stdin.write(encode_line(self._settings))
            if self._stopping.is_set():
                process.stdin.close()
            await self._read(process)
            return await process.wait()
        finally:
            self._process = self.process_id = None
            await _end(process)
            self._ended, self._report = total((self._ended, ended(self._report or NOTHING))), None

    async def _read(self, process: Process) -> None:
        """Read the reports until the process ends, or has not stopped in time."""
        reading = asyncio.create_task(self._read_reports(process), name=f"reports of shard {self.shard}")
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                await asyncio.wait({reading}, timeout=STOP_LIMIT_S)
        finally:
            for task in (reading, stopping):
                task.cancel()
        if reading.done() and not reading.cancelled():
            reading.result()

    async def _read_reports(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._report, self._reported_s = decode_report(line), asyncio.get_running_loop().time()
            self._was_ready = self._was_ready or not self._report.awaited
            self._change(ProcessState.RUNNING)

    async def _pause(self, code: int, pause_s: float) -> None:
        """Wait before a restart. Raises `ShardCannotRun` if the process has ended by itself at its start."""
        if code >= 0 and not self._was_ready:
            raise ShardCannotRun(self.shard, code)
        self._why = f"signal {-code}" if code < 0 else f"exit code {code}"
        self.restarts += 1
        self._change(ProcessState.PAUSED)
        get("fleet").warning(
            "a shard's process ended; it is started again",
            shard=str(self.shard),
            ended_by=self._why,
            pause_s=pause_s,
        )
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause_s)

    def _change(self, state: ProcessState) -> None:
        self.state = state
        self._on_change()


async def _end(process: Process) -> None:
    """End a process that still runs: gracefully within a limit, otherwise by a kill."""
    if process.returncode is not None:
        return
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), ABANDONED_LIMIT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
