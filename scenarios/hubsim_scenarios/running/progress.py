"""Progress on a terminal: which play, which step of how many, what it waits for. Gone when the run is over.

Written to standard error, and on a terminal only, so that what is kept of a run has nothing of it.
"""

import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TextIO

from hubsim_cloud.domain.zones import zone
from hubsim_scenarios.language.steps import AnyStep, Expect, Never, Scenario
from hubsim_scenarios.play.play import AwaitedMessages
from hubsim_scenarios.reports.console_report import describe
from hubsim_scenarios.running.target import PlayJob

COMPUTED_GAP_S = 0.05
"""Computed plays pass too fast to be read: the lines are drawn anew only so often."""
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_UP, _CLEAR = "\x1b[1A", "\r\x1b[2K"


class ProgressDisplay(Protocol):
    """Where it is shown how far the plays are."""

    def at(self, seat: int, play_job: PlayJob, step: int) -> None:
        """Show that the play at this seat begins this step, from 1; 0 is the building of the world."""
        ...

    def waits(self, seat: int, play_job: PlayJob, waiting: AwaitedMessages) -> None:
        """Show what the play at this seat waits for, because its step takes long."""
        ...

    def free(self, seat: int) -> None:
        """Show that nothing is played at this seat."""
        ...

    def count(self) -> None:
        """Count one more play as told."""
        ...

    def clear(self) -> None:
        """Make room for other lines on the terminal."""
        ...


class NoProgress:
    """No terminal: nothing is shown."""

    def at(self, seat: int, play_job: PlayJob, step: int) -> None:
        """Show nothing."""

    def waits(self, seat: int, play_job: PlayJob, waiting: AwaitedMessages) -> None:
        """Show nothing."""

    def free(self, seat: int) -> None:
        """Show nothing."""

    def count(self) -> None:
        """Show nothing."""

    def clear(self) -> None:
        """Clear nothing."""


class TerminalProgress:
    """A line for each seat, at the lower end of a terminal."""

    def __init__(self, out: TextIO, total: int, now_s: Callable[[], float], gap_s: float = 0) -> None:
        self._out = out
        self._total = total
        self._now_s = now_s
        self._gap_s = gap_s
        self._told = 0
        self._seats: dict[int, str] = {}
        self._since_s: dict[int, float] = {}
        """When the step began that a seat shows."""
        self._shown = 0
        """Lines that are drawn now."""
        self._drawn_s: float | None = None

    def at(self, seat: int, play_job: PlayJob, step: int) -> None:
        """Show that the play at this seat begins this step."""
        now_s = self._now_s()
        if self._drawn_s is not None and now_s - self._drawn_s < self._gap_s:
            return
        self._drawn_s = now_s
        self._since_s[seat] = now_s
        self._show(seat, play_job, awaited(play_job.scenario, step))

    def waits(self, seat: int, play_job: PlayJob, waiting: AwaitedMessages) -> None:
        """Show what the play at this seat waits for, and for how long it does."""
        passed_s = self._now_s() - self._since_s.get(seat, self._now_s())
        self._show(seat, play_job, still_awaited(play_job.scenario, waiting, passed_s))

    def free(self, seat: int) -> None:
        """Show that nothing is played at this seat."""
        self._seats.pop(seat, None)
        self._since_s.pop(seat, None)

    def count(self) -> None:
        """Count one more play as told."""
        self._told += 1

    def clear(self) -> None:
        """Take the lines away; they come back with the next step that begins."""
        if self._shown:
            self._out.write(_CLEAR + (_UP + _CLEAR) * (self._shown - 1))
            self._out.flush()
            self._shown = 0

    def _show(self, seat: int, play_job: PlayJob, text: str) -> None:
        self._seats[seat] = f"{Path(play_job.scenario.file).name}  {text}"
        self._draw()

    def _draw(self) -> None:
        self.clear()
        columns = shutil.get_terminal_size().columns
        head = f"{self._told + 1}/{self._total}  " if self._total > 1 else ""
        lines = [_printable(head + text)[: columns - 1] for _, text in sorted(self._seats.items())]
        self._out.write(_NO_WRAP + "\n".join(lines) + _WRAP)
        self._out.flush()
        self._shown = len(lines)


def awaited(scenario: Scenario, step: int) -> str:
    """Return in words what a play does that begins this step: which of how many, and what it waits for."""
    steps = scenario.steps
    if not 1 <= step <= len(steps):
        return "the world comes to be" if step == 0 else "the world is put away"
    return f"step {step} of {len(steps)}: {_waiting(steps[step - 1])}"


def still_awaited(scenario: Scenario, waiting: AwaitedMessages, passed_s: float) -> str:
    """Return in words what holds a step up for so many seconds.

    When that is not known, it is the step itself and how far the world's clock has come.
    """
    step = f"step {waiting.step} of {len(scenario.steps)}" if waiting.step else "the world comes to be"
    head = f"{step}, {passed_s:.0f} s"
    if waiting.awaited:
        first, *others = waiting.awaited
        return f"{head}: {first}" + (f", and {len(others)} more" if others else "")
    if not waiting.step:
        return head
    at = datetime.fromtimestamp(waiting.at_ms / 1000, UTC).astimezone(zone(scenario.zone))
    return f"{head}: {_waiting(scenario.steps[waiting.step - 1])} ({at.strftime('%Y-%m-%d %H:%M:%S')})"


def _waiting(step: AnyStep) -> str:
    lead = "waits for " if isinstance(step, Expect) else "watches " if isinstance(step, Never) else ""
    return lead + " ".join(describe(step).split())


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)


def board_for(total: int, now_s: Callable[[], float], *, computed: bool) -> ProgressDisplay:
    """Return where progress is shown: a terminal at standard error, or nowhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return NoProgress()
    return TerminalProgress(sys.stderr, total, now_s, COMPUTED_GAP_S if computed else 0)
