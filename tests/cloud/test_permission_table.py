"""The permission table: every cell compared with an independent expectation, and its use by handlers."""

from typing import Any, get_args

import msgspec
import pytest
from people_play import SETTINGS, Play, in_app

from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.commands import BaseCommand, Command
from hubsim_cloud.domain.decide import decide
from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.permissions import IN_SERVICE_BUILDS, OPERATOR_ACTIONS, PERMISSIONS, allowed
from hubsim_cloud.domain.queries import BaseQuery, Query
from hubsim_cloud.domain.refusals import Refusal, RefusalName
from hubsim_cloud.domain.settings import CloudSettings, DesktopBuilds, ServiceManagerRights
from hubsim_cloud.domain.types import Actor, App, EmployeeRole, Role, ServiceAction
from hubsim_cloud.domain.views.answer import answer

PERSONAL_ACTIONS = {"sign_up", "switch_account", "create_company", "accounts", "mailbox", "navigation"}
KINDS: dict[str, type[BaseCommand | BaseQuery]] = {
    str(kind.__struct_config__.tag): kind for kind in (*get_args(Command), *get_args(Query))
}

OWNERS_ALONE = {
    "change_owner",
    "delete_company",
    "enroll_as_dealer",
    "set_billing_zone",
    "add_employee",
    "change_role",
    "remove_employee",
    "employees",
    "company_history",
}
INSTALLING = {
    "create_object",
    "delete_object",
    "remove_installing_company",
    "add_hub",
    "remove_hub",
    "arm_hub",
    "disarm_hub",
    "configure_hub",
    "transfer_configuration",
}
SERVICES = {"activate", "schedule_deactivation", "resume", "stop_now", "activation_form", "confirmation"}
SENIORS_IN_FUTURE = {"payment_history", "suspend_connection", "restore_connection"}
LOOKING_AT_OBJECTS = {"objects", "device_list", "hub_information", "hub_history"}


def expected(
    role: Role, app: App, action: str, rights: ServiceManagerRights = ServiceManagerRights.TODAY
) -> bool:
    if rights is ServiceManagerRights.FUTURE and role is Role.SERVICE_MANAGER and action in SENIORS_IN_FUTURE:
        return False
    if role is Role.OWNER:
        return app is App.PRO_DESKTOP or action in INSTALLING | SERVICES | LOOKING_AT_OBJECTS
    if role is Role.INSTALLER:
        if action in INSTALLING | SERVICES | LOOKING_AT_OBJECTS:
            return True
        return action == "company" and app is App.PRO_DESKTOP
    return app is App.PRO_DESKTOP and action not in OWNERS_ALONE | INSTALLING


@pytest.mark.parametrize("rights", list(ServiceManagerRights))
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("app", list(App))
@pytest.mark.parametrize("action", sorted(KINDS.keys() - PERSONAL_ACTIONS - OPERATOR_ACTIONS))
def test_each_cell_of_the_table_agrees_with_the_guide(
    role: Role, app: App, action: str, rights: ServiceManagerRights
) -> None:
    assert allowed(role, app, action, rights) is expected(role, app, action, rights)


def test_the_table_has_exactly_the_actions_for_a_company() -> None:
    assert PERMISSIONS.keys() == KINDS.keys() - PERSONAL_ACTIONS - OPERATOR_ACTIONS


def test_both_service_manager_roles_have_the_same_rights_today_e3() -> None:
    rights = PERMISSIONS.values()

    assert all(apps[Role.SENIOR_SERVICE_MANAGER] == apps[Role.SERVICE_MANAGER] for apps in rights)


def test_an_action_outside_the_table_raises_an_error() -> None:
    with pytest.raises(KeyError):
        allowed(Role.OWNER, App.PRO_DESKTOP, "paint_hub", ServiceManagerRights.TODAY)


@pytest.fixture(scope="module")
def staff() -> tuple[Play, dict[Role, Actor]]:
    play = Play()
    owner = play.dealer("olga")
    return play, {
        Role.OWNER: owner,
        Role.SENIOR_SERVICE_MANAGER: play.employee(owner, "sara", EmployeeRole.SENIOR_SERVICE_MANAGER),
        Role.SERVICE_MANAGER: play.employee(owner, "marek", EmployeeRole.SERVICE_MANAGER),
        Role.INSTALLER: play.employee(owner, "ivan", EmployeeRole.INSTALLER),
    }


@pytest.mark.parametrize("rights", list(ServiceManagerRights))
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("app", list(App))
@pytest.mark.parametrize("action", sorted(PERMISSIONS))
def test_every_command_and_query_checks_the_table(
    staff: tuple[Play, dict[Role, Actor]], role: Role, app: App, action: str, rights: ServiceManagerRights
) -> None:
    play, actors = staff
    actor, settings = in_app(actors[role], app), CloudSettings(service_manager_rights=rights)

    outcome = outcome_of(play, actor, filled(KINDS[action]), settings)

    # A refusal by the table has the fact `action`; other refusals with `not_permitted` do not.
    by_the_table = isinstance(outcome, Refusal) and outcome.facts.get("action") == action
    assert by_the_table is not expected(role, app, action, rights)
    assert not by_the_table or outcome.name is RefusalName.NOT_PERMITTED


