"""The pop-up before every action on services: it shows what confirming would do, and changes nothing (A8)."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_play import SETTINGS, acting
from service_play import HUB, ServicePlay, instant

from hubsim_cloud.domain.commands import (
    Activate,
    BaseCommand,
    ChangeRole,
    RemoveEmployee,
    Resume,
    ScheduleDeactivation,
    StopNow,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.decide import decide
from hubsim_cloud.domain.queries import ServiceConfirmation
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor, EmployeeRole, Screen, ServiceAction
from hubsim_cloud.domain.ui_texts import BUTTONS, CONFIRM, QUESTIONS, SCREENS, SECOND_TILES, TILES, UiText
from hubsim_contract.wire.service import SecondTile, Tile

COMMANDS: dict[ServiceAction, type[BaseCommand]] = {
    ServiceAction.ACTIVATE: Activate,
    ServiceAction.SCHEDULE_DEACTIVATION: ScheduleDeactivation,
    ServiceAction.RESUME: Resume,
    ServiceAction.STOP_NOW: StopNow,
}


def pop_up(action: ServiceAction) -> ServiceConfirmation:
    return ServiceConfirmation(hub=HUB, action=action)


def test_the_pop_up_of_an_activation_has_package_and_reseller() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    view: Any = play.sees(dealer, pop_up(ServiceAction.ACTIVATE))

    assert view.tile == UiText("Activation required", "Wymagana aktywacja")
    assert view.confirm == UiText("Activate", "Aktywuj")
    assert (view.package, view.reseller) == ("ajax-sim", "company-2")
    assert (view.screen, view.ends_at_ms) == (Screen.DEVICE_LIST, None)


def test_the_pop_up_of_a_deactivation_has_the_end() -> None:
    play = ServicePlay()
    dealer = play.active()

    view: Any = play.sees(dealer, pop_up(ServiceAction.SCHEDULE_DEACTIVATION))

    assert view.tile == UiText("Activated", "Aktywowane")
    assert view.title == view.confirm == UiText("Deactivate", "Dezaktywuj")
    assert view.ends_at_ms == instant("2026-02-01 00:00")
    assert view.screen is Screen.SERVICES_WILL_EXPIRE_SOON


def test_stop_now_is_confirmed_with_stop_on_the_tile_aktywny_or_wygasa_wkrotce_x3() -> None:
    play = ServicePlay()
    dealer = play.active()
    active: Any = play.sees(dealer, pop_up(ServiceAction.STOP_NOW))
    play.does(dealer, ScheduleDeactivation(hub=HUB))
    expiring: Any = play.sees(dealer, pop_up(ServiceAction.STOP_NOW))

    assert (active.title.pl, active.confirm.pl) == ("Zatrzymaj teraz", "Zatrzymaj")
    assert (active.tile.pl, expiring.tile.pl) == ("Aktywny", "Wygasa wkrótce")


def test_a_change_by_another_person_between_pop_up_and_confirmation_refuses_the_confirmation() -> None:
    play = ServicePlay()
    olga = play.active()
    ivan = play.employee(olga, "ivan", EmployeeRole.INSTALLER)
    play.sees(ivan, pop_up(ServiceAction.SCHEDULE_DEACTIVATION))
    play.does(olga, StopNow(hub=HUB))

    assert play.refused(ivan, ScheduleDeactivation(hub=HUB)) == "not_active"
    assert play.sees_not(ivan, pop_up(ServiceAction.SCHEDULE_DEACTIVATION)) == "not_active"


def test_the_rights_at_the_confirmation_count() -> None:
    play = ServicePlay()
    olga = play.active()
    ivan = play.employee(olga, "ivan", EmployeeRole.INSTALLER)
    in_the_app = Actor(person=ivan.person, account=ivan.account)
    play.sees(in_the_app, pop_up(ServiceAction.STOP_NOW))
    play.does(olga, RemoveEmployee(employee=str(ivan.person)))

    assert play.refused(in_the_app, StopNow(hub=HUB)) == "not_a_member"
    assert play.sees_not(in_the_app, pop_up(ServiceAction.STOP_NOW)) == "not_a_member"


def test_a_month_end_between_pop_up_and_confirmation_refuses_resume() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, ScheduleDeactivation(hub=HUB))
    play.passes_to(instant("2026-02-01 00:00") - 1)
    play.sees(dealer, pop_up(ServiceAction.RESUME))

    outcome = play.attempt(dealer, Resume(hub=HUB))

    assert isinstance(outcome, Refusal)
    assert outcome.text == "The services of this hub ended on 1 February 2026: activate them again."


STEPS = st.lists(st.sampled_from([*ServiceAction, "month", "demote"]), min_size=1, max_size=8)


@settings(max_examples=50, deadline=None)
@given(STEPS)
def test_the_pop_up_answers_what_the_command_would_and_changes_nothing(steps: list[Any]) -> None:
    play = ServicePlay()
    olga = play.dealer_with_hub()
    ivan = play.employee(olga, "ivan", EmployeeRole.INSTALLER)
    for step in steps:
        if step == "month":
            play.passes_to(play.now_ms + 40 * 86_400_000)
        elif step == "demote":
            play.attempt(olga, ChangeRole(employee=str(ivan.person), role=EmployeeRole.SERVICE_MANAGER))
        else:
            play.attempt(acting(ivan, str(ivan.account)), COMMANDS[step](hub=HUB))
        before = deepcopy(play.state)
        for action, command in COMMANDS.items():
            seen = play.looks(ivan, pop_up(action))
            decided = decide(play.state, ivan, command(hub=HUB), play.now_ms, SETTINGS)

            assert seen == decided if isinstance(seen, Refusal) else isinstance(decided, Accepted)
        assert play.state == before


@pytest.mark.parametrize("table", [TILES, SECOND_TILES, SCREENS, BUTTONS, CONFIRM, QUESTIONS])
def test_every_text_exists_in_both_languages(table: Any) -> None:
    members = set(type(next(iter(table))))

    assert members - set(table) <= {Tile.NONE, SecondTile.NONE}
    assert all(text.en and text.pl and text.en != text.pl for text in table.values())
