import pytest
from service_play import AJAX, HUB, ORDINARY, ServicePlay

from hubsim_cloud.domain.commands import Activate, StopNow
from hubsim_cloud.domain.facts import CarrierOrderConfirmed, CarrierOrderPlaced, OrdersOvertaken
from hubsim_cloud.domain.orders import HIGHEST_BELIEVED_SEQUENCE, ProfileState, confirm, profile_state
from hubsim_cloud.domain.state import SimProfile, State
from hubsim_contract.wire.messages import Confirmation, OrderStage, Profile


def said(sequence: int, stage: OrderStage, profile: Profile = Profile.ACTIVE) -> Confirmation:
    return Confirmation(iccid=AJAX, sequence=sequence, profile=profile, stage=stage)


def stages(play: ServicePlay) -> list[OrderStage]:
    return [fact.stage for fact in play.log if isinstance(fact, CarrierOrderConfirmed)]


def test_an_order_is_accepted_and_then_executed() -> None:
    play = ServicePlay()
    play.active()

    for stage in (OrderStage.ACCEPTED, OrderStage.EXECUTED):
        play.hears(confirm(play.state, said(1, stage), play.now_ms, play.settings))

        assert play.state.profiles[AJAX].stage is stage


def test_doubled_and_late_confirmations_are_recorded_once() -> None:
    play = ServicePlay()
    play.active()

    for stage in (OrderStage.ACCEPTED, OrderStage.ACCEPTED, OrderStage.EXECUTED, OrderStage.EXECUTED):
        play.hears(confirm(play.state, said(1, stage), play.now_ms, play.settings))
    late = confirm(play.state, said(1, OrderStage.ACCEPTED), play.now_ms, play.settings)

    assert late == []
    assert stages(play) == [OrderStage.ACCEPTED, OrderStage.EXECUTED]


def test_a_lost_acceptance_is_no_loss() -> None:
    play = ServicePlay()
    play.active()

    play.hears(confirm(play.state, said(1, OrderStage.EXECUTED), play.now_ms, play.settings))

    assert stages(play) == [OrderStage.EXECUTED]


@pytest.mark.parametrize(
    "confirmation",
    [
        said(1, OrderStage.EXECUTED),
        said(2, OrderStage.SUPERSEDED, Profile.INACTIVE),
        said(3, OrderStage.SUPERSEDED, Profile.ACTIVE),
        Confirmation(iccid="89", sequence=1, profile=Profile.ACTIVE, stage=OrderStage.EXECUTED),
    ],
)
def test_only_the_newest_order_can_be_confirmed(confirmation: Confirmation) -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))

    assert confirm(play.state, confirmation, play.now_ms, play.settings) == []
    assert play.card().sim_profile is ProfileState.CUTTING


# ------------------------------------------------------------------ a carrier that is ahead


@pytest.mark.parametrize("stage", [OrderStage.ACCEPTED, OrderStage.EXECUTED])
@pytest.mark.parametrize("profile", Profile)
def test_an_order_that_this_cloud_never_gave_is_overtaken(profile: Profile, stage: OrderStage) -> None:
    play = ServicePlay()
    play.active()

    facts = play.hears(confirm(play.state, said(40, stage, profile), play.now_ms, play.settings))

    assert facts == [
        OrdersOvertaken(at_ms=play.now_ms, iccid=AJAX, sequence=40),
        CarrierOrderPlaced(at_ms=play.now_ms, iccid=AJAX, sequence=41, profile=Profile.ACTIVE),
    ]
    assert play.card().sim_profile is ProfileState.ACTIVATING
    play.carrier_executes(AJAX)
    assert play.card().sim_profile is ProfileState.ACTIVE


def test_an_order_of_our_sequence_about_another_profile_is_not_ours_and_is_overtaken() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))

    facts = confirm(play.state, said(2, OrderStage.EXECUTED, Profile.ACTIVE), play.now_ms, play.settings)
    play.hears(facts)

    assert (play.state.profiles[AJAX].sequence, play.state.profiles[AJAX].wanted) == (3, Profile.INACTIVE)


def test_what_was_overtaken_once_is_old_when_it_is_heard_again() -> None:
    play = ServicePlay()
    play.active()
    late = said(40, OrderStage.EXECUTED)
    play.hears(confirm(play.state, late, play.now_ms, play.settings))

    assert confirm(play.state, late, play.now_ms, play.settings) == []


def test_the_next_order_counts_on_from_the_carriers() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.hears(confirm(play.state, said(40, OrderStage.EXECUTED), play.now_ms, play.settings))

    play.does(dealer, StopNow(hub=HUB))

    assert play.state.profiles[AJAX].sequence == 42


def test_a_sequence_that_leaves_too_little_to_count_on_in_is_not_followed() -> None:
    play = ServicePlay()
    play.active()
    highest = said(HIGHEST_BELIEVED_SEQUENCE, OrderStage.EXECUTED)
    beyond = said(HIGHEST_BELIEVED_SEQUENCE + 1, OrderStage.EXECUTED)

    assert confirm(play.state, beyond, play.now_ms, play.settings) == []
    assert len(confirm(play.state, highest, play.now_ms, play.settings)) == 2


def test_a_sim_of_ours_that_this_cloud_knows_nothing_of_is_cut() -> None:
    play = ServicePlay()

    facts = confirm(play.state, said(5, OrderStage.EXECUTED), play.now_ms, play.settings)
    play.hears(facts)

    profile = play.state.profiles[AJAX]
    assert (profile.sequence, profile.wanted, profile.stage) == (6, Profile.INACTIVE, None)


@pytest.mark.parametrize(
    ("iccid", "profile"),
    [
        (AJAX, Profile.INACTIVE),
        (ORDINARY, Profile.ACTIVE),
        ("8988300", Profile.ACTIVE),
        ("89883000000000000012", Profile.ACTIVE),
        (f" {AJAX}", Profile.ACTIVE),
    ],
    ids=["off already", "not ours", "too short", "misprint", "not normal"],
)
def test_about_other_unknown_sims_nothing_is_done(iccid: str, profile: Profile) -> None:
    play = ServicePlay()
    confirmation = Confirmation(iccid=iccid, sequence=5, profile=profile, stage=OrderStage.EXECUTED)

    assert confirm(play.state, confirmation, play.now_ms, play.settings) == []


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
