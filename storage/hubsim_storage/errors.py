"""The errors of a database file, with advice."""

import errno
import sqlite3
from pathlib import Path

_ADVICE = {
    sqlite3.SQLITE_BUSY: "close the other program that has it open",
    sqlite3.SQLITE_CANTOPEN: "give a path in a writable folder",
    sqlite3.SQLITE_CORRUPT: "restore a backup",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "check the disk",
    sqlite3.SQLITE_NOTADB: "give the path of another file",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
}
"""Advice for SQLite's primary result codes (sqlite.org/rescode.html)."""
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
"""The bits of a result code that contain the primary one."""


class StoreError(Exception):
    """The database cannot be used. The text gives the file, the reason and the remedy."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


def why(problem: str, error: sqlite3.Error | OSError) -> str:
    """Return the error in the words of SQLite or the system, with advice for the known ones."""
    if isinstance(error, OSError):
        what, advice = error.strerror or str(error), _OS_ADVICE.get(error.errno or 0)
    else:
        # sqlite3 gives no code for errors that it raises itself
        what, advice = str(error), _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)
    return f"{problem} ({what})" + (f"; {advice}" if advice else "")


def system_reason(error: OSError) -> str:
    """Return an error of the system in words, with its file if it has one, and with advice if it is known."""
    text = error.strerror or str(error)
    place = f"{error.filename}: " if isinstance(error.filename, str) else ""
    advice = _OS_ADVICE.get(error.errno or 0)
    return f"{place}{text}" + (f"; {advice}" if advice else "")
