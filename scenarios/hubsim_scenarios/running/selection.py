"""Selects scenarios by tag, by clause of the guide, by name, and by case of a matrix. Pure.

An unknown word is refused before anything is played, with a suggestion.
"""

import re
from collections.abc import Collection, Sequence

import msgspec

from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.language.orders import AXIS, identity_without_order, in_every_order, order_of
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.product.guide import CHAPTERS, CLAUSES
from hubsim_scenarios.translation.plural import counted

_NOT = "not "


class BadSelection(Exception):
    """Nothing is selected. `word` is the unknown word; empty: all are known, but no scenario matches."""

    def __init__(self, text: str, word: str = "") -> None:
        super().__init__(text)
        self.word = word


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions for a scenario to be played. Empty: all scenarios are played."""

    tags: tuple[str, ...] = ()
    """All of these; `not slow` requires that the tag is absent."""
    covers: tuple[str, ...] = ()
    """At least one of these clauses; a chapter's letter stands for all its clauses."""
    names: tuple[str, ...] = ()
    """At least one of these occurs in the title or in the path, as text or as a regular expression."""
    case: tuple[str, ...] = ()
    """All of these, each `axis=value` of a matrix, or `order=2-1-3`."""
    last_failed: bool = False
    """Only those that did not pass when they were played last; see `hubsim_scenarios.running.last_failed`."""

    @property
    def options(self) -> list[str]:
        """The command line options for this selection."""
        return [word for condition in self.conditions() for word in condition]

    def conditions(self) -> list[tuple[str, str]]:
        """Return each condition as option and word."""
        given = (
            ("--tag", self.tags),
            ("--covers", self.covers),
            ("--name", self.names),
            ("--case", self.case),
        )
        return [(option, word) for option, words in given for word in words]


def select(scenarios: Sequence[Scenario], selection: Selection) -> list[Scenario]:
    """Return the selected scenarios, in their order. Raises `BadSelection` if there are none."""
    _check_tags(scenarios, selection.tags)
    clauses = _clauses(selection.covers)
    _check_cases(scenarios, selection.case)
    chosen = [
        scenario
        for scenario in scenarios
        if _has_tags(scenario, selection.tags)
        and (not clauses or clauses.intersection(scenario.covers))
        and _has_name(scenario, selection.names)
        and _cases(scenario).issuperset(selection.case)
    ]
    if not chosen:
        options = ", ".join(f"{option} {quoted(word)}" for option, word in selection.conditions())
        raise BadSelection(f"no scenario matches {options}; {counted(len(scenarios), 'scenario')} searched")
    return chosen


def orders_to_play(scenarios: Sequence[Scenario], selection: Selection, *, first: bool) -> list[Scenario]:
    """Return the scenarios for the virtual world: in each order of their `together` steps.

    `first`: only in the order of the file, unless `--case` selects an order.
    """
    ordered = in_every_order(scenarios)
    if not first or any(word.startswith(f"{AXIS}=") for word in selection.case):
        return ordered
    return list({identity_without_order(each): each for each in reversed(ordered)}.values())[::-1]


def _tag(word: str) -> str:
    return word.removeprefix(_NOT).strip()


def _has_tags(scenario: Scenario, tags: tuple[str, ...]) -> bool:
    return all((_tag(tag) in scenario.tags) != tag.startswith(_NOT) for tag in tags)


def _has_name(scenario: Scenario, names: tuple[str, ...]) -> bool:
    return not names or any(_named(name, text) for name in names for text in (scenario.title, scenario.file))


def _named(name: str, text: str) -> bool:
    if name.lower() in text.lower():
        return True
    try:
        return re.search(name, text, re.IGNORECASE) is not None
    except re.error:
        return False  # not a regular expression, only a text


def _cases(scenario: Scenario) -> set[str]:
    return {f"{axis}={value}" for axis, value in scenario.case.items()}


def _check_tags(scenarios: Sequence[Scenario], tags: tuple[str, ...]) -> None:
    known = {tag for scenario in scenarios for tag in scenario.tags}
    for tag in map(_tag, tags):
        _check(tag, known, "no scenario has the tag")


def _check_cases(scenarios: Sequence[Scenario], cases: tuple[str, ...]) -> None:
    known = {case for scenario in scenarios for case in _cases(scenario)}
    for case in cases:
        if case.startswith(f"{AXIS}=") and not any(map(order_of, scenarios)):
            text = (
                f"no play has the case {quoted(case)}: only 'together' steps in the virtual world have orders"
            )
            raise BadSelection(text, case)
        _check(case, known, "no matrix or table has the case")


def _clauses(words: tuple[str, ...]) -> set[str]:
    clauses: set[str] = set()
    for word in words:
        _check(word, {*CLAUSES, *CHAPTERS}, "the guide has no clause")
        clauses.update(clause for clause in CLAUSES if word in (clause, clause[0]))
    return clauses


def _check(word: str, known: Collection[str], text: str) -> None:
    if word not in known:
        hint = did_you_mean(word, known)
        raise BadSelection(f"{text} {quoted(word)}{f'; {hint}' if hint else ''}", word)
