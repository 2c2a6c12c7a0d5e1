"""What a process and a folder use now: memory, descriptors, threads, and sizes of files. Needs Linux."""

from pathlib import Path

KIB = 1_024
LOG_FILES = frozenset({"cloud.db"})
"""The files that contain a log of facts."""


def process_values(name: str, process_id: int) -> dict[tuple[str, str], float]:
    """Return what a process uses. Raises `OSError` if it has ended."""
    folder = Path(f"/proc/{process_id}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text(encoding="ascii").splitlines())
    memory = "cloud memory" if name == "cloud" else "memory"
    return {
        (memory, "" if name == "cloud" else name): int(status["VmRSS"].split()[0]) * KIB,
        ("threads", name): int(status["Threads"]),
        ("descriptors", name): sum(1 for _ in (folder / "fd").iterdir()),
    }


def file_values(folder: Path) -> dict[tuple[str, str], float]:
    """Return the sizes of all files below the folder. A file may vanish meanwhile."""
    sizes: dict[tuple[str, str], float] = {}
    for file in sorted(folder.rglob("*")):
        try:
            if file.is_file():
                sizes[_kind(file.name), str(file.relative_to(folder))] = file.stat().st_size
        except FileNotFoundError:
            continue
    return sizes


def _kind(name: str) -> str:
    if name in LOG_FILES:
        return "log"
    return "journal" if name.endswith("-wal") else "file"