def test_a_refusal_by_the_table_names_the_app_or_the_owner(staff: tuple[Play, dict[Role, Actor]]) -> None:
    play, actors = staff
    in_the_app = in_app(actors[Role.SERVICE_MANAGER], App.PRO_APP)

    elsewhere = outcome_of(play, in_the_app, filled(KINDS["stop_now"]))
    nowhere = outcome_of(play, actors[Role.SERVICE_MANAGER], filled(KINDS["delete_company"]))

    assert elsewhere.text.endswith(": use PRO Desktop.")
    assert nowhere.text.endswith(": ask the owner of the company.")


@pytest.mark.parametrize("action", sorted(KINDS.keys() - {"sign_up"} - OPERATOR_ACTIONS))
def test_a_person_who_is_not_signed_in_can_only_sign_up(action: str) -> None:
    third_party = Actor(person=None, account="company-1")

    outcome = outcome_of(Play(), third_party, filled(KINDS[action]))

    assert outcome.name is RefusalName.NOT_SIGNED_IN


@pytest.mark.parametrize("action", sorted(KINDS.keys() - OPERATOR_ACTIONS))
def test_the_operator_can_do_nothing_that_people_do(action: str) -> None:
    operator = Actor(person=None, operator=True)

    outcome = outcome_of(Play(), operator, filled(KINDS[action]))

    assert outcome.name is RefusalName.NOT_PERMITTED


@pytest.mark.parametrize("action", sorted(OPERATOR_ACTIONS))
@pytest.mark.parametrize("role", list(Role))
def test_no_role_permits_the_actions_of_the_operator(
    staff: tuple[Play, dict[Role, Actor]], role: Role, action: str
) -> None:
    play, actors = staff

    outcome = outcome_of(play, actors[role], filled(KINDS[action]))

    assert outcome.name is RefusalName.NOT_PERMITTED


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("app", list(App))
@pytest.mark.parametrize("action", sorted(PERMISSIONS))
def test_pro_desktop_without_the_service_build_has_no_action_of_the_services_c5(
    staff: tuple[Play, dict[Role, Actor]], role: Role, app: App, action: str
) -> None:
    play, actors = staff
    settings = CloudSettings(desktop_builds=DesktopBuilds.BY_MAIL)

    outcome = outcome_of(play, in_app(actors[role], app), filled(KINDS[action]), settings)

    asked_for_a_build = isinstance(outcome, Refusal) and outcome.name is RefusalName.SERVICE_BUILD_REQUIRED
    with_services = action in IN_SERVICE_BUILDS and app is App.PRO_DESKTOP
    assert asked_for_a_build is (with_services and expected(role, app, action))
    assert not asked_for_a_build or "Technical Support" in outcome.text


@pytest.mark.parametrize("action", sorted(PERMISSIONS))
def test_actions_for_a_company_are_refused_in_the_personal_account(
    staff: tuple[Play, dict[Role, Actor]], action: str
) -> None:
    play, actors = staff
    at_home = Actor(person=actors[Role.OWNER].person)

    outcome = outcome_of(play, at_home, filled(KINDS[action]))

    assert outcome.name is RefusalName.COMPANY_ACCOUNT_REQUIRED


@pytest.mark.parametrize("action", sorted(PERMISSIONS))
@pytest.mark.parametrize("company", ["company-1", "company-999"])
def test_a_person_cannot_act_for_a_company_of_others(action: str, company: str) -> None:
    play = Play()
    play.dealer("olga")
    outsider = Actor(person=play.person("oscar").person, account=company)

    outcome = outcome_of(play, outsider, filled(KINDS[action]))

    assert outcome.name is RefusalName.NOT_A_MEMBER


def filled(kind: type[BaseCommand | BaseQuery]) -> BaseCommand | BaseQuery:
    """Return a command or query with all required fields. The ids in them do not exist."""
    values: dict[str, Any] = {
        "role": EmployeeRole.INSTALLER,
        "hub": "FFFFFF01",
        "action": ServiceAction.STOP_NOW,
    }
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    return kind(**{name: values.get(name, "nothing-there") for name in required})


def outcome_of(
    play: Play, actor: Actor, act: BaseCommand | BaseQuery, settings: CloudSettings = SETTINGS
) -> Any:
    if isinstance(act, BaseQuery):
        return answer(play.state, actor, act, play.now_ms, settings, archive=Archive(FactLog()))
    return decide(play.state, actor, act, play.now_ms, settings)
