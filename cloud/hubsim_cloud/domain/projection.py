"""Ownership (objects, hubs, SIMs, members) at any position of the log, derived from the facts alone.

Histories and event streams use it to find the parties that a fact concerns. For a fact it gives the
ownership just before the fact. For a fact that creates ownership it gives the ownership just after: so the
first fact about a hub concerns the hub's company.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hubsim_cloud.domain.carrier_facts import CarrierOrderPlaced
from hubsim_cloud.domain.facts import (
    CompanyCreated,
    CompanyDeleted,
    ConfigurationTransferred,
    CountryServicesSet,
    EmployeeAdded,
    EmployeeRemoved,
    Fact,
    HubAdded,
    HubRemoved,
    InstallingCompanyRemoved,
    ObjectCreated,
    ObjectDeleted,
    ServiceActivated,
    SimBound,
)
from hubsim_cloud.domain.happened import Happened
from hubsim_cloud.domain.money import carries_money

_COMPANY_FIELDS = ("company", "dealer", "reseller")


@dataclass(slots=True)
class Projection:
    """Ownership at the position of the log up to which the facts were applied."""

    company_of_object: dict[str, str | None] = field(default_factory=dict)
    object_of_hub: dict[str, str] = field(default_factory=dict)
    hubs_of_object: dict[str, dict[str, None]] = field(default_factory=dict)
    hub_of_iccid: dict[str, str] = field(default_factory=dict)
    """The hub whose subscription was last bound to the SIM."""
    reseller_of_subscription: dict[str, str] = field(default_factory=dict)
    members: dict[str, dict[str, None]] = field(default_factory=dict)
    """Company id to its owner and employees, joined or not."""
    country_of_company: dict[str, str] = field(default_factory=dict)

    def hubs(self, fact: Fact) -> tuple[str, ...]:
        """Return the hubs that the fact is about."""
        if isinstance(fact, ConfigurationTransferred):
            return (fact.donor, fact.target)
        if isinstance(fact, ObjectDeleted | InstallingCompanyRemoved):
            return tuple(self.hubs_of_object.get(fact.object, ()))
        if isinstance(fact, CountryServicesSet):
            return tuple(hub for hub in self.object_of_hub if self._country(hub) == fact.country)
        hub = getattr(fact, "hub", None) or self.hub_of_iccid.get(getattr(fact, "iccid", ""))
        return () if hub is None else (hub,)

    def companies(self, fact: Fact) -> set[str]:
        """Return the companies that the fact concerns. Money concerns its Reseller alone."""
        if carries_money(type(fact)):
            return {fact.reseller}  # type: ignore[union-attr, arg-type]  # each fact with an amount has one
        named = {getattr(fact, name, None) for name in _COMPANY_FIELDS}
        if isinstance(fact, CountryServicesSet):
            named |= {name for name, country in self.country_of_company.items() if country == fact.country}
        return {company for company in named if company} | self.holders(fact)

    def holders(self, fact: Fact) -> set[str]:
        """Return the companies that look after the object or the hubs that the fact is about."""
        held = {self.company_of_object.get(getattr(fact, "object", ""))}
        held |= {self.holder(hub) for hub in self.hubs(fact)}
        return {company for company in held if company}

    def holder(self, hub: str) -> str | None:
        """Return the company that looks after the hub, or None."""
        return self.company_of_object.get(self.object_of_hub.get(hub, ""))

    def _country(self, hub: str) -> str | None:
        return self.country_of_company.get(self.holder(hub) or "")

    def apply(self, fact: Fact) -> None:
        """Apply the changes of ownership of the fact."""
        handler = _HANDLERS.get(type(fact))
        if handler is not None:
            handler(self, fact)


def advance(projection: Projection, facts: Iterable[Fact]) -> Iterator[Fact]:
    """Yield the facts and advance the projection with them. It is valid for the last yielded fact."""
    for fact in facts:
        begins = isinstance(fact, ObjectCreated | HubAdded | ServiceActivated | CarrierOrderPlaced | SimBound)
        if begins:
            projection.apply(fact)
        yield fact
        if not begins:
            projection.apply(fact)


def _company_created(projection: Projection, fact: CompanyCreated) -> None:
    projection.members[fact.company] = {fact.owner: None}
    projection.country_of_company[fact.company] = fact.country


def _company_deleted(projection: Projection, fact: CompanyDeleted) -> None:
    del projection.members[fact.company]
    del projection.country_of_company[fact.company]


def _employee_added(projection: Projection, fact: EmployeeAdded) -> None:
    projection.members[fact.company][fact.person] = None


def _employee_removed(projection: Projection, fact: EmployeeRemoved) -> None:
    del projection.members[fact.company][fact.person]


def _object_created(projection: Projection, fact: ObjectCreated) -> None:
    projection.company_of_object[fact.object] = fact.company


def _installing_company_removed(projection: Projection, fact: InstallingCompanyRemoved) -> None:
    projection.company_of_object[fact.object] = None


def _object_deleted(projection: Projection, fact: ObjectDeleted) -> None:
    for hub in projection.hubs_of_object.pop(fact.object, ()):
        del projection.object_of_hub[hub]


def _hub_added(projection: Projection, fact: HubAdded) -> None:
    _leave(projection, fact.hub)
    projection.object_of_hub[fact.hub] = fact.object
    projection.hubs_of_object.setdefault(fact.object, {})[fact.hub] = None


def _hub_removed(projection: Projection, fact: HubRemoved) -> None:
    _leave(projection, fact.hub)


def _leave(projection: Projection, hub: str) -> None:
    """Remove the hub from its object, if it is in one."""
    site = projection.object_of_hub.pop(hub, None)
    if site is not None:
        del projection.hubs_of_object[site][hub]


def _service_activated(projection: Projection, fact: ServiceActivated) -> None:
    projection.hub_of_iccid[fact.iccid] = fact.hub
    projection.reseller_of_subscription[fact.subscription] = fact.reseller


def _sim_bound(projection: Projection, fact: SimBound) -> None:
    projection.hub_of_iccid[fact.iccid] = fact.hub


_HANDLERS: dict[type[Happened], Callable[[Projection, Any], None]] = {
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
