"""Databases on the disk, looked at and laid hands on from outside, as another program would."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"


def fixture_copy(name: str, folder: Path) -> Path:
    """Return a copy of a kept database that can be written."""
    return Path(shutil.copy(FIXTURES / name, folder / "cloud.db"))


def by_hand(path: Path, statement: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def contents(path: Path) -> dict[str, list[Any]]:
    """Return every row of every table, and what the schema is; of a file that is sound."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        names = sorted(name.decode() for (name,) in tables)
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 (our names)
        return rows | {"schema": connection.execute("PRAGMA user_version").fetchall()}


def image(path: Path) -> bytes:
    """Return the file as it is on the disk."""
    return path.read_bytes()


def replaced(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def allowed(path: Path, mode: int) -> None:
    """Give the file or folder these rights."""
    path.chmod(mode)


def rights(path: Path) -> int:
    return path.stat().st_mode & 0o777


def beside(path: Path) -> list[str]:
    """Return the names in the file's folder, but for its lock."""
    return sorted(file.name for file in path.parent.iterdir() if file.name != f"{path.name}.lock")


def damaged(path: Path) -> Path:
    """Leave nothing of the file but its first page."""
    pages = path.read_bytes()
    path.write_bytes(pages[:4096] + b"\xff" * (len(pages) - 4096))
    return path
