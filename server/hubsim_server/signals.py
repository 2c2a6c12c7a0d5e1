"""Ends a process by SIGTERM or Ctrl-C.

The first signal requests a graceful shutdown: the process stops its parts and ends with exit code 0. The
second one cancels all tasks: only `finally` blocks still run, at most `CLEANUP_LIMIT_S`, and the exit code is
143 or 130. The third one ends the process immediately.
"""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)
CLEANUP_LIMIT_S = 12.0
"""The time for the `finally` blocks after the second signal. After that the process ends immediately. Longer
than the time after which a Mosquitto that hangs is killed."""
SIGNAL_EXIT_BASE = 128
"""The exit code after a signal is this plus the number of the signal, as in shells."""
_SIGNALS_HANDLED = 2
"""The number of signals after which Python still ends the process; the next one ends it immediately."""


class StopRequest:
    """A request to stop the process. `limit_cleanup` gets the exit code after the second signal."""

    def __init__(self, limit_cleanup: Callable[[int], None] | None = None) -> None:
        self._limit_cleanup = limit_cleanup or _limit_cleanup
        self.signals = 0
        """The number of received signals."""
        self._asked = asyncio.Event()

    @property
    def asked(self) -> bool:
        """Whether a stop is requested."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Request a graceful shutdown. Call it in the event loop."""
        self._asked.set()

    async def wait(self) -> None:
        """Wait until a stop is requested."""
        await self._asked.wait()

    def receive(self, number: signal.Signals) -> None:
        """Handle a signal. Raises `SystemExit` for the second one; never returns from the third."""
        self.signals += 1
        if self.signals > _SIGNALS_HANDLED:
            os._exit(SIGNAL_EXIT_BASE + number)
        if self.signals == _SIGNALS_HANDLED:
            self._limit_cleanup(SIGNAL_EXIT_BASE + number)
            # leaves the event loop, which cancels all tasks
            raise SystemExit(SIGNAL_EXIT_BASE + number)
        self.ask()


def _limit_cleanup(code: int) -> None:
    """End the process with this code after `CLEANUP_LIMIT_S`, if it still runs."""
    limit = threading.Timer(CLEANUP_LIMIT_S, os._exit, [code])
    limit.daemon = True
    limit.start()


@asynccontextmanager
async def stopping(*further: signal.Signals) -> AsyncIterator[StopRequest]:
    """Handle SIGTERM, SIGINT and `further` signals within the context. Only in the main thread.

    A signal that the process ignores, such as SIGINT in the background of a shell, stays ignored. After the
    context the signals have their default effect.
    """
    stop, loop = StopRequest(), asyncio.get_running_loop()
    taken = [number for number in (*SIGNALS, *further) if signal.getsignal(number) is not signal.SIG_IGN]
    for number in taken:
        loop.add_signal_handler(number, stop.receive, number)
    try:
        yield stop
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
