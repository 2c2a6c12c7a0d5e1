"""Accounts, mail, navigation and company as people see them."""

import pytest
from people_play import Play, in_app, personal

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.commands import AddEmployee, SendRequest
from hubsim_cloud.domain.permissions import PERMISSIONS
from hubsim_cloud.domain.types import App, EmployeeRole, Role


@pytest.fixture
def play() -> Play:
    return Play()


def test_the_personal_account_has_only_the_tab_company(play: Play) -> None:
    olga = play.person("olga")

    tabs = play.sees(olga, queries.Navigation()).tabs

    assert tabs == ("company",)
    assert play.sees(in_app(olga, App.PRO_APP), queries.Navigation()).tabs == ()


@pytest.mark.parametrize(
    ("role", "app", "tabs"),
    [
        (EmployeeRole.SENIOR_SERVICE_MANAGER, App.PRO_DESKTOP, ("objects", "company", "services")),
        (EmployeeRole.SERVICE_MANAGER, App.PRO_DESKTOP, ("objects", "company", "services")),
        (EmployeeRole.INSTALLER, App.PRO_DESKTOP, ("objects", "company")),
        (EmployeeRole.INSTALLER, App.PRO_APP, ("objects",)),
        (EmployeeRole.SERVICE_MANAGER, App.PRO_APP, ()),
    ],
)
def test_a_tab_is_shown_to_roles_with_a_permission_in_it(
    play: Play, role: EmployeeRole, app: App, tabs: tuple[str, ...]
) -> None:
    employee = play.employee(play.dealer("olga"), "marek", role)

    assert play.sees(in_app(employee, app), queries.Navigation()).tabs == tabs


@pytest.mark.parametrize("app", App)
@pytest.mark.parametrize("role", EmployeeRole)
def test_the_navigation_lists_what_the_role_may_do_in_this_client(
    play: Play, role: EmployeeRole, app: App
) -> None:
    employee = play.employee(play.dealer("olga"), "marek", role)

    actions = play.sees(in_app(employee, app), queries.Navigation()).actions

    permitted = [name for name, apps in PERMISSIONS.items() if app in apps[Role(role)]]
    assert list(actions) == permitted


def test_the_personal_account_may_create_a_company_in_pro_desktop_only(play: Play) -> None:
    olga = play.person("olga")

    assert play.sees(olga, queries.Navigation()).actions == ("create_company",)
    assert play.sees(in_app(olga, App.PRO_APP), queries.Navigation()).actions == ()


def test_an_employee_who_has_not_joined_sees_no_navigation_of_the_company(play: Play) -> None:
    olga = play.owner("olga")
    ivan = play.person("ivan")
    play.does(olga, AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER))

    refusal = play.sees_not(type(ivan)(person=ivan.person, account=olga.account), queries.Navigation())

    assert refusal == "not_a_member"


def test_the_company_view_shows_all_its_fields(play: Play) -> None:
    olga = play.dealer("olga", country="NP")

    view = play.sees(olga, queries.CompanyDetails())

    assert (view.company, view.name, view.country, view.zone) == (
        olga.account,
        "Olga Security",
        "NP",
        "Asia/Kathmandu",
    )
    assert (view.owner, view.owner_name, view.owner_email) == (olga.person, "Olga", "olga@example.com")
    assert (view.is_dealer, view.is_reseller, view.registration_number) == (True, False, "5213003700")


def test_the_company_view_shows_that_it_is_a_reseller(play: Play) -> None:
    northwatch = play.reseller("northwatch")

    view = play.sees(northwatch, queries.CompanyDetails())

    assert (view.is_dealer, view.is_reseller, view.registration_number) == (False, True, None)


def test_the_owner_sees_a_new_company_in_the_switcher(play: Play) -> None:
    olga = play.owner("olga")

    rows = play.sees(personal(olga), queries.Accounts()).accounts

    assert [(row.account, row.name, row.role, row.joined) for row in rows] == [
        (None, "Olga", None, True),
        (olga.account, "Olga Security", "owner", True),
    ]


def test_only_the_addressee_sees_mail_with_the_newest_first(play: Play) -> None:
    olga = play.dealer("olga")
    basia = play.owner("basia")
    ivan = play.person("ivan")
    play.does(olga, AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER))
    play.does(basia, AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER))

    mails = play.sees(ivan, queries.Mailbox()).mails

    assert [mail.company_name for mail in mails] == ["Basia Security", "Olga Security"]
    assert mails[0].at_ms > mails[1].at_ms
    assert play.sees(olga, queries.Mailbox()).mails == ()


def test_queries_change_nothing(play: Play) -> None:
    olga = play.dealer("olga")
    play.does(olga, SendRequest(email="new@example.com"))
    facts, position = len(play.log), play.state.position

    play.sees(olga, queries.YourResellers())

    assert (len(play.log), play.state.position) == (facts, position)
