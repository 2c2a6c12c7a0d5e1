"""One instance for each database: a lock of the operating system on a separate file in the same folder.

The kernel releases it when the process ends for any reason, so no lock becomes stale. The file is never
removed: after a removal two instances could lock two files of the same name.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

_PID_BYTES = 20


class Taken(Exception):
    """Another instance has the lock. `pid` is its process, or None if it is not written yet."""

    def __init__(self, pid: int | None) -> None:
        super().__init__("another instance" + ("" if pid is None else f" (process {pid})") + " has the lock")
        self.pid = pid


class InstanceLock:
    """The lock, held until `release` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, database: Path) -> Self:
        """Take the lock of this database without waiting. Raises `Taken` or `OSError`."""
        descriptor = os.open(lock_path(database), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        except BlockingIOError as error:
            pid = _pid(descriptor)
            os.close(descriptor)
            raise Taken(pid) from error
        except OSError:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def release(self) -> None:
        """Release the lock; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def lock_path(database: Path) -> Path:
    """Return the path of the lock file."""
    return database.with_name(database.name + ".lock")


def _pid(descriptor: int) -> int | None:
    with suppress(ValueError):
        return int(os.pread(descriptor, _PID_BYTES, 0))
    return None
