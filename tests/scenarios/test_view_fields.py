"""The reader finds mistakes under `shows:`, because it has the fields of each view."""

import pytest

from hubsim_scenarios.language.errors import ScenarioError
from hubsim_scenarios.language.matching import match
from hubsim_scenarios.language.patterns import TextPattern
from hubsim_scenarios.language.steps import PersonSees, Scenario
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.product.vocabulary import language

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
    """Return the column and text of each mistake in a file with this step."""
    outcome = language().read("shown.yaml", f"{HEAD}  - {{{step}}}\n")
    assert isinstance(outcome, tuple)
    assert all(isinstance(error, ScenarioError) and error.line == 8 for error in outcome)
    return [(error.column, f"{error.text} {error.hint}") for error in outcome]


def test_a_mismatch_between_a_name_and_an_id_gets_a_hint() -> None:
    aliases = Aliases(seed=1)
    aliases.know(AliasKind.OBJECT, "house", "object-1")
    mismatch = match(TextPattern("house"), "object-1", aliases.any_id, "shows.objects[0].object")
    assert mismatch is not None

    assert aliases.hint(mismatch) == "to compare an id, write '@house'"


@pytest.mark.parametrize(
    ("shows", "word", "text"),
    [
        ("{tabz: [objects]}", "tabz", "unknown field 'tabz' in a navigation view; did you mean 'tabs'?"),
        ("{tabs: objects}", "objects", "is expected"),
        ("[objects]", "[", "is expected"),
    ],
)
def test_a_mistake_in_a_view_is_reported_with_its_place(shows: str, word: str, text: str) -> None:
    step = f"as: olga, sees: navigation, shows: {shows}"

    ((column, mistake),) = mistakes(step)

    assert column == len("  - {") + step.rindex(word) + 1
    assert text in mistake.replace(" did", "; did").replace(";;", ";")


def test_every_mistake_in_the_rows_of_a_view_is_reported() -> None:
    found = mistakes(
        "as: olga, sees: device_list, object: house, "
        "shows: {hubs: {has: [{tile: activatd, star: maybe, hubb: '@villa'}]}}"
    )

    assert [text.partition(" ")[0] for _, text in found] == ["'activatd'", "'maybe'", "unknown"]


@pytest.mark.parametrize(
    "step",
    [
        "as: olga, sees: hub_information, hub: villa, shows: {ends_at_ms: null, hub: '@villa', star: off}",
        "as: olga, sees: company_history, shows: {rows: [{fact: hub_added, details: {hub: '@villa'}}]}",
        "as: olga, sees: objects, shows: {objects: {count: 1, not: {empty: yes}}}",
    ],
)
def test_the_fields_of_a_view_can_be_expected_by_their_names(step: str) -> None:
    outcome = language().read("shown.yaml", f"{HEAD}  - {{{step}}}\n")

    assert isinstance(outcome, Scenario), outcome
    assert isinstance(outcome.steps[0], PersonSees)
