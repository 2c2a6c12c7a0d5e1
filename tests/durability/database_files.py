"""Functions that read and change database files from outside, as another program would."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"


def fixture_copy(name: str, folder: Path) -> Path:
    """Return a writable copy of a fixture database."""
    return Path(shutil.copy(FIXTURES / name, folder / "cloud.db"))


def execute_sql(path: Path, statement: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def contents(path: Path) -> dict[str, list[Any]]:
    """Return every row of every table, and the schema version. The file must be intact."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        names = sorted(name.decode() for (name,) in tables)
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 (our names)
        return rows | {"schema": connection.execute("PRAGMA user_version").fetchall()}


def image(path: Path) -> bytes:
    """Return the bytes of the file."""
    return path.read_bytes()


def overwrite(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def set_mode(path: Path, mode: int) -> None:
    """Set the mode of the file or folder."""
    path.chmod(mode)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def names_in_folder_of(path: Path) -> list[str]:
    """Return the names in the file's folder, without its lock file."""
    return sorted(file.name for file in path.parent.iterdir() if file.name != f"{path.name}.lock")


def damaged(path: Path) -> Path:
    """Overwrite all pages except the first."""
    pages = path.read_bytes()
    path.write_bytes(pages[:4096] + b"\xff" * (len(pages) - 4096))
    return path
