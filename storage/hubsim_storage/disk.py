"""Waits until a change of files is on the disk, so that a power failure cannot undo it."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Write the file, or the folder with its names, to the disk. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
