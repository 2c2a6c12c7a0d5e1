"""Mutants of the business in the cloud: month ends, invoices, mails, notices, and observations of hubs."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from hubsim_cloud.domain.calendar import month_name, month_number, month_start
from hubsim_cloud.domain.carrier_facts import CarrierOrderConfirmed, CarrierOrderPlaced, OrdersOvertaken
from hubsim_cloud.domain.facts import (
    ChannelLossNoticed,
    ChannelRestored,
    DeactivationScheduled,
    Fact,
    HubReportedOffline,
    HubReportedOnline,
    InvitationClaimed,
    InvoiceIssued,
    MailSent,
    ServiceEnded,
    SimBound,
    SimsObserved,
)
from hubsim_cloud.domain.settings import Billing, TrialScope
from hubsim_contract.wire.messages import OrderStage
from hubsim_scenarios.proving.mutant import Mutant, Part, changed_facts, settings, without_facts
from hubsim_scenarios.proving.seams import Changes, Seam

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
MAILS = {
    "employee_invitation": ("an invited employee", "E6"),
    "connection_request": ("a Reseller about a request", "R2"),
    "reseller_invitation": ("an invited Reseller", "R4"),
    "connection_approved": ("the Dealer about an approval", "R3"),
    "connection_rejected": ("the Dealer about a rejection", "R3"),
    "connection_suspended": ("the Dealer about a suspension", "R6"),
    "connection_restored": ("the Dealer about the end of a suspension", "R6"),
    "invitation_claimed": ("the Dealer about an invited Reseller that has joined", "R4"),
    "company_deleted": ("a partner about a deleted company", "X4"),
    "desktop_build": ("a person about the build of PRO Desktop", "C5"),
}
"""Each kind of mail, with its addressee and the clause of the guide."""


def _month_end_late(late_ms: int) -> Callable[[], Changes]:
    def change(fact: DeactivationScheduled) -> Iterable[Fact]:
        return (replace(fact, ends_at_ms=fact.ends_at_ms + late_ms),)

    return lambda: changed_facts(DeactivationScheduled, change)


def _month_end_utc() -> Changes:
    def change(fact: DeactivationScheduled) -> Iterable[Fact]:
        return (replace(fact, ends_at_ms=month_start(fact.ends_at_ms + _DAY_MS, "UTC")),)

    return changed_facts(DeactivationScheduled, change)


def _without_orders(together_with: type[Fact]) -> Callable[[], Changes]:
    """Return changes that drop the orders which are placed together with a fact."""

    def change(facts: tuple[Fact, ...], _command: str) -> tuple[Fact, ...]:
        if not any(isinstance(fact, together_with) for fact in facts):
            return facts
        return tuple(fact for fact in facts if not isinstance(fact, CarrierOrderPlaced))

    return lambda: {Seam.FACTS: change}


def _without_orders_of(command: str) -> Callable[[], Changes]:
    def change(facts: tuple[Fact, ...], by: str) -> tuple[Fact, ...]:
        return tuple(fact for fact in facts if by != command or not isinstance(fact, CarrierOrderPlaced))

    return lambda: {Seam.FACTS: change}


def _sim_not_followed() -> Changes:
    def change(facts: tuple[Fact, ...], _command: str) -> tuple[Fact, ...]:
        if not any(isinstance(fact, SimBound) for fact in facts):
            return facts
        return tuple(fact for fact in facts if not isinstance(fact, SimBound | CarrierOrderPlaced))

    return {Seam.FACTS: change}


def _carrier_ahead_ignored() -> Changes:
    def change(facts: tuple[Fact, ...], _command: str) -> tuple[Fact, ...]:
        return () if any(isinstance(fact, OrdersOvertaken) for fact in facts) else facts

    return {Seam.FACTS: change}


def _invoice(change: Callable[[InvoiceIssued], Iterable[Fact]]) -> Callable[[], Changes]:
    return lambda: changed_facts(InvoiceIssued, change)


def _doubled(invoice: InvoiceIssued) -> Iterable[Fact]:
    return (invoice, replace(invoice, invoice=f"{invoice.invoice}-again"))


def _next_month(invoice: InvoiceIssued) -> Iterable[Fact]:
    return (replace(invoice, month=month_name(month_number(invoice.at_ms + _DAY_MS, "UTC"))),)


def _dearer(invoice: InvoiceIssued) -> Iterable[Fact]:
    lines = tuple(replace(line, fee_cents=line.fee_cents + 1) for line in invoice.lines)
    return (replace(invoice, lines=lines, total_cents=invoice.total_cents + len(lines)),)


def _line_missing(invoice: InvoiceIssued) -> Iterable[Fact]:
    lines = invoice.lines[:-1]
    return (replace(invoice, lines=lines, total_cents=sum(line.fee_cents for line in lines)),)


def _to_the_dealer(invoice: InvoiceIssued) -> Iterable[Fact]:
    return (replace(invoice, reseller=invoice.dealer),)


_BUSINESS = Part.BUSINESS
BUSINESS_MUTANTS = (
    Mutant(
        "month_end_missed",
        _BUSINESS,
        "Services do not end on the 1st.",
        ("S1", "S4"),
        lambda: without_facts(ServiceEnded),
    ),
    Mutant(
        "month_end_hour_late",
        _BUSINESS,
        "Services end an hour after the 1st began.",
        ("S1", "S4"),
        _month_end_late(_HOUR_MS),
    ),
    Mutant(
        "month_end_day_late",
        _BUSINESS,
        "Services end on the 2nd.",
        ("S1", "S4"),
        _month_end_late(_DAY_MS),
    ),
    Mutant(
        "month_end_utc",
        _BUSINESS,
        "Services end on the 1st in UTC instead of the billing zone.",
        ("S1", "S4"),
        _month_end_utc,
    ),
    Mutant(
        "cut_missing_at_month_end",
        _BUSINESS,
        "The cloud does not order the cut of the SIM at the end of the month.",
        ("S4",),
        _without_orders(ServiceEnded),
    ),
    Mutant(
        "cut_missing_at_stop",
        _BUSINESS,
        "The cloud does not order the cut of the SIM at Stop now.",
        ("X2",),
        _without_orders_of("stop_now"),
    ),
    Mutant(
        "order_missing_at_activation",
        _BUSINESS,
        "The cloud does not order the activation of the SIM.",
        ("A7",),
        _without_orders_of("activate"),
    ),
    Mutant(
        "invoice_missing",
        _BUSINESS,
        "Resellers get no invoices.",
        ("A6", "R7"),
        lambda: without_facts(InvoiceIssued),
    ),
    Mutant("invoice_doubled", _BUSINESS, "Each invoice is issued twice.", ("A6", "R7"), _invoice(_doubled)),
    Mutant(
        "invoice_of_wrong_month",
        _BUSINESS,
        "An invoice has the month in which it was issued.",
        ("R7",),
        _invoice(_next_month),
    ),
    Mutant(
        "invoice_too_high",
        _BUSINESS,
        "Each fee of an invoice is a cent too high.",
        ("R7",),
        _invoice(_dearer),
    ),
    Mutant(
        "invoice_line_missing",
        _BUSINESS,
        "The last account of an invoice is missing.",
        ("A6", "R7"),
        _invoice(_line_missing),
    ),
    Mutant(
        "invoice_to_dealer",
        _BUSINESS,
        "The Dealer gets the invoice of the Reseller.",
        ("A6",),
        _invoice(_to_the_dealer),
    ),
    Mutant(
        "trial_missing",
        _BUSINESS,
        "Trial months are invoiced.",
        ("domain: billing",),
        lambda: settings("cloud", trial_months=0),
    ),
    Mutant(
        "trial_again",
        _BUSINESS,
        "Each activation has a new trial.",
        ("domain: billing",),
        lambda: settings("cloud", trial_scope=TrialScope.SUBSCRIPTION),
    ),
    Mutant(
        "days_uncounted",
        _BUSINESS,
        "A part of a month costs the whole fee although fees are by the day.",
        ("domain: billing",),
        lambda: settings("cloud", billing=Billing.FULL_MONTH),
    ),
    *(
        Mutant(
            f"mail_missing_{kind}",
            _BUSINESS,
            f"The cloud sends no mail to {addressee}.",
            (clause,),
            lambda kind=kind: without_facts(MailSent, where=lambda mail: mail.kind == kind),  # type: ignore[misc]
        )
        for kind, (addressee, clause) in MAILS.items()
    ),
    Mutant(
        "offline_unreported",
        _BUSINESS,
        "The company is not notified that a hub is offline.",
        ("domain: timing",),
        lambda: without_facts(HubReportedOffline),
    ),
    Mutant(
        "offline_reported_late",
        _BUSINESS,
        "A hub is reported offline after 10 missed pings and the delay.",
        ("domain: timing",),
        lambda: settings("cloud", ping_multiplier=10),
    ),
    Mutant(
        "return_unreported",
        _BUSINESS,
        "The company is not notified that a hub is back.",
        ("domain: timing",),
        lambda: without_facts(HubReportedOnline),
    ),
    Mutant(
        "channel_loss_unreported",
        _BUSINESS,
        "The company is not notified that a hub has lost a channel.",
        ("domain: timing",),
        lambda: without_facts(ChannelLossNoticed),
    ),
    Mutant(
        "channel_return_unreported",
        _BUSINESS,
        "The company is not notified that a channel is back.",
        ("domain: timing",),
        lambda: without_facts(ChannelRestored),
    ),
    Mutant(
        "cards_unobserved",
        _BUSINESS,
        "The cloud does not learn which cards are in a hub.",
        ("A3",),
        lambda: without_facts(SimsObserved),
    ),
    Mutant(
        "new_card_not_followed",
        _BUSINESS,
        "A running subscription stays with an Ajax SIM that was replaced.",
        ("domain: layers",),
        _sim_not_followed,
    ),
    Mutant(
        "execution_forgotten",
        _BUSINESS,
        "The cloud does not store that an order was executed.",
        ("MQ-8.again_cloud",),
        lambda: without_facts(CarrierOrderConfirmed, where=lambda fact: fact.stage is OrderStage.EXECUTED),
    ),
    Mutant(
        "carrier_ahead_ignored",
        _BUSINESS,
        "The cloud does not continue above the sequence of a carrier that is ahead of it.",
        ("MQ-8.forward",),
        _carrier_ahead_ignored,
    ),
    Mutant(
        "invitation_unclaimed",
        _BUSINESS,
        "A new Reseller does not get the requests that were sent to its address.",
        ("R4",),
        lambda: without_facts(InvitationClaimed),
    ),
)
