"""Coverage of the guide: for each clause, the plays of the scenarios that cover it."""

from typing import Any

import msgspec

from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.guide import CHAPTERS, CLAUSES


class Covered(msgspec.Struct, frozen=True):
    """One clause with the plays of the scenarios that cover it."""

    clause: str
    text: str
    plays: tuple[PlayResult, ...]

    @property
    def holds(self) -> bool:
        """Whether at least one play that covers the clause passed."""
        return any(play.verdict is Verdict.PASS for play in self.plays)

    def plain(self) -> dict[str, Any]:
        """Return the clause as JSON values."""
        return {
            "clause": self.clause,
            "text": self.text,
            "holds": self.holds,
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
    return [
        Covered(clause, text, tuple(play for play in results if clause in play.scenario.covers))
        for clause, text in CLAUSES.items()
    ]


def chapter(clause: str) -> str:
    """Return the title of the chapter that contains the clause."""
    return CHAPTERS[clause[0]]
