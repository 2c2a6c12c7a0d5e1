import pytest
from service_play import AJAX, AJAX_2, EMPTY, HUB, ORDINARY, ServicePlay, slot

from hubsim_cloud.domain.commands import (
    Activate,
    AddHub,
    CreateObject,
    EnrollAsDealer,
    RemoveHub,
    ScheduleDeactivation,
    StopNow,
)
from hubsim_cloud.domain.desired import desired_of
from hubsim_cloud.domain.observations import HIGHEST_BELIEVED_VERSION
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.messages import Desired, ServiceState, SimCard, SimSlot
from hubsim_contract.wire.topics import MessageKind


def document(play: ServicePlay) -> Desired:
    desired = desired_of(play.hub())
    assert desired is not None
    return desired


def test_a_hub_that_was_never_in_an_object_gets_no_document() -> None:
    play = ServicePlay()

    play.reports(HUB, (slot(AJAX),))

    assert desired_of(play.hub()) is None
    assert play.state.dirty_hubs == set()


def test_a_hub_in_an_object_gets_a_document_even_without_services() -> None:
    play = ServicePlay()
    play.adds_hub(play.owner("olga"), HUB)

    assert document(play).service is ServiceState.NOT_AVAILABLE
    assert play.state.dirty_hubs == {HUB}


def test_a_hub_removed_from_its_object_gets_a_new_document() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    before = document(play)

    play.does(dealer, RemoveHub(hub=HUB))

    assert before.service is ServiceState.ACTIVATION_REQUIRED
    assert document(play).service is ServiceState.NOT_AVAILABLE
    assert document(play).version > before.version


@pytest.mark.parametrize(
    ("sim", "service"),
    [
        (slot(AJAX), "activation_required"),
        (slot(AJAX, card=SimCard.LOCKED), "activation_required"),
        (slot(ORDINARY), "not_available"),
        (slot(None, card=SimCard.MALFUNCTION), "not_available"),
        (EMPTY, "not_available"),
    ],
)
def test_activation_is_required_only_with_a_known_ajax_sim(sim: SimSlot, service: str) -> None:
    play = ServicePlay()
    play.dealer_with_hub(EMPTY)

    play.reports(HUB, (sim,))

    assert play.service() == service


def test_the_tile_appears_when_the_company_becomes_a_dealer() -> None:
    play = ServicePlay()
    owner = play.owner("olga")
    play.adds_hub(owner, HUB)
    play.reports(HUB, (slot(AJAX),))

    assert play.service() is ServiceState.NOT_AVAILABLE

    play.does(owner, EnrollAsDealer(registration_number="1"))

    assert play.service() is ServiceState.ACTIVATION_REQUIRED


def test_a_country_without_the_services_has_no_tile() -> None:
    play = ServicePlay()
    play.dealer_with_hub(EMPTY)
    play.state.companies["company-1"].country = "XX"

    play.reports(HUB, (slot(AJAX),))

    assert play.service() is ServiceState.NOT_AVAILABLE


def test_each_change_of_the_service_gives_a_newer_document() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    seen = [document(play)]

    for command in (Activate(hub=HUB), ScheduleDeactivation(hub=HUB), StopNow(hub=HUB)):
        play.does(dealer, command)
        seen.append(document(play))

    assert [desired.service.value for desired in seen] == [
        "activation_required",
        "active",
        "expiring",
        "activation_required",
    ]
    assert [desired.sim_cut_off for desired in seen] == [False, False, False, True]
    assert [desired.ends_at_ms is None for desired in seen] == [True, True, False, True]
    assert len({desired.version for desired in seen}) == len(seen)


def test_a_report_that_changes_nothing_gives_no_newer_document() -> None:
    play = ServicePlay()
    play.active()
    before = document(play)

    play.reports(HUB, (slot(AJAX),))
    play.reports(HUB, (slot(AJAX_2),))

    assert document(play) == before


def test_the_sim_of_a_hub_that_was_never_active_is_not_cut_off() -> None:
    play = ServicePlay()
    play.dealer_with_hub()

    assert not document(play).sim_cut_off


def test_a_cut_off_sim_stays_cut_off_at_the_next_company() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))
    play.does(dealer, RemoveHub(hub=HUB))
    other = play.dealer("nadia")
    place = play.does(other, CreateObject(name="Barn"))["object"]

    play.does(other, AddHub(object=place, hub=HUB, model="hub"))

    assert document(play).sim_cut_off
    assert document(play).service is ServiceState.ACTIVATION_REQUIRED


def test_a_hub_gets_only_versions_within_the_counter() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    for applied_version in (HIGHEST_BELIEVED_VERSION, 2**53 - 1):
        play.reports(HUB, (slot(AJAX),), applied_version=applied_version)
        play.does(dealer, Activate(hub=HUB))
        play.does(dealer, StopNow(hub=HUB))

    desired = document(play)
    assert decode(MessageKind.DESIRED, encode(desired)) == desired
