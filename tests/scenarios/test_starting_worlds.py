"""The world before the first step: every declared thing exists and belongs to its declared owner."""

import pytest

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language


def play(text: str) -> tuple[Verdict, str]:
    outcome = language().read("world.yaml", text)
    assert isinstance(outcome, Scenario), outcome
    result = play_virtual(outcome).result
    return result.verdict, result.reason


def test_a_hub_belongs_to_its_company_even_if_the_owner_works_for_another() -> None:
    played = play("""\
scenario: An owner who is employed elsewhere
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan]
  companies:
    wolf: {owner: olga, country: PL}
    lynx: {owner: ivan, country: PL, employees: {olga: installer}}
  hubs:
    front-door: {model: hub-2, company: wolf, object: villa}
steps:
  - {as: ivan, sees: objects, shows: {objects: []}}
  - {as: olga, do: switch_account, company: wolf}
  - {as: olga, sees: objects, shows: {objects: [{object: '@villa', hubs: ['@front-door']}]}}
""")

    assert played == (Verdict.PASS, "")


def test_an_operator_appoints_resellers_and_has_no_account() -> None:
    played = play("""\
scenario: The service's own staff
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: {tess: {operator: yes}, sam: null}
  companies:
    eastguard: {owner: sam, country: PL}
steps:
  - {as: sam, do: appoint_reseller, company: eastguard, email: office@example.test, refused: not_permitted}
  - {as: tess, do: appoint_reseller, company: eastguard, email: office@example.test}
  - {as: sam, sees: company, shows: {is_reseller: yes}}
  - {as: tess, sees: accounts, refused: not_permitted}
""")

    assert played == (Verdict.PASS, "")


@pytest.mark.parametrize(
    ("iccid", "refused"),
    [("8988300000000000013", ""), ("8988300000000000014", ", refused: bad_card")],
    ids=["a good number", "a wrong check digit"],
)
def test_a_card_can_have_a_chosen_number(iccid: str, refused: str) -> None:
    played = play(f"""\
scenario: A card with a number
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  sims:
    a1: {{kind: ajax, iccid: "{iccid}"}}
  hubs:
    front-door: {{model: hub-2}}
steps:
  - {{bench: front-door, do: insert_sim, slot: 1, sim: a1{refused}}}
""")

    assert played == (Verdict.PASS, "")
