"""Invoices: the fees of a Reseller for the hubs of a Dealer, and the span of time that an invoice covers.

A Dealer's time is divided into spans. Each span begins where the previous one ended, and ends where the
Dealer's next month begins in its billing zone. Therefore every instant is invoiced exactly once and the
months are consecutive, even if the billing zone changes. A Dealer with nothing to invoice has no span. The
Reseller of each subscription gets one invoice for each span (guide A6, R7).

The guide and the manuals do not define the fee for a part of a month: see `Billing` in the settings.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hubsim_cloud.domain.calendar import days_of, month_name, month_number, month_start, start_of
from hubsim_cloud.domain.facts import InvoiceIssued, InvoiceLine
from hubsim_cloud.domain.packages import Package, packages
from hubsim_cloud.domain.settings import Billing, CloudSettings, TrialScope
from hubsim_cloud.domain.state import Company, State, Subscription

HALF_MONTH_MS = 15 * 86_400_000
"""From the start of a span to an instant well inside its month: zones differ by at most 26 hours."""


Accounts = dict[tuple[str, str], list[Subscription]]
"""(hub, package) to its subscriptions that were active in a span."""


class Span(NamedTuple):
    """The period of an invoice: from `start_ms` up to but not including `end_ms`."""

    start_ms: int
    end_ms: int
    month: int
    zone: str

    @property
    def days(self) -> int:
        """The number of local days of the span, for the daily share of a fee."""
        return len(days_of(self.start_ms, self.end_ms, self.zone))


def span_start(company: Company, at_ms: int) -> int:
    """Return the start of the span that contains a first subscription at `at_ms`."""
    start_ms = month_start(at_ms, company.zone)
    return start_ms if company.invoiced_until_ms is None else max(start_ms, company.invoiced_until_ms)


def span_end(start_ms: int, zone: str) -> int:
    """Return the end of the span from `start_ms`, by the months of this zone."""
    return start_of(_month(start_ms, zone) + 1, zone)


def is_invoiced(company: Company, run: Subscription, ended_ms: int) -> bool:
    """Return whether a run that ends at `ended_ms` was paid for to its end.

    It was active in the span that was invoiced last, and in the open span only for a rest of the month
    before: up to where this month begins in the billing zone, or up to the month end that was promised when
    it was deactivated. Such a rest exists after a change of the billing zone or of its rules.
    """
    assert company.invoiced_until_ms is not None, "a run has a span"
    if run.started_at_ms >= company.invoiced_until_ms:
        return False
    month = _month(company.invoiced_until_ms, company.zone)
    promised = run.last_month is not None and run.last_month < month
    return promised or ended_ms <= max(company.invoiced_until_ms, start_of(month, company.zone))


def invoices(
    state: State, dealer: str, end_ms: int, first: int, settings: CloudSettings
) -> list[InvoiceIssued]:
    """Return the invoices of the Dealer's span that ends at `end_ms`, one for each Reseller and currency.

    The span must be open: then every unbilled subscription was active in it. Invoices are numbered from
    `first`; their lines are in the order in which the subscriptions began.
    """
    company = state.companies[dealer]
    assert company.invoiced_until_ms is not None, f"{dealer} has nothing to invoice"
    start_ms = company.invoiced_until_ms
    span = Span(start_ms, end_ms, _month(start_ms, company.zone), company.zone)
    known = packages(state.market)
    runs: dict[tuple[str, str], Accounts] = {}
    for run in (state.subscriptions[name] for name in company.unbilled):
        account = runs.setdefault((run.reseller, known[run.package].currency), {})
        account.setdefault((run.hub, run.package), []).append(run)
    return [
        InvoiceIssued(
            at_ms=end_ms,
            invoice=f"invoice-{first + index}",
            reseller=reseller,
            dealer=dealer,
            month=month_name(span.month),
            currency=currency,
            lines=(lines := _lines(known, accounts, span, settings)),
            total_cents=sum(line.fee_cents for line in lines),
        )
        for index, ((reseller, currency), accounts) in enumerate(runs.items())
    ]


def fee_cents(package: Package, runs: Iterable[Subscription], span: Span, settings: CloudSettings) -> int:
    """Return the fee of one account for the span. `runs`: its subscriptions that were active in the span."""
    paid = [run for run in runs if not _on_trial(run, span, settings)]
    if not paid:
        return 0
    if settings.billing is Billing.FULL_MONTH:
        return package.fee_cents
    active = {day for run in paid for day in _active_days(run, span)}
    month_days = span.days
    return (2 * package.fee_cents * len(active) + month_days) // (2 * month_days)


def _lines(
    known: Mapping[str, Package], accounts: Accounts, span: Span, settings: CloudSettings
) -> tuple[InvoiceLine, ...]:
    return tuple(
        InvoiceLine(hub, package, fee_cents(known[package], runs, span, settings))
        for (hub, package), runs in accounts.items()
    )


def _month(start_ms: int, zone: str) -> int:
    return month_number(start_ms + HALF_MONTH_MS, zone)


def _on_trial(run: Subscription, span: Span, settings: CloudSettings) -> bool:
    per_account = settings.trial_scope is TrialScope.ACCOUNT
    began_ms = run.account_since_ms if per_account else run.started_at_ms
    return span.month - month_number(began_ms, span.zone) < settings.trial_months


def _active_days(run: Subscription, span: Span) -> frozenset[int]:
    start_ms = max(run.started_at_ms, span.start_ms)
    end_ms = span.end_ms if run.ended_at_ms is None else min(run.ended_at_ms, span.end_ms)
    return days_of(start_ms, max(end_ms, start_ms + 1), span.zone)
