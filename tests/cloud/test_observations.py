"""Messages of hubs: which ones are accepted, and which facts follow from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_play import AJAX, AJAX_2, EMPTY, HUB, HUB_2, ORDINARY, ServicePlay, slot

from hubsim_cloud.domain.carrier_facts import CarrierOrderPlaced
from hubsim_cloud.domain.commands import Activate, StopNow
from hubsim_cloud.domain.facts import SimBound, SimsObserved, VersionOvertaken
from hubsim_cloud.domain.observations import (
    HIGHEST_BELIEVED_VERSION,
    accept_event,
    accept_presence,
    accept_reported,
    implied_presence,
)
from hubsim_cloud.domain.state import EVENTS_KEPT, Device
from hubsim_contract.wire.messages import (
    Channel,
    Hardware,
    HubEvent,
    Presence,
    Profile,
    Reported,
    ServiceState,
    SimCard,
    SimSlot,
)

UNKNOWN = SimSlot(1, SimCard.UNKNOWN)

# ------------------------------------------------------------------ presence (MQ-6)


def presence(online: bool, boot: int = 1, connection: int = 1) -> Presence:
    return Presence(hub=HUB, online=online, boot=boot, connection=connection)


def test_a_hub_connects_and_its_will_reports_that_it_is_offline() -> None:
    device = Device()

    assert accept_presence(device, presence(True), 1_000)
    assert device.online
    assert device.offline_since_ms is None
    assert accept_presence(device, presence(False), 2_000)
    assert not device.online
    assert device.offline_since_ms == 2_000


@pytest.mark.parametrize(("boot", "connection"), [(1, 1), (1, 2), (2, 1)])
def test_an_old_will_does_not_mark_a_newly_connected_hub_offline(boot: int, connection: int) -> None:
    device = Device()
    accept_presence(device, presence(True, boot=2, connection=2), 1_000)

    assert not accept_presence(device, presence(False, boot, connection), 2_000)
    assert device.online


def test_a_late_copy_of_online_does_not_revive_a_closed_connection() -> None:
    device = Device()
    accept_presence(device, presence(True), 1_000)
    accept_presence(device, presence(False), 2_000)

    assert not accept_presence(device, presence(True), 3_000)
    assert not device.online


def test_a_repeated_presence_is_ignored() -> None:
    device = Device()
    accept_presence(device, presence(True), 1_000)

    assert not accept_presence(device, presence(True), 2_000)

    accept_presence(device, presence(False), 3_000)

    assert not accept_presence(device, presence(False), 4_000)
    assert device.offline_since_ms == 3_000


def test_the_will_of_an_unseen_connection_does_not_restart_the_offline_time() -> None:
    device = Device()
    accept_presence(device, presence(True), 1_000)
    accept_presence(device, presence(False), 2_000)

    assert accept_presence(device, presence(False, connection=2), 9_000)
    assert device.offline_since_ms == 2_000


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.booleans()), min_size=1))
def test_presences_in_any_order_give_the_state_of_the_newest_connection(
    messages: list[tuple[int, int, bool]],
) -> None:
    device = Device()

    for boot, connection, online in messages:
        accept_presence(device, presence(online, boot, connection), 0)

    newest = max((boot, connection) for boot, connection, _online in messages)
    died = (*newest, False) in messages
    assert (device.boot, device.connection) == newest
    assert device.online is not died


# ------------------------------------------------------------------ reports and events (MQ-2, MQ-4)


def reported(boot: int, sequence: int, *channels: Channel) -> Reported:
    hardware = Hardware(model="hub", firmware="2", channels=channels)
    return Reported(hub=HUB, boot=boot, sequence=sequence, applied_version=0, hardware=hardware)


def test_a_report_is_accepted_only_if_it_is_newer_by_boot_and_sequence() -> None:
    device = Device()

    assert accept_reported(device, reported(1, 9), 0)
    assert not accept_reported(device, reported(1, 9), 0)
    assert not accept_reported(device, reported(1, 8), 0)
    assert accept_reported(device, reported(2, 1), 0)
    assert not accept_reported(device, reported(1, 10), 0)
    assert device.reported == reported(2, 1)


def test_a_lost_channel_is_missing_from_the_loss_until_it_is_back() -> None:
    device = Device()
    accept_presence(device, presence(True), 0)
    accept_reported(device, reported(1, 1, Channel.CELLULAR, Channel.ETHERNET), 1_000)

    accept_reported(device, reported(1, 2, Channel.ETHERNET), 2_000)
    accept_reported(device, reported(1, 3, Channel.ETHERNET), 3_000)

    assert device.missing_since_ms == {Channel.CELLULAR: 2_000}

    accept_reported(device, reported(1, 4, Channel.CELLULAR, Channel.ETHERNET), 4_000)

    assert device.missing_since_ms == {}


def test_a_channel_counts_as_missing_from_the_return_of_the_hub() -> None:
    device = Device()
    accept_presence(device, presence(True), 0)
    accept_reported(device, reported(1, 1, Channel.CELLULAR, Channel.ETHERNET), 1_000)
    accept_reported(device, reported(1, 2, Channel.ETHERNET), 2_000)
    accept_presence(device, presence(False), 3_000)

    accept_presence(device, presence(True, connection=2), 90_000)

    assert device.missing_since_ms == {Channel.CELLULAR: 90_000}


def event(boot: int, number: int) -> HubEvent:
    return HubEvent(hub=HUB, boot=boot, number=number, kind="lid_opened", at_ms=0)


def test_resent_events_are_dropped() -> None:
    device = Device()

    accepted = [
        accept_event(device, event(*name))
        for name in [(1, 1), (1, 2), (1, 1), (1, 2), (1, 3), (2, 1), (1, 3)]
    ]

    assert accepted == [True, True, False, False, True, True, False]
    assert device.events == (event(1, 1), event(1, 2), event(1, 3), event(2, 1))


def test_a_late_event_is_inserted_in_its_order() -> None:
    device = Device()

    accepted = [accept_event(device, event(1, number)) for number in (1, 3, 2, 3, 2)]

    assert accepted == [True, True, True, False, False]
    assert [kept.number for kept in device.events] == [1, 2, 3]


def test_an_event_older_than_all_stored_events_is_ignored() -> None:
    device = Device()
    for number in range(2, EVENTS_KEPT + 2):
        accept_event(device, event(1, number))

    assert accept_event(device, event(1, 1)) is False
    assert device.events[0] == event(1, 2)


def test_only_the_newest_events_are_kept() -> None:
    device = Device()

    for number in range(1, EVENTS_KEPT + 3):
        accept_event(device, event(1, number))

    assert [kept.number for kept in device.events] == list(range(3, EVENTS_KEPT + 3))


# ------------------------------------------------------------------ presence by report (MQ-6)


def report(boot: int, connection: int) -> Reported:
    hardware = Hardware(model="hub-2", firmware="1")
    return Reported(
        hub=HUB, boot=boot, sequence=9, connection=connection, applied_version=0, hardware=hardware
    )


@pytest.mark.parametrize(("boot", "connection"), [(1, 3), (2, 1)])
def test_a_report_over_a_newer_connection_implies_that_the_hub_is_online(boot: int, connection: int) -> None:
    device = Device(online=False, boot=1, connection=2)

    told = implied_presence(device, report(boot, connection))

    assert told == Presence(hub=HUB, online=True, boot=boot, connection=connection)


@pytest.mark.parametrize(("boot", "connection"), [(1, 2), (1, 1), (0, 9), (2, 0)])
def test_a_report_over_a_known_or_unnamed_connection_implies_no_presence(boot: int, connection: int) -> None:
    device = Device(online=False, boot=1, connection=2)

    assert implied_presence(device, report(boot, connection)) is None


# ------------------------------------------------------------------ cards


def test_cards_are_observed_once() -> None:
    play = ServicePlay()

    first = play.reports(HUB, (slot(AJAX),))
    again = play.reports(HUB, (slot(AJAX),))

    assert [type(fact) for fact in first] == [SimsObserved]
    assert again == []
    assert play.hub().sims == (slot(AJAX),)


def test_an_iccid_is_compared_in_its_normal_form() -> None:
    play = ServicePlay()
    play.reports(HUB, (slot(AJAX),))

    assert play.reports(HUB, (slot(f"{AJAX[:10]} {AJAX[10:]}f"),)) == []


def test_an_unread_slot_keeps_its_known_card() -> None:
    play = ServicePlay()
    play.active()

    assert play.reports(HUB, (UNKNOWN,)) == []
    assert play.hub().sims == (slot(AJAX),)
    assert play.reports(HUB_2, (UNKNOWN,)) == []
    assert HUB_2 not in play.state.hubs


def test_an_unread_slot_does_not_hide_the_card_in_the_other_slot() -> None:
    play = ServicePlay()
    play.reports(HUB, (slot(AJAX), SimSlot(2, SimCard.MISSING)))

    play.reports(HUB, (UNKNOWN, slot(ORDINARY, 2)))

    assert play.hub().sims == (slot(AJAX), slot(ORDINARY, 2))


@given(
    st.lists(
        st.sampled_from([slot(AJAX), slot(ORDINARY), EMPTY, UNKNOWN, slot(None, card=SimCard.MALFUNCTION)])
    )
)
def test_the_known_card_of_a_slot_is_the_last_one_read(reads: list[SimSlot]) -> None:
    play = ServicePlay()

    for read in reads:
        play.reports(HUB, (read,))

    known = [read for read in reads if read != UNKNOWN]
    assert (play.hub().sims if known else ()) == tuple(known[-1:])


# ------------------------------------------------------------------ a subscription follows its hub


def test_removing_the_sim_does_not_change_subscription_and_profile() -> None:
    play = ServicePlay()
    play.active()

    facts = play.reports(HUB, (EMPTY,))

    assert [type(fact) for fact in facts] == [SimsObserved]
    assert play.service() is ServiceState.ACTIVE
    assert play.ordered(AJAX) is Profile.ACTIVE


def test_another_inserted_ajax_sim_gets_the_subscription() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.reports(HUB, (EMPTY,))

    facts = play.reports(HUB, (slot(AJAX_2),))

    assert [type(fact) for fact in facts] == [SimsObserved, SimBound, CarrierOrderPlaced, CarrierOrderPlaced]
    assert play.ordered(AJAX) is Profile.INACTIVE
    assert play.ordered(AJAX_2) is Profile.ACTIVE
    assert play.service() is ServiceState.ACTIVE

    play.does(dealer, StopNow(hub=HUB))

    assert play.ordered(AJAX_2) is Profile.INACTIVE


def test_a_second_ajax_sim_in_addition_to_the_bound_one_changes_nothing() -> None:
    play = ServicePlay()
    play.active()

    play.reports(HUB, (slot(AJAX), slot(AJAX_2, 2)))

    assert play.ordered(AJAX_2) is None

    play.reports(HUB, (UNKNOWN, slot(AJAX_2, 2)))

    assert play.ordered(AJAX_2) is None

    play.reports(HUB, (EMPTY, slot(AJAX_2, 2)))

    assert play.ordered(AJAX_2) is Profile.ACTIVE


def test_an_ordinary_sim_does_not_get_the_subscription() -> None:
    play = ServicePlay()
    play.active()

    play.reports(HUB, (slot(ORDINARY),))

    assert play.state.serving == {AJAX: "subscription-1"}


def test_a_sim_that_serves_another_hub_is_not_used_until_it_is_free() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.adds_hub(dealer, HUB_2)
    play.reports(HUB_2, (slot(AJAX_2),))
    play.does(dealer, Activate(hub=HUB_2))

    play.reports(HUB, (slot(AJAX_2),))

    assert play.state.serving == {AJAX: "subscription-1", AJAX_2: "subscription-2"}

    play.does(dealer, StopNow(hub=HUB_2))
    play.reports(HUB, (slot(AJAX_2),))

    assert play.state.serving == {AJAX_2: "subscription-1"}
    assert play.ordered(AJAX_2) is Profile.ACTIVE


# ------------------------------------------------------------------ versions (MQ-1)


def test_a_hub_ahead_of_the_cloud_is_overtaken_once() -> None:
    play = ServicePlay()
    play.dealer_with_hub()

    facts = play.reports(HUB, (slot(AJAX),), applied_version=5_000)
    again = play.reports(HUB, (slot(AJAX),), applied_version=5_000)

    assert [type(fact) for fact in facts] == [VersionOvertaken]
    assert again == []
    assert play.hub().version > 5_000
    assert HUB in play.state.dirty_hubs


def test_versions_continue_to_grow_above_the_floor() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.reports(HUB, (slot(AJAX),), applied_version=5_000)
    seen = [play.hub().version]

    for command in (Activate(hub=HUB), StopNow(hub=HUB)):
        play.does(dealer, command)
        seen.append(play.hub().version)

    assert seen == sorted(set(seen))


def test_a_version_that_no_cloud_can_have_assigned_is_ignored() -> None:
    play = ServicePlay()
    play.dealer_with_hub()

    assert play.reports(HUB, (slot(AJAX),), applied_version=HIGHEST_BELIEVED_VERSION + 1) == []
    assert play.reports(HUB, (slot(AJAX),), applied_version=-1) == []
