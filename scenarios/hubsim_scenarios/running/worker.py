"""A worker process: plays one scenario after another for the run that started it.

It reads play jobs from standard input, and writes results to standard output. All other output goes to
standard error. It ends when its input ends, also within a play, and on SIGTERM. It first stops what the play
has started, so no process or folder remains even if the run was killed.
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
from hubsim_scenarios.running.target import PlayJob, Target, play, with_progress
from hubsim_scenarios.running.worker_protocol import FromWorker, PlayDone, Reached, Waits, frame, next_frame
from hubsim_scenarios.translation.story_language import in_language


def main() -> None:
    """Play until the input ends."""
    logging.basicConfig(level=logging.ERROR)
    output = _own_output()
    with suppress(asyncio.CancelledError), collecting_rarely():  # cancelled by SIGTERM
        asyncio.run(_work(output))


def _own_output() -> FileIO:
    """Reserve standard output for frames. Output of libraries goes to standard error from now on."""
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
    """Play one job, and return the next one, or None if there are no more."""
    playing = asyncio.create_task(_play(target, play_job, output))
    following_job: asyncio.Task[PlayJob | None] = asyncio.create_task(next_frame(reader))
    try:
        # The run sends the next job only after this one is done. An earlier end of input ends the run.
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

    with in_language(target.language):
        return await play(target, play_job, with_progress(at_step, waits))


def _send(output: FileIO, record: FromWorker) -> None:
    left = memoryview(frame(record))
    # If the run has ended, nothing reads the pipe. The input ends too, which ends the play.
    with suppress(BrokenPipeError):
        while left:
            left = left[output.write(left) :]


if __name__ == "__main__":
    main()
