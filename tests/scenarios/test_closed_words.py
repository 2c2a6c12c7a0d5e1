"""Words of closed sets are checked when a file is read. A wrong word would make `never` and `not` pass."""

import pytest

from hubsim_cloud.domain.market import market_of
from hubsim_contract.wire.icons import ICON_NAMES
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.product.vocabulary import language
from hubsim_simulator.hardware.profile import ModelProfile

HEAD = """\
scenario: A short one
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs: {villa: {model: hub-2, links: [ethernet]}}
steps:
"""


def mistakes(fields: str) -> list[str]:
    found = language().read("short.yaml", f"{HEAD}  - {{never: villa, for: 1 h, {fields}}}\n".encode())
    return [] if isinstance(found, Scenario) else [error.text for error in found]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("generation: 4g", "generation: 4G"),
        ("icons: {has: [starr]}", "icons: {has: [star]}"),
        ("icons: [star, battery_99]", "icons: [star, battery_95]"),
        ("sim_profile: activ", "sim_profile: active"),
        ("sims: {7: ok}", "sims: {1: ok}"),
        ("sims: {1: okay}", "sims: {1: ok}"),
        ("link: conected", "link: connecting"),
        ("shows: {icons: {not: {has: [stra]}}}", "shows: {icons: {not: {has: [star]}}}"),
        ("icons: {has: []}", "icons: {empty: on}"),
        ("shows: {}", "shows: {led: red}"),
    ],
)
def test_a_word_that_is_never_seen_is_a_mistake(wrong: str, right: str) -> None:
    assert mistakes(wrong) != []
    assert mistakes(right) == []


@pytest.mark.parametrize("icon", ICON_NAMES)
def test_every_icon_can_be_expected(icon: str) -> None:
    assert mistakes(f"icons: {{has: [{icon}]}}") == []


WORLD = """\
scenario: A short one
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
  sims: {a1: ajax}
  hubs: {cabin: {model: hub-4g, company: wolf, object: house, slots: {1: a1}}}
steps:
"""


@pytest.mark.parametrize(
    ("step", "mistake"),
    [
        (
            "{as: rita, sees: payment_history, shows: {invoices: {not: {has: [{dealer: wolf}]}}}}",
            "'wolf' is not the id of a company or reseller (`'@name'`); write '@wolf'",
        ),
        (
            "{expect: billing, invoices: {not: {has: [{month: 2026-9}]}}}",
            "'2026-9' is not a month; did you mean '2026-09'?",
        ),
        (
            "{expect: billing, invoices: [{dealer: '@house'}]}",
            "'house' is an object; a company or reseller is expected here; use one of: northwatch, wolf",
        ),
        (
            "{expect: mailbox, of: olga, mails: {not: {has: [{kind: conection_approved}]}}}",
            "'conection_approved' is not a mail kind; did you mean 'connection_approved'?",
        ),
        (
            "{never: cabin, app: {events: {has: [lid_open]}}, for: 1 h}",
            "'lid_open' is not a detected event; did you mean 'lid_opened'?",
        ),
        (
            "{never: cabin, sims: {2: ok}, for: 1 h}",
            "there is no slot 2: a hub-4g has 1 SIM slot; use slot 1",
        ),
        (
            "{bench: cabin, do: remove_sim, slot: 2}",
            "there is no slot 2: a hub-4g has 1 SIM slot; use slot 1",
        ),
        (
            "{as: olga, sees: hub_information, hub: cabin, shows: {active_sim: {not: 2}}}",
            "there is no slot 2: a hub-4g has 1 SIM slot; use slot 1",
        ),
        ("{never: cabin, tile: null, for: 1 h}", "the value is never null; a tile"),
        (
            "{never: cabin, tile: {empty: on}, for: 1 h}",
            "'empty' is for lists, texts and fields that can be null",
        ),
        (
            "{never: cabin, battery_percent: 42, for: 1 h}",
            "'42' is not a whole number from 0 to 100, in steps of 5",
        ),
        ("{never: cabin, tile: '@cabin', for: 1 h}", "'@cabin' is the id of a thing; a tile"),
        (
            "{expect: cabin, app: {not: {tile: none}}}",
            "a group is a mapping of its fields, not a pattern word",
        ),
        ("{order: [{event: nothing}]}", "'nothing' is not a kind of event; use one of: act, answered, bench"),
        (
            "{order: [{event: published, fact: hub_added}]}",
            "unknown field 'fact' in an event of the kind 'published'; use one of: at_ms, event, message, ",
        ),
        (
            "{order: [{event: fact, fact: hub_added, tile: none}]}",
            "unknown field 'tile' in an event of the kind 'hub_added'",
        ),
        ("{order: [{refused: null, rule: MQ-7}]}", "no kind of event has both 'refused' and 'rule'"),
        (
            "{order: [{event: connection_lost, who: cabin}]}",
            "'cabin' is not an allowed word (`carrier`, `cloud`), or the id of a hub (`'@name'`); write '@",
        ),
        (
            "{order: [{event: published, topic: hubs/cabin/desired}]}",
            "'hubs/cabin/desired' is not a topic; for example",
        ),
        ("{as: olga, do: activate, hub: cabin, package: gold}", "'gold' is not a package"),
        (
            "{as: olga, sees: navigation, shows: {tabs: {not: {has: [objcts]}}}}",
            "'objcts' is not an allowed word",
        ),
        (
            "{never: cabin, tile: {one_of: [none, activatd]}, for: 1 h}",
            "'activatd' is not a tile; did you mean 'activated'?",
        ),
        (
            "{never: cabin, battery_percent: {at_least: 101}, for: 1 h}",
            "'101' is not a whole number from 0 to 100, in steps of 5",
        ),
        (
            "{never: cabin, tile: {contains: activ}, for: 1 h}",
            "'contains' compares free text; a tile",
        ),
        (
            "{never: cabin, tile: {more_than: 3}, for: 1 h}",
            "'more_than' compares numbers, durations and instants; a tile",
        ),
        (
            "{expect: cabin, tile: {one_of: [{keep: now}, none]}}",
            "'keep' cannot be used here: only one of the patterns under 'one_of' has to match",
        ),
        (
            "{as: olga, sees: confirmation, hub: cabin, action: activate, shows: {confirm: {en: Activat}}}",
            "'Activat' is not an English text of the apps; did you mean 'Activate'?",
        ),
    ],
)
def test_a_wrong_word_has_a_message_with_the_right_one(step: str, mistake: str) -> None:
    found = language().read("x.yaml", f"{WORLD}  - {step}\n")

    assert not isinstance(found, Scenario)
    assert [str(error).partition(": ")[2][: len(mistake)] for error in found] == [mistake]


