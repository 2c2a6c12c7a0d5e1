"""Ending a run from outside: Ctrl-C, SIGTERM and a terminal that is closed stop it in the same orderly way.

What a live play has started (broker, connections, database, folders) is let go of by the play itself when
its task is cancelled. So a signal cancels the task, and never strikes while an event loop is made or closed.
"""

import asyncio
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeVar

import click

from hubsim_scenarios.play.launch import run_live

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNAL_EXIT_BASE = 128
"""A run that a signal ended exits with this plus the number of the signal, as shells expect."""


class Interruption:
    """The signal that ends a run, once it has come."""

    def __init__(self) -> None:
        self.number: signal.Signals | None = None
        self._looping = False
        self._task: asyncio.Task[Any] | None = None

    def come(self, number: int, _frame: FrameType | None) -> None:
        """Handle the signal: cancel the live play, or raise `KeyboardInterrupt`, as a second signal does."""
        again, self.number = self.number is not None, signal.Signals(number)
        if again or not self._looping:
            raise KeyboardInterrupt
        if self._task is not None:
            self._task.cancel()
            self._task.get_loop().call_soon_threadsafe(lambda: None)  # the loop may be asleep

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run in an event loop of its own. Raises `KeyboardInterrupt` behind it if a signal has come."""
        self._looping = True
        try:
            result = run_live(self._cancellable(coroutine))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        except OSError:
            if self.number is not signal.SIGHUP:
                raise
            raise KeyboardInterrupt from None  # whatever is written to a terminal that was closed fails
        finally:
            self._looping = False
        if self.number is not None:
            raise KeyboardInterrupt
        return result

    async def _cancellable(self, coroutine: Coroutine[Any, Any, T]) -> T:
        self._task = asyncio.current_task()
        assert self._task is not None
        if self.number is not None:
            self._task.cancel()
        try:
            return await coroutine
        finally:
            self._task = None


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Let a signal end what is in here, with exit code 130, 143 or 129: no verdict was reached.

    One that is ignored, as SIGINT in the background of a shell and SIGHUP under nohup, stays so.
    """
    interruption = Interruption()
    before = {each: signal.getsignal(each) for each in SIGNALS}
    for each in SIGNALS:
        if before[each] is not signal.SIG_IGN:
            signal.signal(each, interruption.come)
    try:
        yield interruption
    except KeyboardInterrupt:
        number = interruption.number or signal.SIGINT
        with suppress(OSError):  # a terminal that was closed hears nothing
            click.echo(f"\ninterrupted by {number.name}: no verdict", err=True)
        sys.exit(SIGNAL_EXIT_BASE + number)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
