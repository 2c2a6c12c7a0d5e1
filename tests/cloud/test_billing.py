"""Invoices: every account once for every month in which it was active, in spite of zone changes."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service_play import AJAX, AJAX_2, DAY_MS, HUB, HUB_2, ServicePlay, instant, slot

from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.calendar import month_of, next_month_start
from hubsim_cloud.domain.commands import (
    Activate,
    DeleteCompany,
    Resume,
    ScheduleDeactivation,
    SetBillingZone,
    StopNow,
)
from hubsim_cloud.domain.facts import (
    BillingZoneSet,
    CompanyCreated,
    Fact,
    InvoiceIssued,
    ServiceActivated,
    ServiceStopped,
    SimsObserved,
)
from hubsim_cloud.domain.packages import packages
from hubsim_cloud.domain.settings import Billing, CloudSettings, TrialScope
from hubsim_cloud.domain.state import State, Subscription
from hubsim_cloud.domain.timeline import catch_up, due
from hubsim_cloud.domain.types import Actor

FEE = packages()["ajax-sim"].fee_cents
DAILY = CloudSettings(billing=Billing.DAILY)
ZONES_APART_MS = 26 * 3_600_000
"""Zones differ by at most 26 hours."""


def summary(play: ServicePlay) -> list[tuple[str, str, int]]:
    return [(invoice.month, invoice.reseller, invoice.total_cents) for invoice in play.state.invoices]


def test_a_reseller_is_invoiced_at_the_end_of_each_month_in_which_an_account_was_active() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.next_act_at(instant("2026-03-31 23:59:59.999"))
    play.does(dealer, StopNow(hub=HUB))

    play.passes_to(instant("2026-12-01 00:00"))

    assert summary(play) == [(month, "company-2", FEE) for month in ("2026-01", "2026-02", "2026-03")]
    assert [invoice.invoice for invoice in play.state.invoices] == ["invoice-1", "invoice-2", "invoice-3"]
    assert play.state.invoices[0].at_ms == instant("2026-02-01 00:00")


@pytest.mark.parametrize(
    ("stopped_at", "months"),
    [("2026-02-28 23:59:59.999", 2), ("2026-03-01 00:00", 2), ("2026-03-01 00:00:00.001", 3)],
)
def test_one_millisecond_in_a_month_costs_a_full_month(stopped_at: str, months: int) -> None:
    play = ServicePlay()
    dealer = play.active()
    play.next_act_at(instant(stopped_at))

    play.does(dealer, StopNow(hub=HUB))
    play.passes_to(instant("2026-06-01 00:00"))

    assert len(play.state.invoices) == months


def test_services_that_end_on_the_first_are_not_invoiced_for_the_new_month() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, ScheduleDeactivation(hub=HUB))

    play.passes_to(instant("2026-06-01 00:00"))

    assert summary(play) == [("2026-01", "company-2", FEE)]


def test_an_account_that_was_stopped_and_activated_again_has_one_line() -> None:
    play = ServicePlay()
    dealer = play.active()
    for _ in range(3):
        play.does(dealer, StopNow(hub=HUB))
        play.does(dealer, Activate(hub=HUB))

    play.passes_to(instant("2026-02-01 00:00"))

    (invoice,) = play.state.invoices
    assert [(line.hub, line.package, line.fee_cents) for line in invoice.lines] == [(HUB, "ajax-sim", FEE)]
    assert invoice.currency == "EUR"


def test_each_reseller_gets_its_own_invoice() -> None:
    play = ServicePlay()
    dealer = play.active()
    second = play.reseller("eastguard")
    play.connected(dealer, second)
    play.adds_hub(dealer, HUB_2)
    play.reports(HUB_2, (slot(AJAX_2),))
    play.does(dealer, Activate(hub=HUB_2, reseller=second.account))
    play.does(dealer, StopNow(hub=HUB))
    play.does(dealer, Activate(hub=HUB, reseller=second.account))

    play.passes_to(instant("2026-02-01 00:00"))

    accounts = {invoice.reseller: [line.hub for line in invoice.lines] for invoice in play.state.invoices}
    assert accounts == {"company-2": [HUB], second.account: [HUB_2, HUB]}
    assert len({invoice.invoice for invoice in play.state.invoices}) == 2
    assert [invoice.total_cents for invoice in play.state.invoices] == [FEE, 2 * FEE]


def test_each_dealer_is_invoiced_at_the_end_of_its_months() -> None:
    play = ServicePlay()
    play.active()
    other = play.dealer("kenji", "JP")
    play.connected(other, Actor(person=play.state.companies["company-2"].owner, account="company-2"))
    play.adds_hub(other, HUB_2)
    play.reports(HUB_2, (slot(AJAX_2),))
    play.does(other, Activate(hub=HUB_2))

    play.passes_to(instant("2026-02-01 12:00"))

    assert [(invoice.dealer, invoice.at_ms) for invoice in play.state.invoices] == [
        (other.account, instant("2026-02-01 00:00", "Asia/Tokyo")),
        ("company-1", instant("2026-02-01 00:00")),
    ]


def test_dealers_whose_months_end_together_get_different_invoice_numbers() -> None:
    play = ServicePlay()
    play.active()
    other = play.dealer("nadia")
    play.connected(other, Actor(person=play.state.companies["company-2"].owner, account="company-2"))
    play.adds_hub(other, HUB_2)
    play.reports(HUB_2, (slot(AJAX_2),))
    play.does(other, Activate(hub=HUB_2))

    play.passes_to(instant("2026-02-01 00:00"))

    assert [(invoice.invoice, invoice.dealer) for invoice in play.state.invoices] == [
        ("invoice-1", "company-1"),
        ("invoice-2", other.account),
    ]


def test_a_dealer_deleted_during_a_month_is_invoiced_at_the_end_of_the_month() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))
    play.does(dealer, DeleteCompany())

    play.passes_to(instant("2026-06-01 00:00"))

    assert summary(play) == [("2026-01", "company-2", FEE)]


def test_trial_months_are_invoiced_with_fee_0() -> None:
    play = ServicePlay(CloudSettings(trial_months=2))
    play.active()

    play.passes_to(instant("2026-04-01 00:00"))

    assert summary(play) == [
        ("2026-01", "company-2", 0),
        ("2026-02", "company-2", 0),
        ("2026-03", "company-2", FEE),
    ]


@pytest.mark.parametrize(
    ("scope", "february"), [(TrialScope.ACCOUNT, FEE), (TrialScope.SUBSCRIPTION, 0)], ids=str
)
def test_a_second_activation_has_a_new_trial_only_where_trials_are_per_subscription(
    scope: TrialScope, february: int
) -> None:
    play = ServicePlay(CloudSettings(trial_months=1, trial_scope=scope))
    dealer = play.active()
    play.next_act_at(instant("2026-01-31 23:00"))
    play.does(dealer, StopNow(hub=HUB))
    play.next_act_at(instant("2026-02-01 00:00"))
    play.does(dealer, Activate(hub=HUB))

    play.passes_to(instant("2026-03-01 00:00"))

    assert summary(play) == [("2026-01", "company-2", 0), ("2026-02", "company-2", february)]


@pytest.mark.parametrize("resumed", [False, True])
def test_the_month_of_the_promise_is_the_last_one_paid_unless_the_services_are_resumed(
    *, resumed: bool
) -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, ScheduleDeactivation(hub=HUB))
    play.does(dealer, SetBillingZone(zone="Europe/Kyiv"))
    play.next_act_at(instant("2026-01-31 23:30"))
    if resumed:
        play.does(dealer, Resume(hub=HUB))

    play.passes_to(instant("2026-04-01 00:00"))

    months = [month for month, _reseller, _total in summary(play)]
    assert months == (["2026-01", "2026-02", "2026-03"] if resumed else ["2026-01"])


@pytest.mark.parametrize(
    ("stopped_at", "months"),
    [("2026-05-31 12:00", 1), ("2026-06-01 11:00", 1), ("2026-06-01 11:00:00.001", 2)],
)
def test_after_a_zone_goes_back_the_rest_of_the_invoiced_month_is_paid_for(
    stopped_at: str, months: int
) -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, SetBillingZone(zone="Pacific/Kiritimati"))
    play.next_act_at(instant("2026-05-31 10:30", "UTC"))
    play.does(dealer, SetBillingZone(zone="Pacific/Pago_Pago"))
    before = len(play.state.invoices)
    play.next_act_at(instant(stopped_at, "UTC"))
    play.does(dealer, StopNow(hub=HUB))

    play.passes_to(instant("2026-08-01 00:00"))

    assert play.state.invoices[before - 1].month == "2026-05"
    assert len(play.state.invoices) - before == months - 1


@pytest.mark.parametrize(
    ("stopped_at", "fee_cents"),
    [
        ("2026-01-15 23:00", 16),  # 1 of 31 days: 16.13
        ("2026-01-16 00:00", 16),
        ("2026-01-16 00:00:00.001", 32),  # 2 days: 32.26
        ("2026-01-19 12:00", 81),  # 5 days: 80.65
        ("2026-01-31 12:00", 274),  # 17 days: 274.19
    ],
)
def test_daily_billing_counts_each_day_with_an_active_account(stopped_at: str, fee_cents: int) -> None:
    play = ServicePlay(DAILY)
    dealer = play.active()
    play.next_act_at(instant(stopped_at))
    play.does(dealer, StopNow(hub=HUB))

    play.passes_to(instant("2026-02-01 00:00"))

    assert summary(play) == [("2026-01", "company-2", fee_cents)]


def test_daily_billing_counts_a_day_once_and_a_whole_month_costs_the_whole_fee() -> None:
    play = ServicePlay(DAILY)
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))
    play.does(dealer, Activate(hub=HUB))

    play.passes_to(instant("2026-03-01 00:00"))

    assert [total for _month, _reseller, total in summary(play)] == [274, FEE]


def test_a_zone_in_which_the_month_has_ended_closes_the_month_once() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.next_act_at(instant("2026-01-31 23:00"))
    play.does(dealer, SetBillingZone(zone="Asia/Tokyo"))
    changed_ms = play.now_ms
    play.does(dealer, SetBillingZone(zone="Europe/Warsaw"))

    play.passes_to(instant("2026-03-01 00:00"))

    assert [(invoice.month, invoice.at_ms) for invoice in play.state.invoices] == [
        ("2026-01", changed_ms + 1),
        ("2026-02", instant("2026-03-01 00:00")),
    ]


def test_a_month_that_was_invoiced_early_is_not_invoiced_again() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.next_act_at(instant("2026-01-31 23:00"))
    play.does(dealer, StopNow(hub=HUB))
    play.does(dealer, SetBillingZone(zone="Asia/Tokyo"))
    play.does(dealer, SetBillingZone(zone="Europe/Warsaw"))

    play.does(dealer, Activate(hub=HUB))
    play.passes_to(instant("2026-03-01 00:00"))

    assert [invoice.month for invoice in play.state.invoices] == ["2026-01", "2026-02"]


# ------------------------------------------------------------------ properties

DEALER = "company-1"
HUBS = {f"0000AA0{number}": f"898830000000000000{number}" for number in (1, 2, 3)}
ZONES = ["Europe/Warsaw", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Havana"]
START = instant("2026-01-10 00:00")


class BilledDealer:
    """A Dealer whose subscriptions start and stop by facts alone, after everything due was applied."""

    def __init__(self, zone: str = "Europe/Warsaw") -> None:
        self.state = State()
        self.now_ms = START
        self.settings = CloudSettings()
        self.happens(
            CompanyCreated(at_ms=START, company=DEALER, name="D", country="PL", owner="p", zone=zone)
        )
        for hub in HUBS:
            self.happens(SimsObserved(at_ms=START, hub=hub, sims=()))

    def happens(self, fact: Fact) -> None:
        apply(self.state, fact, self.settings)

    def passes(self, delay_ms: int | None) -> None:
        """Pass time; without a delay, up to the first instant of the next month."""
        zone = self.state.companies[DEALER].zone
        self.now_ms = next_month_start(self.now_ms, zone) if delay_ms is None else self.now_ms + delay_ms
        while facts := catch_up(self.state, self.now_ms, self.settings):
            for fact in facts:
                self.happens(fact)
        next_ms = due(self.state, self.settings)
        assert next_ms is None or next_ms > self.now_ms

    def toggles(self, hub: str, reseller: str) -> None:
        """Start the hub's services, or stop them if they run."""
        running = self.state.serving.get(HUBS[hub])
        if running is not None:
            self.happens(ServiceStopped(at_ms=self.now_ms, subscription=running, hub=hub))
            return
        self.happens(
            ServiceActivated(
                at_ms=self.now_ms,
                subscription=f"subscription-{len(self.state.subscriptions) + 1}",
                hub=hub,
                company=DEALER,
                reseller=reseller,
                package="ajax-sim",
                iccid=HUBS[hub],
            )
        )

    def lines(self) -> list[tuple[str, str, str]]:
        """Return (month, Reseller, hub) of every invoiced line."""
        return [
            (invoice.month, invoice.reseller, line.hub)
            for invoice in self.state.invoices
            for line in invoice.lines
        ]