@pytest.mark.parametrize(
    "step",
    [
        "{bench: cabin, do: remove_sim, slot: 2, refused: no_such_slot}",
        "{bench: cabin, do: plug, link: bluetooth, refused: no_such_link}",
        "{as: olga, do: activate, hub: cabin, package: gold, refused: package_not_found}",
    ],
)
def test_a_step_that_expects_a_refusal_may_name_what_does_not_exist(step: str) -> None:
    assert isinstance(language().read("x.yaml", f"{WORLD}  - {step}\n"), Scenario)


def test_the_slots_of_a_users_model_are_known() -> None:
    model = ModelProfile(name="hub-x", sim_slots=3, generations=("4G",), ethernet=True, wifi=False)
    text = WORLD.replace("hub-4g", "hub-x") + "  - {bench: cabin, do: remove_sim, slot: 4}\n"

    wrong = language(frozenset([model])).read("x.yaml", text)

    assert isinstance(wrong, tuple)
    assert (
        str(wrong[0]) == "x.yaml:10:42: there is no slot 4: a hub-x has 3 SIM slots; use a slot from 1 to 3"
    )


def test_a_matrix_allows_the_slots_that_every_model_has() -> None:
    text = WORLD.replace("steps:", "matrix: {cabin.model: [hub-4g, hub-2-plus]}\nsteps:")

    wrong = language().read("x.yaml", text + "  - {expect: cabin, sims: {2: missing}}\n")

    assert isinstance(wrong, tuple)
    assert "a hub-4g has 1 SIM slot" in wrong[0].text


def test_a_package_of_a_users_market_is_known_and_that_of_the_program_is_not() -> None:
    market = market_of({"packages": {"gold": {"name": "Gold", "fee_cents": 1234, "currency": "PLN"}}})
    words = language(market=market)
    step = "  - {as: olga, do: activate, hub: cabin, package: PACKAGE}\n"

    assert isinstance(words.read("x.yaml", WORLD + step.replace("PACKAGE", "gold")), Scenario)
    assert not isinstance(words.read("x.yaml", WORLD + step.replace("PACKAGE", "ajax-sim")), Scenario)


def test_kept_values_and_bounds_work_in_fields_with_a_form() -> None:
    steps = (
        "  - {expect: cabin, app: {tile: {keep: tile}}, sims: {1: {one_of: [ok, missing]}}}\n"
        "  - {expect: billing, invoices: {count: {at_most: 3}}}\n"
        "  - {expect: cabin, tile: $tile}\n"
        "  - {order: [{event: refused_message, topic: {regex: /reported$}, at_ms: {more_than: 5}}]}\n"
    )
    found = language().read("x.yaml", WORLD + steps)

    assert isinstance(found, Scenario), [str(error) for error in found]
