"""Breakpoints of plays: a step number, a line, or the steps that can prove a clause."""

from pathlib import Path

import pytest

from hubsim_scenarios.debugger.breakpoints import BadBreakpoint, check, places
from hubsim_scenarios.language.steps import PersonStep, Scenario
from hubsim_scenarios.product.files import CATALOG, read


@pytest.fixture(scope="module")
def journey() -> Scenario:
    return read([next(CATALOG.glob("001-*.yaml"))])[0]


def test_a_number_matches_the_step_with_that_number(journey: Scenario) -> None:
    assert places("7", journey) == {7}


def test_a_line_matches_the_step_that_begins_in_it(journey: Scenario) -> None:
    line = journey.steps[4].place.line

    assert places(f":{line}", journey) == {5}
    assert places(f"{Path(journey.file).name}:{line}", journey) == {5}
    assert places(f"other.yaml:{line}", journey) == frozenset()
    assert places(f":{line + 1}", journey) == frozenset()


def test_a_clause_matches_the_actions_that_can_prove_it(journey: Scenario) -> None:
    acts = [journey.steps[number - 1] for number in places("X1", journey)]

    assert [step.action for step in acts if isinstance(step, PersonStep)] == ["stop_now"]


def test_a_chapter_matches_the_steps_of_all_its_clauses(journey: Scenario) -> None:
    assert places("X", journey) == places("X1", journey) | places("X2", journey) | places("X4", journey)


def test_a_clause_without_listed_actions_matches_all_expectations_and_queries(journey: Scenario) -> None:
    assert places("A4", journey) == {
        number
        for number, step in enumerate(journey.steps, 1)
        if not hasattr(step, "action") and _is_check(step)
    }


def _is_check(step: object) -> bool:
    return type(step).__name__ in {"Expect", "Never", "Order", "PersonSees"}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("37", "no step of FILE matches '37': the last step number is 36"),
        (":1", "no step of FILE matches ':1': no step begins in this line"),
        (
            "X5",
            "no step of FILE matches 'X5': `covers:` does not name this clause, or no step can prove it",
        ),
        ("Q9", "'Q9' is not a step number (4), a line (:42) or a clause of the guide (X2)"),
        (
            "fial",
            (
                "'fial' is not a step number (4), a line (:42) or a clause of the guide (X2); "
                "did you mean 'fail'?"
            ),
        ),
    ],
)
def test_a_breakpoint_that_matches_no_step_is_rejected(journey: Scenario, word: str, text: str) -> None:
    with pytest.raises(BadBreakpoint) as refused:
        check([word], [journey])

    assert str(refused.value) == text.replace("FILE", journey.file)


def test_a_breakpoint_of_several_scenarios_must_match_in_one_of_them_only(journey: Scenario) -> None:
    other = read([next(CATALOG.glob("624-*.yaml"))])[0]

    check(["30", "X1", "fail"], [other, journey])

    with pytest.raises(
        BadBreakpoint, match="no step of any of 2 scenarios matches '37': the last step number is 36"
    ):
        check(["37"], [other, journey])
