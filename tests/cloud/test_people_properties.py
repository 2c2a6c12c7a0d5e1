"""Properties of the state after any sequence of commands of any people."""

from dataclasses import dataclass, field
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from people_play import SETTINGS, Play

from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.commands import (
    AddEmployee,
    AppointReseller,
    ApproveRequest,
    BaseCommand,
    ChangeOwner,
    ChangeRole,
    CreateCompany,
    DeleteCompany,
    EnrollAsDealer,
    RejectRequest,
    RemoveEmployee,
    RestoreConnection,
    SendRequest,
    SetBillingZone,
    SignUp,
    SuspendConnection,
    SwitchAccount,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.decide import decide
from hubsim_cloud.domain.facts import ConnectionRequested, InvitationClaimed
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import OPERATOR, Actor, App, EmployeeRole

PEOPLE = ["person-1", "person-2", "person-3"]
COMPANIES = ["company-1", "company-2", "company-3"]
EMAILS = ["a@example.com", "B@example.com", "new@example.com", "no address"]
ROLES = list(EmployeeRole)

COMMANDS: list[BaseCommand] = [
    SignUp(email="NEW@example.com", name="Nora"),
    CreateCompany(name="Wolf", country="PL"),
    EnrollAsDealer(registration_number="1"),
    SetBillingZone(zone="Asia/Tokyo"),
    *[SwitchAccount(company=company) for company in (None, *COMPANIES)],
    *[ChangeOwner(person=person) for person in PEOPLE],
    *[AddEmployee(email=email, role=role) for email, role in zip(EMAILS, [*ROLES, ROLES[0]], strict=True)],
    *[ChangeRole(employee=person, role=role) for person, role in zip(PEOPLE, ROLES, strict=True)],
    *[RemoveEmployee(employee=person) for person in PEOPLE],
    *[SendRequest(reseller=company) for company in COMPANIES],
    *[SendRequest(email=email) for email in EMAILS],
    *[
        answer(dealer=company)
        for answer in (ApproveRequest, RejectRequest, SuspendConnection, RestoreConnection) * 2
        for company in COMPANIES
    ],
]
AT_WORK = [Actor(person=person, account=own) for person, own in zip(PEOPLE, COMPANIES, strict=True)]
ELSEWHERE = [
    Actor(person=PEOPLE[0]),
    Actor(person=PEOPLE[1], account=COMPANIES[0]),
    Actor(person=PEOPLE[2], account=COMPANIES[0], app=App.PRO_APP),
]
PERSON_COMMANDS: list[tuple[Actor, BaseCommand]] = [
    *product(AT_WORK + ELSEWHERE, COMMANDS),
    (AT_WORK[0], DeleteCompany()),
    (AT_WORK[2], DeleteCompany()),
    *product(
        [OPERATOR] * 4,
        [
            AppointReseller(company=company, email=email)
            for company, email in zip(COMPANIES, EMAILS[:3], strict=True)
        ],
    ),
]
plays = st.lists(st.sampled_from(PERSON_COMMANDS), min_size=60, max_size=120)


@dataclass
class ThreeDealers:
    """Three people, each with a Dealer; the first company is also a Reseller."""

    play: Play = field(default_factory=Play)

    def __post_init__(self) -> None:
        for name in ("a", "b", "c"):
            self.play.dealer(name)
        self.play.does(OPERATOR, AppointReseller(company=COMPANIES[0], email="a@example.com"))
        self.play.does(AT_WORK[1], SendRequest(reseller=COMPANIES[0]))

    def run(self, commands: list[tuple[Actor, BaseCommand]]) -> None:
        for number, (actor, command) in enumerate(commands):
            outcome = decide(self.play.state, actor, command, number, SETTINGS)
            if isinstance(outcome, Accepted):
                for fact in outcome.facts:
                    self.play.happens(fact)


@given(plays)
@settings(max_examples=100, deadline=None)
def test_the_owner_of_a_company_never_changes(commands: list[tuple[Actor, BaseCommand]]) -> None:
    world = ThreeDealers()
    owners = {company.id: company.owner for company in world.play.state.companies.values()}

    world.run(commands)

    after = world.play.state.companies
    assert {company: after[company].owner for company in owners} == owners
    assert all(company.owner not in company.employees for company in after.values())


@given(plays)
@settings(max_examples=100, deadline=None)
def test_the_facts_alone_rebuild_the_state(commands: list[tuple[Actor, BaseCommand]]) -> None:
    world = ThreeDealers()
    world.run(commands)
    rebuilt = State()

    for fact in world.play.log:
        apply(rebuilt, fact, SETTINGS)

    assert rebuilt == world.play.state
    assert rebuilt.position == len(world.play.log)


@given(plays)
@settings(max_examples=40, deadline=None)
def test_a_refused_command_changes_nothing(commands: list[tuple[Actor, BaseCommand]]) -> None:
    world = ThreeDealers()

    for actor, command in commands:
        before = len(world.play.log)
        outcome = world.play.attempt(actor, command)  # compares the state before and after the decision
        assert isinstance(outcome, Accepted) or len(world.play.log) == before


@given(plays)
@settings(max_examples=100, deadline=None)
def test_there_is_one_connection_for_each_dealer_and_reseller(
    commands: list[tuple[Actor, BaseCommand]],
) -> None:
    world = ThreeDealers()

    world.run(commands)

    known = [
        (fact.dealer, fact.reseller)
        for fact in world.play.log
        if isinstance(fact, ConnectionRequested | InvitationClaimed) and fact.reseller is not None
    ]
    assert len(known) == len(set(known))
    assert all(dealer != reseller for dealer, reseller in known)
    for dealer, connections in world.play.state.connections.items():
        for key, connection in connections.items():
            assert connection.dealer == dealer
            assert key == (connection.reseller or connection.email)


@given(plays)
@settings(max_examples=100, deadline=None)
def test_memberships_agree_with_the_companies(commands: list[tuple[Actor, BaseCommand]]) -> None:
    world = ThreeDealers()

    world.run(commands)

    state = world.play.state
    by_company = {
        (person, company.id)
        for company in state.companies.values()
        if not company.deleted
        for person in (company.owner, *company.employees)
    }
    by_person = {(person, company) for person, those in state.memberships.items() for company in those}
    assert by_person == by_company
