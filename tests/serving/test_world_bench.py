"""One world's simulated side: durability before effects, inbound faults, a clock that follows another one."""

import msgspec
import pytest
from bench_site import AJAX, DESIRED, HUB, OTHER, START_MS, TOPICS, Site, setup

from hubsim_contract.lab.bench_actions import (
    CardKind,
    HubSetup,
    InsertSim,
    PowerOff,
    RemoveSim,
    Restart,
    SetCoverage,
    Unplug,
)
from hubsim_contract.lab.faults import Delay, Drop, Duplicate, Reorder
from hubsim_contract.lab.protocol import BenchEvent, ClockReading
from hubsim_contract.mqtt.port import Connect
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.messages import Order, Profile, ServiceState
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import CARRIER
from hubsim_simulator.hardware.cards import make_card
from hubsim_simulator.hardware.profile import ProfileError, load_profile
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal
from hubsim_simulator.simulated_bench import BenchSettings


@pytest.fixture
def site() -> Site:
    """An idle world with one hub."""
    site = Site()
    site.bench.start()
    site.bench.put(setup())
    site.settle()
    return site


# ------------------------------------------------------------------ durability before effects


def test_a_bench_action_has_no_effects_before_it_is_durable() -> None:
    site = Site()
    site.bench.put(setup())

    effects = site.round()
    before = dict(site.lines)
    site.bench.release(effects)

    assert before == {}
    kept = msgspec.json.decode(site.stored[0].hubs[HUB], type=HubSetup)
    assert (kept.slots, kept.powered) == ({1: AJAX}, True)
    assert [type(effect) for effect in site.lines[HUB].did] == [Connect]


def test_a_report_is_sent_after_its_state_is_durable(site: Site) -> None:
    site.desires(5, ServiceState.ACTIVE)
    before = len(site.lines[HUB].published(TOPICS.of(MessageKind.REPORTED, HUB)))

    effects = site.round()
    between = len(site.lines[HUB].published(TOPICS.of(MessageKind.REPORTED, HUB)))
    flash = msgspec.json.decode(site.stored[-1].hubs[HUB], type=HubSetup).flash
    site.bench.release(effects)

    assert flash is not None
    assert b'"version":5' in flash
    assert between == before
    assert len(site.lines[HUB].published(TOPICS.of(MessageKind.REPORTED, HUB))) == before + 1


def test_an_order_is_confirmed_after_the_line_is_durable(site: Site) -> None:
    order = Order(iccid=AJAX.iccid, sequence=1, profile=Profile.ACTIVE)
    site.deliver(CARRIER, TOPICS.of(MessageKind.ORDER, AJAX.iccid), encode(order))
    confirmations = TOPICS.of(MessageKind.CONFIRMATION, AJAX.iccid)

    effects = site.round()
    between = site.lines[CARRIER].published(confirmations)
    site.bench.release(effects)

    assert site.stored[-1].lines.keys() == {AJAX.iccid}
    assert between == []
    assert len(site.lines[CARRIER].published(confirmations)) == 1


def test_a_world_is_not_idle_while_its_changes_are_being_written(site: Site) -> None:
    site.bench.perform(HUB, Unplug("ethernet"))
    held_back = site.bench.awaited({})

    effects = site.round()
    being_written = site.bench.awaited({})
    site.bench.release(effects)

    assert held_back == being_written == ["changes are being written"]
    assert "changes are being written" not in site.bench.awaited({})


def test_an_unchanged_hub_is_not_written_again(site: Site) -> None:
    site.bench.set_clock(ClockReading(START_MS + 1, held=True))
    site.bench.fleet.touched_hubs[HUB] = None

    site.round()

    assert site.stored[-1].hubs == {}


def test_changes_have_the_time_of_the_clock(site: Site) -> None:
    site.bench.set_clock(ClockReading(START_MS + 77, held=True))
    site.bench.perform(HUB, PowerOff())

    site.round()

    assert site.stored[-1].clock == ClockReading(START_MS + 77, held=True)


