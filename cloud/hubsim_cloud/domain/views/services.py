"""Views of services and payments: activation form, dashboards, invoices.

Guide A5, A6, E1 and R7.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.authorization import as_dealer, as_reseller, permitted
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.facts import InvoiceIssued, InvoiceLine
from hubsim_cloud.domain.lookups import hub_of
from hubsim_cloud.domain.packages import packages, preselected
from hubsim_cloud.domain.resellers import approved
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import (
    Cents,
    CompanyRef,
    Currency,
    HubRef,
    InvoiceId,
    Month,
    PackageId,
    PackageService,
    ResellerRef,
    Whole,
)
from hubsim_cloud.domain.views.view import View
from hubsim_contract.wire.messages import ServiceState


class PackageChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One package to choose from. The Dealer does not see its fee, which only concerns the Reseller."""

    id: PackageId
    name: str
    service: PackageService


class ConnectedResellerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One Reseller to choose from."""

    reseller: ResellerRef
    name: str


class ActivationFormView(View, frozen=True, kw_only=True):
    """The choices of the activation form. `package` and `reseller` are None if the user must choose."""

    hub: HubRef
    packages: tuple[PackageChoice, ...]
    package: PackageId | None
    resellers: tuple[ConnectedResellerRow, ...]
    reseller: ResellerRef | None


class DashboardView(View, frozen=True, kw_only=True):
    """The Dealer's accounts (hubs in its objects), counted by the state of their service."""

    accounts: Whole
    not_available: Whole
    activation_required: Whole
    active: Whole
    expiring: Whole


class PackageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A package, its fee, and the number of accounts with it that this Reseller pays for."""

    package: PackageId
    name: str
    fee_cents: Cents | None
    """For a whole month. None for a person without access to financial information (guide E8)."""
    currency: Currency
    accounts: Whole


class ResellerDashboardView(View, frozen=True, kw_only=True):
    """The running services that this Reseller pays for. An expiring service is still active (guide X5)."""

    dealers_with_active_services: Whole
    accounts_with_active_services: Whole
    packages: tuple[PackageRow, ...]


class InvoiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice: a Dealer's accounts in a month (`2026-01`)."""

    invoice: InvoiceId
    issued_at_ms: int
    dealer: CompanyRef
    dealer_name: str
    month: Month
    currency: Currency
    lines: tuple[InvoiceLine, ...]
    total_cents: Cents


class IssuedInvoiceRow(InvoiceRow, frozen=True, kw_only=True):
    """One invoice as the operator sees it."""

    reseller: ResellerRef
    reseller_name: str


class IssuedInvoicesView(View, frozen=True, kw_only=True):
    """All invoices, newest first."""

    invoices: tuple[IssuedInvoiceRow, ...]


class PaymentHistoryView(View, frozen=True, kw_only=True):
    """The Reseller's invoices, newest first."""

    invoices: tuple[InvoiceRow, ...]


def _activation_form(context: DecisionContext, query: queries.ActivationForm) -> ActivationFormView:
    hub = hub_of(context.state, permitted(context, query), query.hub)
    dealer = as_dealer(context, query)
    package = preselected(context.state.market)
    names = approved(context.state, dealer)
    rows = (ConnectedResellerRow(reseller=name, name=context.state.companies[name].name) for name in names)
    return ActivationFormView(
        hub=hub.id,
        packages=tuple(
            PackageChoice(id=known.id, name=known.name, service=known.service)
            for known in packages(context.state.market).values()
        ),
        package=None if package is None else package.id,
        resellers=tuple(rows),
        reseller=names[0] if len(names) == 1 else None,
    )


def _dashboard(context: DecisionContext, query: queries.Dashboard) -> DashboardView:
    company = as_dealer(context, query)
    hubs = (name for site in company.objects for name in context.state.objects[site].hubs)
    counts = Counter(context.state.hubs[name].wanted.service for name in hubs)
    return DashboardView(
        accounts=counts.total(),
        not_available=counts[ServiceState.NOT_AVAILABLE],
        activation_required=counts[ServiceState.ACTIVATION_REQUIRED],
        active=counts[ServiceState.ACTIVE],
        expiring=counts[ServiceState.EXPIRING],
    )


def _reseller_dashboard(context: DecisionContext, query: queries.ResellerDashboard) -> ResellerDashboardView:
    company, _listing = as_reseller(context, query)
    running = (context.state.subscriptions[name] for name in context.state.serving.values())
    ours = [run for run in running if run.reseller == company.id]
    counts = Counter(run.package for run in ours)
    rows = (
        PackageRow(
            package=package.id,
            name=package.name,
            fee_cents=package.fee_cents,
            currency=package.currency,
            accounts=counts[package.id],
        )
        for package in packages(context.state.market).values()
    )
    return ResellerDashboardView(
        dealers_with_active_services=len({run.company for run in ours}),
        accounts_with_active_services=len(ours),
        packages=tuple(rows),
    )


def _payment_history(context: DecisionContext, query: queries.PaymentHistory) -> PaymentHistoryView:
    company, _listing = as_reseller(context, query)
    ours = [invoice for invoice in context.state.invoices if invoice.reseller == company.id]
    rows = context.pager.of_log(
        ours, lambda invoice: InvoiceRow(**_invoice_fields(context.state, invoice)), newest_first=True
    )
    return PaymentHistoryView(invoices=rows)


def _invoices(context: DecisionContext, _query: queries.Invoices) -> IssuedInvoicesView:
    state = context.state

    def row(invoice: InvoiceIssued) -> IssuedInvoiceRow:
        return IssuedInvoiceRow(
            **_invoice_fields(state, invoice),
            reseller=invoice.reseller,
            reseller_name=state.companies[invoice.reseller].name,
        )

    return IssuedInvoicesView(invoices=context.pager.of_log(state.invoices, row, newest_first=True))


def _invoice_fields(state: State, invoice: InvoiceIssued) -> dict[str, Any]:
    return {
        "invoice": invoice.invoice,
        "issued_at_ms": invoice.at_ms,
        "dealer": invoice.dealer,
        "dealer_name": state.companies[invoice.dealer].name,
        "month": invoice.month,
        "currency": invoice.currency,
        "lines": invoice.lines,
        "total_cents": invoice.total_cents,
    }


ANSWERS: dict[type[queries.BaseQuery], Callable[[DecisionContext, Any], View]] = {
    queries.ActivationForm: _activation_form,
    queries.Dashboard: _dashboard,
    queries.ResellerDashboard: _reseller_dashboard,
    queries.PaymentHistory: _payment_history,
    queries.Invoices: _invoices,
}
