"""The progress display on a terminal: the current plays, their steps, and what they wait for.

It is written to standard error, only if that is a terminal, and is cleared at the end of the run.
"""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TextIO

from hubsim_cloud.domain.zones import zone
from hubsim_scenarios.language.steps import AnyStep, Expect, Never, Scenario
from hubsim_scenarios.play.play import AwaitedMessages
from hubsim_scenarios.reports.console_report import describe
from hubsim_scenarios.running.target import PlayJob
from hubsim_scenarios.translation.story_language import say

COMPUTED_GAP_S = 0.05
"""The shortest time between two updates of virtual plays, which are too fast to read."""
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_UP, _CLEAR = "\x1b[1A", "\r\x1b[2K"


class ProgressDisplay(Protocol):
    """The interface of progress displays. Parallel plays are in numbered slots, from 0."""

    def at(self, slot: int, play_job: PlayJob, step: int) -> None:
        """Show that the play in this slot begins this step, from 1; 0: it builds the world."""
        ...

    def waits(self, slot: int, play_job: PlayJob, waiting: AwaitedMessages) -> None:
        """Show what the play in this slot waits for, because its step takes long."""
        ...

    def free(self, slot: int) -> None:
        """Show that the slot is free."""
        ...

    def count(self) -> None:
        """Count one reported play."""
        ...

    def clear(self) -> None:
        """Remove the display, so that other lines can be printed."""
        ...


class NoProgress:
    """Shows nothing, because there is no terminal."""

    def at(self, slot: int, play_job: PlayJob, step: int) -> None:
        """Do nothing."""

    def waits(self, slot: int, play_job: PlayJob, waiting: AwaitedMessages) -> None:
        """Do nothing."""

    def free(self, slot: int) -> None:
        """Do nothing."""

    def count(self) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Do nothing."""


class TerminalProgress:
    """Shows a line for each slot, at the bottom of a terminal."""

    def __init__(self, out: TextIO, total: int, now_s: Callable[[], float], gap_s: float = 0) -> None:
        self._out = out
        self._total = total
        self._now_s = now_s
        self._gap_s = gap_s
        self._reported = 0
        self._lines: dict[int, str] = {}
        self._since_s: dict[int, float] = {}
        """The start of the step that is shown in a slot."""
        self._shown = 0
        """The number of lines on the terminal now."""
        self._drawn_s: float | None = None

    def at(self, slot: int, play_job: PlayJob, step: int) -> None:
        """Show that the play in this slot begins this step."""
        now_s = self._now_s()
        if self._drawn_s is not None and now_s - self._drawn_s < self._gap_s:
            return
        self._drawn_s = now_s
        self._since_s[slot] = now_s
        self._show(slot, play_job, awaited(play_job.scenario, step))

    def waits(self, slot: int, play_job: PlayJob, waiting: AwaitedMessages) -> None:
        """Show what the play in this slot waits for, and for how long."""
        passed_s = self._now_s() - self._since_s.get(slot, self._now_s())
        self._show(slot, play_job, still_awaited(play_job.scenario, waiting, passed_s))

    def free(self, slot: int) -> None:
        """Show that the slot is free."""
        self._lines.pop(slot, None)
        self._since_s.pop(slot, None)

    def count(self) -> None:
        """Count one reported play."""
        self._reported += 1

    def clear(self) -> None:
        """Remove the lines. They are drawn again with the next step."""
        if self._shown:
            self._out.write(_CLEAR + (_UP + _CLEAR) * (self._shown - 1))
            self._out.flush()
            self._shown = 0

    def _show(self, slot: int, play_job: PlayJob, text: str) -> None:
        self._lines[slot] = f"{Path(play_job.scenario.file).name}  {text}"
        self._draw()

    def _draw(self) -> None:
        self.clear()
        columns = shutil.get_terminal_size().columns
        head = f"{self._reported + 1}/{self._total}  " if self._total > 1 else ""
        lines = [_printable(head + text)[: columns - 1] for _, text in sorted(self._lines.items())]
        self._out.write(_NO_WRAP + "\n".join(lines) + _WRAP)
        self._out.flush()
        self._shown = len(lines)


def awaited(scenario: Scenario, step: int) -> str:
    """Return a description of the step that begins: its number, the number of steps, and what it does."""
    steps = scenario.steps
    if not 1 <= step <= len(steps):
        return say("building the world") if step == 0 else say("closing the world")
    return f"{_step_of(step, steps)}: {_waiting(steps[step - 1])}"


def still_awaited(scenario: Scenario, waiting: AwaitedMessages, passed_s: float) -> str:
    """Return a description of what a step waits for, and for how long (`passed_s`).

    If no awaited message is known, describe the step and the world time.
    """
    step = _step_of(waiting.step, scenario.steps) if waiting.step else say("building the world")
    head = f"{step}, {passed_s:.0f} s"
    if waiting.awaited:
        first, *others = waiting.awaited
        more = say(", and {count} more", count=len(others)) if others else ""
        return f"{head}: {first}{more}"
    if not waiting.step:
        return head
    at = datetime.fromtimestamp(waiting.at_ms / 1000, UTC).astimezone(zone(scenario.zone))
    return f"{head}: {_waiting(scenario.steps[waiting.step - 1])} ({at.strftime('%Y-%m-%d %H:%M:%S')})"


def _waiting(step: AnyStep) -> str:
    text = " ".join(describe(step).split())
    if isinstance(step, Expect):
        return say("waits for {step}", step=text)
    return say("watches {step}", step=text) if isinstance(step, Never) else text


def _step_of(step: int, steps: Sequence[AnyStep]) -> str:
    return say("step {number} of {count}", number=step, count=len(steps))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)


def progress_display(total: int, now_s: Callable[[], float], *, computed: bool) -> ProgressDisplay:
    """Return a display on standard error if it is a terminal, else one that shows nothing."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return NoProgress()
    return TerminalProgress(sys.stderr, total, now_s, COMPUTED_GAP_S if computed else 0)
