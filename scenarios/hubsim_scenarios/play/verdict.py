"""Verdicts: what a play can end in. Running to the end is not a pass; every expectation held is."""

from enum import StrEnum


class Verdict(StrEnum):
    """How a play ended."""

    PASS = "pass"  # noqa: S105 (a verdict)
    FAIL = "fail"
    """Something was not as the scenario says."""
    BLOCKED = "blocked"
    """The scenario could not be played: the world or the harness was in the way, not the product."""
    SKIPPED = "skipped"
    """The scenario asks for what this kind of world cannot do; nothing was played."""


BAD_INPUT_EXIT = 2
"""A file or an option that cannot be used; nothing was played."""

EXITS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.BLOCKED: 3, Verdict.SKIPPED: 4}

_WORST_FIRST = (Verdict.FAIL, Verdict.BLOCKED, Verdict.SKIPPED, Verdict.PASS)


def exit_code(verdicts: list[Verdict]) -> int:
    """Return the exit code for all verdicts of a run: that of the worst."""
    return EXITS[next(verdict for verdict in _WORST_FIRST if verdict in verdicts)]
