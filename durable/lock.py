"""One program for each database: a lock that the operating system lets go of when its holder dies."""

import fcntl
import os
from pathlib import Path

from durable.errors import StoreError


class FileLock:
    """A lock on a file beside the one it guards. The file stays; what counts is the lock on it."""

    def __init__(self, guarded: Path) -> None:
        """Take the lock, or raise `StoreError` naming who has it."""
        path = guarded.with_name(guarded.name + "-lock")
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                guarded, f"cannot be opened ({error.strerror}); give a path in a writable folder"
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            os.close(self._descriptor)
            who = f"the process {holder}" if holder.isdigit() else "another program"
            raise StoreError(guarded, f"{who} uses it; stop that one first, or give another path") from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let it go; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
