"""The world clock: real time plus an offset that only grows, or standing still while it is held.

A play holds the clock and moves it from deadline to deadline, so that a step at 23:59:59.999 is played
at 23:59:59.999 however long a broker takes to answer. Released, it runs on with real time.
"""

from collections.abc import Callable

from hubsim_contract.core import Now


class ClockMovedBack(ValueError):
    """The world clock moves forward only."""


class WorldClock:
    """Milliseconds of the world. `real_ms` is a monotonic clock in milliseconds."""

    def __init__(self, start_ms: int, real_ms: Callable[[], int]) -> None:
        self._real_ms = real_ms
        self._offset_ms = start_ms - real_ms()
        self._held: Now | None = Now(start_ms, start_ms)

    @property
    def held(self) -> bool:
        """Whether the clock stands still."""
        return self._held is not None

    def world_ms(self) -> int:
        """Return the world time, in milliseconds since 1970-01-01T00:00Z."""
        held = self._held
        return self._real_ms() + self._offset_ms if held is None else held.world_ms

    def now(self) -> Now:
        """Return both clocks; in a simulated world the I/O timers live on world time too."""
        held = self._held
        if held is not None:
            return held
        now_ms = self.world_ms()
        return Now(now_ms, now_ms)

    def hold(self) -> None:
        """Let the clock stand still where it is."""
        self._held = self.now()

    def release(self) -> None:
        """Let the clock run on from where it stands."""
        if self._held is not None:
            self._offset_ms = self._held.world_ms - self._real_ms()
            self._held = None

    def move_to(self, world_ms: int) -> None:
        """Move forward to this instant. Raises `ClockMovedBack`."""
        now_ms = self.world_ms()
        if world_ms < now_ms:
            raise ClockMovedBack(f"the clock stands {now_ms - world_ms} ms after the instant asked for")
        self._go(world_ms - now_ms)

    def catch_up(self, world_ms: int) -> None:
        """Move forward to this instant, unless it is over; a clock that runs may pass it at any time."""
        self._go(max(0, world_ms - self.world_ms()))

    def _go(self, by_ms: int) -> None:
        if self._held is None:
            self._offset_ms += by_ms
        else:
            there_ms = self._held.world_ms + by_ms
            self._held = Now(there_ms, there_ms)
