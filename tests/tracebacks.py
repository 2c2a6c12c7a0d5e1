"""Tracebacks in the logs of what a test runs: in none is one normal.

- Each Python process that a test starts notes those that it writes to stderr (`child_watch`).
- Log records with an exception, and errors that asyncio logs, such as an exception that no code retrieved,
  count for the programs inside the process of the tests.

A test that makes a program fail by a bug has the mark `tracebacks`. Exceptions that Python ignores, and
resources that are not closed, fail a test by themselves, because warnings are errors.
"""

import logging
import os
from pathlib import Path

CHILD_WATCH = Path(__file__).with_name("child_watch")
FILE = "TRACEBACKS_OF_TESTS"
MARK = "tracebacks"


class TracebackWatch(logging.Handler):
    """The tracebacks since the last call of `taken`. `folder` is for the notes of other processes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.ERROR)
        self._file = folder / f"tracebacks-{os.getpid()}"
        self._logged: list[str] = []

    def install(self) -> None:
        """Watch this process, and all processes that it will start."""
        os.environ[FILE] = str(self._file)
        os.environ["PYTHONPATH"] = with_watch(os.environ.get("PYTHONPATH", ""))
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        if (record.exc_info or record.name == "asyncio") and not _left_by_aiomqtt(record):
            self._logged.append(self.format(record)[:4_000])

    def taken(self) -> list[str]:
        """Return the tracebacks since the last call."""
        seen, self._logged = self._logged, []
        try:
            seen.append(self._file.read_text(encoding="utf-8"))
            self._file.unlink()
        except FileNotFoundError:
            pass
        return seen


def _left_by_aiomqtt(record: logging.LogRecord) -> bool:
    """Whether aiomqtt left the future of a lost connection; it retrieves that only for a further call."""
    error = record.exc_info[1] if record.exc_info else None
    return "never retrieved" in record.getMessage() and type(error).__module__ == "aiomqtt.exceptions"


def with_watch(path: str) -> str:
    """Return a PYTHONPATH for a process of a test. All that set one need this."""
    folders = [each for each in path.split(os.pathsep) if each and each != str(CHILD_WATCH)]
    return os.pathsep.join([*folders, str(CHILD_WATCH)])
