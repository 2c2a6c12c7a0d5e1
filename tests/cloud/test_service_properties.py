"""Properties of the state after any sequence of commands, reports, confirmations, and delays."""

from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from service_play import (
    AJAX,
    AJAX_2,
    DAY_MS,
    EMPTY,
    HUB,
    HUB_2,
    MINUTE_MS,
    ORDINARY,
    SETTINGS,
    ServicePlay,
    slot,
)

from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.commands import (
    Activate,
    ArmHub,
    BaseCommand,
    ConfigureHub,
    DeleteObject,
    Resume,
    ScheduleDeactivation,
    SetBillingZone,
    SetCountryServices,
    StopNow,
    TransferConfiguration,
)
from hubsim_cloud.domain.desired import wanted_of
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import OPERATOR, Actor
from hubsim_contract.wire.messages import Channel, Profile

SERVICE_COMMANDS: list[BaseCommand] = [
    action(hub=hub) for action in (Activate, ScheduleDeactivation, Resume, StopNow) for hub in (HUB, HUB_2)
]
OTHER_COMMANDS: list[BaseCommand] = [
    ArmHub(hub=HUB),
    ConfigureHub(hub=HUB, ping_s=10),
    TransferConfiguration(donor=HUB, target=HUB_2),
    SetBillingZone(zone="Asia/Tokyo"),
    SetBillingZone(zone="America/New_York"),
    DeleteObject(object="object-2"),
]
SLOTS = [(EMPTY,), (slot(AJAX),), (slot(AJAX_2),), (slot(AJAX), slot(AJAX_2, 2)), (slot(ORDINARY),)]

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("do"), st.sampled_from(SERVICE_COMMANDS)),
        st.tuples(st.just("do"), st.sampled_from(SERVICE_COMMANDS)),
        st.tuples(st.just("do"), st.sampled_from(OTHER_COMMANDS)),
        st.tuples(st.just("report"), st.tuples(st.sampled_from([HUB, HUB_2]), st.sampled_from(SLOTS))),
        st.tuples(st.just("sell in"), st.sampled_from([("PL", True), ("PL", False)])),
        st.tuples(st.just("pass"), st.sampled_from([0, MINUTE_MS, 9 * MINUTE_MS, DAY_MS, 31 * DAY_MS])),
        st.tuples(st.just("confirm"), st.sampled_from([AJAX, AJAX_2])),
        st.tuples(st.just("online"), st.sampled_from([HUB, HUB_2])),
        st.tuples(st.just("offline"), st.sampled_from([HUB, HUB_2])),
    ),
    min_size=12,
    max_size=30,
)


def played(actions: list[tuple[str, object]], check: Callable[[ServicePlay], None]) -> ServicePlay:
    """Run the actions for a Dealer with two hubs, one of them active, and call `check` after each."""
    play = ServicePlay()
    dealer = play.active()
    play.adds_hub(dealer, HUB_2)
    play.reports(HUB_2, (slot(AJAX_2),))
    for action, argument in actions:
        perform(play, dealer, action, argument)
        check(play)
    return play


def perform(play: ServicePlay, dealer: Actor, action: str, argument: object) -> None:
    match action, argument:
        case "do", BaseCommand():
            play.attempt(dealer, argument)
        case "sell in", (str(country), bool(services)):
            play.does(OPERATOR, SetCountryServices(country=country, services=services))
        case "report", (str(hub), tuple(sims)):
            play.reports(hub, sims, channels=(Channel.ETHERNET,))
        case "pass", int(delay_ms):
            play.passes_to(play.now_ms + delay_ms)
        case "confirm", str(iccid) if iccid in play.state.profiles:
            play.carrier_executes(iccid)
        case "online", str(hub):
            play.comes_online(hub)
        case "offline", str(hub) if play.device(hub).online:
            play.goes_offline(hub)
        case _:
            pass


def consistent(play: ServicePlay) -> None:
    """Assert one running subscription for each hub and SIM, and that derived data agrees with its source."""
    state = play.state
    running = {run.id: run for run in state.subscriptions.values() if run.running}
    assert {run.iccid: run.id for run in running.values()} == state.serving
    assert len({run.hub for run in running.values()}) == len(running)
    for run in running.values():
        assert state.hubs[run.hub].subscription == run.id
        assert state.profiles[run.iccid].wanted is Profile.ACTIVE
        assert state.endings.due(run.id) == run.ends_at_ms
    for iccid, profile in state.profiles.items():
        assert (profile.wanted is Profile.ACTIVE) == (iccid in state.serving)
    for hub in state.hubs.values():
        assert hub.wanted == wanted_of(state, hub, SETTINGS)


@settings(max_examples=40, deadline=None)
@given(ACTIONS)
def test_hubs_sims_subscriptions_and_profiles_always_agree(actions: list[tuple[str, object]]) -> None:
    played(actions, consistent)


@settings(max_examples=40, deadline=None)
@given(ACTIONS)
def test_versions_never_shrink_and_grow_with_every_change(actions: list[tuple[str, object]]) -> None:
    seen: dict[str, list[tuple[int, object]]] = {}

    def record(play: ServicePlay) -> None:
        for hub in play.state.hubs.values():
            seen.setdefault(hub.id, []).append((hub.version, hub.wanted))

    played(actions, record)

    for documents in seen.values():
        for (old_version, old), (new_version, new) in pairwise(documents):
            assert (new_version > old_version) if new != old else (new_version >= old_version)


@settings(max_examples=40, deadline=None)
@given(ACTIONS)
def test_the_facts_alone_give_the_same_state(actions: list[tuple[str, object]]) -> None:
    play = played(actions, lambda _play: None)
    again = State(devices=deepcopy(play.state.devices))

    for fact in play.log:
        apply(again, fact, SETTINGS)

    assert again == play.state
