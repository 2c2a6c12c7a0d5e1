"""The log of connections that a broker refused: a line for the first, then one line for all of a period.

A broker in a network gets many broken connections. Each of them is counted, and none of them can
fill the log. Pure: the caller gives the time and writes the lines.
"""

from collections import Counter

LOG_PERIOD_S = 10.0
"""The shortest time between two lines."""


class RefusalLog:
    """Counts refusals by reason. `total` counts all since the start."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self._unlogged: Counter[str] = Counter()
        self._last = ""
        self._next_at_s: float | None = None

    def note(self, reason: str, peer: str, now_s: float) -> str | None:
        """Count a refusal. Return the line to log now, or None if the period of the last line lasts."""
        self.total[reason] += 1
        self._unlogged[reason] += 1
        self._last = peer
        return self.line(now_s)

    def line(self, now_s: float) -> str | None:
        """Return the line for everything that is not logged yet, or None if it is not time or is nothing."""
        if not self._unlogged or (self._next_at_s is not None and now_s < self._next_at_s):
            return None
        count = self._unlogged.total()
        reasons = "; ".join(
            reason if count == 1 else f"{number} x {reason}"
            for reason, number in self._unlogged.most_common()
        )
        self._unlogged.clear()
        self._next_at_s = now_s + LOG_PERIOD_S
        return f"closed {count} connection{'' if count == 1 else 's'}, the last from {self._last}: {reasons}"
