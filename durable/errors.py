"""What can be wrong with a database file, and what to do about it."""

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
_PRIMARY_CODE = 0xFF
"""The bits of a result code that hold the primary one."""


class StoreError(Exception):
    """The database cannot be used. The text says which, why, and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


def why(trouble: str, error: sqlite3.Error) -> str:
    """Return what went wrong by SQLite's own words, and what to do where that is known."""
    # sqlite3 gives no code to what it refuses by itself
    advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)
    return f"{trouble} ({error})" + (f"; {advice}" if advice else "")
