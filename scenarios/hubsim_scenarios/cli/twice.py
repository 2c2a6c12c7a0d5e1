"""`hubsim run --twice`: play in two processes with different hash seeds, and compare the traces."""

import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

HASH_SEEDS = ("1", "2")
"""The two values of PYTHONHASHSEED."""


class NotPassedError(Exception):
    """A play did not pass, so the traces are not compared."""

    def __init__(self, exit_code: int, output: str) -> None:
        super().__init__(f"exit code {exit_code}")
        self.exit_code = exit_code
        self.output = output


def traces(arguments: Sequence[str]) -> tuple[bytes, bytes]:
    """Return the traces of `hubsim run` with these arguments, one under each hash seed.

    Raises `NotPassedError` at the first play that does not pass.
    """
    first, second = HASH_SEEDS
    return _trace(arguments, first), _trace(arguments, second)


def _trace(arguments: Sequence[str], hash_seed: str) -> bytes:
    with TemporaryDirectory(prefix="hubsim-") as folder:
        trace = Path(folder) / "trace.jsonl"
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-m", "hubsim", "run", "--trace", str(trace), *arguments],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            raise NotPassedError(done.returncode, done.stdout.decode())
        return trace.read_bytes()


def difference(first: bytes, second: bytes) -> str | None:
    """Return the first line in which two traces differ, with both versions, or None if they are equal."""
    for number, lines in enumerate(zip_longest(_lines(first), _lines(second)), 1):
        if lines[0] != lines[1]:
            versions = [
                f"  PYTHONHASHSEED={hash_seed}: {'(ends)' if line is None else _shown(line)}"
                for hash_seed, line in zip(HASH_SEEDS, lines, strict=True)
            ]
            return "\n".join([f"the traces differ in line {number}:", *versions])
    return None


def _lines(trace: bytes) -> list[bytes]:
    return trace.splitlines(keepends=True)


def _shown(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\n")