DELAYS = st.one_of(st.none(), st.integers(0, 3), st.integers(0, 2 * DAY_MS), st.integers(0, 70 * DAY_MS))
TOGGLES = st.tuples(DELAYS, st.sampled_from(sorted(HUBS)), st.sampled_from(["company-2", "company-3"]))
ZONE_CHANGES = st.tuples(DELAYS, st.sampled_from(ZONES))


def months_of(run: Subscription, zone: str) -> set[str]:
    """Return the months in which the subscription was active."""
    assert run.ended_at_ms is not None
    months, at_ms = set(), run.started_at_ms
    while at_ms < max(run.ended_at_ms, run.started_at_ms + 1):
        months.add(month_of(at_ms, zone))
        at_ms = next_month_start(at_ms, zone)
    return months


@settings(max_examples=60)
@given(st.lists(TOGGLES, max_size=12), st.sampled_from(ZONES))
def test_each_active_account_and_month_is_invoiced_exactly_once_for_each_reseller(
    toggles: list[tuple[int | None, str, str]], zone: str
) -> None:
    dealer = BilledDealer(zone)
    for delay_ms, hub, reseller in toggles:
        dealer.passes(delay_ms)
        dealer.toggles(hub, reseller)
    for run in list(dealer.state.serving.values()):
        dealer.toggles(dealer.state.subscriptions[run].hub, "")
    dealer.passes(70 * DAY_MS)

    active = {
        (month, run.reseller, run.hub)
        for run in dealer.state.subscriptions.values()
        for month in months_of(run, zone)
    }
    assert Counter(dealer.lines()) == Counter(active)
    assert len(dealer.state.billings) == 0
    for invoice in dealer.state.invoices:
        assert invoice.total_cents == FEE * len(invoice.lines)


