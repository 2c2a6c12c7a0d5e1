"""Who has what, read from the facts alone, at any place of the log.

The histories and the event streams tell with it whom a fact is about. What it says is what was so just
before a fact, and just after a fact with which something begins: a hub's first fact is about its company.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hubsim_cloud.domain.facts import (
    CarrierOrderPlaced,
    CompanyCreated,
    CompanyDeleted,
    ConfigurationTransferred,
    EmployeeAdded,
    EmployeeRemoved,
    Fact,
    Happened,
    HubAdded,
    HubRemoved,
    InstallingCompanyRemoved,
    ObjectCreated,
    ObjectDeleted,
    ServiceActivated,
    SimBound,
)

_COMPANY_FIELDS = ("company", "dealer", "reseller")


@dataclass(slots=True)
class Projection:
    """Who has what, at the place in the log to which it has been read."""

    company_of_object: dict[str, str | None] = field(default_factory=dict)
    object_of_hub: dict[str, str] = field(default_factory=dict)
    hubs_of_object: dict[str, dict[str, None]] = field(default_factory=dict)
    hub_of_iccid: dict[str, str] = field(default_factory=dict)
    """The hub whose subscription was bound to the SIM last."""
    reseller_of_subscription: dict[str, str] = field(default_factory=dict)
    members: dict[str, dict[str, None]] = field(default_factory=dict)
    """Company id to its owner and employees, joined or not."""

    def hubs(self, fact: Fact) -> tuple[str, ...]:
        """Return the hubs that the fact is about."""
        if isinstance(fact, ConfigurationTransferred):
            return (fact.donor, fact.target)
        if isinstance(fact, ObjectDeleted | InstallingCompanyRemoved):
            return tuple(self.hubs_of_object.get(fact.object, ()))
        hub = getattr(fact, "hub", None) or self.hub_of_iccid.get(getattr(fact, "iccid", ""))
        return () if hub is None else (hub,)

    def companies(self, fact: Fact) -> set[str]:
        """Return the companies that the fact is about."""
        named = {getattr(fact, name, None) for name in _COMPANY_FIELDS}
        return {company for company in named if company} | self.holders(fact)

    def holders(self, fact: Fact) -> set[str]:
        """Return the companies that look after the object or the hubs that the fact is about."""
        held = {self.company_of_object.get(getattr(fact, "object", ""))}
        held |= {self.holder(hub) for hub in self.hubs(fact)}
        return {company for company in held if company}

    def holder(self, hub: str) -> str | None:
        """Return the company that looks after the hub, or None."""
        return self.company_of_object.get(self.object_of_hub.get(hub, ""))

    def learn(self, fact: Fact) -> None:
        """Take over what the fact says about who has what."""
        lesson = _LESSONS.get(type(fact))
        if lesson is not None:
            lesson(self, fact)


def read(reading: Projection, facts: Iterable[Fact]) -> Iterator[Fact]:
    """Walk through the facts and take the reading along; it is right for the fact that was given last."""
    for fact in facts:
        begins = isinstance(fact, ObjectCreated | HubAdded | ServiceActivated | CarrierOrderPlaced | SimBound)
        if begins:
            reading.learn(fact)
        yield fact
        if not begins:
            reading.learn(fact)


def _company_created(reading: Projection, fact: CompanyCreated) -> None:
    reading.members[fact.company] = {fact.owner: None}


def _company_deleted(reading: Projection, fact: CompanyDeleted) -> None:
    del reading.members[fact.company]


def _employee_added(reading: Projection, fact: EmployeeAdded) -> None:
    reading.members[fact.company][fact.person] = None


def _employee_removed(reading: Projection, fact: EmployeeRemoved) -> None:
    del reading.members[fact.company][fact.person]


def _object_created(reading: Projection, fact: ObjectCreated) -> None:
    reading.company_of_object[fact.object] = fact.company


def _installing_company_removed(reading: Projection, fact: InstallingCompanyRemoved) -> None:
    reading.company_of_object[fact.object] = None


def _object_deleted(reading: Projection, fact: ObjectDeleted) -> None:
    for hub in reading.hubs_of_object.pop(fact.object, ()):
        del reading.object_of_hub[hub]


def _hub_added(reading: Projection, fact: HubAdded) -> None:
    _leave(reading, fact.hub)
    reading.object_of_hub[fact.hub] = fact.object
    reading.hubs_of_object.setdefault(fact.object, {})[fact.hub] = None


def _hub_removed(reading: Projection, fact: HubRemoved) -> None:
    _leave(reading, fact.hub)


def _leave(reading: Projection, hub: str) -> None:
    """Take the hub out of the object that it is in, if any."""
    site = reading.object_of_hub.pop(hub, None)
    if site is not None:
        del reading.hubs_of_object[site][hub]


def _service_activated(reading: Projection, fact: ServiceActivated) -> None:
    reading.hub_of_iccid[fact.iccid] = fact.hub
    reading.reseller_of_subscription[fact.subscription] = fact.reseller


def _sim_bound(reading: Projection, fact: SimBound) -> None:
    reading.hub_of_iccid[fact.iccid] = fact.hub


_LESSONS: dict[type[Happened], Callable[[Projection, Any], None]] = {
    CompanyCreated: _company_created,
    CompanyDeleted: _company_deleted,
    EmployeeAdded: _employee_added,
    EmployeeRemoved: _employee_removed,
    ObjectCreated: _object_created,
    InstallingCompanyRemoved: _installing_company_removed,
    ObjectDeleted: _object_deleted,
    HubAdded: _hub_added,
    HubRemoved: _hub_removed,
    ServiceActivated: _service_activated,
    SimBound: _sim_bound,
}
