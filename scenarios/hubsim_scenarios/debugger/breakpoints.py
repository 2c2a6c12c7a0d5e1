"""Breaks: before which steps a play halts.

Pure. A break is named by a word: a step's number (`7`), a line of its file (`:42`, `villa.yaml:42`), a
clause of the guide or a chapter (`X2`, `X`), or `fail`, which every halted play has anyway.
"""

from collections.abc import Callable, Sequence
from pathlib import PurePath

import msgspec

from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.language.steps import (
    AnyStep,
    Expect,
    ExpectOrder,
    Never,
    PersonSees,
    PersonStep,
    Scenario,
)
from hubsim_scenarios.lint.clause_proofs import PROOFS
from hubsim_scenarios.product.guide import CHAPTERS, CLAUSES

FAIL = "fail"
"""Break on no step: only when one does not hold."""


class BadBreakpoint(Exception):
    """No scenario has such a place. The text says which words there are."""


class Breakpoints(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody wants to step in."""

    every: bool = False
    """Before each step."""
    words: tuple[str, ...] = ()

    @property
    def wanted(self) -> bool:
        """Whether plays halt at all."""
        return self.every or bool(self.words)

    @property
    def options(self) -> list[str]:
        """The options of the command line that break there."""
        step = ["--step"] if self.every else []
        return [*step, *(part for word in self.words for part in ("--break-on", word))]


def places(word: str, scenario: Scenario) -> frozenset[int]:
    """Return the numbers, from 1, of the steps before which this word breaks. Raises `BadBreakpoint`.

    A clause breaks before what can prove it: the acts that it speaks of, or, where that cannot be told,
    whatever looks at something.
    """
    if word == FAIL:
        return frozenset()
    if word.isdecimal():
        return _numbers(scenario, lambda number, _: number == int(word[:9]))
    file, colon, line = word.rpartition(":")
    if colon and line.isdecimal():
        return _numbers(scenario, lambda _, step: _stands(step, file, int(line[:9]), scenario))
    if word not in CLAUSES and word not in CHAPTERS:
        hint = did_you_mean(word, [*CLAUSES, *CHAPTERS, FAIL])
        text = f"{quoted(word)} is no step's number, no line (:42) and no clause of the guide"
        raise BadBreakpoint(f"{text}; {hint}" if hint else text)
    covered = [clause for clause in scenario.covers if word in (clause, clause[0])]
    return _numbers(scenario, lambda _, step: any(_can_prove(step, clause) for clause in covered))


def check(words: Sequence[str], scenarios: Sequence[Scenario]) -> None:
    """Raise `BadBreakpoint` for a word that breaks nowhere in any of the scenarios."""
    for word in words:
        if word != FAIL and not any(places(word, scenario) for scenario in scenarios):
            where = (
                f"in {scenarios[0].file}" if len(scenarios) == 1 else f"in any of {len(scenarios)} scenarios"
            )
            raise BadBreakpoint(f"{quoted(word)} breaks before no step {where}{_instead(word, scenarios)}")


def _instead(word: str, scenarios: Sequence[Scenario]) -> str:
    if word.isdecimal():
        most = max(len(scenario.steps) for scenario in scenarios)
        return f": there are {most}" if len(scenarios) == 1 else f": no one has more than {most}"
    if word in CLAUSES or word in CHAPTERS:
        return ": `covers:` does not name it"
    return ": no step stands there"


def _numbers(scenario: Scenario, wanted: Callable[[int, AnyStep], bool]) -> frozenset[int]:
    return frozenset(number for number, step in enumerate(scenario.steps, 1) if wanted(number, step))


def _stands(step: AnyStep, file: str, line: int, scenario: Scenario) -> bool:
    """Return whether a step begins in this line; without a file the scenario's own is meant."""
    if not file:
        return step.file is None and step.place.line == line
    standing, asked = PurePath(step.file or scenario.file), PurePath(file)
    return step.place.line == line and standing.parts[-len(asked.parts) :] == asked.parts


def _can_prove(step: AnyStep, clause: str) -> bool:
    words = PROOFS.get(clause)
    if words is None:
        return isinstance(step, Expect | Never | ExpectOrder | PersonSees)
    match step:
        case PersonStep():
            return step.action in words
        case PersonSees():
            return step.view in words
        case _:
            return False