# ------------------------------------------------------------------ hubs and bench actions


def test_a_hub_that_is_on_the_bench_cannot_be_put_again(site: Site) -> None:
    with pytest.raises(ValueError, match="on the bench already"):
        site.bench.put(setup())


def test_a_hub_with_a_card_of_another_hub_is_refused_and_not_put(site: Site) -> None:
    with pytest.raises(BenchActionRefused) as refused:
        site.bench.put(setup(OTHER, slots={1: AJAX}))

    assert refused.value.name is BenchRefusal.CARD_IN_USE
    assert list(site.bench.fleet.hubs) == [HUB]


def test_a_hub_of_an_unknown_model_is_refused(site: Site) -> None:
    with pytest.raises(ProfileError, match="there is no hub model 'hub-7'"):
        site.bench.put(setup(OTHER, model="hub-7"))


def test_a_hub_of_the_users_own_model_is_known_by_its_name() -> None:
    model = msgspec.structs.replace(load_profile("hub-2"), name="prototype", sim_slots=4)
    site = Site()
    site.bench.settings = BenchSettings(carrier=CarrierSettings(), models={"prototype": model})

    site.bench.put(setup(model="prototype", slots={4: AJAX}))
    site.settle()

    (saved,) = site.bench.save().hubs
    assert (saved.model, saved.slots) == ("prototype", {4: AJAX})


def test_a_refused_bench_action_changes_nothing(site: Site) -> None:
    before = site.bench.save()

    with pytest.raises(BenchActionRefused):
        site.bench.perform(HUB, InsertSim(1, make_card(CardKind.AJAX, 2)))

    assert site.bench.save() == before
    assert site.round() == []
    assert site.stored[-1].hubs == {}


def test_a_card_can_go_to_another_hub_once_it_is_out(site: Site) -> None:
    site.bench.put(setup(OTHER))
    site.bench.perform(HUB, RemoveSim(1))

    site.bench.perform(OTHER, InsertSim(1, AJAX))

    assert [dict(each.slots) for each in site.bench.save().hubs] == [{}, {1: AJAX}]


# ------------------------------------------------------------------ faults and cuts


def test_a_dropped_message_never_reaches_its_hub(site: Site) -> None:
    site.bench.filter.arm(Drop(message=MessageKind.DESIRED, hub=HUB))

    site.desires(5, ServiceState.ACTIVE)
    dropped = site.service()
    site.desires(6, ServiceState.ACTIVE)

    assert (dropped, site.service()) == (ServiceState.NOT_AVAILABLE, ServiceState.ACTIVE)
    applied = [event for event in site.bench.take_events() if event.event == "interfered"]
    assert [event.facts for event in applied] == [{"topic": DESIRED, "arrives": 0}]


def test_a_delayed_message_arrives_at_its_time(site: Site) -> None:
    site.bench.filter.arm(Delay(message=MessageKind.DESIRED, hub=HUB, by=5_000))
    site.desires(5, ServiceState.ACTIVE)

    site.moves(4_999)
    before = site.service()
    site.moves(1)

    assert (before, site.service()) == (ServiceState.NOT_AVAILABLE, ServiceState.ACTIVE)


def test_a_delayed_message_is_lost_when_its_hub_is_off(site: Site) -> None:
    site.bench.filter.arm(Delay(message=MessageKind.DESIRED, hub=HUB, by=5_000))
    site.desires(5, ServiceState.ACTIVE)
    site.bench.perform(HUB, PowerOff())
    site.settle()

    site.moves(5_000)

    assert site.bench.fleet.hubs[HUB].agent is None
    assert site.bench.due() is None


