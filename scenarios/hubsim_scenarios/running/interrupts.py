"""Stops a run on SIGINT (Ctrl-C), SIGTERM and SIGHUP (closed terminal), with cleanup.

A live play stops what it has started (broker, connections, database, folders) when its task is cancelled. So
a signal cancels the task. A signal that arrives while the event loop is created or closed takes effect later.
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
from hubsim_scenarios.translation.story_language import say

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNAL_EXIT_BASE = 128
"""A run that was ended by a signal exits with this plus the signal number, as shells expect."""


class Interruption:
    """The signal handler of a run, and the signal that it received, if any."""

    def __init__(self) -> None:
        self.number: signal.Signals | None = None
        self._looping = False
        self._task: asyncio.Task[Any] | None = None

    @property
    def name(self) -> str:
        """What ended the run: the name of the signal. Without a signal, it was the closed output."""
        return self.number.name if self.number is not None else say("a closed output")

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Cancel the live play. Without one, or for a second signal, raise `KeyboardInterrupt`."""
        again, self.number = self.number is not None, signal.Signals(number)
        if again or not self._looping:
            raise KeyboardInterrupt
        if self._task is not None:
            self._task.cancel()
            self._task.get_loop().call_soon_threadsafe(lambda: None)  # wakes up the loop

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run in a new event loop. Raises `KeyboardInterrupt` afterwards if a signal was received."""
        self._looping = True
        try:
            result = run_live(self._cancellable(coroutine))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        except OSError:
            if self.number is not signal.SIGHUP:
                raise
            raise KeyboardInterrupt from None  # writing to a closed terminal fails
        except ExceptionGroup as group:  # of parallel plays
            closed = group.subgroup(BrokenPipeError)
            raise (group if closed is None else BrokenPipeError()) from None
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
    """Handle signals inside this context: the process exits with code 130, 143 or 129, without a verdict.

    Ignored signals stay ignored, such as SIGINT in the background of a shell and SIGHUP under nohup.
    """
    interruption = Interruption()
    before = {each: signal.getsignal(each) for each in SIGNALS}
    for each in SIGNALS:
        if before[each] is not signal.SIG_IGN:
            signal.signal(each, interruption.handle)
    try:
        yield interruption
    except KeyboardInterrupt:
        number = interruption.number or signal.SIGINT
        with suppress(OSError):  # the terminal may be closed
            click.echo(f"\n{say('interrupted by {signal}: no verdict', signal=number.name)}", err=True)
        sys.exit(SIGNAL_EXIT_BASE + number)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
