"""The verdicts of plays and their exit codes. A play passes only if all its expectations pass."""

from enum import StrEnum


class Verdict(StrEnum):
    """The result of a play."""

    PASS = "pass"  # noqa: S105 (a verdict)
    FAIL = "fail"
    """An expectation failed, or an action was refused unexpectedly."""
    BLOCKED = "blocked"
    """The scenario could not be played to its end because of the world or the harness, not the product."""
    SKIPPED = "skipped"
    """The scenario needs something that this kind of world cannot do. Nothing was played."""


BAD_INPUT_EXIT = 2
"""A file or an option cannot be used. Nothing was played."""

EXITS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.BLOCKED: 3, Verdict.SKIPPED: 4}

_WORST_FIRST = (Verdict.FAIL, Verdict.BLOCKED, Verdict.SKIPPED, Verdict.PASS)


def exit_code(verdicts: list[Verdict]) -> int:
    """Return the exit code of a run: the code of the worst verdict."""
    return EXITS[next(verdict for verdict in _WORST_FIRST if verdict in verdicts)]
