"""Invoices: amounts, months, Resellers, trials, and changes of the billing zone, in single cases."""

import pytest
from service_play import AJAX, AJAX_2, HUB, HUB_2, ServicePlay, instant, slot

from hubsim_cloud.domain.commands import (
    Activate,
    DeleteCompany,
    Resume,
    ScheduleDeactivation,
    SetBillingZone,
    StopNow,
)
from hubsim_cloud.domain.facts import InvoiceIssued
from hubsim_cloud.domain.market import Market
from hubsim_cloud.domain.packages import packages
from hubsim_cloud.domain.settings import Billing, CloudSettings, TrialScope
from hubsim_cloud.domain.types import Actor

FEE = packages(Market())["ajax-sim"].fee_cents
DAILY = CloudSettings(billing=Billing.DAILY)


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


def test_an_invoice_is_a_fact_without_a_person() -> None:
    play = ServicePlay()
    play.active()

    (invoice,) = play.passes_to(instant("2026-02-01 00:00"))

    assert isinstance(invoice, InvoiceIssued)
    assert invoice.by == ""
    assert play.state.serving == {AJAX: "subscription-1"}
