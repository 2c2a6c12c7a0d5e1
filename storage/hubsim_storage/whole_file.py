"""Writes a file whole or not at all: a reader, or an interrupted run, never sees a part of it."""

import errno
import os
from pathlib import Path

_CANNOT_BE_REPLACED = frozenset({errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES})
"""A mounted file, or a file in a folder without the right to create files, can still be written."""


def check_writable(file: Path) -> None:
    """Raise `OSError` if the file cannot be written. Changes nothing."""
    if _special(file):
        return
    if file.exists():
        with file.open("ab"):
            return
    part = _part(file)
    part.touch()
    part.unlink()


def write_whole(file: Path, content: bytes) -> None:
    """Replace the file by this content. Raises `OSError`, and then the file is what it was.

    A device, a pipe and a file that cannot be replaced, such as a mounted one, are written directly.
    """
    if _special(file):
        file.write_bytes(content)
        return
    part = _part(file)
    try:
        part.write_bytes(content)
        if file.exists():
            part.chmod(file.stat().st_mode)
        part.replace(file.resolve())
    except OSError as error:
        if error.errno not in _CANNOT_BE_REPLACED:
            raise
        file.write_bytes(content)
    finally:
        part.unlink(missing_ok=True)


def _special(file: Path) -> bool:
    return file.exists() and not file.is_file()


def _part(file: Path) -> Path:
    """Return a name in the folder of the file. If the file is a link, this is the folder of its target."""
    whole = file.resolve()
    return whole.with_name(f".{whole.name}.{os.getpid()}.part")
