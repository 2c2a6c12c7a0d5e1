"""Mistakes under `shows:` are found when the file is read: the views say which fields they have."""

import pytest

from hubsim_scenarios.language.errors import ScenarioError
from hubsim_scenarios.language.steps import PersonSees, Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.reports.diff import contrast

HEAD = """\
scenario: What is shown
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga]
  companies: {wolf: {owner: olga, country: PL, dealer: yes}}
  hubs: {villa: {model: hub-2, company: wolf, object: house}}
steps:
"""


def mistakes(step: str) -> list[tuple[int, str]]:
    """Return column and text of each mistake in a file with this one step."""
    outcome = language().read("shown.yaml", f"{HEAD}  - {{{step}}}\n")
    assert isinstance(outcome, tuple)
    assert all(isinstance(error, ScenarioError) and error.line == 8 for error in outcome)
    return [(error.column, f"{error.text} {error.hint}") for error in outcome]


def test_a_bare_name_where_an_id_is_shown_is_told_how_it_is_compared() -> None:
    steps = "  - {as: olga, sees: objects, shows: {objects: [{object: house, hubs: ['@villa']}]}}\n"
    scenario = language().read("shown.yaml", HEAD + steps)
    assert isinstance(scenario, Scenario)

    told = contrast(play_virtual(scenario).result.reason)

    assert told[0] == "shows.objects[0].object"
    assert told[-1] == "  to compare an id, write '@house'"


@pytest.mark.parametrize(
    ("shows", "word", "text"),
    [
        ("{tabz: [objects]}", "tabz", "unknown field 'tabz' in a navigation view; did you mean 'tabs'?"),
        ("{tabs: objects}", "objects", "is expected"),
        ("[objects]", "[", "is expected"),
    ],
)
def test_a_slip_in_a_view_is_told_with_its_place(shows: str, word: str, text: str) -> None:
    step = f"as: olga, sees: navigation, shows: {shows}"

    ((column, told),) = mistakes(step)

    assert column == len("  - {") + step.rindex(word) + 1
    assert text in told.replace(" did", "; did").replace(";;", ";")


def test_every_slip_in_the_rows_of_a_view_is_told() -> None:
    told = mistakes(
        "as: olga, sees: device_list, object: house, "
        "shows: {hubs: {has: [{tile: activatd, star: maybe, hubb: '@villa'}]}}"
    )

    assert [text.partition(" ")[0] for _, text in told] == ["'activatd'", "'maybe'", "unknown"]


@pytest.mark.parametrize(
    "step",
    [
        "as: olga, sees: hub_information, hub: villa, shows: {ends_at_ms: null, hub: '@villa', star: off}",
        "as: olga, sees: company_history, shows: {rows: {has: [{fact: hub_added, details: {any: thing}}]}}",
        "as: olga, sees: objects, shows: {objects: {count: 1, not: {empty: yes}}}",
    ],
)
def test_what_a_view_has_can_be_expected_under_the_name_it_is_shown(step: str) -> None:
    outcome = language().read("shown.yaml", f"{HEAD}  - {{{step}}}\n")

    assert isinstance(outcome, Scenario), outcome
    assert isinstance(outcome.steps[0], PersonSees)
