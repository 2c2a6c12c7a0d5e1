"""Replaces the text of a file atomically."""

from pathlib import Path
from shutil import copymode


def replace_text(file: Path, text: str) -> None:
    """Replace the text of a file. After a failure, the file has the old text. Raises `OSError`.

    The file keeps its permissions; a symbolic link keeps its target. Line ends are written as they are.
    """
    place = file.resolve()
    new = place.with_name(f".{place.name}.new")
    try:
        new.write_text(text, encoding="utf-8", newline="")
        copymode(place, new)
        new.replace(place)
    except OSError:
        new.unlink(missing_ok=True)
        raise
