"""Imported by each Python process that a test starts: notes the tracebacks that it writes to stderr.

The interpreter imports a module with this name at its start. The run puts this folder on PYTHONPATH, and the
name of the file for notes into the environment (`tracebacks`).
"""

import io
import os
import sys

HEAD = "Traceback (most recent call last)"
FILE = "TRACEBACKS_OF_TESTS"


class WatchedStream(io.TextIOWrapper):
    """A standard stream that notes each text with a traceback."""

    def write(self, text: str, /) -> int:
        """Write a text."""
        if HEAD in text:
            note(f"{' '.join(sys.orig_argv)[:300]}\n{text[:4_000]}")
        return super().write(text)


def note(text: str) -> None:
    """Append a text to the file. A process may be killed at any time, so nothing is buffered."""
    file = os.open(os.environ[FILE], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(file, f"{text}\n".encode(errors="replace"))
    finally:
        os.close(file)


if FILE in os.environ and sys.stderr is not None:
    # `sys.__stderr__` keeps the former stream, which would close the file otherwise
    sys.stderr = WatchedStream(
        sys.stderr.buffer,
        encoding=sys.stderr.encoding,
        errors=sys.stderr.errors,
        line_buffering=sys.stderr.line_buffering,
        write_through=sys.stderr.write_through,
    )
