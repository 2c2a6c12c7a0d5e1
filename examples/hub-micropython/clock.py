# The time of day, and a monotonic counter for waits. MicroPython and CPython have different ones.

import time


def now_ms():
    return int(time.time() * 1000)


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
