"""A description of the machine on which a figure was measured."""

import os
import platform
import time
from pathlib import Path
from tempfile import TemporaryFile

SYNCS = 200
PAGE_BYTES = 4_096


def describe() -> str:
    """Return processor, cores, Python and load in one line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{platform.system()}, load {os.getloadavg()[0]:.1f}"
    )


def describe_disk() -> str:
    """Return the median time in which the disk of the temporary folder makes a page durable."""
    took_s = []
    with TemporaryFile() as file:
        for _ in range(SYNCS):
            file.write(bytes(PAGE_BYTES))
            file.flush()
            began_s = time.perf_counter()
            os.fsync(file.fileno())
            took_s.append(time.perf_counter() - began_s)
    return f"disk: a write is durable in {sorted(took_s)[SYNCS // 2] * 1e3:.2f} ms"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
