"""Warnings: scenarios that can be played but probably do not test what their author intended.

Pure. A warning never prevents a play; its place is in the scenario's file, not in a fragment.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

import msgspec

from hubsim_scenarios.language.errors import Place
from hubsim_scenarios.language.nodes import Mapping, Node, Scalar, Sequence, compose
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.steps import (
    BenchStep,
    ClockStep,
    Expect,
    ExpectOrder,
    InjectFault,
    Never,
    PersonSees,
    PersonStep,
    Scenario,
    Step,
    Together,
)
from hubsim_scenarios.lint.clause_proofs import unproved
from hubsim_scenarios.lint.hub_models import impossible
from hubsim_scenarios.lint.unused_names import unused
from hubsim_scenarios.lint.unused_values import unused_values


class WarningKind(StrEnum):
    """The kinds of warnings."""

    NO_TITLE = "no_title"
    SAME_TITLE = "same_title"
    UNUSED_NAME = "unused_name"
    UNPROVED_CLAUSE = "unproved_clause"
    NOTHING_EXPECTED = "nothing_expected"
    UNCHECKED_END = "unchecked_end"
    UNUSED_FRAGMENT = "unused_fragment"
    BORROWED_NAME = "borrowed_name"
    IMPOSSIBLE_HUB = "impossible_hub"


class Warned(msgspec.Struct, frozen=True):
    """One warning. As text: `file:line:column: warning: text`."""

    file: str
    line: int
    column: int
    kind: WarningKind
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: warning: {self.text}"


def lint(cases: list[Scenario], source: str) -> list[Warned]:
    """Return the warnings about one scenario with all its cases, in the order of the file.

    `source` is the text of the file.
    """
    scenario = cases[0]
    root = compose(source, Problems(scenario.file))
    found = [*_title(root, scenario), *_names(cases), *_clauses(cases), *_expectations(root, scenario)]
    found += [
        (
            word.place,
            WarningKind.UNUSED_NAME,
            f"no later step uses ${word.text}; remove 'keep', or compare it",
        )
        for word in unused_values(root, cases)
    ]
    found += [(("world", hub), WarningKind.IMPOSSIBLE_HUB, text) for hub, text in impossible(cases).items()]
    warned = [
        Warned(scenario.file, place.line, place.column, kind, text)
        for where, kind, text in found
        if (place := where if isinstance(where, Place) else _find(root, where)) is not None
    ]
    return sorted(warned, key=lambda warning: (warning.line, warning.column))


def same_titles(scenarios: Iterable[Scenario]) -> list[Warned]:
    """Return a warning for each scenario with the same title as an earlier file."""
    first: dict[str, str] = {}
    warned = []
    for scenario in scenarios:
        known = first.setdefault(scenario.title, scenario.file)
        if known != scenario.file:
            text = f"{known} has the same title, so reports do not show which is which"
            warned.append(Warned(scenario.file, 1, 1, WarningKind.SAME_TITLE, text))
    return warned


_Found = tuple[Place | tuple[str, str], WarningKind, str]
"""A place, or a section of the file and a word in it; the kind; and the text."""


def _title(root: Node | None, scenario: Scenario) -> Iterator[_Found]:
    if not scenario.title.strip():
        text = "the scenario has no title; describe in one sentence what it tests"
        yield _key(root, "scenario"), WarningKind.NO_TITLE, text


def _key(root: Node | None, key: str) -> Place:
    keys = [word for word, _ in root.entries] if isinstance(root, Mapping) else []
    return next((word.place for word in keys if word.text == key), Place(1, 1))


def _names(cases: list[Scenario]) -> Iterator[_Found]:
    """Yield the names that no case uses; parameters can give the steps of each case other names."""
    declared = set(cases[0].world.aliases())
    rest = [set(unused(case)) for case in cases[1:]]
    for ref in unused(cases[0]):
        if not all(ref in others for others in rest):
            continue
        text = f"the {ref.kind} {ref.name!r} is never used; remove it, or add an expectation about it"
        yield ("world" if ref in declared else "steps", ref.name), WarningKind.UNUSED_NAME, text


def _clauses(cases: list[Scenario]) -> Iterator[_Found]:
    """Yield the clauses that no case can prove."""
    unproved_by_all = set.intersection(*(set(unproved(case)) for case in cases))
    for clause, words in unproved(cases[0]).items():
        if clause not in unproved_by_all:
            continue
        steps = " or ".join(f"'{word}'" for word in words)
        text = f"the scenario covers {clause}, but no step can prove it; add a step with {steps}"
        yield ("covers", clause), WarningKind.UNPROVED_CLAUSE, text


def _expectations(root: Node | None, scenario: Scenario) -> Iterator[_Found]:
    steps = [step for step in scenario.steps if step.file is None]
    if not any(map(_checks, scenario.steps)):
        text = "no step has an expectation, so the scenario cannot fail"
        yield _key(root, "steps"), WarningKind.NOTHING_EXPECTED, text
        return
    tail: list[Step] = []
    for step in reversed(steps):
        if _checks(step):
            break
        tail.append(step)
    if tail:
        text = "no expectation follows this step, so its effects are not checked"
        yield tail[-1].place, WarningKind.UNCHECKED_END, text


def _checks(step: Step) -> bool:
    """Return whether the step checks more than that the product grants it."""
    match step:
        case Expect() | Never() | ExpectOrder() | PersonSees():
            return True
        case PersonStep():
            return step.refused is not None or step.screen is not None
        case BenchStep():
            return step.refused is not None
        case Together():
            return step.succeed is not None or any(map(_checks, step.members))
        case InjectFault() | ClockStep():
            return False
    return False


def _find(root: Node | None, path: tuple[str, str]) -> Place | None:
    """Return the place of a declared name, or of a word in a list of the header; None if not in this file."""
    section = root.get(path[0]) if isinstance(root, Mapping) else None
    return next((word.place for word in _SECTIONS[path[0]](section) if word.text == path[1]), None)


def _declared(world: Node | None) -> Iterator[Scalar]:
    for _, things in world.entries if isinstance(world, Mapping) else ():
        yield from _items(things)
        if isinstance(things, Mapping):
            yield from (key for key, _ in things.entries)


def _made(steps: Node | None) -> Iterator[Scalar]:
    for step in steps.items if isinstance(steps, Sequence) else ():
        called = step.get("called") if isinstance(step, Mapping) else None
        if isinstance(called, Scalar):
            yield called
        if isinstance(step, Mapping):
            yield from _made(step.get("together"))


def _items(words: Node | None) -> Iterator[Scalar]:
    items = words.items if isinstance(words, Sequence) else ()
    yield from (item for item in items if isinstance(item, Scalar))


_SECTIONS: dict[str, Callable[[Node | None], Iterator[Scalar]]] = {
    "covers": _items,
    "world": _declared,
    "steps": _made,
}
