"""Where plays halt: before a step, a line, or what can prove a clause."""

from pathlib import Path

import pytest

from hubsim_scenarios.debugger.breakpoints import BadBreakpoint, check, places
from hubsim_scenarios.language.steps import PersonStep, Scenario
from hubsim_scenarios.product.files import CATALOG, read


@pytest.fixture(scope="module")
def journey() -> Scenario:
    return read([next(CATALOG.glob("001-*.yaml"))])[0]


def test_a_number_is_that_of_the_step(journey: Scenario) -> None:
    assert places("7", journey) == {7}


def test_a_line_is_that_in_which_a_step_begins(journey: Scenario) -> None:
    line = journey.steps[4].place.line

    assert places(f":{line}", journey) == {5}
    assert places(f"{Path(journey.file).name}:{line}", journey) == {5}
    assert places(f"other.yaml:{line}", journey) == frozenset()
    assert places(f":{line + 1}", journey) == frozenset()


def test_a_clause_breaks_before_the_acts_that_it_speaks_of(journey: Scenario) -> None:
    acts = [journey.steps[number - 1] for number in places("X1", journey)]

    assert [step.action for step in acts if isinstance(step, PersonStep)] == ["stop_now"]


def test_a_chapter_stands_for_all_its_clauses(journey: Scenario) -> None:
    assert places("X", journey) == places("X1", journey) | places("X2", journey) | places("X4", journey)


def test_a_clause_that_much_can_prove_breaks_before_whatever_looks(journey: Scenario) -> None:
    assert places("A4", journey) == {
        number for number, step in enumerate(journey.steps, 1) if not hasattr(step, "action") and _looks(step)
    }


def _looks(step: object) -> bool:
    return type(step).__name__ in {"Expect", "Never", "Order", "PersonSees"}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("37", "'37' breaks before no step in FILE: there are 36"),
        (":1", "':1' breaks before no step in FILE: no step stands there"),
        ("X5", "'X5' breaks before no step in FILE: `covers:` does not name it"),
        ("Q9", "'Q9' is no step's number, no line (:42) and no clause of the guide"),
        (
            "fial",
            "'fial' is no step's number, no line (:42) and no clause of the guide; did you mean 'fail'?",
        ),
    ],
)
def test_a_word_that_breaks_nowhere_is_refused(journey: Scenario, word: str, text: str) -> None:
    with pytest.raises(BadBreakpoint) as refused:
        check([word], [journey])

    assert str(refused.value) == text.replace("FILE", journey.file)


def test_among_several_scenarios_a_word_need_break_in_one_of_them_only(journey: Scenario) -> None:
    other = read([next(CATALOG.glob("624-*.yaml"))])[0]

    check(["30", "X1", "fail"], [other, journey])

    with pytest.raises(BadBreakpoint, match="no one has more than 36"):
        check(["37"], [other, journey])
