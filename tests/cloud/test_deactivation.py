"""Clauses S1 to S4, U1, U2 and X1 to X5 of the guide, to the millisecond."""

import pytest
from service_play import AJAX, AJAX_2, EMPTY, HUB, HUB_2, ServicePlay, instant, slot

from hubsim_cloud.domain.carrier_facts import CarrierOrderPlaced
from hubsim_cloud.domain.commands import (
    Activate,
    DeleteCompany,
    DeleteObject,
    RemoveHub,
    RemoveInstallingCompany,
    Resume,
    ScheduleDeactivation,
    SetBillingZone,
    StopNow,
    TransferConfiguration,
)
from hubsim_cloud.domain.facts import ServiceEnded
from hubsim_cloud.domain.orders import ProfileState
from hubsim_cloud.domain.types import Actor
from hubsim_contract.wire.messages import Channel, Profile, ServiceState
from hubsim_contract.wire.service import SecondTile, Tile

FIRST = instant("2026-02-01 00:00")


def expiring() -> tuple[ServicePlay, Actor]:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, ScheduleDeactivation(hub=HUB))
    return play, dealer


def test_s1_deactivated_services_run_to_the_last_millisecond_of_the_month() -> None:
    play, _dealer = expiring()

    play.passes_to(FIRST - 1)

    assert play.service() is ServiceState.EXPIRING
    assert play.ordered() is Profile.ACTIVE

    ended, cut, *_invoices = play.passes_to(FIRST)

    assert isinstance(ended, ServiceEnded)
    assert isinstance(cut, CarrierOrderPlaced)
    assert ended.at_ms == cut.at_ms == FIRST
    assert play.service() is ServiceState.ACTIVATION_REQUIRED


def test_s2_the_screen_after_deactivate() -> None:
    play = ServicePlay()
    dealer = play.active()

    result = play.does(dealer, ScheduleDeactivation(hub=HUB))

    assert result == {"screen": "services_will_expire_soon"}


def test_s3_the_tiles_warn_until_the_end() -> None:
    play, _dealer = expiring()

    card = play.card()

    assert card.tile is Tile.EXPIRES_SOON
    assert card.second_tile is SecondTile.ACCESS_MAY_EXPIRE
    assert card.star
    assert card.ends_at_ms == FIRST


def test_s4_on_the_first_star_and_sim_are_off_and_activation_is_required() -> None:
    play, _dealer = expiring()

    play.passes_to(FIRST)

    card = play.card()
    assert card.tile is Tile.ACTIVATION_REQUIRED
    assert card.second_tile is SecondTile.NONE
    assert not card.star
    assert card.ends_at_ms is None
    assert card.sim_profile is ProfileState.CUTTING
    assert play.hub().wanted.sim_cut_off

    play.carrier_executes(AJAX)

    assert play.card().sim_profile is ProfileState.INACTIVE


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-01-31 23:59:59.999", "2026-02-01 00:00"),
        ("2026-02-01 00:00:00.000", "2026-03-01 00:00"),
        ("2026-12-31 23:59:59.999", "2027-01-01 00:00"),
        ("2028-02-29 12:00", "2028-03-01 00:00"),
        ("2026-03-29 12:00", "2026-04-01 00:00"),
    ],
)
def test_services_end_with_the_month_of_the_deactivation(at: str, ends: str) -> None:
    play = ServicePlay()
    dealer = play.active()
    play.next_act_at(instant(at))

    play.does(dealer, ScheduleDeactivation(hub=HUB))

    assert play.card().ends_at_ms == instant(ends)


def test_the_first_begins_at_midnight_of_the_billing_zone() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, SetBillingZone(zone="Pacific/Kiritimati"))

    play.does(dealer, ScheduleDeactivation(hub=HUB))

    assert play.card().ends_at_ms == instant("2026-02-01 00:00", "Pacific/Kiritimati")


def test_a_scheduled_end_does_not_move_with_the_billing_zone() -> None:
    play, dealer = expiring()

    play.does(dealer, SetBillingZone(zone="Pacific/Pago_Pago"))

    assert play.card().ends_at_ms == FIRST


def test_u1_resumed_services_do_not_end_on_the_first() -> None:
    play, dealer = expiring()
    play.next_act_at(FIRST - 1)

    play.does(dealer, Resume(hub=HUB))
    play.passes_to(FIRST + 1)

    assert play.service() is ServiceState.ACTIVE
    assert play.ordered() is Profile.ACTIVE
    assert not any(isinstance(fact, ServiceEnded) for fact in play.log)


def test_u1_resume_is_refused_after_the_end_of_the_month() -> None:
    play, dealer = expiring()
    play.next_act_at(FIRST)

    assert play.refused(dealer, Resume(hub=HUB)) == "not_expiring"

    play.does(dealer, Activate(hub=HUB))

    assert play.service() is ServiceState.ACTIVE


