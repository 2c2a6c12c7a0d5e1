import pytest
from service_play import AJAX, HUB, ServicePlay

from cloud.domain.commands import Activate, StopNow
from cloud.domain.facts import CarrierOrderConfirmed
from cloud.domain.orders import ProfileState, confirm, profile_state
from cloud.domain.state import SimProfile, State
from contract.messages import Confirmation, OrderStage, Profile


def said(sequence: int, stage: OrderStage, profile: Profile = Profile.ACTIVE) -> Confirmation:
    return Confirmation(iccid=AJAX, sequence=sequence, profile=profile, stage=stage)


def stages(play: ServicePlay) -> list[OrderStage]:
    return [fact.stage for fact in play.log if isinstance(fact, CarrierOrderConfirmed)]


def test_an_order_is_accepted_and_then_executed() -> None:
    play = ServicePlay()
    play.active()

    for stage in (OrderStage.ACCEPTED, OrderStage.EXECUTED):
        play.hears(confirm(play.state, said(1, stage), play.now_ms))

        assert play.state.profiles[AJAX].stage is stage


def test_doubled_and_late_confirmations_are_recorded_once() -> None:
    play = ServicePlay()
    play.active()

    for stage in (OrderStage.ACCEPTED, OrderStage.ACCEPTED, OrderStage.EXECUTED, OrderStage.EXECUTED):
        play.hears(confirm(play.state, said(1, stage), play.now_ms))
    late = confirm(play.state, said(1, OrderStage.ACCEPTED), play.now_ms)

    assert late == []
    assert stages(play) == [OrderStage.ACCEPTED, OrderStage.EXECUTED]


def test_a_lost_acceptance_is_no_loss() -> None:
    play = ServicePlay()
    play.active()

    play.hears(confirm(play.state, said(1, OrderStage.EXECUTED), play.now_ms))

    assert stages(play) == [OrderStage.EXECUTED]


@pytest.mark.parametrize(
    "confirmation",
    [
        said(1, OrderStage.EXECUTED),
        said(3, OrderStage.EXECUTED, Profile.INACTIVE),
        said(2, OrderStage.SUPERSEDED, Profile.INACTIVE),
        said(2, OrderStage.EXECUTED, Profile.ACTIVE),
        Confirmation(iccid="89", sequence=1, profile=Profile.ACTIVE, stage=OrderStage.EXECUTED),
    ],
)
def test_only_the_newest_order_can_be_confirmed(confirmation: Confirmation) -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))

    assert confirm(play.state, confirmation, play.now_ms) == []
    assert play.card().sim_profile is ProfileState.CUTTING


def test_each_sim_counts_its_own_orders() -> None:
    play = ServicePlay()
    dealer = play.active()

    for expected in (2, 4, 6):
        play.does(dealer, StopNow(hub=HUB))

        assert play.state.profiles[AJAX].sequence == expected

        play.does(dealer, Activate(hub=HUB))


@pytest.mark.parametrize(
    ("wanted", "stage", "shown"),
    [
        (Profile.ACTIVE, None, "activating"),
        (Profile.ACTIVE, OrderStage.ACCEPTED, "activating"),
        (Profile.ACTIVE, OrderStage.EXECUTED, "active"),
        (Profile.INACTIVE, None, "cutting"),
        (Profile.INACTIVE, OrderStage.ACCEPTED, "cutting"),
        (Profile.INACTIVE, OrderStage.EXECUTED, "inactive"),
    ],
)
def test_layer_2_is_shown_as_far_as_it_is_known(
    wanted: Profile, stage: OrderStage | None, shown: str
) -> None:
    assert profile_state(SimProfile(AJAX, wanted, 1, 0, stage)) == shown


def test_a_sim_without_any_order_has_no_profile_to_show() -> None:
    assert profile_state(State().profiles.get(AJAX)) is ProfileState.NONE