@settings(max_examples=60)
@given(st.lists(st.one_of(TOGGLES, ZONE_CHANGES), max_size=12))
def test_zone_changes_do_not_lose_or_repeat_a_month(
    acts: list[tuple[int | None, str, str] | tuple[int | None, str]],
) -> None:
    dealer = BilledDealer()
    for delay_ms, *what in acts:
        dealer.passes(delay_ms)
        if len(what) == 1:
            dealer.happens(BillingZoneSet(at_ms=dealer.now_ms, company=DEALER, zone=what[0]))
        else:
            dealer.toggles(what[0], what[1])
    dealer.passes(70 * DAY_MS)

    lines = Counter(dealer.lines())
    ends = {invoice.month: invoice.at_ms for invoice in dealer.state.invoices}
    assert len({(invoice.month, invoice.at_ms) for invoice in dealer.state.invoices}) == len(ends)
    assert all(count == 1 for count in lines.values())
    assert all(earlier < later for earlier, later in pairwise(ends.values()))
    assert list(ends) == sorted(ends)
    for run in dealer.state.subscriptions.values():
        invoiced = [month for month, *account in lines if account == [run.reseller, run.hub]]
        assert_covered(run, [ends[month] for month in sorted(invoiced)], ends, dealer.now_ms)


def assert_covered(run: Subscription, invoiced: list[int], ends: dict[str, int], now_ms: int) -> None:
    """Assert that the account was invoiced at every month end while it was active, and at the next one.

    A run that was invoiced may end without another invoice in the rest of its month: for as long as the
    clocks of the old zone can be ahead of those of the new one.
    """
    ended_ms = now_ms if run.ended_at_ms is None else run.ended_at_ms
    while_active = [end_ms for end_ms in ends.values() if run.started_at_ms < end_ms <= ended_ms]
    next_end = [end_ms for end_ms in ends.values() if end_ms > max(ended_ms, run.started_at_ms)][:1]
    paid_to_its_end = bool(while_active) and ended_ms - while_active[-1] <= ZONES_APART_MS
    expected = while_active + ([] if paid_to_its_end else next_end)
    assert set(expected) <= set(invoiced)


def test_an_invoice_is_a_fact_without_a_person() -> None:
    play = ServicePlay()
    play.active()

    (invoice,) = play.passes_to(instant("2026-02-01 00:00"))

    assert isinstance(invoice, InvoiceIssued)
    assert invoice.by == ""
    assert play.state.serving == {AJAX: "subscription-1"}
