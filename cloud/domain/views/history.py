"""Histories: the log of facts itself, picked by the hub or the company that it is about, oldest first.

A company sees of a hub what happened while the hub was its own or nobody's: never what happened while
another company looked after it. Who had what when is read from the same facts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cloud.domain import queries
from cloud.domain.case import Case
from cloud.domain.facts import (
    CarrierOrderPlaced,
    ConfigurationTransferred,
    Fact,
    HubAdded,
    HubRemoved,
    InstallingCompanyRemoved,
    MailSent,
    ObjectCreated,
    ObjectDeleted,
    ServiceActivated,
    SimBound,
)
from cloud.domain.members import permitted
from cloud.domain.places import hub_of
from cloud.domain.views.view import View

_COMPANY_FIELDS = ("company", "dealer", "reseller")


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fact: when it became true, who caused it (empty: the service itself), and what it says."""

    at_ms: int
    by: str
    fact: str
    details: dict[str, Any]


class HistoryView(View, frozen=True, kw_only=True):
    """Facts, oldest first."""

    rows: tuple[HistoryRow, ...]


@dataclass(slots=True)
class _Reading:
    """Who has what, at the place in the log to which it has been read."""

    company_of_object: dict[str, str | None] = field(default_factory=dict)
    object_of_hub: dict[str, str] = field(default_factory=dict)
    hub_of_iccid: dict[str, str] = field(default_factory=dict)
    """The hub whose subscription was bound to the SIM last."""

    def hubs(self, fact: Fact) -> tuple[str, ...]:
        """Return the hubs that the fact is about."""
        if isinstance(fact, ConfigurationTransferred):
            return (fact.donor, fact.target)
        if isinstance(fact, ObjectDeleted | InstallingCompanyRemoved):
            return tuple(hub for hub, site in self.object_of_hub.items() if site == fact.object)
        hub = getattr(fact, "hub", None) or self.hub_of_iccid.get(getattr(fact, "iccid", ""))
        return () if hub is None else (hub,)

    def companies(self, fact: Fact) -> set[str]:
        """Return the companies that the fact is about."""
        named = {getattr(fact, name, None) for name in _COMPANY_FIELDS}
        held = {self.company_of_object.get(getattr(fact, "object", ""))}
        held |= {self.holder(hub) for hub in self.hubs(fact)}
        return {company for company in named | held if company}

    def holder(self, hub: str) -> str | None:
        """Return the company that looks after the hub, or None."""
        return self.company_of_object.get(self.object_of_hub.get(hub, ""))

    def learn(self, fact: Fact) -> None:
        """Take over what the fact says about who has what."""
        match fact:
            case ObjectCreated():
                self.company_of_object[fact.object] = fact.company
            case InstallingCompanyRemoved():
                self.company_of_object[fact.object] = None
            case ObjectDeleted():
                for hub in self.hubs(fact):
                    del self.object_of_hub[hub]
            case HubAdded():
                self.object_of_hub[fact.hub] = fact.object
            case HubRemoved():
                self.object_of_hub.pop(fact.hub, None)
            case ServiceActivated() | SimBound():
                self.hub_of_iccid[fact.iccid] = fact.hub
            case _:
                pass


def _read(log: Iterable[Fact]) -> Iterator[tuple[Fact, _Reading]]:
    """Walk through the log; each fact comes with what was so just before it, and just after a beginning."""
    reading = _Reading()
    for fact in log:
        begins = isinstance(fact, ObjectCreated | HubAdded | ServiceActivated | CarrierOrderPlaced | SimBound)
        if begins:
            reading.learn(fact)
        yield fact, reading
        if not begins:
            reading.learn(fact)


def _hub_history(case: Case, query: queries.HubHistory) -> HistoryView:
    company = permitted(case, query)
    hub = hub_of(case.state, company, query.hub).id
    facts = (
        fact
        for fact, reading in _read(case.log)
        if hub in reading.hubs(fact) and reading.holder(hub) in {None, company.id}
    )
    return HistoryView(rows=tuple(_row(fact) for fact in facts))


def _company_history(case: Case, query: queries.CompanyHistory) -> HistoryView:
    company = permitted(case, query)
    facts = (fact for fact, reading in _read(case.log) if company.id in reading.companies(fact))
    return HistoryView(rows=tuple(_row(fact) for fact in facts))


def _row(fact: Fact) -> HistoryRow:
    details = msgspec.to_builtins(fact)
    if isinstance(fact, MailSent):
        # The addressee may be a person of another company, whose address is nobody else's business.
        del details["to"]
    return HistoryRow(
        at_ms=details.pop("at_ms"), by=details.pop("by"), fact=details.pop("fact"), details=details
    )


ANSWERS: dict[type[queries.Look], Callable[[Case, Any], View]] = {
    queries.HubHistory: _hub_history,
    queries.CompanyHistory: _company_history,
}
