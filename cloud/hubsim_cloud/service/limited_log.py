"""A log with one line at once for each kind of trouble, and then at most one line in each period.

A broken device causes thousands of equal lines. Each of them is counted, and none of them can fill the log.
"""

import asyncio
import time
from collections.abc import Callable

LOG_PERIOD_S = 10.0
"""The shortest time between two lines about one kind of trouble."""

CallLater = Callable[[float, Callable[[], None]], object]


def on_running_loop(delay_s: float, call: Callable[[], None]) -> None:
    """Call later in the running event loop."""
    asyncio.get_running_loop().call_later(delay_s, call)


class _Kind:
    """The texts about one kind that are not logged yet."""

    __slots__ = ("count", "last", "next_at_s")

    def __init__(self) -> None:
        self.next_at_s = 0.0
        self.count = 0
        self.last = ""


class LimitedLog:
    """Writes with `warn`. `now_s` is a monotonic clock in s. The kinds come from a closed set.

    `call_later` calls after a time in s, for the lines of what was counted. Without it, call `write`.
    """

    def __init__(
        self,
        warn: Callable[[str], None],
        now_s: Callable[[], float] = time.monotonic,
        call_later: CallLater | None = None,
    ) -> None:
        self._warn = warn
        self._now_s = now_s
        self._call_later = call_later
        self._writes_later = False
        self._kinds: dict[str, _Kind] = {}
        self._unlogged: set[str] = set()

    def note(self, kind: str, text: str) -> None:
        """Log the text, or count it for a later line."""
        entry = self._kinds.setdefault(kind, _Kind())
        entry.count += 1
        entry.last = text
        self._unlogged.add(kind)
        if self._now_s() >= entry.next_at_s:
            self._write(kind)
        self._write_later()

    def write(self) -> None:
        """Log what was counted, for each kind whose period has ended."""
        if self._unlogged:
            now_s = self._now_s()
            for kind in [name for name in self._unlogged if self._kinds[name].next_at_s <= now_s]:
                self._write(kind)

    def close(self) -> None:
        """Log everything that was counted."""
        for kind in sorted(self._unlogged):
            self._write(kind)

    def _write_later(self) -> None:
        if self._call_later is not None and self._unlogged and not self._writes_later:
            self._writes_later = True
            self._call_later(LOG_PERIOD_S, self._write_now)

    def _write_now(self) -> None:
        self._writes_later = False
        self.write()
        self._write_later()

    def _write(self, kind: str) -> None:
        entry = self._kinds[kind]
        more = entry.count - 1
        self._warn(entry.last + (f" (and {more} more like it)" if more else ""))
        entry.count = 0
        entry.next_at_s = self._now_s() + LOG_PERIOD_S
        self._unlogged.discard(kind)
