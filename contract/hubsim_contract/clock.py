"""The world clock: real time plus an offset that only grows. A held clock does not move by itself.

A play holds the clock and moves it from deadline to deadline. A step at 23:59:59.999 is then played at
23:59:59.999, however long a broker takes to answer. A released clock runs with real time.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from hubsim_contract.core import Now

LAST_YEAR = 2499
"""The last year of the world clock. The years to it include every kind of century: 2100, 2200 and 2300 have
no 29 February, 2400 has one. A later time is probably a mistake, for example microseconds as milliseconds."""
LATEST_MS = int(datetime(LAST_YEAR, 12, 1, tzinfo=UTC).timestamp()) * 1000
"""The last instant to which people can move a world clock, in milliseconds since 1970-01-01T00:00Z. The month
that begins there is the last one, so that each earlier month has an end."""


class ClockMovedBack(ValueError):
    """The target instant is before the current world time; the world clock only moves forward."""


class WorldClock:
    """The world time in milliseconds. `real_ms` is a monotonic clock in milliseconds."""

    def __init__(self, start_ms: int, real_ms: Callable[[], int]) -> None:
        self._real_ms = real_ms
        self._offset_ms = start_ms - real_ms()
        self._held: Now | None = Now(start_ms, start_ms)

    @property
    def held(self) -> bool:
        """Whether the clock is held."""
        return self._held is not None

    def world_ms(self) -> int:
        """Return the world time, in milliseconds since 1970-01-01T00:00Z."""
        held = self._held
        return self._real_ms() + self._offset_ms if held is None else held.world_ms

    def now(self) -> Now:
        """Return both clocks. In a simulated world the I/O timers use world time, too."""
        held = self._held
        if held is not None:
            return held
        now_ms = self.world_ms()
        return Now(now_ms, now_ms)

    def hold(self) -> None:
        """Stop the clock at the current instant."""
        self._held = self.now()

    def release(self) -> None:
        """Run the clock with real time, from the current instant."""
        if self._held is not None:
            self._offset_ms = self._held.world_ms - self._real_ms()
            self._held = None

    def move_to(self, world_ms: int) -> None:
        """Move forward to this instant. Raises `ClockMovedBack` if it is in the past."""
        now_ms = self.world_ms()
        if world_ms < now_ms:
            raise ClockMovedBack(f"the clock is {now_ms - world_ms} ms past the requested instant")
        self._advance(world_ms - now_ms)

    def catch_up(self, world_ms: int) -> None:
        """Move forward to this instant. Does nothing if a running clock has already passed it."""
        self._advance(max(0, world_ms - self.world_ms()))

    def _advance(self, by_ms: int) -> None:
        if self._held is None:
            self._offset_ms += by_ms
        else:
            there_ms = self._held.world_ms + by_ms
            self._held = Now(there_ms, there_ms)
