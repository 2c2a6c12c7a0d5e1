import msgspec
from people_play import acting
from service_play import AJAX, AJAX_2, EMPTY, HUB, HUB_2, ServicePlay, instant, slot

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.commands import (
    Activate,
    AddHub,
    CreateObject,
    RemoveHub,
    ScheduleDeactivation,
    StopNow,
)
from hubsim_cloud.domain.orders import ProfileState
from hubsim_cloud.domain.types import Actor, SortOrder
from hubsim_cloud.domain.views.cards import HubInformationView
from hubsim_cloud.domain.views.history import HistoryView
from hubsim_cloud.domain.views.objects import DeviceListView, ObjectsView
from hubsim_cloud.domain.views.services import DashboardView, PaymentHistoryView, ResellerDashboardView
from hubsim_contract.wire.messages import Channel, Registration, Signal


def northwatch(play: ServicePlay) -> Actor:
    return acting(Actor(person=play.state.companies["company-2"].owner), "company-2")


def test_the_objects_of_a_company_with_their_hubs() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.does(dealer, CreateObject(name="Barn"))

    view = play.sees(dealer, queries.Objects())

    assert isinstance(view, ObjectsView)
    assert [(row.object, row.name, row.hubs) for row in view.objects] == [
        ("object-1", "Villa", (HUB,)),
        ("object-2", "Barn", ()),
    ]
    assert play.sees(play.owner("nadia"), queries.Objects()) == ObjectsView(objects=())


def test_queries_about_objects_of_others_are_refused() -> None:
    play = ServicePlay()
    play.dealer_with_hub()
    other = play.dealer("nadia")

    snapshots = [
        queries.DeviceList(object="object-1"),
        queries.HubInformation(hub=HUB),
        queries.ActivationForm(hub=HUB),
        queries.HubHistory(hub=HUB),
    ]

    assert {play.sees_not(other, look) for look in snapshots} == {"not_permitted"}
    assert play.sees_not(other, queries.DeviceList(object="object-7")) == "object_not_found"
    assert play.sees_not(other, queries.HubInformation(hub=HUB_2)) == "hub_not_found"


def test_the_card_of_a_hub_that_never_reported() -> None:
    play = ServicePlay()
    owner = play.owner("olga")
    place = play.adds_hub(owner, HUB)

    view = play.sees(owner, queries.DeviceList(object=place))

    assert isinstance(view, DeviceListView)
    assert msgspec.to_builtins(view.hubs[0]) == {
        "hub": HUB,
        "model": "hub-2-plus",
        "tile": "none",
        "second_tile": "none",
        "star": False,
        "online": False,
        "reported_offline": False,
        "icons": (),
        "service": "not_available",
        "ends_at_ms": None,
        "sim_profile": "none",
        "channels": (),
    }


def test_the_states_of_a_hub_are_the_last_reported_ones() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.comes_online()
    play.reports(
        HUB,
        (slot(AJAX),),
        channels=(Channel.CELLULAR, Channel.ETHERNET),
        registration=Registration.ROAMING,
        generation="4G",
        signal=Signal.STRONG,
        active_sim=1,
        battery_percent=85,
        lid_open=True,
    )

    view = play.sees(dealer, queries.HubInformation(hub=HUB))

    assert isinstance(view, HubInformationView)
    assert view.icons == ("4g_strong", "battery_85", "lid_open", "mains")
    assert view.channels == (Channel.CELLULAR, Channel.ETHERNET)
    assert (view.connected, view.cellular, view.ethernet, view.wifi) == (True, True, True, False)
    assert (view.signal, view.generation, view.registration) == ("strong", "4G", "roaming")
    assert (view.battery_percent, view.lid_open, view.mains, view.malfunction) == (85, True, True, False)
    assert (view.active_sim, view.sims, view.firmware) == (1, (slot(AJAX),), "2.17")
    assert (view.hub, view.object, view.armed) == (HUB, "object-1", False)


def test_an_offline_hub_has_no_channel() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.comes_online(HUB, Channel.ETHERNET)

    play.goes_offline()

    view = play.sees(dealer, queries.HubInformation(hub=HUB))
    assert isinstance(view, HubInformationView)
    assert view.channels == ()
    assert (view.online, view.connected, view.ethernet) == (False, False, False)
    assert view.battery_percent == 100


def test_the_card_shows_the_profile_of_the_sim_in_use() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.carrier_executes(AJAX)
    play.reports(HUB, (EMPTY,))

    assert play.card().sim_profile is ProfileState.ACTIVE

    play.does(dealer, StopNow(hub=HUB))

    assert play.card().sim_profile is ProfileState.NONE

    play.reports(HUB, (slot(AJAX),))

    assert play.card().sim_profile is ProfileState.CUTTING


