"""The hub's memory as one file.

Promises that a reader finds either the old content or the new one, whole, whatever happens while
writing; and that `write` returns only once the new one would survive a loss of power. POSIX only: the
promise rests on rename and on fsync of a folder.
"""

import os
from pathlib import Path

MEMORY_BYTES_MAX = 4 * 1024 * 1024
"""Four times what a full buffer of the largest events takes. A longer file is not ours: it is read up
to here, and its check sum is wrong."""


class FileMemory:
    """A file that is replaced, never changed. Its folder has to exist. Errors are `OSError`s."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new_path = path.with_name(path.name + ".new")

    def read(self) -> bytes | None:
        """Return the content, or None when nothing was ever written."""
        try:
            with self._path.open("rb") as file:
                return file.read(MEMORY_BYTES_MAX + 1)
        except FileNotFoundError:
            return None

    def write(self, data: bytes) -> None:
        """Replace the content. A `.new` file left by a crash is overwritten."""
        with self._new_path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self._new_path.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
