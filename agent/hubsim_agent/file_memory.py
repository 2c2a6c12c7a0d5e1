"""The memory of a hub as one file.

Promises that a reader finds either the whole old content or the whole new content, also after a crash
during a write. When `write` returns, the new content survives a power failure. POSIX only: the promise
depends on rename and on fsync of a folder.
"""

import os
from pathlib import Path

MEMORY_BYTES_MAX = 4 * 1024 * 1024
"""Four times the size of a full buffer of the largest events. A longer file was not written by an agent: only
this much of it is read, and the checksum does not match."""


class FileMemory:
    """A file that is replaced as a whole. Its folder must exist. Raises `OSError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new_path = path.with_name(path.name + ".new")

    def read(self) -> bytes | None:
        """Return the content, or None if nothing was ever written."""
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
