import pytest
from service_play import AJAX, HUB, ORDINARY, ServicePlay

from hubsim_cloud.domain.carrier_facts import CarrierOrderConfirmed, CarrierOrderPlaced, OrdersOvertaken
from hubsim_cloud.domain.commands import Activate, StopNow
from hubsim_cloud.domain.orders import HIGHEST_BELIEVED_SEQUENCE, ProfileState, confirm, profile_state
from hubsim_cloud.domain.state import SimProfile, State
from hubsim_contract.wire.messages import Confirmation, OrderStage, Profile


def confirmation_of(sequence: int, stage: OrderStage, profile: Profile = Profile.ACTIVE) -> Confirmation:
    return Confirmation(iccid=AJAX, sequence=sequence, profile=profile, stage=stage)


def stages(play: ServicePlay) -> list[OrderStage]:
    return [fact.stage for fact in play.log if isinstance(fact, CarrierOrderConfirmed)]


def test_an_order_is_accepted_and_then_executed() -> None:
    play = ServicePlay()
    play.active()

    for stage in (OrderStage.ACCEPTED, OrderStage.EXECUTED):
        play.applies_all(confirm(play.state, confirmation_of(1, stage), play.now_ms, play.settings))

        assert play.state.profiles[AJAX].stage is stage


def test_repeated_and_late_confirmations_are_recorded_once() -> None:
    play = ServicePlay()
    play.active()

    for stage in (OrderStage.ACCEPTED, OrderStage.ACCEPTED, OrderStage.EXECUTED, OrderStage.EXECUTED):
        play.applies_all(confirm(play.state, confirmation_of(1, stage), play.now_ms, play.settings))
    late = confirm(play.state, confirmation_of(1, OrderStage.ACCEPTED), play.now_ms, play.settings)

    assert late == []
    assert stages(play) == [OrderStage.ACCEPTED, OrderStage.EXECUTED]


def test_an_order_can_be_executed_without_a_received_acceptance() -> None:
    play = ServicePlay()
    play.active()

    play.applies_all(confirm(play.state, confirmation_of(1, OrderStage.EXECUTED), play.now_ms, play.settings))

    assert stages(play) == [OrderStage.EXECUTED]


@pytest.mark.parametrize(
    "confirmation",
    [
        confirmation_of(1, OrderStage.EXECUTED),
        confirmation_of(2, OrderStage.SUPERSEDED, Profile.INACTIVE),
        confirmation_of(3, OrderStage.SUPERSEDED, Profile.ACTIVE),
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
def test_an_order_that_this_cloud_never_sent_is_overtaken(profile: Profile, stage: OrderStage) -> None:
    play = ServicePlay()
    play.active()

    facts = play.applies_all(
        confirm(play.state, confirmation_of(40, stage, profile), play.now_ms, play.settings)
    )

    assert facts == [
        OrdersOvertaken(at_ms=play.now_ms, iccid=AJAX, sequence=40),
        CarrierOrderPlaced(at_ms=play.now_ms, iccid=AJAX, sequence=41, profile=Profile.ACTIVE),
    ]
    assert play.card().sim_profile is ProfileState.ACTIVATING
    play.carrier_executes(AJAX)
    assert play.card().sim_profile is ProfileState.ACTIVE


def test_a_confirmation_of_our_sequence_with_another_profile_is_overtaken() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, StopNow(hub=HUB))

    facts = confirm(
        play.state, confirmation_of(2, OrderStage.EXECUTED, Profile.ACTIVE), play.now_ms, play.settings
    )
    play.applies_all(facts)

    assert (play.state.profiles[AJAX].sequence, play.state.profiles[AJAX].wanted) == (3, Profile.INACTIVE)


def test_a_repeated_confirmation_of_an_overtaken_order_is_ignored() -> None:
    play = ServicePlay()
    play.active()
    late = confirmation_of(40, OrderStage.EXECUTED)
    play.applies_all(confirm(play.state, late, play.now_ms, play.settings))

    assert confirm(play.state, late, play.now_ms, play.settings) == []


def test_the_next_order_continues_from_the_carriers_sequence() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.applies_all(
        confirm(play.state, confirmation_of(40, OrderStage.EXECUTED), play.now_ms, play.settings)
    )

    play.does(dealer, StopNow(hub=HUB))

    assert play.state.profiles[AJAX].sequence == 42


def test_a_sequence_near_the_limit_of_the_counter_is_ignored() -> None:
    play = ServicePlay()
    play.active()
    highest = confirmation_of(HIGHEST_BELIEVED_SEQUENCE, OrderStage.EXECUTED)
    beyond = confirmation_of(HIGHEST_BELIEVED_SEQUENCE + 1, OrderStage.EXECUTED)

    assert confirm(play.state, beyond, play.now_ms, play.settings) == []
    assert len(confirm(play.state, highest, play.now_ms, play.settings)) == 2


def test_an_active_ajax_sim_that_this_cloud_does_not_know_is_cut_off() -> None:
    play = ServicePlay()

    facts = confirm(play.state, confirmation_of(5, OrderStage.EXECUTED), play.now_ms, play.settings)
    play.applies_all(facts)

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
def test_confirmations_of_other_unknown_sims_are_ignored(iccid: str, profile: Profile) -> None:
    play = ServicePlay()
    confirmation = Confirmation(iccid=iccid, sequence=5, profile=profile, stage=OrderStage.EXECUTED)

    assert confirm(play.state, confirmation, play.now_ms, play.settings) == []


def test_each_sim_has_its_own_sequence() -> None:
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
def test_the_profile_state_is_the_last_known_one(
    wanted: Profile, stage: OrderStage | None, shown: str
) -> None:
    assert profile_state(SimProfile(AJAX, wanted, 1, 0, stage)) == shown


def test_a_sim_without_an_order_has_no_profile_state() -> None:
    assert profile_state(State().profiles.get(AJAX)) is ProfileState.NONE
