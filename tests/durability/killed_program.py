"""A Python program that is killed while it works, after a number of the lines that it prints."""

import subprocess
import sys
from pathlib import Path


def lines_until_killed(program: str, path: Path, lines: int) -> list[str]:
    """Run a program with a path, kill it after `lines` lines, and return all whole lines of its output."""
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (our own program)
        try:
            assert process.stdout is not None
            printed = [process.stdout.readline() for _ in range(lines)]
        finally:
            process.kill()
        printed += process.stdout.readlines()
    return [line for line in printed if line.endswith("\n")]