def test_a_duplicated_message_is_applied_once(site: Site) -> None:
    reports = TOPICS.of(MessageKind.REPORTED, HUB)
    site.bench.take_events()
    before = len(site.lines[HUB].published(reports))
    site.bench.filter.arm(Duplicate(message=MessageKind.DESIRED, hub=HUB))

    site.desires(5, ServiceState.ACTIVE)
    site.settle()

    applied = [event.facts for event in site.bench.take_events() if event.event == "interfered"]
    first, second = (
        decode(MessageKind.REPORTED, payload) for payload in site.lines[HUB].published(reports)[before:]
    )
    assert applied == [{"topic": DESIRED, "arrives": 2}]
    assert (first.applied_version, first.service) == (5, ServiceState.ACTIVE)
    # A second application would be a write to memory, without this second report of the same state (MQ-5).
    assert second == msgspec.structs.replace(first, sequence=first.sequence + 1)
    assert site.service() is ServiceState.ACTIVE


def test_an_overtaken_message_is_ignored(site: Site) -> None:
    site.bench.filter.arm(Reorder(message=MessageKind.DESIRED, hub=HUB))

    site.desires(5, ServiceState.ACTIVE)
    site.desires(6, ServiceState.ACTIVATION_REQUIRED)
    site.settle()

    assert site.service() is ServiceState.ACTIVATION_REQUIRED


@pytest.mark.parametrize("station", [HUB, CARRIER])
def test_a_station_that_is_cut_off_reconnects(site: Site, station: str) -> None:
    site.bench.cut(station)
    was_cut = site.lines[station].cut
    awaited = site.bench.awaited({})

    site.settle()

    assert was_cut
    assert f"{station}: waits for the end of its connection" in awaited
    assert not site.lines[station].cut
    assert site.bench.awaited({}) == []
    assert [type(each) for each in site.lines[station].did].count(Connect) == 2


def test_a_cut_of_an_unknown_station_has_no_effect(site: Site) -> None:
    site.bench.cut("0000FFFF")

    assert site.bench.awaited({}) == []


def test_a_hub_without_a_link_is_cut_off_without_a_disconnect(site: Site) -> None:
    site.bench.perform(HUB, SetCoverage(present=False))
    site.bench.perform(HUB, Unplug("ethernet"))

    site.settle()

    assert site.lines[HUB].cut
    assert not site.bench.tracker.knows(HUB)


# ------------------------------------------------------------------ the clock


def test_the_clock_follows_another_one_but_never_goes_back(site: Site) -> None:
    site.bench.set_clock(ClockReading(START_MS + 1_000, held=True))
    forward = site.bench.clock.world_ms()

    site.bench.set_clock(ClockReading(START_MS, held=True))

    assert (forward, site.bench.clock.world_ms()) == (START_MS + 1_000, START_MS + 1_000)


def test_the_clock_is_released_and_held_on_request(site: Site) -> None:
    site.bench.set_clock(ClockReading(START_MS, held=False))
    runs = not site.bench.clock.held

    site.bench.set_clock(ClockReading(START_MS, held=True))

    assert runs
    assert site.bench.clock.held


def test_no_timer_fires_early(site: Site) -> None:
    site.bench.perform(HUB, Restart())
    site.settle()
    due_ms = site.bench.due()
    assert due_ms is not None

    site.bench.set_clock(ClockReading(due_ms - 1, held=True))
    early = site.bench.wake()
    site.bench.set_clock(ClockReading(due_ms, held=True))

    assert not early
    assert site.bench.wake()


def test_a_bench_action_reports_a_change(site: Site) -> None:
    before = site.changes

    site.bench.perform(HUB, PowerOff())

    assert site.changes > before


# ------------------------------------------------------------------ events


def test_events_are_returned_once_with_their_instant(site: Site) -> None:
    site.bench.take_events()
    site.desires(5, ServiceState.ACTIVE)
    site.settle()

    events = site.bench.take_events()

    assert [event.event for event in events[:2]] == ["received", "published"]
    assert {event.at_ms for event in events} == {START_MS}
    assert all(isinstance(event, BenchEvent) and event.who == HUB for event in events)
    assert site.bench.take_events() == ()


def test_a_world_without_a_trace_keeps_no_events() -> None:
    site = Site(traced=False)
    site.bench.start()
    site.bench.put(setup())

    site.settle()

    assert site.bench.take_events() == ()
