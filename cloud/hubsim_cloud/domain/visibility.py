"""Who may be told of a fact as it happens: one table of fact, party and the query that shows it.

A person is told of exactly what they could look at in their role and client. The company that a fact is
about is told of the whole of it by whoever may read the company's history; others by the query of the
row, without what that query does not show. People are told of their own mail and memberships only.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from typing import Any

import msgspec

from hubsim_cloud.domain import facts
from hubsim_cloud.domain.authorization import role_in
from hubsim_cloud.domain.facts import Fact, Happened
from hubsim_cloud.domain.permissions import allowed
from hubsim_cloud.domain.projection import Projection
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor, Role
from hubsim_cloud.domain.views.history import history_row


class FactParty(Enum):
    """Who a fact is about, seen from the fact."""

    COMPANY = auto()
    DEALER = auto()
    RESELLER = auto()
    HOLDER = auto()
    """The company that looks after the object, or the hubs."""
    SELLER = auto()
    """The Reseller that pays for the subscription."""
    PERSON = auto()
    OWNER = auto()
    MEMBERS = auto()
    """Owner and employees of the company."""
    ADDRESSEE = auto()
    """A mailbox: an address that may be nobody's yet."""


class ShownBy(msgspec.Struct, frozen=True):
    """That a party may be told: `by` is the tag of the query that shows it, `hidden` the fields it does not.

    The name of the fact and its instant are always told.
    """

    to: FactParty
    by: str
    hidden: frozenset[str] = frozenset()


OWN = frozenset({"accounts", "mailbox"})
"""Queries about oneself, which need no role."""

HISTORY = ShownBy(FactParty.COMPANY, "company_history")
"""Goes for every fact that a company's history holds."""

_FIELDS = {
    FactParty.COMPANY: "company",
    FactParty.DEALER: "dealer",
    FactParty.RESELLER: "reseller",
    FactParty.PERSON: "person",
    FactParty.OWNER: "owner",
    FactParty.ADDRESSEE: "to",
}

_COMPANY = (ShownBy(FactParty.COMPANY, "company"),)
_STAFF = (ShownBy(FactParty.COMPANY, "employees"), ShownBy(FactParty.PERSON, "accounts"))
_ASKED = (ShownBy(FactParty.DEALER, "your_resellers"), ShownBy(FactParty.RESELLER, "requests"))
_ANSWERED = (
    # The number is the Reseller's own for the Dealer.
    ShownBy(FactParty.DEALER, "your_resellers", frozenset({"number"})),
    ShownBy(FactParty.RESELLER, "your_dealers"),
)
_OBJECT = (ShownBy(FactParty.COMPANY, "objects"),)
_HUB = (ShownBy(FactParty.HOLDER, "hub_history"),)
# A Reseller's dashboard counts Dealers and accounts, and shows neither hubs nor SIMs.
_BEGUN = (
    *_HUB,
    ShownBy(FactParty.RESELLER, "reseller_dashboard", frozenset({"by", "hub", "subscription", "iccid"})),
)
_OVER = (*_HUB, ShownBy(FactParty.SELLER, "reseller_dashboard", frozenset({"by", "hub", "subscription"})))

