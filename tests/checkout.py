"""The files of the checkout, as they were and as they are: what a run of the tests has left in it."""

import os
import subprocess
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


TOOL_FOLDERS = {".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache"}
"""Folders that tools create."""


def tracked() -> list[Path]:
    """Return the files of the project: those that git tracks, or without git all files."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607 (any git)
    if listed.returncode:
        return [file for file in ROOT.rglob("*") if file.is_file() and not TOOL_FOLDERS & set(file.parts)]
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [file for file in files if file.is_file()]
