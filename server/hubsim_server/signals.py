"""Ending a process from outside, by SIGTERM or Ctrl-C.

The first signal asks for an orderly end: whoever waits for it stops what runs, and the process ends with
exit code 0. The second one, when that takes too long, cancels everything: only what stands in `finally`
still runs, and the exit code is 143 or 130. The third one ends the process on the spot.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SIGNAL_EXIT_BASE = 128
"""A process that a signal ended exits with this plus the number of the signal, as shells expect."""
_PATIENCE = 2
"""Signals that leave the end to Python; the next one does not."""


class StopRequest:
    """Whether the process shall end."""

    def __init__(self) -> None:
        self.signals = 0
        """How many have come."""
        self._asked = asyncio.Event()

    @property
    def asked(self) -> bool:
        """Whether the end was asked for."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask for an orderly end; from inside the process too, in its event loop."""
        self._asked.set()

    async def wait(self) -> None:
        """Return when the end is asked for."""
        await self._asked.wait()

    def come(self, number: signal.Signals) -> None:
        """Take a signal. Raises `SystemExit` for the second one; never returns from the third."""
        self.signals += 1
        if self.signals > _PATIENCE:
            os._exit(SIGNAL_EXIT_BASE + number)
        if self.signals == _PATIENCE:
            # out of the event loop, which cancels all tasks on its way
            raise SystemExit(SIGNAL_EXIT_BASE + number)
        self.ask()


@asynccontextmanager
async def stopping(*further: signal.Signals) -> AsyncIterator[StopRequest]:
    """Take SIGTERM and SIGINT in here, and further signals that are to end it. In the main thread only.

    One that is ignored, as SIGINT in the background of a shell, stays so. Afterwards they do again what they
    do to any process.
    """
    stop, loop = StopRequest(), asyncio.get_running_loop()
    taken = [number for number in (*SIGNALS, *further) if signal.getsignal(number) is not signal.SIG_IGN]
    for number in taken:
        loop.add_signal_handler(number, stop.come, number)
    try:
        yield stop
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
