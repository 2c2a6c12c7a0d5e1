"""Nothing that people need becomes unreachable by a deletion: above all, no invoice."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from people_play import Play, acting
from service_play import HUB, ServicePlay, instant

from hubsim_cloud.domain.commands import Activate, BaseCommand, DeleteCompany, ScheduleDeactivation, StopNow
from hubsim_cloud.domain.facts import InvoiceIssued
from hubsim_cloud.domain.queries import CompanyRecords, Invoices, PaymentHistory
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import OPERATOR, Actor


def reseller_of(play: Play) -> Actor:
    """Return the owner of the Reseller Northwatch, acting for it."""
    return acting(Actor(person=play.state.companies["company-2"].owner), "company-2")


def test_a_reseller_that_pays_for_the_open_month_is_deleted_after_the_invoice() -> None:
    play = ServicePlay()
    dealer = play.active()
    rita = reseller_of(play)
    play.does(dealer, StopNow(hub=HUB))

    refusal = play.attempt(rita, DeleteCompany())
    play.next_act_at(instant("2026-02-01 00:00") - 1)
    last = play.refused(rita, DeleteCompany())
    play.does(rita, DeleteCompany())

    assert isinstance(refusal, Refusal)
    assert (refusal.name, last) == ("has_uninvoiced_month", "has_uninvoiced_month")
    assert refusal.text == (
        "Northwatch Security pays for services that are not invoiced yet: "
        "delete it after the invoice on 1 February 2026."
    )


def test_running_services_are_named_first() -> None:
    play = ServicePlay()
    play.active()

    assert play.refused(reseller_of(play), DeleteCompany()) == "has_active_services"


def test_the_month_of_a_deleted_dealer_is_invoiced_to_its_reseller() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))
    play.does(dealer, DeleteCompany())

    early = play.refused(reseller_of(play), DeleteCompany())
    play.passes_to(instant("2026-02-01 00:00"))
    history: Any = play.sees(reseller_of(play), PaymentHistory())

    assert early == "has_uninvoiced_month"
    assert [(row.dealer_name, row.total_cents) for row in history.invoices] == [("Olga Security", 500)]


def test_the_operator_reads_the_invoices_of_a_deleted_reseller() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, ScheduleDeactivation(hub=HUB))
    play.passes_to(instant("2026-02-01 00:00"))
    play.does(reseller_of(play), DeleteCompany())

    view: Any = play.sees(OPERATOR, Invoices())

    assert [(row.reseller_name, row.month) for row in view.invoices] == [("Northwatch Security", "2026-01")]


def test_the_operator_reads_the_history_of_a_deleted_company() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))
    play.does(dealer, DeleteCompany())

    view: Any = play.sees(OPERATOR, CompanyRecords(company=str(dealer.account)))

    assert view.rows[0].fact == "company_created"
    assert {"service_activated", "service_stopped", "company_deleted"} <= {row.fact for row in view.rows}
    assert "invoice_issued" not in {row.fact for row in view.rows}
    assert play.sees_not(OPERATOR, CompanyRecords(company="company-99")) == "company_not_found"


ACTS: dict[str, tuple[str, BaseCommand]] = {
    "activate": ("dealer", Activate(hub=HUB)),
    "deactivate": ("dealer", ScheduleDeactivation(hub=HUB)),
    "stop": ("dealer", StopNow(hub=HUB)),
    "delete the Dealer": ("dealer", DeleteCompany()),
    "delete the Reseller": ("reseller", DeleteCompany()),
}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([*ACTS, "a month"]), max_size=14))
def test_every_invoiced_reseller_can_read_the_invoice(acts: list[str]) -> None:
    play = ServicePlay()
    actors = {"dealer": play.dealer_with_hub(), "reseller": reseller_of(play)}

    for act in [*acts, "a month", "a month"]:
        if act == "a month":
            issued = [
                fact
                for fact in play.passes_to(play.now_ms + 32 * 86_400_000)
                if isinstance(fact, InvoiceIssued)
            ]
            if issued:
                seen: Any = play.sees(actors["reseller"], PaymentHistory())
                assert {fact.invoice for fact in issued} <= {row.invoice for row in seen.invoices}
        else:
            who, command = ACTS[act]
            play.attempt(actors[who], command)
    assert all(not company.unbilled for company in play.state.companies.values() if company.deleted)
