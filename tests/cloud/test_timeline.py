"""Facts that time alone causes, each at its exact instant."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service_play import AJAX, AJAX_2, DAY_MS, HUB, HUB_2, MINUTE_MS, ServicePlay, instant, slot

from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.carrier_facts import CarrierOrderPlaced
from hubsim_cloud.domain.commands import (
    Activate,
    AddHub,
    ConfigureHub,
    RemoveHub,
    ScheduleDeactivation,
    SetBillingZone,
)
from hubsim_cloud.domain.facts import (
    ChannelLossNoticed,
    ChannelRestored,
    Fact,
    HubReportedOffline,
    HubReportedOnline,
    InvoiceIssued,
    ServiceEnded,
)
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.timeline import catch_up, due
from hubsim_cloud.domain.types import Actor
from hubsim_contract.wire.identifiers import luhn_digit
from hubsim_contract.wire.messages import Channel

SETTINGS = CloudSettings()
FIRST = instant("2026-02-01 00:00")
BOTH = (Channel.CELLULAR, Channel.ETHERNET)


def all_due(state: State, at_ms: int) -> list[Fact]:
    brought: list[Fact] = []
    while facts := catch_up(state, at_ms, SETTINGS):
        for fact in facts:
            apply(state, fact, SETTINGS)
        brought += facts
    return brought


# ------------------------------------------------------------------ months


def test_nothing_is_due_in_an_idle_cloud() -> None:
    play = ServicePlay()
    play.dealer_with_hub()

    assert due(play.state, SETTINGS) is None
    assert play.passes_to(instant("2499-01-01 00:00")) == []


def test_at_midnight_services_end_before_the_month_is_invoiced() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, ScheduleDeactivation(hub=HUB))

    assert due(play.state, SETTINGS) == FIRST

    facts = play.passes_to(FIRST)

    assert [type(fact) for fact in facts] == [ServiceEnded, CarrierOrderPlaced, InvoiceIssued]
    assert due(play.state, SETTINGS) is None


def test_a_cloud_that_was_down_at_midnight_dates_the_end_to_midnight() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.does(dealer, ScheduleDeactivation(hub=HUB))

    facts = play.passes_to(FIRST + 40 * DAY_MS)

    assert {fact.at_ms for fact in facts} == {FIRST}


def test_services_that_end_at_the_same_instant_end_together() -> None:
    play = ServicePlay()
    dealer = play.active()
    play.adds_hub(dealer, HUB_2)
    play.reports(HUB_2, (slot(AJAX_2),))
    play.does(dealer, Activate(hub=HUB_2))
    for hub in (HUB, HUB_2):
        play.does(dealer, ScheduleDeactivation(hub=hub))

    facts = catch_up(play.state, FIRST, SETTINGS)

    assert [fact.hub for fact in facts if isinstance(fact, ServiceEnded)] == [HUB, HUB_2]


# ------------------------------------------------------------------ an offline hub


@pytest.mark.parametrize(
    ("multiplier", "ping_s", "delay_s", "wait_s"), [(3, 60, 300, 480), (4, 60, 300, 540), (3, 10, 30, 60)]
)
def test_an_offline_hub_is_reported_after_n_pings_and_the_delay(
    multiplier: int, ping_s: int, delay_s: int, wait_s: int
) -> None:
    play = ServicePlay(CloudSettings(ping_multiplier=multiplier))
    dealer = play.dealer_with_hub()
    play.does(dealer, ConfigureHub(hub=HUB, ping_s=ping_s, offline_delay_s=delay_s))
    play.comes_online()
    play.goes_offline()
    gone_ms = play.now_ms

    assert play.passes_to(gone_ms + wait_s * 1000 - 1) == []
    assert not play.card().reported_offline

    facts = play.passes_to(gone_ms + 10 * DAY_MS)

    assert facts == [HubReportedOffline(at_ms=gone_ms + wait_s * 1000, hub=HUB)]
    assert play.card().reported_offline


def test_a_hub_that_returns_in_time_is_not_reported() -> None:
    play = ServicePlay()
    play.dealer_with_hub()
    play.comes_online()
    play.goes_offline()
    play.passes_to(play.now_ms + 7 * MINUTE_MS)

    assert play.comes_online() == []
    assert play.passes_to(play.now_ms + DAY_MS) == []


def test_the_return_of_a_reported_hub_is_reported() -> None:
    play = ServicePlay()
    play.dealer_with_hub()
    play.comes_online()
    play.goes_offline()
    play.passes_to(play.now_ms + 9 * MINUTE_MS)

    assert [type(fact) for fact in play.comes_online()] == [HubReportedOnline]
    assert not play.card().reported_offline
    assert play.comes_online() == []


def test_a_hub_without_an_object_is_not_reported() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.comes_online()
    play.goes_offline()
    play.does(dealer, RemoveHub(hub=HUB))

    assert play.passes_to(play.now_ms + DAY_MS) == []

    play.does(dealer, AddHub(object="object-1", hub=HUB, model="hub"))

    facts = play.passes_to(play.now_ms + DAY_MS)

    assert [type(fact) for fact in facts] == [HubReportedOffline]
    assert facts[0].at_ms == play.log[-2].at_ms


def added_again(play: ServicePlay) -> None:
    owner = Actor(person=play.state.companies["company-1"].owner, account="company-1")
    play.does(owner, RemoveHub(hub=HUB))
    play.does(owner, AddHub(object="object-1", hub=HUB, model="hub"))


def test_an_offline_hub_is_reported_again_after_it_was_added_again() -> None:
    play = ServicePlay()
    play.dealer_with_hub()
    play.comes_online()
    play.goes_offline()
    play.passes_to(play.now_ms + DAY_MS)

    added_again(play)

    assert [type(fact) for fact in play.passes_to(play.now_ms + DAY_MS)] == [HubReportedOffline]


def test_a_longer_delay_moves_the_alarm_of_an_offline_hub() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.comes_online()
    play.goes_offline()
    gone_ms = play.now_ms

    play.does(dealer, ConfigureHub(hub=HUB, offline_delay_s=600))

    assert [fact.at_ms for fact in play.passes_to(gone_ms + DAY_MS)] == [gone_ms + 780_000]


def test_a_shorter_delay_does_not_date_an_alarm_back() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.comes_online()
    play.goes_offline()
    play.passes_to(play.now_ms + 7 * MINUTE_MS)

    play.does(dealer, ConfigureHub(hub=HUB, offline_delay_s=30))

    assert [fact.at_ms for fact in play.passes_to(play.now_ms)] == [play.now_ms]


# ------------------------------------------------------------------ a lost channel


def losing_cellular(notice_min: int = 3) -> tuple[ServicePlay, int]:
    """Return a play in which an online hub has just reported the loss of its cellular channel."""
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.does(dealer, ConfigureHub(hub=HUB, channel_loss_notice_min=notice_min))
    play.comes_online(HUB, *BOTH)
    play.reports(HUB, (slot(AJAX),), channels=BOTH[1:])
    return play, play.now_ms


@pytest.mark.parametrize("notice_min", [3, 30])
def test_the_loss_of_one_channel_is_reported_after_the_set_minutes(notice_min: int) -> None:
    play, lost_ms = losing_cellular(notice_min)

    assert play.passes_to(lost_ms + notice_min * MINUTE_MS - 1) == []

    facts = play.passes_to(lost_ms + DAY_MS)

    assert facts == [
        ChannelLossNoticed(at_ms=lost_ms + notice_min * MINUTE_MS, hub=HUB, channel=Channel.CELLULAR)
    ]


def test_the_return_of_a_channel_is_reported_if_its_loss_was_reported() -> None:
    play, lost_ms = losing_cellular()

    assert play.reports(HUB, (slot(AJAX),), channels=BOTH) == []

    play.reports(HUB, (slot(AJAX),), channels=BOTH[1:])
    play.passes_to(lost_ms + DAY_MS)

    facts = play.reports(HUB, (slot(AJAX),), channels=BOTH)

    assert [type(fact) for fact in facts] == [ChannelRestored]
    assert play.reports(HUB, (slot(AJAX),), channels=BOTH) == []


def test_the_loss_of_a_channel_is_reported_again_after_the_hub_was_added_again() -> None:
    play, lost_ms = losing_cellular()
    play.passes_to(lost_ms + DAY_MS)

    added_again(play)

    assert [type(fact) for fact in play.passes_to(play.now_ms + DAY_MS)] == [ChannelLossNoticed]


def test_an_offline_hub_replaces_the_alarm_of_its_lost_channel() -> None:
    play, lost_ms = losing_cellular()
    play.goes_offline()

    facts = play.passes_to(lost_ms + DAY_MS)

    assert [type(fact) for fact in facts] == [HubReportedOffline]


# ------------------------------------------------------------------ one jump or many

STEPS = st.lists(st.integers(1, 40 * DAY_MS), min_size=1, max_size=8)


@settings(max_examples=40)
@given(steps=STEPS, deactivated=st.booleans(), zone=st.sampled_from(["Asia/Tokyo", "America/New_York"]))
def test_one_jump_causes_the_same_facts_as_many_steps(steps: list[int], deactivated: bool, zone: str) -> None:
    play, _lost_ms = losing_cellular()
    actor = Actor(person=play.state.companies["company-1"].owner, account="company-1")
    play.does(actor, Activate(hub=HUB))
    play.adds_hub(actor, HUB_2)
    play.comes_online(HUB_2)
    play.goes_offline(HUB_2)
    if deactivated:
        play.does(actor, ScheduleDeactivation(hub=HUB))
    play.does(actor, SetBillingZone(zone=zone))
    jumped, walked = deepcopy(play.state), deepcopy(play.state)
    now_ms, facts = play.now_ms, []

    for step_ms in steps:
        now_ms += step_ms
        facts += all_due(walked, now_ms)

    assert all_due(jumped, now_ms) == facts
    assert jumped == walked
    assert [fact.at_ms for fact in facts] == sorted(fact.at_ms for fact in facts)


# ------------------------------------------------------------------ in parts


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_parts_of_the_due_facts_are_the_same_as_all_at_once(at_once: int) -> None:
    play = ServicePlay()
    dealer = play.active()
    for number in (2, 3, 4):
        hub, digits = f"0000000{number}", f"898830000000000{number:03}"
        iccid = digits + luhn_digit(digits)
        play.adds_hub(dealer, hub)
        play.reports(hub, (slot(iccid),))
        play.does(dealer, Activate(hub=hub))
        play.does(dealer, ScheduleDeactivation(hub=hub))
    play.does(dealer, ScheduleDeactivation(hub=HUB))
    parts, whole = deepcopy(play.state), play.state

    brought: list[list[Fact]] = []
    while facts := catch_up(parts, FIRST, SETTINGS, at_once=at_once):
        for fact in facts:
            apply(parts, fact, SETTINGS)
        brought.append(facts)

    assert [fact for facts in brought for fact in facts] == all_due(whole, FIRST)
    assert parts == whole
    assert max(sum(isinstance(fact, ServiceEnded) for fact in facts) for facts in brought) == at_once
