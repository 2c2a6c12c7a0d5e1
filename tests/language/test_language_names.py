"""Where a declared name may stand, in the product's own language: what counts as a company, typed ids."""

import pytest

from hubsim_scenarios.language.errors import ScenarioError
from hubsim_scenarios.language.steps import PersonStep, Scenario
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language

APPOINTED = """\
scenario: Names
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: {olga: null, rita: null, tess: {operator: yes}}
  companies:
    wolf: {owner: olga, country: PL, dealer: yes}
    eastguard: {owner: rita, country: PL}
steps:
"""
HEAD = """\
scenario: Names
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, rita]
  companies:
    wolf: {owner: olga, country: PL}
  resellers:
    northwatch: {owner: rita, country: PL}
  hubs:
    front-door: {model: hub-2, company: wolf, object: villa}
steps:
"""


def read(step: str) -> PersonStep:
    outcome = language().read("names.yaml", f"{HEAD}  - {step}\n")
    assert isinstance(outcome, Scenario), outcome
    act = outcome.steps[0]
    assert isinstance(act, PersonStep)
    return act


def mistakes(step: str) -> tuple[ScenarioError, ...]:
    outcome = language().read("names.yaml", f"{HEAD}  - {step}\n")
    assert isinstance(outcome, tuple)
    return outcome


@pytest.mark.parametrize(("name", "kind"), [("wolf", AliasKind.COMPANY), ("northwatch", AliasKind.RESELLER)])
def test_a_reseller_is_a_company_also(name: str, kind: AliasKind) -> None:
    act = read(f"{{as: rita, do: switch_account, company: {name}}}")

    assert act.fields == {"company": AliasRef(kind, name)}


def test_a_company_is_not_a_reseller_by_its_name_alone() -> None:
    (mistake,) = mistakes("{as: olga, do: send_request, reseller: wolf}")

    assert "'wolf' is a company, a reseller is expected here" in str(mistake)


def test_a_company_that_was_appointed_is_a_reseller_from_then_on() -> None:
    steps = (
        "  - {as: tess, do: appoint_reseller, company: eastguard, email: e@x.test}\n"
        "  - {as: olga, do: send_request, reseller: eastguard}\n"
    )

    outcome = language().read("names.yaml", APPOINTED + steps)

    assert isinstance(outcome, Scenario), outcome
    assert play_virtual(outcome).result.verdict is Verdict.PASS


def test_a_company_that_was_not_appointed_stays_what_it_is() -> None:
    steps = (
        "  - {as: tess, do: appoint_reseller, company: eastguard, email: e, refused: invalid_email}\n"
        "  - {as: olga, do: send_request, reseller: eastguard}\n"
    )

    outcome = language().read("names.yaml", APPOINTED + steps)

    assert isinstance(outcome, tuple)
    assert "'eastguard' is a company, a reseller is expected here" in str(outcome[0])


def test_the_owner_of_a_hub_in_the_world_is_a_company_and_no_reseller() -> None:
    text = HEAD.replace("company: wolf, object", "company: northwatch, object")
    outcome = language().read("names.yaml", text + "  - {as: olga, sees: accounts}\n")

    assert isinstance(outcome, tuple)
    assert "'northwatch' is a reseller, a company is expected here" in str(outcome[0])


def test_a_hub_is_added_by_name_or_by_an_id_that_somebody_types() -> None:
    named = read("{as: olga, do: add_hub, object: villa, hub: front-door, model: hub-2}")
    typed = read('{as: olga, do: add_hub, object: villa, hub: "12ab", model: hub-2}')

    assert named.fields["hub"] == AliasRef(AliasKind.HUB, "front-door")
    assert typed.fields["hub"] == "12ab"


@pytest.mark.parametrize(
    "step",
    [
        "{as: olga, do: add_hub, object: villa, hub: 12ab, model: hub-2}",
        '{as: olga, do: remove_hub, hub: "12ab"}',
    ],
)
def test_an_id_without_quotes_or_where_nobody_types_one_is_an_unknown_name(step: str) -> None:
    (mistake,) = mistakes(step)

    assert "no hub is called '12ab'" in str(mistake)
