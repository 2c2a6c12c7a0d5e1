"""The visibility of new facts: one table of fact, party and the query that shows the fact to the party.

A person receives exactly the facts that they could query in their role and client. Members who may read the
history of a company receive all fields of the facts about it. Other parties receive the fields that the
query of their row shows. Outside a company, people receive only facts about their mail and memberships.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from typing import Any

import msgspec

from hubsim_cloud.domain import carrier_facts, facts
from hubsim_cloud.domain.authorization import may
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.happened import Happened
from hubsim_cloud.domain.projection import Projection
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor, Role
from hubsim_cloud.domain.views.history import history_row


class FactParty(Enum):
    """A party that a fact concerns, and where the fact names it."""

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
    """A mailbox: an address that may not belong to a person yet."""


class ShownBy(msgspec.Struct, frozen=True):
    """A rule that shows a fact to a party: `by` is the tag of the query, `hidden` its omitted fields.

    The name of the fact and its instant are always shown.
    """

    to: FactParty
    by: str
    hidden: frozenset[str] = frozenset()


OWN = frozenset({"accounts", "mailbox"})
"""Queries of people about their own account, which need no role."""

HISTORY = ShownBy(FactParty.COMPANY, "company_history")
"""Applies to every fact in the history of a company."""

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
    # The number is the Reseller's private number for the Dealer.
    ShownBy(FactParty.DEALER, "your_resellers", frozenset({"number"})),
    ShownBy(FactParty.RESELLER, "your_dealers"),
)
_OBJECT = (ShownBy(FactParty.COMPANY, "objects"),)
_HUB = (ShownBy(FactParty.HOLDER, "hub_history"),)
# A Reseller's dashboard counts Dealers and accounts; it does not show hubs or SIMs.
_SERVICE_STARTED = (
    *_HUB,
    ShownBy(FactParty.RESELLER, "reseller_dashboard", frozenset({"by", "hub", "subscription", "iccid"})),
)
_SERVICE_ENDED = (
    *_HUB,
    ShownBy(FactParty.SELLER, "reseller_dashboard", frozenset({"by", "hub", "subscription"})),
)

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
    facts.CountryServicesSet: _HUB,
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
    facts.DeviceForgotten: _HUB,
    facts.ServiceActivated: _SERVICE_STARTED,
    facts.DeactivationScheduled: _HUB,
    facts.ServiceResumed: _HUB,
    facts.ServiceStopped: _SERVICE_ENDED,
    facts.ServiceEnded: _SERVICE_ENDED,
    facts.SimBound: _HUB,
    carrier_facts.CarrierOrderPlaced: _HUB,
    carrier_facts.CarrierOrderConfirmed: _HUB,
    carrier_facts.SimSuspended: _HUB,
    carrier_facts.SimReactivated: _HUB,
    carrier_facts.OrdersOvertaken: _HUB,
    facts.InvoiceIssued: (ShownBy(FactParty.RESELLER, "payment_history"),),
}


def audience(projection: Projection, fact: Fact) -> dict[str, tuple[ShownBy, ...]]:
    """Return the receivers of the fact: company id, person id or mail address, each with its rules.

    `projection` has been advanced to this fact.
    """
    found: dict[str, tuple[ShownBy, ...]] = dict.fromkeys(projection.companies(fact), (HISTORY,))
    for shown in SHOWN[type(fact)]:
        for name in _names(projection, fact, shown.to):
            found[name] = (*found.get(name, ()), shown)
    return found


def _names(projection: Projection, fact: Fact, party: FactParty) -> Iterable[str]:
    finder = _FINDERS.get(party)
    if finder is not None:
        return finder(projection, fact)
    name = getattr(fact, _FIELDS[party])
    return () if name is None else (name,)


def _members(projection: Projection, fact: Fact) -> Iterable[str]:
    assert isinstance(fact, facts.CompanyDeleted)
    return tuple(projection.members[fact.company])


def _seller(projection: Projection, fact: Fact) -> Iterable[str]:
    assert isinstance(fact, facts.ServiceStopped | facts.ServiceEnded)
    return (projection.reseller_of_subscription[fact.subscription],)


_FINDERS: dict[FactParty, Callable[[Projection, Fact], Iterable[str]]] = {
    FactParty.HOLDER: Projection.holders,
    FactParty.MEMBERS: _members,
    FactParty.SELLER: _seller,
}


def visible_by(
    rows: Sequence[ShownBy], state: State, actor: Actor, role: Role | None, settings: CloudSettings
) -> ShownBy | None:
    """Return the rule that shows the fact to the person, or None.

    A person without a role receives only facts about their own account.
    """
    for shown in rows:
        if shown.by in OWN or (role is not None and may(state, actor, role, shown.by, settings)):
            return shown
    return None


def visible_fields(fact: Fact, shown: ShownBy) -> dict[str, Any]:
    """Return `at_ms`, `by` and `details` of the fact, without the hidden fields."""
    row = history_row(fact)
    details = {name: value for name, value in row.details.items() if name not in shown.hidden}
    return {"at_ms": row.at_ms, "by": "" if "by" in shown.hidden else row.by, "details": details}