def test_u2_the_screen_and_tile_after_resume() -> None:
    play, dealer = expiring()

    assert play.does(dealer, Resume(hub=HUB)) == {"screen": "services_activated"}
    assert play.card().tile is Tile.ACTIVATED
    assert play.card().second_tile is SecondTile.NONE
    assert play.card().ends_at_ms is None


def test_repeated_deactivation_and_resumption_leaves_one_end() -> None:
    play, dealer = expiring()
    for _ in range(3):
        play.does(dealer, Resume(hub=HUB))
        play.does(dealer, ScheduleDeactivation(hub=HUB))

    facts = play.passes_to(FIRST)

    assert sum(isinstance(fact, ServiceEnded) for fact in facts) == 1


@pytest.mark.parametrize("first_deactivated", [True, False])
def test_x1_x2_stop_now_ends_services_and_cuts_off_the_sim_immediately(first_deactivated: bool) -> None:
    play = ServicePlay()
    dealer = play.active()
    if first_deactivated:
        play.does(dealer, ScheduleDeactivation(hub=HUB))

    play.does(dealer, StopNow(hub=HUB))

    subscription = play.state.subscriptions["subscription-1"]
    assert not subscription.running
    assert subscription.ended_at_ms == play.now_ms
    assert play.ordered() is Profile.INACTIVE
    assert play.hub().wanted.sim_cut_off
    assert not any(isinstance(fact, ServiceEnded) for fact in play.passes_to(FIRST))


def test_x3_after_stop_the_device_list_shows_activation_required() -> None:
    play = ServicePlay()
    dealer = play.active()

    assert play.does(dealer, StopNow(hub=HUB)) == {"screen": "device_list"}
    assert play.card().tile is Tile.ACTIVATION_REQUIRED
    assert not play.card().star


def test_commands_are_refused_in_the_wrong_state_of_the_services() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    assert play.refused(dealer, ScheduleDeactivation(hub=HUB)) == "not_active"
    assert play.refused(dealer, StopNow(hub=HUB)) == "not_active"
    assert play.refused(dealer, Resume(hub=HUB)) == "not_expiring"

    play.does(dealer, Activate(hub=HUB))

    assert play.refused(dealer, Resume(hub=HUB)) == "not_expiring"

    play.does(dealer, ScheduleDeactivation(hub=HUB))

    assert play.refused(dealer, ScheduleDeactivation(hub=HUB)) == "already_expiring"

    play.does(dealer, StopNow(hub=HUB))

    assert play.refused(dealer, StopNow(hub=HUB)) == "not_active"
    assert play.refused(dealer, ScheduleDeactivation(hub=HUB)) == "not_active"


@pytest.mark.parametrize("expiring_first", [True, False])
def test_x4_active_services_prevent_deleting_and_removing(expiring_first: bool) -> None:
    play = ServicePlay()
    dealer = play.active()
    if expiring_first:
        play.does(dealer, ScheduleDeactivation(hub=HUB))
    blocked = [
        DeleteCompany(),
        RemoveHub(hub=HUB),
        DeleteObject(object="object-1"),
        RemoveInstallingCompany(object="object-1"),
    ]

    assert {play.refused(dealer, command) for command in blocked} == {"has_active_services"}

    play.does(dealer, StopNow(hub=HUB))

    play.does(dealer, RemoveHub(hub=HUB))
    play.does(dealer, RemoveInstallingCompany(object="object-1"))
    play.does(dealer, DeleteCompany())


def test_x5_active_services_of_donor_or_target_prevent_a_transfer() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.adds_hub(dealer, HUB_2)
    play.comes_online(HUB_2, Channel.ETHERNET, sims=(slot(AJAX_2),))
    to_target = TransferConfiguration(donor=HUB, target=HUB_2)

    assert play.refused(dealer, to_target) == "has_active_services"
    assert play.refused(dealer, TransferConfiguration(donor=HUB_2, target=HUB)) == "has_active_services"

    play.does(dealer, ScheduleDeactivation(hub=HUB))

    assert play.refused(dealer, to_target) == "has_active_services"

    play.does(dealer, StopNow(hub=HUB))

    play.does(dealer, to_target)


def test_a_hub_without_a_sim_at_the_end_has_no_service_and_no_cut_off_sim() -> None:
    play, _dealer = expiring()
    play.reports(HUB, (EMPTY,))

    assert play.service() is ServiceState.EXPIRING

    play.passes_to(FIRST)

    assert play.service() is ServiceState.NOT_AVAILABLE
    assert not play.hub().wanted.sim_cut_off
    assert play.ordered(AJAX) is Profile.INACTIVE
