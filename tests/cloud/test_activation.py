"""Clauses A1 to A7 of the guide, and every refusal of an activation."""

import pytest
from people_play import NOBODY, acting, in_app, personal
from service_play import AJAX, AJAX_2, EMPTY, HUB, HUB_2, ORDINARY, ServicePlay, slot

from hubsim_cloud.domain.carrier_facts import CarrierOrderPlaced
from hubsim_cloud.domain.commands import (
    Activate,
    BaseCommand,
    DeleteCompany,
    Resume,
    ScheduleDeactivation,
    SendRequest,
    StopNow,
    SuspendConnection,
)
from hubsim_cloud.domain.facts import ServiceActivated
from hubsim_cloud.domain.orders import ProfileState
from hubsim_cloud.domain.queries import ActivationForm, DeviceList, HubInformation
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor, App, EmployeeRole
from hubsim_cloud.domain.views.cards import HubInformationView
from hubsim_cloud.domain.views.objects import DeviceListView
from hubsim_cloud.domain.views.services import ActivationFormView
from hubsim_contract.wire.messages import Channel, Profile, ServiceState, SimCard, SimSlot
from hubsim_contract.wire.service import Tile

SERVICE_COMMANDS: list[type[BaseCommand]] = [Activate, ScheduleDeactivation, Resume, StopNow]


@pytest.mark.parametrize("role", list(EmployeeRole))
def test_a1_every_role_of_the_dealer_handles_services_from_pro_desktop(role: EmployeeRole) -> None:
    play = ServicePlay()
    employee = play.employee(play.dealer_with_hub(), "ivan", role)

    results = [play.does(employee, act(hub=HUB)) for act in SERVICE_COMMANDS]

    assert [result["screen"] for result in results] == [
        "device_list",
        "services_will_expire_soon",
        "services_activated",
        "device_list",
    ]


@pytest.mark.parametrize("act", SERVICE_COMMANDS)
def test_a1_a_person_outside_the_dealer_company_cannot_handle_its_services(act: type[BaseCommand]) -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    other = play.dealer("mallory")

    assert play.refused(other, act(hub=HUB)) == "not_permitted"
    assert play.refused(play.owner("nadia"), act(hub=HUB)) == "not_permitted"
    assert play.refused(acting(personal(other), dealer.account or ""), act(hub=HUB)) == "not_a_member"
    assert play.refused(personal(dealer), act(hub=HUB)) == "company_account_required"
    assert play.refused(NOBODY, act(hub=HUB)) == "not_signed_in"


def test_a2_installers_can_use_the_app_but_service_managers_only_pro_desktop() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    installer = play.employee(dealer, "ivan", EmployeeRole.INSTALLER)
    manager = play.employee(dealer, "maria", EmployeeRole.SERVICE_MANAGER)

    assert play.refused(in_app(manager, App.PRO_APP), Activate(hub=HUB)) == "not_permitted"
    assert play.does(in_app(installer, App.PRO_APP), Activate(hub=HUB))["screen"] == "device_list"


SLOTS_AND_REFUSALS = [
    ((), "sim_not_installed"),
    ((EMPTY,), "sim_not_installed"),
    ((EMPTY, SimSlot(2, SimCard.MISSING)), "sim_not_installed"),
    ((slot(None, card=SimCard.MALFUNCTION),), "sim_defective"),
    ((slot(None, card=SimCard.LOCKED),), "sim_defective"),
    ((slot(AJAX, card=SimCard.MALFUNCTION),), "sim_defective"),
    ((slot("8988300123"),), "sim_defective"),
    ((slot(ORDINARY),), "foreign_sim"),
    ((slot(ORDINARY, card=SimCard.LOCKED), SimSlot(2, SimCard.MISSING)), "foreign_sim"),
    ((slot(ORDINARY), slot(None, 2, SimCard.MALFUNCTION)), "sim_defective"),
]


@pytest.mark.parametrize(("sims", "refusal"), SLOTS_AND_REFUSALS)
def test_a3_without_a_readable_ajax_sim_the_refusal_depends_on_the_slots(
    sims: tuple[SimSlot, ...], refusal: str
) -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub(EMPTY)
    play.reports(HUB, sims)

    assert play.refused(dealer, Activate(hub=HUB)) == refusal
    assert play.service() is ServiceState.NOT_AVAILABLE


def test_a3_a_hub_that_never_reported_has_no_sim() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.adds_hub(dealer, HUB_2)

    assert play.refused(dealer, Activate(hub=HUB_2)) == "sim_not_installed"


