"""Steers a play: pauses it before steps, lets it run one step or on, and stops it.

A play halts between steps only, when its world is idle. So a stop or a pause takes effect after the step that
runs.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.play import GivenUp, Play, PlayResult, StepFailure


class PlaySteering:
    """The interceptor of one play on a server."""

    def __init__(
        self,
        scenario: Scenario,
        changed: Callable[[], None],
        *,
        pause: bool,
        pace_ms: int,
        breakpoints: Iterable[int],
    ) -> None:
        """Take the start; call `changed` when the play halts, and when it continues."""
        self._scenario = scenario
        self._changed = changed
        self._pace_ms = pace_ms
        self._pausing = pause
        self._go = asyncio.Event()
        self.lines = frozenset(breakpoints)
        """The lines of the file before which the play halts."""
        self.number = 0
        """The step that runs, or before which the play halts, from 1; 0: the world is being built."""
        self.halted = False
        """Whether the play waits before `number`."""
        self.stopping = False
        """Whether a client stops the play."""

    def pause(self) -> None:
        """Halt before the next step."""
        self._pausing = True
        if not self.halted:
            self._go.set()  # ends the time between two steps

    def go_on(self) -> None:
        """Run to the next breakpoint, or to the end."""
        self._pausing = False
        self._go.set()

    def step(self) -> None:
        """Run one step, and halt before the next one."""
        self._pausing = True
        self._go.set()

    def stop(self) -> None:
        """End the play before the next step."""
        self.stopping = True
        self._go.set()

    async def before(self, play: Play, number: int) -> None:
        """Halt before a step if it is wanted. Raises `GivenUp` for a stop."""
        del play
        is_end = number > len(self._scenario.steps)
        if not is_end:
            if number > 1 and self._pace_ms and not self._halts_at(number) and not self.stopping:
                await self._rest()
            self.number = number
            if self._halts_at(number) and not self.stopping:
                await self._halt()
        if self.stopping and not is_end:
            raise GivenUp(f"stopped before step {number}")
        self._changed()

    async def failed_softly(self, play: Play, failure: StepFailure) -> None:
        """Do nothing: the play continues."""

    async def stopped(self, play: Play, result: PlayResult) -> None:
        """Do nothing: the play has ended."""

    def _halts_at(self, number: int) -> bool:
        step = self._scenario.steps[number - 1]
        return self._pausing or (step.file is None and step.place.line in self.lines)

    async def _rest(self) -> None:
        """Wait for the time between two steps; a request to the play ends it."""
        self._go.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace_ms / 1_000):
                await self._go.wait()

    async def _halt(self) -> None:
        self._go.clear()
        self.halted = True
        self._changed()
        try:
            await self._go.wait()
        finally:
            self.halted = False
