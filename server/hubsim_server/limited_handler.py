"""A log handler that bounds the lines of one kind, so that no client and no fault can fill a disk.

The kind of a line is its logger and its text without facts: `%s` of the standard library is not filled in,
and the facts of structlog are not part of the text. The lines of the level DEBUG are not limited.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TextIO

PERIOD_S = 10.0
"""The time for which lines are counted."""
LINES_MAX = 50
"""Lines of one kind in a period. Further ones are counted, and the next line says how many."""
KINDS_MAX = 1_000
"""Kinds that are remembered. Above it the one that was seen first is forgotten."""


class LimitedHandler(logging.StreamHandler[TextIO]):
    """A stream handler with this limit. `now_s` is a monotonic clock in s."""

    def __init__(self, stream: TextIO, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._now_s = now_s
        self._kinds: OrderedDict[tuple[str, str], _Counted] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, or count it."""
        if record.levelno <= logging.DEBUG:
            super().emit(record)
            return
        counted = self._counted((record.name, _text(record)))
        if counted.lines < LINES_MAX:
            counted.lines += 1
            super().emit(record)
        else:
            counted.suppressed += 1

    def close(self) -> None:
        """Write the numbers of suppressed lines."""
        for kind, counted in self._kinds.items():
            self._report(kind, counted)
        self._kinds.clear()
        super().close()

    def _counted(self, kind: tuple[str, str]) -> "_Counted":
        now_s = self._now_s()
        counted = self._kinds.get(kind)
        if counted is None:
            counted = self._kinds[kind] = _Counted(now_s)
            if len(self._kinds) > KINDS_MAX:
                self._report(*self._kinds.popitem(last=False))
        elif now_s - counted.began_s >= PERIOD_S:
            self._report(kind, counted)
            counted = self._kinds[kind] = _Counted(now_s)
        return counted

    def _report(self, kind: tuple[str, str], counted: "_Counted") -> None:
        if counted.suppressed:
            name, text = kind
            one, several = "1 more line", f"{counted.suppressed} more lines"
            line = f"{one if counted.suppressed == 1 else several} of one kind not logged: {text}"
            super().emit(logging.LogRecord(name, logging.WARNING, "", 0, line, (), None))


class _Counted:
    """The lines of one kind in a period."""

    __slots__ = ("began_s", "lines", "suppressed")

    def __init__(self, began_s: float) -> None:
        self.began_s = began_s
        self.lines = 0
        self.suppressed = 0


def _text(record: logging.LogRecord) -> str:
    """Return the text without facts. structlog passes a dictionary in place of a text."""
    text = record.msg.get("event") if isinstance(record.msg, dict) else record.msg
    return str(text)[:200]
