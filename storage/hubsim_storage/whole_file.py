"""Writes a file whole or not at all: a reader, or an interrupted run, never sees a part of it."""

import errno
import os
from pathlib import Path
from stat import S_ISFIFO

_DESCRIPTORS = Path("/dev/fd")
_CANNOT_BE_REPLACED = frozenset({errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES})
"""A mounted file, or a file in a folder without the right to create files, can still be written."""


class NamedPipe(OSError):
    """A named pipe cannot be written whole, and a write to it waits for a reader."""

    def __init__(self, file: Path) -> None:
        super().__init__(errno.ESPIPE, "a named pipe cannot be written; use a file or /dev/stdout", str(file))

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"


def check_writable(file: Path) -> None:
    """Raise `OSError` if the file cannot be written. Changes nothing."""
    _refuse_named_pipe(file)
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

    A device, an open pipe such as `/dev/stdout`, and a file that cannot be replaced, such as a mounted one,
    are written directly. A named pipe is refused: to open it would wait for a reader, perhaps forever.
    """
    _refuse_named_pipe(file)
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


def _refuse_named_pipe(file: Path) -> None:
    """Raise `OSError` for a pipe in a folder; one that is open already has the name of a descriptor."""
    whole = file.resolve()  # on Linux the target of the descriptor of a pipe has no path
    if whole.parent != _DESCRIPTORS and whole.exists() and S_ISFIFO(whole.stat().st_mode):
        raise NamedPipe(file)


def _part(file: Path) -> Path:
    """Return a name in the folder of the file. If the file is a link, this is the folder of its target."""
    whole = file.resolve()
    return whole.with_name(f".{whole.name}.{os.getpid()}.part")
