"""Breakpoints: the steps before which a play halts.

Pure. A breakpoint is a step number (`7`), a line of the file (`:42`, `villa.yaml:42`), a clause or a chapter
of the guide (`X2`, `X`), or `fail`. A play with any breakpoint also halts after a failed step.
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
    Together,
    single_steps,
)
from hubsim_scenarios.lint.clause_proofs import PROOFS
from hubsim_scenarios.product.guide import CHAPTERS, CLAUSES

FAIL = "fail"
"""Halt only after a step that fails."""


class BadBreakpoint(Exception):
    """The breakpoint matches no step. The text says which breakpoints exist."""


class Breakpoints(msgspec.Struct, frozen=True, kw_only=True):
    """The breakpoints of a run, from `--step` and `--break-on`."""

    every: bool = False
    """Halt before each step."""
    words: tuple[str, ...] = ()

    @property
    def wanted(self) -> bool:
        """Whether the run has any breakpoint."""
        return self.every or bool(self.words)

    @property
    def halts_before_steps(self) -> bool:
        """Whether plays halt before steps, not only after a failure."""
        return self.every or any(word != FAIL for word in self.words)

    @property
    def options(self) -> list[str]:
        """The command-line options for these breakpoints."""
        step = ["--step"] if self.every else []
        return [*step, *(part for word in self.words for part in ("--break-on", word))]


def places(word: str, scenario: Scenario) -> frozenset[int]:
    """Return the numbers, from 1, of the steps that this breakpoint matches. Raises `BadBreakpoint`.

    A clause matches the actions and queries that can prove it. If `PROOFS` does not list it, the clause
    matches every expectation and query.
    """
    if word == FAIL:
        return frozenset()
    if word.isdecimal():
        return _numbers(scenario, lambda number, _: number == int(word[:9]))
    file, colon, line = word.rpartition(":")
    if colon and line.isdecimal():
        return _numbers(scenario, lambda _, step: _begins_in_line(step, file, int(line[:9]), scenario))
    if word not in CLAUSES and word not in CHAPTERS:
        hint = did_you_mean(word, [*CLAUSES, *CHAPTERS, FAIL])
        text = f"{quoted(word)} is not a step number (4), a line (:42) or a clause of the guide (X2)"
        raise BadBreakpoint(f"{text}; {hint}" if hint else text)
    covered = [clause for clause in scenario.covers if word in (clause, clause[0])]
    return _numbers(scenario, lambda _, step: any(_can_prove(step, clause) for clause in covered))


def check(words: Sequence[str], scenarios: Sequence[Scenario]) -> None:
    """Raise `BadBreakpoint` for a word that matches no step of any scenario."""
    for word in words:
        if word != FAIL and not any(places(word, scenario) for scenario in scenarios):
            where = scenarios[0].file if len(scenarios) == 1 else f"any of {len(scenarios)} scenarios"
            raise BadBreakpoint(f"no step of {where} matches {quoted(word)}: {_why_not(word, scenarios)}")


def _why_not(word: str, scenarios: Sequence[Scenario]) -> str:
    if word.isdecimal():
        return f"the last step number is {max(len(scenario.steps) for scenario in scenarios)}"
    if word in CLAUSES or word in CHAPTERS:
        return "`covers:` does not name this clause, or no step can prove it"
    return "no step begins in this line"


def _numbers(scenario: Scenario, wanted: Callable[[int, AnyStep], bool]) -> frozenset[int]:
    return frozenset(number for number, step in enumerate(scenario.steps, 1) if wanted(number, step))


def _begins_in_line(step: AnyStep, file: str, line: int, scenario: Scenario) -> bool:
    """Return whether a step begins in this line. An empty `file` means the scenario's file."""
    if not file:
        return step.file is None and step.place.line == line
    actual, asked = PurePath(step.file or scenario.file), PurePath(file)
    return step.place.line == line and actual.parts[-len(asked.parts) :] == asked.parts


def _can_prove(step: AnyStep, clause: str) -> bool:
    words = PROOFS.get(clause)
    if words is None:
        return any(
            isinstance(each, Expect | Never | ExpectOrder | PersonSees) for each in single_steps([step])
        )
    match step:
        case PersonStep():
            return step.action in words
        case PersonSees():
            return step.view in words
        case Together():
            return any(_can_prove(member, clause) for member in step.members)
        case _:
            return False
