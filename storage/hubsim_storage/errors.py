"""What can be wrong with a database file, and what to do about it."""

import errno
import sqlite3
from pathlib import Path

_ADVICE = {
    sqlite3.SQLITE_BUSY: "end the other program that has it open",
    sqlite3.SQLITE_CANTOPEN: "give a path in a writable folder",
    sqlite3.SQLITE_CORRUPT: "restore a backup",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "look after the disk",
    sqlite3.SQLITE_NOTADB: "give the path of another file",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
}
"""What to do about SQLite's primary result codes (sqlite.org/rescode.html)."""
_OS_ADVICE = {
    errno.EACCES: "make the file and its folder writable",
    errno.EDQUOT: "make room on the disk",
    errno.EISDIR: "give a path in a writable folder",
    errno.ENOENT: "give a path in a writable folder",
    errno.ENOSPC: "make room on the disk",
    errno.EPERM: "make the file and its folder writable",
    errno.EROFS: "make the file and its folder writable",
}
_PRIMARY_CODE = 0xFF
"""The bits of a result code that hold the primary one."""


class StoreError(Exception):
    """The database cannot be used. The text says which, why, and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


def why(trouble: str, error: sqlite3.Error | OSError) -> str:
    """Return what went wrong in the words of SQLite or the system, and what to do where that is known."""
    if isinstance(error, OSError):
        what, advice = error.strerror or str(error), _OS_ADVICE.get(error.errno or 0)
    else:
        # sqlite3 gives no code to what it refuses by itself
        what, advice = str(error), _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)
    return f"{trouble} ({what})" + (f"; {advice}" if advice else "")
