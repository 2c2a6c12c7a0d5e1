"""Reads lines from standard input while the event loop keeps running."""

import asyncio
import sys
import threading
from contextlib import suppress
from typing import TextIO

LINE_CHARS_MAX = 10_000
"""A longer line is truncated."""


async def read_line(source: TextIO, limit: int = LINE_CHARS_MAX) -> str:
    """Return the next line with its end, or an empty text at the end of the input.

    Reads in a daemon thread: a run can end while the thread still waits for a line.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def take(line: str) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        line = _bounded(source, limit)
        with suppress(RuntimeError):  # the run has ended, and its loop is closed
            loop.call_soon_threadsafe(take, line)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    return await answer


async def ask_on_terminal(prompt: str) -> str | None:
    """Show a prompt on standard error, and return the line from standard input; None at its end."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = await read_line(sys.stdin)
    return line.rstrip("\r\n") if line else None


def _bounded(source: TextIO, limit: int) -> str:
    """Return the next line with its end. A line that is too long is truncated, and its rest is skipped."""
    line = part = source.readline(limit + 1)
    while part and not part.endswith("\n"):
        part = source.readline(limit + 1)
    return line
