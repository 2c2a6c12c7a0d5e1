"""Plays side by side: some worker processes, each of which plays one turn after the other.

Owns the life of the processes. A worker that dies makes its play BLOCKED, with what it said last, and another
takes its place. However this ends (done, cancelled, an error), no worker, nothing that a worker has started,
and no folder of theirs is left.
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

GRACE_S = 10
"""So much real time a worker has to let go of its play when it is told to end; then it is killed."""
SAID_CHARS = 2000
"""So much of what a worker said last is kept, to be told when it dies."""
WORKER = "hubsim_scenarios.running.worker"


async def play_side_by_side(target: Target, series: Series, jobs: int, board: ProgressDisplay) -> None:
    """Play the series in so many worker processes, or fewer when there is less to play."""
    with TemporaryDirectory(prefix="hubsim-", ignore_cleanup_errors=True) as folder:
        async with asyncio.TaskGroup() as group:
            for seat in range(min(jobs, len(series.play_jobs))):
                group.create_task(_seat(target, series, seat, board, folder), name=f"worker {seat + 1}")


async def _seat(target: Target, series: Series, seat: int, board: ProgressDisplay, folder: str) -> None:
    worker: _Worker | None = None
    try:
        while (place := series.take()) is not None:
            play_job = series.play_jobs[place]
            worker = worker or await _Worker.start(target, folder)
            played = await worker.play(play_job, _seen(board, seat, play_job))
            if played is None:
                played = _blocked(target, play_job, await worker.last_words())
                worker = None
            series.finish(place, played)
            board.free(seat)
    finally:
        if worker is not None:
            await worker.stop()


def _seen(board: ProgressDisplay, seat: int, play_job: PlayJob) -> Callable[[Reached | Waits], None]:
    """Return what shows how far the play at this seat is."""

    def seen(record: Reached | Waits) -> None:
        if isinstance(record, Reached):
            board.at(seat, play_job, record.step)
        else:
            board.waits(seat, play_job, record.waiting)

    return seen


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
    """One worker process. In a session of its own, so that Ctrl-C reaches the run alone."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._input, self._output = process.stdin, process.stdout
        self._said = b""
        self._hearing = asyncio.create_task(self._hear(process.stderr))

    @staticmethod
    async def start(target: Target, folder: str) -> "_Worker":
        """Start a process that plays in this venue and keeps its files in this folder."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # what stands in the user's folder must not be taken for a part of the program
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

    async def play(self, play_job: PlayJob, seen: Callable[[Reached | Waits], None]) -> Played | None:
        """Let it play; None: it has died meanwhile."""
        self._input.write(frame(play_job))
        with suppress(ConnectionError):
            await self._input.drain()
        while (record := await next_frame(self._output)) is not None:
            if isinstance(record, PlayDone):
                self._pass_on()
                return record.played
            assert isinstance(record, Reached | Waits)
            seen(record)
        return None

    async def last_words(self) -> str:
        """Return how it died and what it said, and take away what it has left."""
        await self.stop()
        number = self._process.returncode or 0
        how = signal.Signals(-number).name if number < 0 else f"exit code {number}"
        said = self._said.decode(errors="replace").strip()
        return f"the process that played it died ({how}); it said: {said or 'nothing'}"

    async def stop(self) -> None:
        """End it: the end of its input is the sign, and what it plays is given up in good order."""
        try:
            self._input.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S):
                    await self._output.read()  # a full pipe would hold it up
                    await self._process.wait()
        finally:
            if self._process.returncode != 0:
                self._kill()
            await self._process.wait()
            await self._hearing

    def _kill(self) -> None:
        """Kill it if it still lives, and whatever it has started and not stopped."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _hear(self, errors: asyncio.StreamReader) -> None:
        while said := await errors.read(SAID_CHARS):
            self._said = (self._said + said)[-SAID_CHARS:]

    def _pass_on(self) -> None:
        """Say to standard error what the worker has said there."""
        if self._said:
            sys.stderr.write(self._said.decode(errors="replace"))
            self._said = b""