SHOWN: dict[type[Happened], tuple[ShownBy, ...]] = {
    facts.PersonSignedUp: (ShownBy(FactParty.PERSON, "accounts"),),
    facts.CompanyCreated: (*_COMPANY, ShownBy(FactParty.OWNER, "accounts")),
    facts.CompanyDeleted: (*_COMPANY, ShownBy(FactParty.MEMBERS, "accounts")),
    facts.DealerEnrolled: _COMPANY,
    facts.BillingZoneSet: _COMPANY,
    facts.EmployeeAdded: _STAFF,
    facts.EmployeeJoined: _STAFF,
    facts.EmployeeRoleChanged: _STAFF,
    facts.EmployeeRemoved: _STAFF,
    facts.MailSent: (ShownBy(FactParty.ADDRESSEE, "mailbox"),),
    facts.ResellerAppointed: _COMPANY,
    facts.ConnectionRequested: _ASKED,
    facts.InvitationClaimed: _ASKED,
    facts.ConnectionApproved: _ANSWERED,
    facts.ConnectionRejected: _ANSWERED,
    facts.ConnectionSuspended: _ANSWERED,
    facts.ConnectionRestored: _ANSWERED,
    facts.ObjectCreated: _OBJECT,
    facts.ObjectDeleted: (ShownBy(FactParty.HOLDER, "objects"),),
    facts.InstallingCompanyRemoved: _OBJECT,
    facts.HubAdded: _HUB,
    facts.HubRemoved: _HUB,
    facts.HubArmed: _HUB,
    facts.HubConfigured: _HUB,
    facts.ConfigurationTransferred: _HUB,
    facts.SimsObserved: _HUB,
    facts.HubReportedOffline: _HUB,
    facts.HubReportedOnline: _HUB,
    facts.ChannelLossNoticed: _HUB,
    facts.ChannelRestored: _HUB,
    facts.VersionOvertaken: _HUB,
    facts.ServiceActivated: _BEGUN,
    facts.DeactivationScheduled: _HUB,
    facts.ServiceResumed: _HUB,
    facts.ServiceStopped: _OVER,
    facts.ServiceEnded: _OVER,
    facts.SimBound: _HUB,
    facts.CarrierOrderPlaced: _HUB,
    facts.CarrierOrderConfirmed: _HUB,
    facts.OrdersOvertaken: _HUB,
    facts.InvoiceIssued: (ShownBy(FactParty.RESELLER, "payment_history"),),
}


def audience(reading: Projection, fact: Fact) -> dict[str, tuple[ShownBy, ...]]:
    """Return who is told of the fact: company id, person id or mail address, with the rows that say so.

    `reading` has come as far as this fact.
    """
    found: dict[str, tuple[ShownBy, ...]] = dict.fromkeys(reading.companies(fact), (HISTORY,))
    for shown in SHOWN[type(fact)]:
        for name in _names(reading, fact, shown.to):
            found[name] = (*found.get(name, ()), shown)
    return found


def _names(reading: Projection, fact: Fact, party: FactParty) -> Iterable[str]:
    finder = _FINDERS.get(party)
    if finder is not None:
        return finder(reading, fact)
    name = getattr(fact, _FIELDS[party])
    return () if name is None else (name,)


def _members(reading: Projection, fact: Fact) -> Iterable[str]:
    assert isinstance(fact, facts.CompanyDeleted)
    return tuple(reading.members[fact.company])


def _seller(reading: Projection, fact: Fact) -> Iterable[str]:
    assert isinstance(fact, facts.ServiceStopped | facts.ServiceEnded)
    return (reading.reseller_of_subscription[fact.subscription],)


_FINDERS: dict[FactParty, Callable[[Projection, Fact], Iterable[str]]] = {
    FactParty.HOLDER: Projection.holders,
    FactParty.MEMBERS: _members,
    FactParty.SELLER: _seller,
}


def standing(state: State, actor: Actor) -> Role | None:
    """Return the role in which the person acts for the company now; None for who is no member of it."""
    company = state.companies.get(actor.account or "")
    if company is None or company.deleted or actor.person is None:
        return None
    return role_in(company, actor.person)


def showing(rows: Sequence[ShownBy], role: Role | None, actor: Actor) -> ShownBy | None:
    """Return the row by which the person may be told, or None. A role of None is told of oneself only."""
    for shown in rows:
        if shown.by in OWN or (role is not None and allowed(role, actor.app, shown.by)):
            return shown
    return None


def told(fact: Fact, shown: ShownBy) -> dict[str, Any]:
    """Return what is told of the fact: `at_ms`, `by` and `details`, without what is hidden."""
    row = history_row(fact)
    details = {name: value for name, value in row.details.items() if name not in shown.hidden}
    return {"at_ms": row.at_ms, "by": "" if "by" in shown.hidden else row.by, "details": details}
