"""A country gets or loses the services while companies work there: only new sales depend on it (ADR 18)."""

import pytest
from people_play import Play
from service_play import AJAX, HUB, HUB_2, ServicePlay, instant, slot

from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.commands import (
    Activate,
    CreateCompany,
    DeleteCompany,
    EnrollAsDealer,
    Resume,
    ScheduleDeactivation,
    SetCountryServices,
    StopNow,
)
from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.facts import InvoiceIssued
from hubsim_cloud.domain.projection import Projection, advance
from hubsim_cloud.domain.queries import CompanyHistory, HubHistory, Navigation
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import OPERATOR, EmployeeRole
from hubsim_cloud.domain.views.history import HistoryView
from hubsim_cloud.domain.views.people import NavigationView
from hubsim_cloud.domain.visibility import audience
from hubsim_contract.wire.messages import Profile, ServiceState

FEBRUARY_MS = instant("2026-02-01 00:00")
MARCH_MS = instant("2026-03-01 00:00")
NONE_IN_POLAND = SetCountryServices(country="PL", services=False)
AGAIN_IN_POLAND = SetCountryServices(country="PL", services=True)


def test_no_company_of_a_country_without_the_services_becomes_a_dealer() -> None:
    play = Play()
    olga = play.owner("olga", "PL")

    play.does(OPERATOR, NONE_IN_POLAND)

    assert play.refused(olga, EnrollAsDealer(registration_number="1")) == "country_not_supported"
    assert play.refused(play.owner("ola", "PL"), EnrollAsDealer(registration_number="2")) == (
        "country_not_supported"
    )
    play.does(play.owner("dora", "DE"), EnrollAsDealer(registration_number="3"))


def test_a_company_becomes_a_dealer_after_its_country_gets_the_services() -> None:
    play = Play()
    owner = play.owner("carla", "CU")
    assert play.refused(owner, EnrollAsDealer(registration_number="1")) == "country_not_supported"

    play.does(OPERATOR, SetCountryServices(country=" cu ", services=True))

    play.does(owner, EnrollAsDealer(registration_number="1"))


def test_a_hub_without_running_services_has_none_to_activate_until_its_country_has_them_again() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    version = play.hub().version

    play.does(OPERATOR, NONE_IN_POLAND)

    assert play.service() is ServiceState.NOT_AVAILABLE
    assert play.hub().version > version
    assert HUB in play.state.dirty_hubs
    assert play.refused(dealer, Activate(hub=HUB)) == "country_not_supported"

    play.does(OPERATOR, AGAIN_IN_POLAND)

    assert play.service() is ServiceState.ACTIVATION_REQUIRED
    play.does(dealer, Activate(hub=HUB))


def test_hubs_of_other_countries_and_of_companies_that_are_not_dealers_do_not_change() -> None:
    play = ServicePlay()
    play.dealer_with_hub()
    wanted = play.hub().wanted

    play.does(OPERATOR, SetCountryServices(country="DE", services=False))

    assert play.hub().wanted == wanted


def test_running_services_continue_and_are_invoiced_in_a_country_without_the_services() -> None:
    play = ServicePlay()
    dealer = play.active()
    version = play.hub().version

    play.does(OPERATOR, NONE_IN_POLAND)
    facts = play.passes_to(MARCH_MS)

    assert play.service() is ServiceState.ACTIVE
    assert play.hub().version == version
    assert play.ordered() is Profile.ACTIVE
    assert [fact.month for fact in facts if isinstance(fact, InvoiceIssued)] == ["2026-01", "2026-02"]
    assert play.refused(dealer, Activate(hub=HUB)) == "country_not_supported"


def test_expiring_services_end_on_the_1st_and_cannot_be_activated_again() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, ScheduleDeactivation(hub=HUB))

    play.does(OPERATOR, NONE_IN_POLAND)

    assert play.service() is ServiceState.EXPIRING
    play.passes_to(FEBRUARY_MS)
    assert play.service() is ServiceState.NOT_AVAILABLE
    assert play.hub().wanted.sim_cut_off
    assert play.ordered() is Profile.INACTIVE
    assert play.refused(dealer, Activate(hub=HUB)) == "country_not_supported"


def test_services_can_be_deactivated_resumed_and_stopped_in_a_country_without_them() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(OPERATOR, NONE_IN_POLAND)

    play.does(dealer, ScheduleDeactivation(hub=HUB))
    play.does(dealer, Resume(hub=HUB))
    play.passes_to(FEBRUARY_MS)
    assert play.service() is ServiceState.ACTIVE

    play.does(dealer, StopNow(hub=HUB))
    assert play.service() is ServiceState.NOT_AVAILABLE


