"""Properties of invoices: every account once for every month, with any activations and zone changes."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from service_play import DAY_MS, instant

from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.calendar import month_of, next_month_start
from hubsim_cloud.domain.facts import (
    BillingZoneSet,
    CompanyCreated,
    Fact,
    ServiceActivated,
    ServiceStopped,
    SimsObserved,
)
from hubsim_cloud.domain.market import Market
from hubsim_cloud.domain.packages import packages
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State, Subscription
from hubsim_cloud.domain.timeline import catch_up, due

FEE = packages(Market())["ajax-sim"].fee_cents
ZONES_APART_MS = 26 * 3_600_000
"""Zones differ by at most 26 hours."""


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
