"""Coverage of the guide: for each clause, the plays of the scenarios that cover it.

A clause that is a path through the screens of the apps also needs a browser test that walks it.
"""

from enum import StrEnum
from typing import Any

import msgspec

from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.guide import PATHS
from hubsim_scenarios.product.guide_words import clause_texts
from hubsim_scenarios.product.walks import walks


class ClauseStatus(StrEnum):
    """The result of the plays that cover a clause."""

    PASSED = "passed"
    """All of them passed."""
    FAILED = "failed"
    """At least one of them failed or was blocked."""
    NOT_COVERED = "not_covered"
    """No scenario covers the clause, or all its plays were skipped."""
    NOT_WALKED = "not_walked"
    """All plays passed, but the clause is a path through the screens, and no browser test walks it."""


class Covered(msgspec.Struct, frozen=True):
    """One clause with the plays of the scenarios that cover it."""

    clause: str
    text: str
    plays: tuple[PlayResult, ...]
    walks: tuple[str, ...]
    """The browser tests that walk the path of the clause, as `file::test`."""

    @property
    def status(self) -> ClauseStatus:
        """Return the result of the clause."""
        verdicts = {play.verdict for play in self.plays} - {Verdict.SKIPPED}
        if not verdicts:
            return ClauseStatus.NOT_COVERED
        if verdicts != {Verdict.PASS}:
            return ClauseStatus.FAILED
        return ClauseStatus.PASSED if self.walks or self.clause not in PATHS else ClauseStatus.NOT_WALKED

    @property
    def holds(self) -> bool | None:
        """Return whether all plays of the clause passed and its path is walked; None if no play covers it."""
        return None if self.status is ClauseStatus.NOT_COVERED else self.status is ClauseStatus.PASSED

    def plain(self) -> dict[str, Any]:
        """Return the clause as JSON values."""
        return {
            "clause": self.clause,
            "text": self.text,
            "status": self.status.value,
            "holds": self.holds,
            "walks": list(self.walks),
            "scenarios": [
                {
                    "file": play.scenario.file,
                    "scenario": play.scenario.title,
                    "verdict": play.verdict.value,
                    "reason": play.reason,
                }
                for play in self.plays
            ],
        }


def coverage(results: list[PlayResult]) -> list[Covered]:
    """Return every clause of the guide, in its order."""
    walked = walks()
    return [
        Covered(
            clause,
            text,
            tuple(play for play in results if clause in play.scenario.covers),
            walked.get(clause, ()),
        )
        for clause, text in clause_texts().items()
    ]
