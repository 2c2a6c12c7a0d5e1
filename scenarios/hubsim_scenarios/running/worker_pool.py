"""Plays in parallel: a pool of worker processes, each of which plays one job after another.

If a worker dies, its play is BLOCKED, the reason contains its last output, and a new worker replaces it.
However the run ends (done, cancelled, an error), the pool stops the workers and the processes that they have
started, and removes their folders.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryDirectory

from hubsim_contract.lab.trace import Trace
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.running.progress import ProgressDisplay
from hubsim_scenarios.running.schedule import Series
from hubsim_scenarios.running.target import PlayJob, Target
from hubsim_scenarios.running.worker_protocol import PlayDone, Reached, Waits, frame, next_frame
from hubsim_scenarios.translation.story_language import say

GRACE_S = 10
"""Real seconds that a worker has to stop its play. Then it is killed."""
STDERR_BYTES = 2000
"""The last bytes of a worker's standard error that are kept, for the report of its death."""
WORKER = "hubsim_scenarios.running.worker"


async def play_in_parallel(target: Target, series: Series, jobs: int, display: ProgressDisplay) -> None:
    """Play the series in up to `jobs` worker processes."""
    with TemporaryDirectory(prefix="hubsim-", ignore_cleanup_errors=True) as folder:
        async with asyncio.TaskGroup() as group:
            for slot in range(min(jobs, len(series.play_jobs))):
                group.create_task(_work(target, series, slot, display, folder), name=f"worker {slot + 1}")


async def _work(target: Target, series: Series, slot: int, display: ProgressDisplay, folder: str) -> None:
    worker: _Worker | None = None
    try:
        while (place := series.take()) is not None:
            play_job = series.play_jobs[place]
            worker = worker or await _Worker.start(target, folder)
            played = await worker.play(play_job, _progress(display, slot, play_job))
            if played is None:
                played = _blocked(target, play_job, await worker.death_report())
                worker = None
            series.finish(place, played)
            display.free(slot)
    finally:
        if worker is not None:
            await worker.stop()


def _progress(display: ProgressDisplay, slot: int, play_job: PlayJob) -> Callable[[Reached | Waits], None]:
    """Return a callback that shows the progress of the play in this slot."""

    def show(record: Reached | Waits) -> None:
        if isinstance(record, Reached):
            display.at(slot, play_job, record.step)
        else:
            display.waits(slot, play_job, record.waiting)

    return show


def _blocked(target: Target, play_job: PlayJob, reason: str) -> Played:
    world = "remote" if target.cloud is not None else "live" if target.live else "virtual"
    result = PlayResult(
        scenario=play_job.scenario,
        world=world,
        seed=play_job.seed,
        verdict=Verdict.BLOCKED,
        steps=(),
        reason=reason,
        ended_at_ms=play_job.scenario.clock_ms,
    )
    return Played(result, Trace())


class _Worker:
    """One worker process. It has its own session, so Ctrl-C reaches only the run."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._input, self._output = process.stdin, process.stdout
        self._stderr = b""
        self._stderr_reader = asyncio.create_task(self._read_stderr(process.stderr))

    @staticmethod
    async def start(target: Target, folder: str) -> "_Worker":
        """Start a process that plays on this target, with its temporary files in this folder."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # modules in the user's folder must not hide modules of the program
            "-m",
            WORKER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "TMPDIR": folder},
            start_new_session=True,
        )
        worker = _Worker(process)
        worker._input.write(frame(target))
        return worker

    async def play(self, play_job: PlayJob, show: Callable[[Reached | Waits], None]) -> Played | None:
        """Play one job. None: the worker has died."""
        self._input.write(frame(play_job))
        with suppress(ConnectionError):
            await self._input.drain()
        while (record := await next_frame(self._output)) is not None:
            if isinstance(record, PlayDone):
                self._forward_stderr()
                return record.played
            assert isinstance(record, Reached | Waits)
            show(record)
        return None

    async def death_report(self) -> str:
        """Clean up after a dead worker. Return how it died, with its last output."""
        await self.stop()
        number = self._process.returncode or 0
        how = signal.Signals(-number).name if number < 0 else say("exit code {code}", code=number)
        output = self._stderr.decode(errors="replace").strip()
        text = "the worker process died ({how}); its last output: {output}"
        return say(text, how=how, output=output or say("none"))

    async def stop(self) -> None:
        """Close its input, which makes it stop its play and exit. Kill it if that takes too long."""
        try:
            self._input.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S):
                    await self._output.read()  # a full pipe would block it
                    await self._process.wait()
        finally:
            if self._process.returncode != 0:
                self._kill()
            await self._process.wait()
            await self._stderr_reader

    def _kill(self) -> None:
        """Kill the worker and the processes that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _read_stderr(self, stderr: asyncio.StreamReader) -> None:
        while output := await stderr.read(STDERR_BYTES):
            self._stderr = (self._stderr + output)[-STDERR_BYTES:]

    def _forward_stderr(self) -> None:
        """Write the worker's standard error to the run's."""
        if self._stderr:
            sys.stderr.write(self._stderr.decode(errors="replace"))
            self._stderr = b""