def test_a_dealer_remains_a_dealer() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    play.does(OPERATOR, NONE_IN_POLAND)

    navigation = play.sees(dealer, Navigation())
    assert isinstance(navigation, NavigationView)
    assert "services" in navigation.tabs


def test_setting_what_is_already_so_adds_no_fact() -> None:
    play = Play()
    count = len(play.log)

    play.does(OPERATOR, AGAIN_IN_POLAND)
    play.does(OPERATOR, SetCountryServices(country="CU", services=False))

    assert len(play.log) == count


@pytest.mark.parametrize("country", ["XX", "Poland", "", "P" * 1_000])
def test_an_unknown_country_is_refused(country: str) -> None:
    play = Play()

    assert play.refused(OPERATOR, SetCountryServices(country=country, services=True)) == "unknown_country"


def test_only_the_operator_sets_the_countries() -> None:
    play = Play()
    dealer = play.dealer("olga")

    assert play.refused(dealer, NONE_IN_POLAND) == "not_permitted"
    assert play.state.country_services == {}


def test_the_facts_alone_give_the_same_countries_and_documents() -> None:
    play = ServicePlay()
    play.dealer_with_hub()
    play.does(OPERATOR, NONE_IN_POLAND)
    play.does(OPERATOR, SetCountryServices(country="CU", services=True))

    again = State()
    for fact in play.log:
        apply(again, fact, CloudSettings())  # type: ignore[arg-type]

    assert again.country_services == {"PL": False, "CU": True}
    assert again.hubs[HUB].wanted == play.hub().wanted
    assert again.hubs[HUB].version == play.hub().version


def test_the_change_is_in_the_histories_of_the_country_only() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    stranger = play.dealer("dora", "DE")

    play.does(OPERATOR, NONE_IN_POLAND)

    assert _changes(play.sees(dealer, CompanyHistory())) == [{"country": "PL", "services": False}]
    assert _changes(play.sees(dealer, HubHistory(hub=HUB))) == [{"country": "PL", "services": False}]
    assert _changes(play.sees(stranger, CompanyHistory())) == []


def test_streams_show_the_change_to_the_companies_of_the_country_and_the_holders_of_their_hubs() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.employee(dealer, "ivan", EmployeeRole.INSTALLER)
    owner, stranger = play.owner("ola", "PL"), play.owner("dora", "DE")
    play.does(OPERATOR, NONE_IN_POLAND)

    projection = Projection()
    receivers = {}
    for fact in advance(projection, play.log):  # type: ignore[arg-type]
        receivers = audience(projection, fact)

    assert {rule.by for rule in receivers[str(dealer.account)]} == {"company_history", "hub_history"}
    assert {rule.by for rule in receivers[str(owner.account)]} == {"company_history"}
    assert str(stranger.account) not in receivers


def test_a_deleted_company_does_not_receive_the_change() -> None:
    play = ServicePlay()
    olga = play.owner("olga", "PL")
    play.does(olga, DeleteCompany())
    before = len(Archive(FactLog(recent=play.log)).of_company(str(olga.account)))  # type: ignore[arg-type]

    play.does(OPERATOR, NONE_IN_POLAND)

    assert len(Archive(FactLog(recent=play.log)).of_company(str(olga.account))) == before  # type: ignore[arg-type]


def test_a_company_can_be_created_in_a_country_without_the_services() -> None:
    play = Play()
    play.does(OPERATOR, NONE_IN_POLAND)

    made = play.does(play.person("olga"), CreateCompany(name="Wolf", country="PL"))

    assert play.state.companies[made["company"]].zone == "Europe/Warsaw"


def test_another_hub_of_the_same_dealer_does_not_keep_the_services_alive() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.adds_hub(dealer, HUB_2)
    play.reports(HUB_2, (slot("89883000000000000011"),))

    play.does(OPERATOR, NONE_IN_POLAND)

    assert (play.service(HUB), play.service(HUB_2)) == (ServiceState.ACTIVE, ServiceState.NOT_AVAILABLE)
    assert play.ordered(AJAX) is Profile.ACTIVE


def _changes(view: object) -> list[dict[str, object]]:
    assert isinstance(view, HistoryView)
    return [row.details for row in view.rows if row.fact == "country_services_set"]
