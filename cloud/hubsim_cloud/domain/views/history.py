"""Histories: the facts of the log about a hub or a company, in the order of the query.

The history of a hub shows a company the facts from times when the hub belonged to it or to no company. It
never shows facts from times when the hub belonged to another company. Ownership is derived from the facts.
The history of a deleted company is kept for the operator.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.authorization import permitted
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.facts import Fact, MailSent
from hubsim_cloud.domain.lookups import hub_of
from hubsim_cloud.domain.pager import Pager
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.types import Author, FactKind, SortOrder
from hubsim_cloud.domain.views.view import View


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fact: its instant, the person who caused it (empty: the service itself), and its fields."""

    at_ms: int
    by: Author
    fact: FactKind
    details: Annotated[dict[str, Any], msgspec.Meta(extra={"fields_of": "fact"})]
    """The other fields of the fact. A mail has no `to` here."""


class HistoryView(View, frozen=True, kw_only=True):
    """Facts, in the order of the query."""

    rows: tuple[HistoryRow, ...]


def _hub_history(context: DecisionContext, query: queries.HubHistory) -> HistoryView:
    company = permitted(context, query)
    hub = hub_of(context.state, company, query.hub).id
    facts = _archive(context).of_hub(hub, company.id)
    return HistoryView(rows=history_rows(context.pager, facts, query.sort))


def _company_history(context: DecisionContext, query: queries.CompanyHistory) -> HistoryView:
    company = permitted(context, query)
    facts = _archive(context).of_company(company.id)
    return HistoryView(rows=history_rows(context.pager, facts, query.sort))


def _company_records(context: DecisionContext, query: queries.CompanyRecords) -> HistoryView:
    if query.company not in context.state.companies:
        raise Refused(
            RefusalName.COMPANY_NOT_FOUND, "This company never existed: check its id.", company=query.company
        )
    facts = _archive(context).of_company(query.company)
    return HistoryView(rows=history_rows(context.pager, facts, query.sort))


def _archive(context: DecisionContext) -> Archive:
    assert context.archive is not None, "queries need the archive"
    return context.archive


def history_rows(pager: Pager, facts: Sequence[Fact], order: SortOrder) -> tuple[HistoryRow, ...]:
    """Return the rows of a page of facts. `facts` are oldest first."""
    return pager.of_log(facts, history_row, newest_first=order is SortOrder.NEWEST_FIRST)


def history_row(fact: Fact) -> HistoryRow:
    """Return the fact as people see it."""
    details = msgspec.to_builtins(fact)
    if isinstance(fact, MailSent):
        # The addressee may be a person of another company, whose address is private.
        del details["to"]
    return HistoryRow(
        at_ms=details.pop("at_ms"), by=details.pop("by"), fact=details.pop("fact"), details=details
    )


ANSWERS: dict[type[queries.BaseQuery], Callable[[DecisionContext, Any], View]] = {
    queries.HubHistory: _hub_history,
    queries.CompanyHistory: _company_history,
    queries.CompanyRecords: _company_records,
}
