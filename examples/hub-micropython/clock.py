# The time of day, and a monotonic counter for waits. MicroPython and CPython have different ones.

import time


class Clock:
    # The clock of the board. `ahead_s` is how far it is wrong; waits do not use it.
    ahead_s = 0

    def now_ms(self):
        return int(time.time() * 1000) + self.ahead_s * 1000


clock = Clock()


def now_ms():
    return clock.now_ms()


class Ticks:
    # Milliseconds that never go back, for waits. The counter of MicroPython wraps, this one does not.
    total = 0
    last = None

    def __call__(self):
        if not hasattr(time, "ticks_ms"):
            return int(time.monotonic() * 1000)
        now = time.ticks_ms()
        if self.last is not None:
            self.total += time.ticks_diff(now, self.last)
        self.last = now
        return self.total


ticks = Ticks()
