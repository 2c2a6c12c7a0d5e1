"""A worker process: plays one scenario after the other for a run that started it.

Turns come in by standard input, results go out by standard output; whatever else would be printed there goes
to standard error. It ends when its input ends, at once even in the middle of a play, and on SIGTERM: what
the play has started is stopped first. So nothing is left of it even if the run itself was killed.
"""

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress
from io import FileIO

from hubsim_scenarios.play.launch import Played, collecting_rarely
from hubsim_scenarios.play.play import AwaitedMessages
from hubsim_scenarios.running.target import PlayJob, Target, following, play
from hubsim_scenarios.running.worker_protocol import FromWorker, PlayDone, Reached, Waits, frame, next_frame


def main() -> None:
    """Work until the input ends."""
    logging.basicConfig(level=logging.ERROR)
    output = _own_output()
    with suppress(asyncio.CancelledError), collecting_rarely():  # cancelled by SIGTERM
        asyncio.run(_work(output))


def _own_output() -> FileIO:
    """Take standard output for frames alone: prints of any library go to standard error from now on."""
    output = FileIO(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return output


async def _work(output: FileIO) -> None:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        target = await next_frame(reader)
        play_job = await next_frame(reader)
        while play_job is not None:
            play_job = await _take(target, play_job, reader, output)
    finally:
        transport.close()


async def _take(
    target: Target, play_job: PlayJob, reader: asyncio.StreamReader, output: FileIO
) -> PlayJob | None:
    """Play one turn, and return the next one; None when there is none any more."""
    playing = asyncio.create_task(_play(target, play_job, output))
    following_job: asyncio.Task[PlayJob | None] = asyncio.create_task(next_frame(reader))
    try:
        # The next turn comes only after this one is done: what comes earlier is the end of the run.
        await asyncio.wait({playing, following_job}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            return None
        _send(output, PlayDone(playing.result()))
        return await following_job
    finally:
        for task in (playing, following_job):
            task.cancel()
        await asyncio.gather(playing, following_job, return_exceptions=True)


async def _play(target: Target, play_job: PlayJob, output: FileIO) -> Played:
    def at_step(step: int) -> None:
        _send(output, Reached(step))

    def waits(waiting: AwaitedMessages) -> None:
        _send(output, Waits(waiting))

    return await play(target, play_job, following(at_step, waits))


def _send(output: FileIO, record: FromWorker) -> None:
    left = memoryview(frame(record))
    # A run that is gone hears nothing; the end of the input comes with it, and ends the play.
    with suppress(BrokenPipeError):
        while left:
            left = left[output.write(left) :]


if __name__ == "__main__":
    main()
