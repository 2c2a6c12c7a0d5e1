"""Finds fragments in folders called `fragments` next to a scenario and above it, the nearest first."""

import os
from collections.abc import Iterator
from pathlib import Path

from hubsim_scenarios.language.fragments import Source
from hubsim_scenarios.language.nodes import MAX_FILE_BYTES

FOLDER = "fragments"
"""Files in a folder of this name are not played as scenarios."""
SUFFIX = ".yaml"


class FragmentFolders:
    """The fragments that one scenario file can begin with."""

    def __init__(self, scenario: Path) -> None:
        self._scenario = scenario

    def find(self, name: str) -> Source | None:
        """Return the content of the nearest fragment of this name. Raises `OSError` if it cannot be read."""
        for folder in self._folders():
            file = folder / f"{name}{SUFFIX}"
            if file.is_file():
                with file.open("rb") as opened:
                    return Source(self._shown(file), opened.read(MAX_FILE_BYTES + 1))
        return None

    def names(self) -> list[str]:
        """Return the names of all fragments."""
        return sorted({file.stem for folder in self._folders() for file in folder.glob(f"*{SUFFIX}")})

    def _folders(self) -> Iterator[Path]:
        for above in Path(os.path.abspath(self._scenario)).parents:  # noqa: PTH100 (links are not followed)
            folder = above / FOLDER
            if folder.is_dir():
                yield folder

    def _shown(self, file: Path) -> str:
        """Return the name of a fragment's file for messages, relative if the scenario's path is."""
        return str(file) if self._scenario.is_absolute() else os.path.relpath(file)
