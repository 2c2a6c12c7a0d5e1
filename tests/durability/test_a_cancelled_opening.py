"""A database whose opening is cancelled is let go of before the cancellation is through."""

import asyncio
import shutil
from pathlib import Path

import pytest

from durable.database import Database, Schema

TIMES = 50
"""So often it is tried: without the wait for the thread that opens the file, some of them fail."""


@pytest.mark.live
async def test_the_folder_of_a_database_whose_opening_was_cancelled_can_be_removed(tmp_path: Path) -> None:
    schema = Schema("thing", ["CREATE TABLE thing (id INTEGER);"])
    for number in range(TIMES):
        folder = tmp_path / str(number)
        folder.mkdir()
        opening = asyncio.create_task(Database.open(folder / "things.db", schema))
        await asyncio.sleep(0)

        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        shutil.rmtree(folder)

        assert not folder.exists()
    assert open_files(tmp_path) == []


def open_files(folder: Path) -> list[str]:
    """Return what this process has open of a folder, removed or not."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except FileNotFoundError:
            continue  # the one with which the list was read
    return [name for name in found if name.startswith(str(folder))]
