"""A test driver for the cloud's domain: it decides commands, applies facts, and checks every refusal."""

from copy import deepcopy

import msgspec

from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.commands import (
    AddEmployee,
    AppointReseller,
    ApproveRequest,
    BaseCommand,
    CreateCompany,
    EnrollAsDealer,
    SendRequest,
    SignUp,
    SwitchAccount,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.decide import decide
from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.facts import HubAdded, ObjectCreated, ServiceActivated
from hubsim_cloud.domain.happened import Happened
from hubsim_cloud.domain.queries import BaseQuery
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import OPERATOR, Actor, App, EmployeeRole
from hubsim_cloud.domain.views.answer import answer
from hubsim_cloud.domain.views.view import View

NOON_MS = 1_768_471_200_000
"""2026-01-15 10:00 UTC."""
SETTINGS = CloudSettings()
NOBODY = Actor(person=None)


class Play:
    """The state with its log. Every command comes one second after the previous one."""

    def __init__(self) -> None:
        self.state = State()
        self.log: list[Happened] = []
        self.now_ms = NOON_MS

    def attempt(self, actor: Actor, command: BaseCommand) -> Accepted | Refusal:
        """Decide and apply. Asserts that the decision itself does not change the state."""
        self.now_ms += 1_000
        before = deepcopy(self.state)
        outcome = decide(self.state, actor, command, self.now_ms, SETTINGS)
        assert self.state == before
        if isinstance(outcome, Accepted):
            for fact in outcome.facts:
                self.happens(fact)
        return outcome

    def does(self, actor: Actor, command: BaseCommand) -> dict[str, str]:
        """Send a command that must be accepted; return the result."""
        outcome = self.attempt(actor, command)
        assert isinstance(outcome, Accepted), outcome
        return outcome.result

    def refused(self, actor: Actor, command: BaseCommand) -> str:
        """Send a command that must be refused; return the name of the refusal."""
        return self.refusal(actor, command).name.value

    def refusal(self, actor: Actor, command: BaseCommand) -> Refusal:
        """Send a command that must be refused; return the refusal."""
        outcome = self.attempt(actor, command)
        assert isinstance(outcome, Refusal), outcome
        assert outcome.text
        return outcome

    def happens(self, fact: Happened) -> None:
        """Apply a fact without a decision."""
        self.log.append(fact)
        apply(self.state, fact, SETTINGS)

    def looks(self, actor: Actor, query: BaseQuery) -> View | Refusal:
        """Send a query; return the view or the refusal."""
        return answer(
            self.state, actor, query, self.now_ms, SETTINGS, archive=Archive(FactLog(recent=self.log))
        )

    def sees(self, actor: Actor, query: BaseQuery) -> View:
        """Send a query that must be answered with a view; return the view."""
        view = self.looks(actor, query)
        assert not isinstance(view, Refusal), view
        msgspec.json.encode(view)
        return view

    def sees_not(self, actor: Actor, query: BaseQuery) -> str:
        """Send a query that must be refused; return the name of the refusal."""
        view = self.looks(actor, query)
        assert isinstance(view, Refusal), view
        return view.name.value

    # ---------------------------------------------------------------- setup in one call

    def person(self, name: str) -> Actor:
        """Sign up a person as name@example.com; return them in their personal account."""
        result = self.does(NOBODY, SignUp(email=f"{name}@example.com", name=name.capitalize()))
        return Actor(person=result["person"])

    def owner(self, name: str, country: str = "PL") -> Actor:
        """Sign up a person who registers a company; return them in the company account."""
        person = self.person(name)
        result = self.does(person, CreateCompany(name=f"{name.capitalize()} Security", country=country))
        return acting(person, result["company"])

    def dealer(self, name: str, country: str = "PL") -> Actor:
        """Create the owner of a Dealer company; return them in its account."""
        owner = self.owner(name, country)
        self.does(owner, EnrollAsDealer(registration_number="5213003700"))
        return owner

    def reseller(self, name: str, country: str = "PL", *, listed: bool = True) -> Actor:
        """Create the owner of a Reseller at name-sales@example.com; return them in its account."""
        owner = self.owner(name, country)
        assert owner.account is not None
        email = f"{name}-sales@example.com"
        self.does(OPERATOR, AppointReseller(company=owner.account, email=email, listed=listed))
        return owner

    def employee(self, owner: Actor, name: str, role: EmployeeRole) -> Actor:
        """Create a person who joins the company as an employee; return them in the company account."""
        person = self.person(name)
        self.does(owner, AddEmployee(email=f"{name}@example.com", role=role))
        assert owner.account is not None
        self.does(person, SwitchAccount(company=owner.account))
        return acting(person, owner.account)

    def connected(self, dealer: Actor, reseller: Actor) -> None:
        """Send the Dealer's request and approve it."""
        self.does(dealer, SendRequest(reseller=reseller.account))
        assert dealer.account is not None
        self.does(reseller, ApproveRequest(dealer=dealer.account))

    def running_service(self, dealer: Actor, reseller: Actor) -> None:
        """Activate the services of one hub of the Dealer; the Reseller pays."""
        at_ms = self.now_ms
        assert dealer.account is not None
        assert reseller.account is not None
        self.happens(ObjectCreated(at_ms=at_ms, object="object-1", company=dealer.account, name="Villa"))
        self.happens(HubAdded(at_ms=at_ms, hub="0000AA01", object="object-1", model="hub-2-plus"))
        self.happens(
            ServiceActivated(
                at_ms=at_ms,
                subscription="subscription-1",
                hub="0000AA01",
                company=dealer.account,
                reseller=reseller.account,
                package="ajax-sim",
                iccid="89883000000000000011",
            )
        )


def acting(person: Actor, company: str, app: App = App.PRO_DESKTOP) -> Actor:
    """Return the person in the company account."""
    return Actor(person=person.person, app=app, account=company)


def personal(actor: Actor) -> Actor:
    """Return the person in their personal account."""
    return Actor(person=actor.person, app=actor.app)


def in_app(actor: Actor, app: App) -> Actor:
    """Return the same person for the same account in another client."""
    return Actor(person=actor.person, app=app, account=actor.account)