def test_the_dealers_dashboard_counts_accounts_by_their_service() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.adds_hub(dealer, HUB_2)

    assert play.sees(dealer, queries.Dashboard()) == DashboardView(
        accounts=2, not_available=1, activation_required=0, active=1, expiring=0
    )

    play.reports(HUB_2, (slot(AJAX_2),))
    play.does(dealer, ScheduleDeactivation(hub=HUB))

    assert play.sees(dealer, queries.Dashboard()) == DashboardView(
        accounts=2, not_available=0, activation_required=1, active=0, expiring=1
    )
    assert play.sees_not(play.owner("nadia"), queries.Dashboard()) == "not_a_dealer"


def test_r7_the_resellers_dashboard_counts_the_services_that_it_pays_for() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, ScheduleDeactivation(hub=HUB))
    other = play.dealer("nadia")
    play.connected(other, northwatch(play))
    play.adds_hub(other, HUB_2)
    play.reports(HUB_2, (slot(AJAX_2),))
    play.does(other, Activate(hub=HUB_2))

    view = play.sees(northwatch(play), queries.ResellerDashboard())

    assert isinstance(view, ResellerDashboardView)
    assert (view.dealers_with_active_services, view.accounts_with_active_services) == (2, 2)
    assert [(row.package, row.fee_cents, row.accounts) for row in view.packages] == [("ajax-sim", 500, 2)]

    play.does(dealer, StopNow(hub=HUB))

    after = play.sees(northwatch(play), queries.ResellerDashboard())
    assert isinstance(after, ResellerDashboardView)
    assert (after.dealers_with_active_services, after.accounts_with_active_services) == (1, 1)
    assert play.sees_not(dealer, queries.ResellerDashboard()) == "not_a_reseller"


def test_r7_the_payment_history_has_the_newest_invoice_first() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.passes_to(instant("2026-03-01 00:00"))

    view = play.sees(northwatch(play), queries.PaymentHistory())

    assert isinstance(view, PaymentHistoryView)
    assert [(row.month, row.dealer_name, row.total_cents) for row in view.invoices] == [
        ("2026-02", "Olga Security", 500),
        ("2026-01", "Olga Security", 500),
    ]
    assert view.invoices[0].issued_at_ms == instant("2026-03-01 00:00")
    assert play.sees(play.reseller("eastguard"), queries.PaymentHistory()) == PaymentHistoryView(invoices=())
    assert play.sees_not(dealer, queries.PaymentHistory()) == "not_a_reseller"


def names(view: object) -> list[str]:
    assert isinstance(view, HistoryView)
    return [row.fact for row in view.rows]


def test_the_history_of_a_hub_shows_persons_actions_and_instants() -> None:
    play = ServicePlay()
    dealer = play.active()
    activated_ms = play.now_ms
    play.carrier_executes(AJAX)
    play.does(dealer, StopNow(hub=HUB))

    view = play.sees(dealer, queries.HubHistory(hub=HUB))

    assert names(view) == [
        "hub_added",
        "sims_observed",
        "service_activated",
        "carrier_order_placed",
        "carrier_order_confirmed",
        "carrier_order_confirmed",
        "service_stopped",
        "carrier_order_placed",
    ]
    assert isinstance(view, HistoryView)
    row = view.rows[2]
    assert (row.at_ms, row.by) == (activated_ms, dealer.person)
    assert row.details["reseller"] == "company-2"
    assert row.details.keys() == {"subscription", "hub", "company", "reseller", "package", "iccid"}


def test_histories_begin_with_the_newest_fact_on_request() -> None:
    play = ServicePlay()
    dealer = play.active()
    newest = SortOrder.NEWEST_FIRST

    for oldest in (queries.HubHistory(hub=HUB), queries.CompanyHistory()):
        asked = msgspec.structs.replace(oldest, sort=newest)
        assert names(play.sees(dealer, asked)) == names(play.sees(dealer, oldest))[::-1]


def test_the_history_of_a_hub_hides_its_time_at_another_company() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))
    play.does(dealer, RemoveHub(hub=HUB))
    play.reports(HUB, (EMPTY,))
    other = play.dealer("nadia")
    place = play.does(other, CreateObject(name="Barn"))["object"]
    play.does(other, AddHub(object=place, hub=HUB, model="hub"))

    assert names(play.sees(other, queries.HubHistory(hub=HUB))) == ["sims_observed", "hub_added"]


def test_the_history_of_a_company_hides_addresses_of_other_companies() -> None:
    play = ServicePlay()
    dealer = play.active()
    olga = play.state.people[str(dealer.person)].email

    view = play.sees(northwatch(play), queries.CompanyHistory())

    assert "mail_sent" in names(view)
    assert olga not in str(view)


def test_the_history_of_a_dealer_includes_its_hubs_and_that_of_its_reseller_the_invoices() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.passes_to(instant("2026-02-01 00:00"))
    play.owner("nadia")

    rows = names(play.sees(dealer, queries.CompanyHistory()))

    assert rows[:2] == ["company_created", "dealer_enrolled"]
    assert {"connection_approved", "hub_added", "sims_observed", "service_activated"} <= set(rows)
    assert "invoice_issued" not in rows
    assert rows.count("company_created") == 1
    assert "invoice_issued" in names(play.sees(northwatch(play), queries.CompanyHistory()))
