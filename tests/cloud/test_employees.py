"""Employees: guide E, and the part of C4 about employees."""

import pytest
from people_play import Play, acting, in_app, personal

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.commands import (
    AddEmployee,
    ChangeRole,
    CreateObject,
    RemoveEmployee,
    SendRequest,
    SwitchAccount,
)
from hubsim_cloud.domain.types import Actor, App, EmployeeRole, Role


@pytest.fixture
def play() -> Play:
    return Play()


@pytest.fixture
def olga(play: Play) -> Actor:
    return play.dealer("olga")


def test_e1_a_service_manager_handles_connection_requests_and_sees_the_dashboard(
    play: Play, olga: Actor
) -> None:
    northwatch = play.reseller("northwatch")
    marek = play.employee(olga, "marek", EmployeeRole.SERVICE_MANAGER)

    play.does(marek, SendRequest(reseller=northwatch.account))

    play.sees(marek, queries.Dashboard())
    assert "services" in play.sees(marek, queries.Navigation()).tabs


def test_e1_the_owner_can_do_everything_without_a_service_manager(play: Play, olga: Actor) -> None:
    northwatch = play.reseller("northwatch")

    play.does(olga, SendRequest(reseller=northwatch.account))

    play.sees(olga, queries.Dashboard())
    assert play.state.companies[str(olga.account)].employees == {}


@pytest.mark.parametrize("role", list(EmployeeRole))
def test_e2_only_the_owner_grants_and_revokes_rights(play: Play, olga: Actor, role: EmployeeRole) -> None:
    employee = play.employee(olga, "marek", role)
    play.person("ivan")

    refusals = {
        play.refused(employee, AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER)),
        play.refused(employee, ChangeRole(employee=str(employee.person), role=EmployeeRole.INSTALLER)),
        play.refused(employee, RemoveEmployee(employee=str(employee.person))),
    }

    assert refusals == {"not_permitted"}


def test_e2_a_removed_employee_has_no_rights_and_can_be_added_again(play: Play, olga: Actor) -> None:
    ivan = play.employee(olga, "ivan", EmployeeRole.INSTALLER)

    play.does(olga, RemoveEmployee(employee=str(ivan.person)))

    assert play.refused(ivan, CreateObject(name="Villa")) == "not_a_member"
    assert play.refused(ivan, SwitchAccount(company=olga.account)) == "not_a_member"
    assert play.sees(olga, queries.Employees()).employees == ()
    play.does(olga, AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER))
    assert play.refused(ivan, CreateObject(name="Villa")) == "not_a_member"


def test_e3_the_two_manager_roles_are_different_roles(play: Play, olga: Actor) -> None:
    play.employee(olga, "sara", EmployeeRole.SENIOR_SERVICE_MANAGER)
    play.employee(olga, "marek", EmployeeRole.SERVICE_MANAGER)

    roles = [row.role for row in play.sees(olga, queries.Employees()).employees]

    assert roles == [Role.SENIOR_SERVICE_MANAGER, Role.SERVICE_MANAGER]


def test_e4_the_role_of_an_employee_can_change_before_and_after_joining(play: Play, olga: Actor) -> None:
    ivan = play.employee(olga, "ivan", EmployeeRole.INSTALLER)
    play.person("marek")
    marek = play.does(olga, AddEmployee(email="marek@example.com", role=EmployeeRole.INSTALLER))["person"]

    play.does(olga, ChangeRole(employee=str(ivan.person), role=EmployeeRole.SERVICE_MANAGER))
    play.does(olga, ChangeRole(employee=marek, role=EmployeeRole.SENIOR_SERVICE_MANAGER))

    rows = [(row.name, row.role, row.joined) for row in play.sees(olga, queries.Employees()).employees]
    assert rows == [("Ivan", "service_manager", True), ("Marek", "senior_service_manager", False)]
    assert play.refused(ivan, CreateObject(name="Villa")) == "not_permitted"


def test_e5_an_employee_needs_a_pro_account(play: Play, olga: Actor) -> None:
    invitation = AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER)

    refusal = play.refused(olga, invitation)

    assert refusal == "account_not_found"
    play.person("ivan")
    play.does(olga, invitation)


def test_e6_a_new_employee_is_listed_and_gets_an_invitation_by_mail(play: Play, olga: Actor) -> None:
    ivan = play.person("ivan")

    play.does(olga, AddEmployee(email=" IVAN@example.com ", role=EmployeeRole.INSTALLER))

    (row,) = play.sees(olga, queries.Employees()).employees
    assert (row.person, row.email, row.role, row.joined) == (
        ivan.person,
        "ivan@example.com",
        "installer",
        False,
    )
    (mail,) = play.sees(ivan, queries.Mailbox()).mails
    assert (mail.kind, mail.company, mail.company_name, mail.detail) == (
        "employee_invitation",
        olga.account,
        "Olga Security",
        "installer",
    )


