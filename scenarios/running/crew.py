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
from pathlib import Path
from tempfile import TemporaryDirectory

from contract.trace import Trace
from scenarios.play import PlayResult
from scenarios.playing import Played
from scenarios.running.frames import Done, Reached, Waits, frame, next_frame
from scenarios.running.progress import Board
from scenarios.running.series import Series
from scenarios.running.venue import Turn, Venue
from scenarios.verdict import Verdict

GRACE_S = 10
"""So much real time a worker has to let go of its play when it is told to end; then it is killed."""
SAID_CHARS = 2000
"""So much of what a worker said last is kept, to be told when it dies."""
WORKER = "scenarios.running.worker"
_ROOT = Path(__file__).parents[2]


async def play_side_by_side(venue: Venue, series: Series, jobs: int, board: Board) -> None:
    """Play the series in so many worker processes, or fewer when there is less to play."""
    with TemporaryDirectory(prefix="hubsim-", ignore_cleanup_errors=True) as folder:
        async with asyncio.TaskGroup() as group:
            for seat in range(min(jobs, len(series.turns))):
                group.create_task(_seat(venue, series, seat, board, folder), name=f"worker {seat + 1}")


async def _seat(venue: Venue, series: Series, seat: int, board: Board, folder: str) -> None:
    worker: _Worker | None = None
    try:
        while (place := series.take()) is not None:
            turn = series.turns[place]
            worker = worker or await _Worker.start(venue, folder)
            played = await worker.play(turn, _seen(board, seat, turn))
            if played is None:
                played = _blocked(venue, turn, await worker.last_words())
                worker = None
            series.finish(place, played)
            board.free(seat)
    finally:
        if worker is not None:
            await worker.stop()


def _seen(board: Board, seat: int, turn: Turn) -> Callable[[Reached | Waits], None]:
    """Return what shows how far the play at this seat is."""

    def seen(record: Reached | Waits) -> None:
        if isinstance(record, Reached):
            board.at(seat, turn, record.step)
        else:
            board.waits(seat, turn, record.waiting)

    return seen


def _blocked(venue: Venue, turn: Turn, reason: str) -> Played:
    world = "remote" if venue.cloud is not None else "live" if venue.live else "virtual"
    result = PlayResult(
        scenario=turn.scenario,
        world=world,
        seed=turn.seed,
        verdict=Verdict.BLOCKED,
        steps=(),
        reason=reason,
        ended_at_ms=turn.scenario.clock_ms,
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
    async def start(venue: Venue, folder: str) -> "_Worker":
        """Start a process that plays in this venue and keeps its files in this folder."""
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # what stands in the user's folder must not be taken for a part of the program
            "-m",
            WORKER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path, "TMPDIR": folder},
            start_new_session=True,
        )
        worker = _Worker(process)
        worker._input.write(frame(venue))
        return worker

    async def play(self, turn: Turn, seen: Callable[[Reached | Waits], None]) -> Played | None:
        """Let it play; None: it has died meanwhile."""
        self._input.write(frame(turn))
        with suppress(ConnectionError):
            await self._input.drain()
        while (record := await next_frame(self._output)) is not None:
            if isinstance(record, Done):
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
