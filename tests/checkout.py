"""The files of the checkout, as they were and as they are: what a run of the tests has left in it."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
OF_TOOLS = frozenset(
    {
        *(
            ".git",
            ".venv",
            "__pycache__",
            ".hypothesis",
            ".mypy_cache",
            ".ruff_cache",
            ".import_linter_cache",
        ),
        *(".vscode", ".idea"),
    }
)
"""Folders in which tools keep what is theirs."""

Files = dict[str, tuple[int, int]]
"""Path below the root to size and time of the last change, in ns."""


def files(root: Path = ROOT) -> Files:
    """Return all files but those of tools."""
    found: Files = {}
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name not in OF_TOOLS and not name.endswith(".egg-info")]
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 (a thousand of them, at each start of a run)
            status = os.lstat(path)
            found[os.path.relpath(path, root)] = (status.st_size, status.st_mtime_ns)
    return found


def changes(before: Files, after: Files) -> list[str]:
    """Return what is new, changed and gone."""
    return [
        *(f"new: {path}" for path in sorted(after.keys() - before.keys())),
        *(f"changed: {path}" for path in sorted(after) if path in before and before[path] != after[path]),
        *(f"gone: {path}" for path in sorted(before.keys() - after.keys())),
    ]
