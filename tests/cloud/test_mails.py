"""Mails about an act reach everyone who needs to know of it: the person who asked, not the owner alone."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_play import Play, acting, personal

from hubsim_cloud.domain.commands import (
    AddEmployee,
    AppointReseller,
    ApproveRequest,
    BaseCommand,
    ChangeRole,
    DeleteCompany,
    RejectRequest,
    RemoveEmployee,
    RestoreConnection,
    SendDesktopBuild,
    SendRequest,
    SignUp,
    SuspendConnection,
    SwitchAccount,
)
from hubsim_cloud.domain.queries import Mailbox
from hubsim_cloud.domain.types import OPERATOR, Actor, EmployeeRole

MANAGER = EmployeeRole.SERVICE_MANAGER


class Requested:
    """A Dealer whose service manager Mila has sent a request to Northwatch. Petr is another manager."""

    def __init__(self) -> None:
        self.play = Play()
        self.olga = self.play.dealer("olga")
        self.rita = self.play.reseller("northwatch")
        self.mila = self.play.employee(self.olga, "mila", MANAGER)
        self.petr = self.play.employee(self.olga, "petr", MANAGER)
        self.play.does(self.mila, SendRequest(reseller=self.rita.account))
        self.dealer = str(self.olga.account)


def mails(play: Play, person: Actor) -> list[str]:
    """Return the kinds of a person's mails after the invitations, oldest first."""
    view: Any = play.sees(personal(person), Mailbox())
    return [row.kind.value for row in reversed(view.mails) if row.kind != "employee_invitation"]


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([ApproveRequest], ["connection_approved"]),
        ([RejectRequest], ["connection_rejected"]),
        ([RejectRequest, ApproveRequest], ["connection_rejected", "connection_approved"]),
        (
            [ApproveRequest, SuspendConnection, RestoreConnection],
            ["connection_approved", "connection_suspended", "connection_restored"],
        ),
    ],
)
def test_the_owner_and_the_person_who_asked_get_the_answer(
    commands: list[type[BaseCommand]], expected: list[str]
) -> None:
    site = Requested()

    for command in commands:
        site.play.does(site.rita, command(dealer=site.dealer))

    assert mails(site.play, site.mila) == mails(site.play, site.olga) == expected
    assert mails(site.play, site.petr) == []


def test_an_owner_who_asked_gets_one_mail() -> None:
    play = Play()
    olga, rita = play.dealer("olga"), play.reseller("northwatch")
    play.connected(olga, rita)

    assert mails(play, olga) == ["connection_approved"]


def test_a_person_who_has_left_gets_no_mail_until_they_work_there_again() -> None:
    site = Requested()
    mila = str(site.mila.person)
    site.play.does(site.olga, RemoveEmployee(employee=mila))
    site.play.does(site.rita, ApproveRequest(dealer=site.dealer))
    site.play.does(site.olga, AddEmployee(email="mila@example.com", role=MANAGER))
    site.play.does(site.rita, SuspendConnection(dealer=site.dealer))
    site.play.does(personal(site.mila), SwitchAccount(company=site.dealer))
    site.play.does(site.rita, RestoreConnection(dealer=site.dealer))

    assert mails(site.play, site.mila) == ["connection_restored"]
    assert mails(site.play, site.olga) == [
        "connection_approved",
        "connection_suspended",
        "connection_restored",
    ]


def test_the_dealer_learns_that_an_invited_address_has_become_a_reseller() -> None:
    play = Play()
    olga = play.dealer("olga")
    mila = play.employee(olga, "mila", MANAGER)
    play.does(mila, SendRequest(email="desk@eastguard.example"))
    nina = play.owner("nina")

    play.does(OPERATOR, AppointReseller(company=str(nina.account), email="desk@eastguard.example"))

    assert mails(play, mila) == mails(play, olga) == ["invitation_claimed"]


def test_a_deleted_dealer_is_reported_to_its_employees_and_its_resellers() -> None:
    site = Requested()
    site.play.does(site.rita, ApproveRequest(dealer=site.dealer))
    desk = site.play.does(Actor(person=None), SignUp(email="northwatch-sales@example.com", name="Desk"))[
        "person"
    ]

    site.play.does(site.olga, DeleteCompany())

    assert mails(site.play, site.petr) == ["company_deleted"]
    assert mails(site.play, Actor(person=desk)) == ["connection_request", "company_deleted"]
    assert mails(site.play, site.olga) == ["connection_approved"]


def test_a_deleted_reseller_is_reported_to_its_dealers_once_for_each_person() -> None:
    site = Requested()
    site.play.employee(site.rita, "kai", MANAGER)

    site.play.does(site.rita, DeleteCompany())

    assert mails(site.play, site.mila) == mails(site.play, site.olga) == ["company_deleted"]
    assert mails(site.play, site.petr) == []


def test_the_build_is_sent_to_an_address_before_and_after_its_owner_signs_up() -> None:
    play = Play()
    play.does(OPERATOR, SendDesktopBuild(email=" Olga@example.com"))
    olga = play.person("olga")
    play.does(OPERATOR, SendDesktopBuild(email="olga@example.com"))

    view: Any = play.sees(olga, Mailbox())

    assert mails(play, olga) == ["desktop_build"] * 2
    assert {(row.company, row.company_name) for row in view.mails} == {(None, None)}
    assert play.refused(OPERATOR, SendDesktopBuild(email="olga")) == "invalid_email"


STAFF_ACTS = st.lists(st.sampled_from(["remove", "add", "join", "change"]), max_size=6)


@settings(max_examples=50, deadline=None)
@given(STAFF_ACTS)
def test_exactly_the_owner_and_an_asker_who_works_for_the_dealer_get_the_answer(acts: list[str]) -> None:
    site = Requested()
    play, mila = site.play, str(site.mila.person)
    for act in acts:
        doer, command = {
            "remove": (site.olga, RemoveEmployee(employee=mila)),
            "add": (site.olga, AddEmployee(email="mila@example.com", role=MANAGER)),
            "join": (personal(site.mila), SwitchAccount(company=site.dealer)),
            "change": (site.olga, ChangeRole(employee=mila, role=EmployeeRole.INSTALLER)),
        }[act]
        play.attempt(doer, command)
    works_there = play.attempt(acting(site.mila, site.dealer), ChangeRole(employee=mila, role=MANAGER))

    play.does(site.rita, ApproveRequest(dealer=site.dealer))

    asker_works = works_there.name != "not_a_member"  # type: ignore[union-attr]  # an employee is refused
    assert mails(play, site.olga) == ["connection_approved"]
    assert mails(play, site.mila) == (["connection_approved"] if asker_works else [])
