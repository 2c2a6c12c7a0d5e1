"""What was done step by step is a scenario again: its own steps as far as played, and those by hand."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_journey import BEGINS, DEALER, JOURNEY

from hubsim_scenarios.debugger.as_scenario import CannotWrite, Done, written
from hubsim_scenarios.language.fragments import Source
from hubsim_scenarios.language.language import NO_FRAGMENTS
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.layout.layout import laid_out
from hubsim_scenarios.product.files import CATALOG
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language

BENCH_ACTION = "{clock: +1 h, note: By hand}"
FILES = sorted(CATALOG.glob("*.yaml"))


class Shelf:
    """One fragment."""

    def find(self, name: str) -> Source | None:
        return Source("fragments/a-dealer.yaml", DEALER.encode()) if name == "a-dealer" else None

    def names(self) -> list[str]:
        return ["a-dealer"]


def first(text: str, fragments: Any = NO_FRAGMENTS) -> Scenario:
    found = language().cases("", text, fragments)
    assert found.scenarios, "\n".join(map(str, found.mistakes))
    return found.scenarios[0]


def sources(scenario: Scenario) -> list[Any]:
    """Return what the steps say, without where and how they are written."""
    return [msgspec.structs.replace(step, place=None, source="") for step in scenario.steps]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_was_done_is_read_again_as_the_same_steps(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES))
    text, fragments = file.read_text(encoding="utf-8"), FragmentFolders(file)
    scenario = first(text, fragments)
    played: list[Done] = list(range(data.draw(st.integers(1, len(scenario.steps)))))
    for place in sorted(data.draw(st.sets(st.integers(0, len(played)), max_size=3)), reverse=True):
        played.insert(place, BENCH_ACTION)

    result = written(text, scenario, played, language(), fragments)

    action = language().step(BENCH_ACTION, scenario)
    expected = [scenario.steps[each] if isinstance(each, int) else action for each in played]
    assert sources(first(result, fragments)) == sources(
        msgspec.structs.replace(scenario, steps=tuple(expected))
    )
    assert laid_out(result, language(), fragments) == result


def test_comments_go_with_the_steps_below_them() -> None:
    result = written(JOURNEY, first(JOURNEY), [0, 1, BENCH_ACTION], language(), NO_FRAGMENTS)

    steps = result[result.index("steps:") :].splitlines()
    assert steps == [
        "steps:",
        "  # Nothing is active yet",
        "  - {as: ivan, do: stop_now, hub: villa, refused: not_active}",
        "  - {as: ivan, do: activate, hub: villa, screen: device_list}  # now it is",
        "  - {clock: +1 h, note: By hand}",
    ]


def test_a_step_by_hand_stands_before_the_comments_of_the_step_that_follows() -> None:
    result = written(JOURNEY, first(JOURNEY), [BENCH_ACTION, 0], language(), NO_FRAGMENTS)

    assert result[result.index("steps:") :].splitlines() == [
        "steps:",
        "  - {clock: +1 h, note: By hand}",
        "  # Nothing is active yet",
        "  - {as: ivan, do: stop_now, hub: villa, refused: not_active}",
    ]


def test_of_a_matrix_only_the_case_that_was_played_is_left() -> None:
    text = JOURNEY.replace(
        "steps:\n", "matrix: {villa.slots: [{1: ajax}, {2: ajax}], model: [hub-2, hub-2-plus]}\nsteps:\n"
    )
    case = language().cases("", text).scenarios[3]

    result = written(text, case, [0, BENCH_ACTION], language(), NO_FRAGMENTS)

    again = language().cases("", result).scenarios
    assert [each.case for each in again] == [case.case]
    assert again[0].world == case.world


def test_the_steps_of_a_fragment_are_not_written_again() -> None:
    scenario = first(BEGINS, Shelf())

    result = written(BEGINS, scenario, [0, 1, BENCH_ACTION], language(), Shelf())

    assert "begin: a-dealer" in result
    assert sources(first(result, Shelf()))[:2] == sources(scenario)[:2]
    assert "create_object" not in result


@pytest.mark.parametrize("played", [[BENCH_ACTION, 0, 1], [BENCH_ACTION]])
def test_acts_among_the_steps_of_a_fragment_cannot_be_written(played: list[Done]) -> None:
    with pytest.raises(CannotWrite, match="act by hand from step 2 on"):
        written(BEGINS, first(BEGINS, Shelf()), played, language(), Shelf())


def test_nothing_done_is_no_scenario() -> None:
    with pytest.raises(CannotWrite, match="nothing was done yet"):
        written(JOURNEY, first(JOURNEY), [], language(), NO_FRAGMENTS)


def test_a_file_that_was_broken_meanwhile_is_told() -> None:
    with pytest.raises(CannotWrite, match="it has mistakes"):
        written("scenario: cut off", first(JOURNEY), [0], language(), NO_FRAGMENTS)


def test_a_file_that_was_changed_meanwhile_is_told() -> None:
    shorter = JOURNEY[: JOURNEY.index("  - {as: ivan, do: activate")]

    with pytest.raises(CannotWrite, match="was changed since"):
        written(shorter, first(JOURNEY), [0, 1, BENCH_ACTION], language(), NO_FRAGMENTS)
