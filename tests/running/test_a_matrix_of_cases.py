"""A matrix makes a separate scenario from each combination of its values."""

import pytest
from small_scenarios import HOLDS

from hubsim_scenarios.language.language import ScenarioFile
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language

MATRIX_LINE = HOLDS.splitlines().index("steps:") + 1


def found(matrix: str, text: str = HOLDS) -> ScenarioFile:
    return language().cases("x.yaml", text.replace("steps:\n", f"matrix: {matrix}\nsteps:\n"))


def cases(matrix: str) -> tuple[Scenario, ...]:
    read = found(matrix)
    assert read.mistakes == (), "\n".join(map(str, read.mistakes))
    return read.scenarios


def mistake(matrix: str, text: str = HOLDS) -> str:
    read = found(matrix, text)
    assert read.scenarios == ()
    (only,) = read.mistakes
    assert only.line == MATRIX_LINE
    return f"{only.column}: {only.text}" + (f"; {only.hint}" if only.hint else "")


def test_a_file_without_a_matrix_has_one_case_without_a_name() -> None:
    (only,) = language().cases("x.yaml", HOLDS).scenarios

    assert (only.title, only.case) == ("A hub with a cable is green", {})


def test_every_combination_of_values_is_a_case_with_its_own_title() -> None:
    read = cases("{model: [hub-2, hub-2-plus], links: [[ethernet], [], [ethernet, wifi]]}")

    assert [each.title.partition(" [")[2] for each in read] == [
        "model=hub-2, links=ethernet]",
        "model=hub-2, links=none]",
        "model=hub-2, links=ethernet+wifi]",
        "model=hub-2-plus, links=ethernet]",
        "model=hub-2-plus, links=none]",
        "model=hub-2-plus, links=ethernet+wifi]",
    ]
    assert read[3].case == {"model": "hub-2-plus", "links": "ethernet"}
    assert read[3].world.hubs["villa"].model == "hub-2-plus"
    assert [each.world.hubs["villa"].links for each in read[:3]] == [
        ("ethernet",),
        (),
        ("ethernet", "wifi"),
    ]


def test_an_axis_sets_a_field_of_one_hub_or_a_setting() -> None:
    first, second = cases("{villa.power: [on, off], carrier.cut_delay_ms: [2 h]}")

    assert (first.world.hubs["villa"].power, second.world.hubs["villa"].power) == (True, False)
    assert first.settings == {"carrier": {"cut_delay_ms": 7_200_000}}
    assert second.case == {"villa.power": "off", "carrier.cut_delay_ms": "2 h"}


def test_an_axis_without_a_name_sets_the_field_of_every_hub() -> None:
    two = HOLDS.replace("  hubs:\n", "  hubs:\n    barn: {model: hub-4g}\n")

    (case,) = found("{model: [hub-2]}", two).scenarios

    assert {hub.model for hub in case.world.hubs.values()} == {"hub-2"}


def test_every_case_is_played_with_its_own_values() -> None:
    plays = [play_virtual(case).result for case in cases("{villa.links: [[ethernet], []]}")]

    assert [play.verdict for play in plays] == [Verdict.PASS, Verdict.FAIL]


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (
            "{model: [hub-2, hub-9]}",
            "25: 'hub-9' is not a hub model; did you mean 'hub-2'?",
        ),
        (
            "{modell: [hub-2]}",
            "10: 'modell' is not a field of hubs that can be varied; did you mean 'model'?",
        ),
        (
            "{vila.model: [hub-2]}",
            "10: 'vila' is neither a declared thing nor a group of settings; did you mean 'villa'?",
        ),
        (
            "{villa.modl: [hub-2]}",
            "10: 'modl' cannot be varied in 'villa'; did you mean 'model'?",
        ),
        (
            "{villa.object: [attic]}",
            "10: 'object' cannot be varied in 'villa'",
        ),
        (
            "{carrier.cut: [0 s]}",
            "10: 'cut' cannot be varied in 'carrier'",
        ),
        (
            "{model: [hub-2, hub-2]}",
            "25: duplicate value 'hub-2'",
        ),
        (
            "{model: hub-2}",
            "17: a list of values (each: a hub model (...)) is expected here, not a word; write [hub-2]",
        ),
        (
            "{model: []}",
            "17: the list of values of 'model' is empty; add a value",
        ),
        (
            "[model]",
            "9: a mapping from a place to the list of its values is expected here, not a list",
        ),
        (
            "{model: [hub], villa.model: [hub-2]}",
            "24: the axis 'villa.model' fills the same place as the axis 'model'",
        ),
    ],
)
def test_a_mistake_in_a_matrix_is_reported_with_line_and_column(matrix: str, expected: str) -> None:
    text = mistake(matrix)

    begin, _, rest = expected.partition("(...)")
    assert text.startswith(begin)
    assert text.endswith(rest)


def test_a_wrong_value_is_reported_once_for_all_cases() -> None:
    assert mistake("{links: [[ethernet], [wifi]], model: [hub-9]}").startswith(
        "47: 'hub-9' is not a hub model"
    )


def test_too_many_cases_are_refused() -> None:
    percent = ", ".join(f"{number} s" for number in range(201))

    found = mistake(f"{{carrier.cut_delay_ms: [{percent}]}}")

    assert found == "9: the matrix has 201 cases; at most 200 are allowed"


def test_a_case_that_puts_a_card_into_two_slots_is_refused() -> None:
    two = HOLDS.replace("  hubs:\n", "  sims: {a1: ajax}\n  hubs:\n    barn: {model: hub-4g}\n")

    (only,) = found("{slots: [{1: a1}]}", two).mistakes

    assert only.text == "the sim 'a1' is in two slots in the case slots=1:a1"


def test_a_field_of_hubs_cannot_be_varied_without_hubs() -> None:
    bare = "scenario: x\nclock: 2026-01-15 09:00 UTC\nworld: {people: [olga]}\nsteps:\n  - {clock: +1 d}\n"

    (only,) = found("{model: [hub-2]}", bare).mistakes

    assert only.text == "'model' is a field of hubs, but the world has no hubs"