def test_a3_the_refusal_without_a_sim_says_what_the_cloud_knows_about_the_cards() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub(EMPTY)
    play.adds_hub(dealer, HUB_2)
    play.comes_online(HUB)

    never = play.refusal(dealer, Activate(hub=HUB_2))
    online = play.refusal(dealer, Activate(hub=HUB))
    play.goes_offline(HUB)
    offline = play.refusal(dealer, Activate(hub=HUB))

    assert [each.facts["cards"] for each in (never, online, offline)] == ["unknown", "none", "outdated"]
    assert never.text.startswith("The hub was never online, so its SIM cards are unknown: ")
    assert online.text == "No SIM card is installed in the hub: insert an Ajax SIM."
    assert offline.text.startswith("The hub is offline, and had no SIM card when it was last online: ")


@pytest.mark.parametrize(
    "sims",
    [
        (slot(AJAX),),
        (slot(AJAX, card=SimCard.LOCKED),),
        (slot(ORDINARY), slot(AJAX, 2)),
        (slot(None, card=SimCard.MALFUNCTION), slot(AJAX, 2)),
        (slot("89883 00000-0000 00013 F"),),
    ],
)
def test_a3_a_readable_ajax_sim_is_used_in_any_slot(sims: tuple[SimSlot, ...]) -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub(*sims)

    assert play.card().tile is Tile.ACTIVATION_REQUIRED

    play.does(dealer, Activate(hub=HUB))

    assert play.ordered(AJAX) is Profile.ACTIVE


def test_a4_device_list_and_hub_information_screen_show_the_same_tile() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    devices = play.sees(dealer, DeviceList(object="object-1"))
    screen = play.sees(dealer, HubInformation(hub=HUB))

    assert isinstance(devices, DeviceListView)
    assert isinstance(screen, HubInformationView)
    assert devices.hubs[0].tile is screen.tile is Tile.ACTIVATION_REQUIRED


def test_a5_the_only_package_is_preselected_and_an_unknown_one_is_refused() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    form = play.sees(dealer, ActivationForm(hub=HUB))

    assert isinstance(form, ActivationFormView)
    assert form.package == "ajax-sim"
    assert play.refused(dealer, Activate(hub=HUB, package="gold")) == "package_not_found"

    play.does(dealer, Activate(hub=HUB, package="ajax-sim"))

    assert play.state.subscriptions["subscription-1"].package == "ajax-sim"


def test_a6_a_single_connected_reseller_is_preselected_and_invoiced() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    form = play.sees(dealer, ActivationForm(hub=HUB))
    play.does(dealer, Activate(hub=HUB))

    assert isinstance(form, ActivationFormView)
    assert form.reseller == play.state.subscriptions["subscription-1"].reseller == "company-2"


def test_a6_with_several_resellers_the_user_must_choose() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    second = play.reseller("eastguard")
    play.connected(dealer, second)

    form = play.sees(dealer, ActivationForm(hub=HUB))

    assert isinstance(form, ActivationFormView)
    assert form.reseller is None
    assert [row.reseller for row in form.resellers] == ["company-2", second.account]
    assert play.refused(dealer, Activate(hub=HUB)) == "reseller_required"

    play.does(dealer, Activate(hub=HUB, reseller=second.account))

    assert play.state.subscriptions["subscription-1"].reseller == second.account


def test_a_reseller_that_is_not_connected_cannot_be_chosen() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    third_party = play.reseller("eastguard")
    ordinary = play.owner("nadia")

    for named in ("company-99", ordinary.account, dealer.account):
        assert play.refused(dealer, Activate(hub=HUB, reseller=named)) == "reseller_not_found"
    assert play.refused(dealer, Activate(hub=HUB, reseller=third_party.account)) == "connection_not_approved"

    play.does(dealer, SendRequest(reseller=third_party.account))

    assert play.refused(dealer, Activate(hub=HUB, reseller=third_party.account)) == "connection_not_approved"


def test_a_deleted_reseller_is_not_found() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    second = play.reseller("eastguard")
    play.connected(dealer, second)
    play.does(second, DeleteCompany())

    assert play.refused(dealer, Activate(hub=HUB, reseller=second.account)) == "reseller_not_found"
    play.does(dealer, Activate(hub=HUB))


def test_r6_without_an_approved_connection_nothing_is_activated() -> None:
    play = ServicePlay()
    dealer = play.dealer("olga")
    reseller = play.reseller("northwatch")
    play.adds_hub(dealer, HUB)
    play.reports(HUB, (slot(AJAX),))

    assert play.refused(dealer, Activate(hub=HUB)) == "connection_not_approved"

    play.does(dealer, SendRequest(reseller=reseller.account))

    assert play.refused(dealer, Activate(hub=HUB)) == "connection_not_approved"