def test_e6_an_invalid_address_cannot_be_added(play: Play, olga: Actor) -> None:
    refusals = [
        play.refused(olga, AddEmployee(email="", role=EmployeeRole.INSTALLER)),
        play.refused(olga, AddEmployee(email="ivan", role=EmployeeRole.INSTALLER)),
    ]

    assert refusals == ["information_missing", "invalid_email"]


def test_e6_an_employee_cannot_be_added_twice(play: Play, olga: Actor) -> None:
    play.employee(olga, "ivan", EmployeeRole.INSTALLER)

    refusal = play.refused(olga, AddEmployee(email="ivan@example.com", role=EmployeeRole.SERVICE_MANAGER))

    assert refusal == "already_an_employee"


@pytest.mark.parametrize("app", list(App))
def test_e7_an_invited_employee_acts_for_the_company_after_switching_to_it(
    play: Play, olga: Actor, app: App
) -> None:
    ivan = in_app(play.person("ivan"), app)
    play.does(olga, AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER))
    at_work = acting(ivan, str(olga.account), app)
    too_early = play.refused(at_work, CreateObject(name="Villa"))

    result = play.does(ivan, SwitchAccount(company=olga.account))

    assert too_early == "not_a_member"
    assert result == {"account": olga.account}
    play.does(at_work, CreateObject(name="Villa"))


def test_e7_the_switcher_offers_the_company_before_the_employee_has_joined(play: Play, olga: Actor) -> None:
    ivan = play.person("ivan")

    play.does(olga, AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER))

    rows = [(row.account, row.role, row.joined) for row in play.sees(ivan, queries.Accounts()).accounts]
    assert rows == [(None, None, True), (olga.account, "installer", False)]


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("role", EmployeeRole)
def test_e7_only_installers_enter_the_company_in_the_mobile_app(
    play: Play, olga: Actor, role: EmployeeRole, *, joined: bool
) -> None:
    mila = play.person("mila")
    play.does(olga, AddEmployee(email="mila@example.com", role=role))
    if joined:
        play.does(mila, SwitchAccount(company=olga.account))
    in_the_app = in_app(mila, App.PRO_APP)

    if role is EmployeeRole.INSTALLER:
        assert play.does(in_the_app, SwitchAccount(company=olga.account)) == {"account": olga.account}
    else:
        assert play.refused(in_the_app, SwitchAccount(company=olga.account)) == "not_permitted"


def test_e7_only_the_first_switch_is_a_fact(play: Play, olga: Actor) -> None:
    ivan = play.employee(olga, "ivan", EmployeeRole.INSTALLER)
    facts = len(play.log)

    result = play.does(personal(ivan), SwitchAccount(company=olga.account))

    assert result == {"account": olga.account}
    assert len(play.log) == facts


def test_a_person_can_work_for_several_companies_in_different_roles(play: Play, olga: Actor) -> None:
    basia = play.owner("basia")
    ivan = play.employee(olga, "ivan", EmployeeRole.INSTALLER)
    play.does(basia, AddEmployee(email="ivan@example.com", role=EmployeeRole.SERVICE_MANAGER))

    play.does(personal(ivan), SwitchAccount(company=basia.account))

    rows = [(row.account, row.role) for row in play.sees(personal(ivan), queries.Accounts()).accounts]
    assert rows == [(None, None), (olga.account, "installer"), (basia.account, "service_manager")]


def test_c4_the_owner_is_not_an_employee_and_cannot_become_one(play: Play, olga: Actor) -> None:
    refusals = {
        play.refused(olga, AddEmployee(email="olga@example.com", role=EmployeeRole.INSTALLER)),
        play.refused(olga, ChangeRole(employee=str(olga.person), role=EmployeeRole.INSTALLER)),
        play.refused(olga, RemoveEmployee(employee=str(olga.person))),
    }

    assert refusals == {"owner_immutable"}


def test_a_person_who_is_not_an_employee_cannot_be_changed_or_removed(play: Play, olga: Actor) -> None:
    third_party = str(play.person("oscar").person)

    refusals = {
        play.refused(olga, ChangeRole(employee=third_party, role=EmployeeRole.INSTALLER)),
        play.refused(olga, RemoveEmployee(employee=third_party)),
        play.refused(olga, RemoveEmployee(employee="person-99")),
    }

    assert refusals == {"employee_not_found"}
