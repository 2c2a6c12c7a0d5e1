"""Revisions: the hubs and companies that each fact edits, and the commands that can be stale."""

import pytest
from people_play import Play
from service_play import AJAX, HUB, HUB_2, ServicePlay, slot

from hubsim_cloud.domain.commands import (
    Activate,
    AddEmployee,
    ArmHub,
    ChangeRole,
    Command,
    ConfigureHub,
    DisarmHub,
    EnrollAsDealer,
    RemoveEmployee,
    RemoveHub,
    ScheduleDeactivation,
    SetBillingZone,
    SignUp,
    SwitchAccount,
    TransferConfiguration,
)
from hubsim_cloud.domain.queries import CompanyDetails, Employees, HubInformation
from hubsim_cloud.domain.revisions import Stale, can_be_stale, stale, subject
from hubsim_cloud.domain.types import Actor, App, EmployeeRole
from hubsim_contract.wire.messages import Channel


@pytest.fixture
def play() -> ServicePlay:
    return ServicePlay()


def revision(play: Play, name: str) -> int:
    return play.state.revisions.get(name, 0)


def test_the_revision_of_a_company_is_the_position_of_the_last_edit(play: ServicePlay) -> None:
    olga = play.owner("olga")
    assert olga.account is not None
    created = revision(play, olga.account)

    play.does(olga, EnrollAsDealer(registration_number="5213003700"))
    play.person("ivan")

    assert created == 2
    assert revision(play, olga.account) == 3
    assert play.state.position == 4


def test_every_change_of_the_employee_list_is_an_edit_of_the_company(play: ServicePlay) -> None:
    olga, ivan = play.owner("olga"), play.person("ivan")
    assert olga.account is not None
    assert ivan.person is not None
    seen = [revision(play, olga.account)]

    for actor, command in (
        (olga, AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER)),
        (ivan, SwitchAccount(company=olga.account)),
        (olga, ChangeRole(employee=ivan.person, role=EmployeeRole.SERVICE_MANAGER)),
        (olga, RemoveEmployee(employee=ivan.person)),
        (olga, SetBillingZone(zone="Asia/Tokyo")),
    ):
        play.does(actor, command)
        seen.append(revision(play, olga.account))

    assert seen == sorted(set(seen))


def test_actions_of_people_edit_a_hub_and_its_reports_do_not(play: ServicePlay) -> None:
    olga = play.dealer_with_hub()
    seen = [revision(play, HUB)]
    play.comes_online(HUB, Channel.ETHERNET)
    play.reports(HUB, (slot(AJAX), slot(None, 2)))
    play.does(olga, Activate(hub=HUB))
    play.does(olga, ScheduleDeactivation(hub=HUB))
    untouched = revision(play, HUB)

    for command in (ConfigureHub(hub=HUB, ping_s=30), ArmHub(hub=HUB), DisarmHub(hub=HUB)):
        play.does(olga, command)
        seen.append(revision(play, HUB))

    assert untouched == seen[0]
    assert seen == sorted(set(seen))


def test_removing_and_adding_a_hub_again_changes_its_revision(play: ServicePlay) -> None:
    olga = play.dealer_with_hub()
    seen = [revision(play, HUB)]

    play.does(olga, RemoveHub(hub=HUB))
    seen.append(revision(play, HUB))
    play.adds_hub(olga, HUB)
    seen.append(revision(play, HUB))

    assert seen == sorted(set(seen))


def test_a_transfer_edits_donor_and_target(play: ServicePlay) -> None:
    olga = play.dealer_with_hub()
    play.adds_hub(olga, HUB_2)
    play.comes_online(HUB_2)
    before = revision(play, HUB)

    play.does(olga, TransferConfiguration(donor=HUB, target=HUB_2))

    assert revision(play, HUB) == revision(play, HUB_2) == play.state.position > before


def test_an_edit_without_a_change_does_not_make_other_edits_stale(play: ServicePlay) -> None:
    olga = play.dealer_with_hub()
    play.comes_online(HUB)
    play.does(olga, ArmHub(hub=HUB))
    before = revision(play, HUB)

    play.does(olga, ArmHub(hub=HUB))

    assert revision(play, HUB) == before


def test_views_show_the_revision_and_the_configuration(play: ServicePlay) -> None:
    olga = play.dealer_with_hub()
    play.does(olga, ConfigureHub(hub=HUB, ping_s=30, offline_delay_s=40, channel_loss_notice_min=5))

    hub = play.sees(olga, HubInformation(hub=HUB))
    company, employees = play.sees(olga, CompanyDetails()), play.sees(olga, Employees())

    shown = [getattr(hub, name) for name in ("ping_s", "offline_delay_s", "channel_loss_notice_min")]
    assert shown == [30, 40, 5]
    assert getattr(hub, "revision", None) == revision(play, HUB)
    assert olga.account is not None
    assert (
        getattr(company, "revision", None)
        == getattr(employees, "revision", None)
        == revision(play, olga.account)
    )


COMPANY = Actor("person-1", App.PRO_DESKTOP, "company-1")


@pytest.mark.parametrize(
    ("command", "edited"),
    [
        (ConfigureHub(hub="0000aa01 "), HUB),
        (ArmHub(hub=HUB), HUB),
        (DisarmHub(hub=HUB), HUB),
        (SetBillingZone(zone="Asia/Tokyo"), "company-1"),
        (AddEmployee(email="ivan@example.com", role=EmployeeRole.INSTALLER), "company-1"),
        (ChangeRole(employee="person-2", role=EmployeeRole.INSTALLER), "company-1"),
        (RemoveEmployee(employee="person-2"), "company-1"),
    ],
)
def test_a_command_that_can_be_stale_names_the_edited_hub_or_company(command: Command, edited: str) -> None:
    assert can_be_stale(command)
    assert subject(COMPANY, command) == edited


@pytest.mark.parametrize(
    "command",
    [SignUp(email="olga@example.com", name="Olga"), RemoveHub(hub=HUB), Activate(hub=HUB)],
    ids=lambda command: type(command).__name__,
)
def test_other_commands_have_no_revision(command: Command) -> None:
    assert not can_be_stale(command)
    assert subject(COMPANY, command) is None


def test_a_command_with_the_current_revision_is_not_stale(play: ServicePlay) -> None:
    olga = play.dealer_with_hub()
    current = revision(play, HUB)
    command = ConfigureHub(hub=HUB.lower(), ping_s=30)

    assert stale(play.state, olga, command, current) is None
    for expected in (current - 1, current + 1, 0):
        assert stale(play.state, olga, command, expected) == Stale(expected, current)
