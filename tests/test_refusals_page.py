"""The page about refusals: it is read from the program, and agrees with what the catalog shows."""

from collections.abc import Mapping

import pytest

from hubsim_cloud.domain.decide_services import handle_activate, handle_resume, handle_stop_now
from hubsim_cloud.domain.refusals import RefusalName
from hubsim_contract.docstrings import documented_texts
from hubsim_scenarios.pages.refusal_checks import refusals_in_order
from hubsim_scenarios.pages.refusals import RefusedStep, checks_by_action, refusals_page, refused_steps
from hubsim_scenarios.product.closed_words import CLOUD_UNREACHABLE
from hubsim_scenarios.product.files import CATALOG, find, read
from hubsim_simulator.hardware.refusals import BenchRefusal


@pytest.fixture(scope="module")
def steps() -> Mapping[str, tuple[RefusedStep, ...]]:
    """Return the refused steps of the catalog."""
    return refused_steps(read(find([CATALOG])), str)


def test_the_checks_are_in_the_order_of_the_program() -> None:
    names = refusals_in_order(handle_activate)
    assert names[0] is RefusalName.NOT_SIGNED_IN
    told = [
        names.index(RefusalName(name)) for name in ("not_a_dealer", "sim_not_installed", "already_active")
    ]
    assert told == sorted(told)
    assert names[-1] is RefusalName.RESELLER_REQUIRED


def test_the_refusals_of_a_state_machine_are_those_of_the_action() -> None:
    assert refusals_in_order(handle_resume)[-1] is RefusalName.NOT_EXPIRING
    assert refusals_in_order(handle_stop_now)[-1] is RefusalName.NOT_ACTIVE
    assert RefusalName.NOT_EXPIRING not in refusals_in_order(handle_stop_now)


def test_every_refusal_that_the_catalog_shows_is_among_the_checks_of_its_action(
    steps: Mapping[str, tuple[RefusedStep, ...]],
) -> None:
    checks = checks_by_action()
    by_apps_and_operator = {RefusalName.NOT_PERMITTED}
    missing = [
        (step.action, name)
        for name, refused in steps.items()
        if name in set(RefusalName) - by_apps_and_operator
        for step in refused
        if name not in checks[step.action]
    ]
    assert missing == []


def test_every_refusal_is_given_by_an_action_and_shown_in_the_catalog(
    steps: Mapping[str, tuple[RefusedStep, ...]],
) -> None:
    given = {name for names in checks_by_action().values() for name in names}
    assert given == set(RefusalName)
    assert {*RefusalName, *BenchRefusal, CLOUD_UNREACHABLE} <= steps.keys()


def test_every_refusal_has_a_meaning() -> None:
    assert documented_texts(RefusalName).keys() == RefusalName.__members__.keys()
    assert documented_texts(BenchRefusal).keys() == BenchRefusal.__members__.keys()


def test_a_section_has_meaning_actions_example_and_answer(
    steps: Mapping[str, tuple[RefusedStep, ...]],
) -> None:
    page = refusals_page(steps)
    section = page[page.index("### `foreign_sim`") :].split("###")[1]
    assert "The cards in the hub are not Ajax SIM cards. Given by `activate`, `confirmation`." in section
    assert "refused: foreign_sim}" in section
    assert "> No SIM card in the hub is an Ajax SIM: insert one." in section
