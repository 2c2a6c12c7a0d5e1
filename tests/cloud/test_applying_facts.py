"""Applying facts: every fact has one handler; hubs get newer documents when their desired state changes."""

from typing import get_args

import pytest
from people_play import NOON_MS, SETTINGS, Play

from hubsim_cloud.domain.apply import APPLY, apply
from hubsim_cloud.domain.apply_people import APPLY_PEOPLE
from hubsim_cloud.domain.apply_services import APPLY_SERVICES
from hubsim_cloud.domain.commands import DeleteCompany, EnrollAsDealer
from hubsim_cloud.domain.connection import IllegalConnectionAction
from hubsim_cloud.domain.facts import (
    ConnectionRequested,
    ConnectionSuspended,
    Fact,
    HubAdded,
    HubArmed,
    ObjectCreated,
    SimsObserved,
    VersionOvertaken,
)
from hubsim_cloud.domain.state import Hub, State
from hubsim_cloud.domain.types import Actor
from hubsim_contract.wire.messages import ServiceState, SimCard, SimSlot

HUB = "0000AA01"
AJAX_SIM = (SimSlot(1, SimCard.OK, "89883000000000000011"),)


@pytest.fixture
def play() -> Play:
    return Play()


def added_hub(play: Play, owner: Actor) -> Hub:
    """Add a hub with an Ajax SIM to an object of the owner's company."""
    assert owner.account is not None
    at_ms = play.now_ms
    play.happens(ObjectCreated(at_ms=at_ms, object="object-1", company=owner.account, name="Villa"))
    play.happens(HubAdded(at_ms=at_ms, hub=HUB, object="object-1", model="hub-2-plus"))
    play.happens(SimsObserved(at_ms=at_ms, hub=HUB, sims=AJAX_SIM))
    return play.state.hubs[HUB]


def test_every_fact_has_exactly_one_handler() -> None:
    assert APPLY.keys() == set(get_args(Fact))
    assert not APPLY_PEOPLE.keys() & APPLY_SERVICES.keys()


def test_the_position_is_the_number_of_the_newest_fact(play: Play) -> None:
    play.dealer("olga")

    assert play.state.position == len(play.log) == 3


def test_a_hub_gets_its_first_document_when_it_is_added(play: Play) -> None:
    olga = play.owner("olga")

    hub = added_hub(play, olga)

    assert hub.wanted.service is ServiceState.NOT_AVAILABLE
    assert hub.version == play.state.position - 1  # the fact that added it; its card changed nothing
    assert play.state.dirty_hubs == {HUB}


def test_a_hub_without_an_object_gets_no_document(play: Play) -> None:
    play.happens(SimsObserved(at_ms=NOON_MS, hub=HUB, sims=AJAX_SIM))

    assert play.state.hubs[HUB].version == 0
    assert play.state.dirty_hubs == set()


def test_hubs_offer_activation_when_their_company_becomes_a_dealer(play: Play) -> None:
    olga = play.owner("olga")
    hub = added_hub(play, olga)
    play.state.dirty_hubs.clear()

    play.does(olga, EnrollAsDealer(registration_number="5213003700"))

    assert hub.wanted.service is ServiceState.ACTIVATION_REQUIRED
    assert hub.version == play.state.position
    assert play.state.dirty_hubs == {HUB}


def test_hubs_offer_nothing_when_their_company_is_deleted(play: Play) -> None:
    olga = play.dealer("olga")
    hub = added_hub(play, olga)
    offered = hub.wanted.service

    play.does(olga, DeleteCompany())

    assert (offered, hub.wanted.service) == (ServiceState.ACTIVATION_REQUIRED, ServiceState.NOT_AVAILABLE)


def test_a_fact_without_effect_on_the_desired_state_gives_no_new_version(play: Play) -> None:
    hub = added_hub(play, play.dealer("olga"))
    version = hub.version
    play.state.dirty_hubs.clear()

    play.happens(HubArmed(at_ms=play.now_ms, hub=HUB, armed=False))

    assert hub.version == version
    assert play.state.dirty_hubs == set()


def test_a_hub_ahead_of_the_cloud_is_overtaken_and_every_later_version_is_newer(play: Play) -> None:
    hub = added_hub(play, play.dealer("olga"))
    play.state.dirty_hubs.clear()

    versions = []
    play.happens(VersionOvertaken(at_ms=play.now_ms, hub=HUB, version=5_000))
    for armed in (True, False):
        versions.append(hub.version)
        play.happens(HubArmed(at_ms=play.now_ms, hub=HUB, armed=armed))
    versions.append(hub.version)

    assert versions == [5_001, 5_002, 5_003]
    assert play.state.dirty_hubs == {HUB}


def test_an_impossible_fact_raises_an_error() -> None:
    state = State()
    request = ConnectionRequested(at_ms=1, dealer="company-1", reseller="company-2", email="n@example.com")
    apply(state, request, SETTINGS)

    with pytest.raises(IllegalConnectionAction):
        apply(state, ConnectionSuspended(at_ms=2, dealer="company-1", reseller="company-2"), SETTINGS)
    with pytest.raises(IllegalConnectionAction):
        apply(state, request, SETTINGS)
