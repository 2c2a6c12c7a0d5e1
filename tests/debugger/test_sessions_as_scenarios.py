"""A debugger session is saved as a scenario: the file's steps as far as played, and the manual steps."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_journey import BEGINS, DEALER, JOURNEY

from hubsim_scenarios.debugger.as_scenario import CannotWrite, Done, scenario_text
from hubsim_scenarios.language.fragments import Source
from hubsim_scenarios.language.language import NO_FRAGMENTS
from hubsim_scenarios.language.steps import Scenario, Together
from hubsim_scenarios.layout.layout import format_scenario
from hubsim_scenarios.product.files import CATALOG
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language

BENCH_ACTION = "{clock: +1 h, note: Manual}"
FILES = sorted(CATALOG.glob("*.yaml"))


class OneFragment:
    """A folder with one fragment."""

    def find(self, name: str) -> Source | None:
        return Source("fragments/a-dealer.yaml", DEALER.encode()) if name == "a-dealer" else None

    def names(self) -> list[str]:
        return ["a-dealer"]


def first(text: str, fragments: Any = NO_FRAGMENTS) -> Scenario:
    found = language().cases("", text, fragments)
    assert found.scenarios, "\n".join(map(str, found.mistakes))
    return found.scenarios[0]


def sources(scenario: Scenario) -> list[Any]:
    """Return the steps without their places and source texts."""
    return [without_source(step) for step in scenario.steps]


def without_source(step: Any) -> Any:
    inner = {"members": tuple(map(without_source, step.members))} if isinstance(step, Together) else {}
    return msgspec.structs.replace(step, place=None, source="", **inner)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_saved_session_is_read_as_the_same_steps(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES))
    text, fragments = file.read_text(encoding="utf-8"), FragmentFolders(file)
    scenario = first(text, fragments)
    played: list[Done] = list(range(data.draw(st.integers(1, len(scenario.steps)))))
    for place in sorted(data.draw(st.sets(st.integers(0, len(played)), max_size=3)), reverse=True):
        played.insert(place, BENCH_ACTION)

    result = scenario_text(text, scenario, played, language(), fragments)

    action = language().step(BENCH_ACTION, scenario)
    expected = [scenario.steps[each] if isinstance(each, int) else action for each in played]
    assert sources(first(result, fragments)) == sources(
        msgspec.structs.replace(scenario, steps=tuple(expected))
    )
    assert format_scenario(result, language(), fragments) == result


def test_comments_go_with_the_steps_below_them() -> None:
    result = scenario_text(JOURNEY, first(JOURNEY), [0, 1, BENCH_ACTION], language(), NO_FRAGMENTS)

    steps = result[result.index("steps:") :].splitlines()
    assert steps == [
        "steps:",
        "  # Nothing is active yet",
        "  - {as: ivan, do: stop_now, hub: villa, refused: not_active}",
        "  - {as: ivan, do: activate, hub: villa, screen: device_list}  # now it is",
        "  - {clock: +1 h, note: Manual}",
    ]


def test_a_manual_step_is_inserted_before_the_comments_of_the_next_step() -> None:
    result = scenario_text(JOURNEY, first(JOURNEY), [BENCH_ACTION, 0], language(), NO_FRAGMENTS)

    assert result[result.index("steps:") :].splitlines() == [
        "steps:",
        "  - {clock: +1 h, note: Manual}",
        "  # Nothing is active yet",
        "  - {as: ivan, do: stop_now, hub: villa, refused: not_active}",
    ]


def test_a_matrix_is_reduced_to_the_case_that_was_played() -> None:
    text = JOURNEY.replace(
        "steps:\n", "matrix: {villa.slots: [{1: ajax}, {2: ajax}], model: [hub-2, hub-2-plus]}\nsteps:\n"
    )
    case = language().cases("", text).scenarios[3]

    result = scenario_text(text, case, [0, BENCH_ACTION], language(), NO_FRAGMENTS)

    again = language().cases("", result).scenarios
    assert [each.case for each in again] == [case.case]
    assert again[0].world == case.world


@pytest.mark.parametrize("name", ["case: one, ", ""])
def test_a_table_is_reduced_to_the_row_that_was_played(name: str) -> None:
    rows = f"[{{{name}model: hub-2, $hub: villa}}, {{model: hub-2-plus, $hub: villa}}]"
    text = JOURNEY.replace("steps:\n", f"matrix: {{villa.power: [on]}}\ntable: {rows}\nsteps:\n")
    text = text.replace("do: stop_now, hub: villa", "do: stop_now, hub: $hub")
    for case in language().cases("", text).scenarios:
        result = scenario_text(text, case, [0, BENCH_ACTION], language(), NO_FRAGMENTS)

        again = language().cases("", result).scenarios
        assert [each.case for each in again] == [case.case]
        assert again[0].world == case.world


def test_the_steps_of_a_fragment_are_not_copied_into_the_file() -> None:
    scenario = first(BEGINS, OneFragment())

    result = scenario_text(BEGINS, scenario, [0, 1, BENCH_ACTION], language(), OneFragment())

    assert "begin: a-dealer" in result
    assert sources(first(result, OneFragment()))[:2] == sources(scenario)[:2]
    assert "create_object" not in result


@pytest.mark.parametrize("played", [[BENCH_ACTION, 0, 1], [BENCH_ACTION]])
def test_manual_steps_inside_a_fragment_cannot_be_saved(played: list[Done]) -> None:
    with pytest.raises(CannotWrite, match="cannot be inserted into a fragment: add them from step 2 on"):
        scenario_text(BEGINS, first(BEGINS, OneFragment()), played, language(), OneFragment())


def test_a_session_without_steps_cannot_be_saved() -> None:
    with pytest.raises(CannotWrite, match="no step has been played yet"):
        scenario_text(JOURNEY, first(JOURNEY), [], language(), NO_FRAGMENTS)


def test_a_file_with_errors_since_the_start_is_reported() -> None:
    with pytest.raises(CannotWrite, match="it has mistakes"):
        scenario_text("scenario: cut off", first(JOURNEY), [0], language(), NO_FRAGMENTS)


def test_a_file_that_was_changed_since_the_start_is_reported() -> None:
    shorter = JOURNEY[: JOURNEY.index("  - {as: ivan, do: activate")]

    with pytest.raises(CannotWrite, match="file was changed after it was read"):
        scenario_text(shorter, first(JOURNEY), [0, 1, BENCH_ACTION], language(), NO_FRAGMENTS)
