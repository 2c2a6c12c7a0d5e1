"""The clocks of a real board: one for the time of events, and a monotonic one for time limits."""

import time
from collections.abc import Callable

from hubsim_contract.core import Now


def system_time_ms() -> int:
    """Return the time of the system clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class BoardClock:
    """The clocks of a real board. Its world clock jumps when the clock of the board is set."""

    def __init__(self, time_ms: Callable[[], int] = system_time_ms) -> None:
        self._time_ms = time_ms

    def __call__(self) -> Now:
        """Return the current time."""
        return Now(time.monotonic_ns() // 1_000_000, self._time_ms())