def test_a_suspended_connection_keeps_running_services_and_refuses_new_ones() -> None:
    play = ServicePlay()
    dealer = play.active()
    northwatch = Actor(person=play.state.companies["company-2"].owner, account="company-2")
    play.does(northwatch, SuspendConnection(dealer="company-1"))
    play.adds_hub(dealer, HUB_2)
    play.reports(HUB_2, (slot(AJAX_2),))

    assert play.refused(dealer, Activate(hub=HUB_2)) == "connection_suspended"
    assert play.refused(dealer, Activate(hub=HUB_2, reseller="company-2")) == "connection_suspended"
    assert play.service(HUB) is ServiceState.ACTIVE


def test_a7_after_activation_list_and_information_screen_show_star_and_tile() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.comes_online(HUB, Channel.ETHERNET)

    devices = play.sees(dealer, DeviceList(object="object-1"))
    screen = play.sees(dealer, HubInformation(hub=HUB))

    assert isinstance(devices, DeviceListView)
    assert isinstance(screen, HubInformationView)
    for card in (devices.hubs[0], screen):
        assert card.tile is Tile.ACTIVATED
        assert card.star
        assert card.icons[-1] == "star"


def test_an_activation_orders_the_profile_of_the_sim() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    outcome = play.does(dealer, Activate(hub=HUB.lower()))

    activated, placed = play.log[-2:]
    assert isinstance(activated, ServiceActivated)
    assert isinstance(placed, CarrierOrderPlaced)
    assert outcome == {"screen": "device_list", "subscription": "subscription-1"}
    assert activated.by == placed.by == dealer.person
    assert (placed.iccid, placed.sequence, placed.profile) == (AJAX, 1, Profile.ACTIVE)
    assert play.card().sim_profile is ProfileState.ACTIVATING

    play.carrier_executes(AJAX)

    assert play.card().sim_profile is ProfileState.ACTIVE


def test_services_can_be_activated_while_the_hub_is_offline() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.comes_online()
    play.goes_offline()

    play.does(dealer, Activate(hub=HUB))

    assert play.service() is ServiceState.ACTIVE


def test_a_second_activation_is_refused() -> None:
    play = ServicePlay()
    dealer = play.active()

    assert play.refused(dealer, Activate(hub=HUB)) == "already_active"

    play.does(dealer, ScheduleDeactivation(hub=HUB))

    assert play.refused(dealer, Activate(hub=HUB)) == "already_active"


def test_the_refusal_of_a_sim_in_use_does_not_reveal_services_of_others() -> None:
    play = ServicePlay()
    play.active()
    other = play.dealer("nadia")
    play.adds_hub(other, HUB_2)
    play.reports(HUB, (EMPTY,))
    play.reports(HUB_2, (slot(AJAX),))

    refusal = play.attempt(other, Activate(hub=HUB_2))

    assert isinstance(refusal, Refusal)
    assert (refusal.name, refusal.facts) == ("sim_in_use", {"iccid": AJAX})


def test_a_sim_that_serves_another_hub_is_refused_until_its_services_stop() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.adds_hub(dealer, HUB_2)
    play.reports(HUB, (EMPTY,))
    play.reports(HUB_2, (slot(AJAX),))

    assert play.refused(dealer, Activate(hub=HUB_2)) == "sim_in_use"

    play.does(dealer, StopNow(hub=HUB))
    play.does(dealer, Activate(hub=HUB_2))

    assert play.service(HUB_2) is ServiceState.ACTIVE


def test_the_free_one_of_two_ajax_sims_is_used() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.adds_hub(dealer, HUB_2)
    play.reports(HUB_2, (slot(AJAX), slot(AJAX_2, 2)))

    play.does(dealer, Activate(hub=HUB_2))

    assert play.state.subscriptions["subscription-2"].iccid == AJAX_2


def test_a_company_that_is_not_a_dealer_cannot_offer_services() -> None:
    play = ServicePlay()
    owner = play.owner("olga")
    play.adds_hub(owner, HUB)
    play.reports(HUB, (slot(AJAX),))

    assert play.card().tile is Tile.NONE
    assert play.refused(owner, Activate(hub=HUB)) == "not_a_dealer"
    assert play.sees_not(owner, ActivationForm(hub=HUB)) == "not_a_dealer"


def test_services_cannot_begin_in_a_country_that_lost_them() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.state.companies["company-1"].country = "XX"

    assert play.refused(dealer, Activate(hub=HUB)) == "country_not_supported"


def test_unknown_hubs_and_invalid_hub_ids_have_different_refusals() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.reports(HUB_2, (slot(AJAX_2),))

    for act in SERVICE_COMMANDS:
        assert play.refused(dealer, act(hub="0000FFFF")) == "hub_not_found"
        assert play.refused(dealer, act(hub=HUB_2)) == "hub_not_found"
        assert play.refused(dealer, act(hub="front door")) == "invalid_hub_id"


def test_activation_after_the_end_begins_a_new_subscription() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))

    assert play.does(dealer, Activate(hub=HUB))["subscription"] == "subscription-2"
    assert play.state.profiles[AJAX].sequence == 3
