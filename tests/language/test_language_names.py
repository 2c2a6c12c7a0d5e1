"""The use of declared names in the product's language: names of companies and Resellers, typed ids."""

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
def test_a_reseller_is_also_a_company(name: str, kind: AliasKind) -> None:
    act = read(f"{{as: rita, do: switch_account, company: {name}}}")

    assert act.fields == {"company": AliasRef(kind, name)}


def test_a_company_is_not_a_reseller() -> None:
    (mistake,) = mistakes("{as: olga, do: send_request, reseller: wolf}")

    assert "'wolf' is a company; a reseller is expected here" in str(mistake)


def test_a_company_is_a_reseller_after_its_appointment() -> None:
    steps = (
        "  - {as: tess, do: appoint_reseller, company: eastguard, email: e@x.test}\n"
        "  - {as: olga, do: send_request, reseller: eastguard}\n"
    )

    outcome = language().read("names.yaml", APPOINTED + steps)

    assert isinstance(outcome, Scenario), outcome
    assert play_virtual(outcome).result.verdict is Verdict.PASS


def test_a_company_whose_appointment_is_refused_is_not_a_reseller() -> None:
    steps = (
        "  - {as: tess, do: appoint_reseller, company: eastguard, email: e, refused: invalid_email}\n"
        "  - {as: olga, do: send_request, reseller: eastguard}\n"
    )

    outcome = language().read("names.yaml", APPOINTED + steps)

    assert isinstance(outcome, tuple)
    assert "'eastguard' is a company; a reseller is expected here" in str(outcome[0])


def test_a_hub_in_the_world_belongs_to_a_company_and_not_to_a_reseller() -> None:
    text = HEAD.replace("company: wolf, object", "company: northwatch, object")
    outcome = language().read("names.yaml", text + "  - {as: olga, sees: accounts}\n")

    assert isinstance(outcome, tuple)
    assert "'northwatch' is a reseller; a company is expected here" in str(outcome[0])


def test_a_hub_is_added_by_name_or_by_an_id_in_quotes() -> None:
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
def test_an_id_without_quotes_or_in_another_field_is_an_unknown_name(step: str) -> None:
    (mistake,) = mistakes(step)

    assert "no hub is called '12ab'" in str(mistake)
