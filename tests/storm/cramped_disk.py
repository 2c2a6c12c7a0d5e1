"""A full disk for the processes of a storm, without a file system of a given size, which only root can mount.

While the file `DISK_IS_FULL` exists in the working directory, no database of a process grows: SQLite itself
refuses to add a page (`max_page_count`), with the error that it has for a full disk. Pages that are free can
still be written, as on a real disk. Each process of a storm calls `install` before it starts.
"""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

DISK_IS_FULL = "disk-is-full"
_MOST_PAGES = 1_073_741_823
"""The greatest limit that SQLite has."""


class CrampedConnection(sqlite3.Connection):
    """A connection to a database that cannot grow while the file exists."""

    _is_full = False

    def execute(self, *words: Any) -> sqlite3.Cursor:
        """Execute a statement, on a disk that is full or not."""
        is_full = Path(DISK_IS_FULL).exists()
        if is_full is not self._is_full:
            self._is_full = is_full
            ((pages,),) = super().execute("PRAGMA page_count").fetchall()
            super().execute(f"PRAGMA max_page_count = {pages if is_full else _MOST_PAGES}").fetchall()
        return super().execute(*words)


def install() -> None:
    """Open all later databases of this process in this way."""
    sqlite3.connect = partial(sqlite3.connect, factory=CrampedConnection)
