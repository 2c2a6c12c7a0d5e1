"""One world's simulated side: durable first, faults on the way in, a clock that follows another one."""

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
from hubsim_contract.lab.protocol import ClockReading, BenchEvent
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
    """A world with one hub, at rest."""
    site = Site()
    site.bench.start()
    site.bench.put(setup())
    site.settle()
    return site


# ------------------------------------------------------------------ durable first


def test_nothing_follows_from_hands_before_they_are_durable() -> None:
    site = Site()
    site.bench.put(setup())

    effects = site.round()
    before = dict(site.lines)
    site.bench.release(effects)

    assert before == {}
    kept = msgspec.json.decode(site.kept[0].hubs[HUB], type=HubSetup)
    assert (kept.slots, kept.powered) == ({1: AJAX}, True)
    assert [type(effect) for effect in site.lines[HUB].did] == [Connect]


def test_a_report_leaves_only_after_what_it_reports_is_durable(site: Site) -> None:
    site.desires(5, ServiceState.ACTIVE)
    payload_before = len(site.lines[HUB].published(TOPICS.of(MessageKind.REPORTED, HUB)))

    effects = site.round()
    said_between = len(site.lines[HUB].published(TOPICS.of(MessageKind.REPORTED, HUB)))
    flash = msgspec.json.decode(site.kept[-1].hubs[HUB], type=HubSetup).flash
    site.bench.release(effects)

    assert flash is not None
    assert b'"version":5' in flash
    assert said_between == payload_before
    assert len(site.lines[HUB].published(TOPICS.of(MessageKind.REPORTED, HUB))) == payload_before + 1


def test_an_order_is_confirmed_only_after_the_line_is_durable(site: Site) -> None:
    order = Order(iccid=AJAX.iccid, sequence=1, profile=Profile.ACTIVE)
    site.tells(CARRIER, TOPICS.of(MessageKind.ORDER, AJAX.iccid), encode(order))
    confirmations = TOPICS.of(MessageKind.CONFIRMATION, AJAX.iccid)

    effects = site.round()
    between = site.lines[CARRIER].published(confirmations)
    site.bench.release(effects)

    assert site.kept[-1].lines.keys() == {AJAX.iccid}
    assert between == []
    assert len(site.lines[CARRIER].published(confirmations)) == 1


def test_a_world_is_not_at_rest_while_its_changes_are_being_written(site: Site) -> None:
    site.bench.perform(HUB, Unplug("ethernet"))
    held_back = site.bench.awaited({})

    effects = site.round()
    being_written = site.bench.awaited({})
    site.bench.release(effects)

    assert held_back == being_written == ["changes are being written"]
    assert "changes are being written" not in site.bench.awaited({})


def test_what_stands_in_the_store_is_not_written_again(site: Site) -> None:
    site.bench.set_clock(ClockReading(START_MS + 1, held=True))
    site.bench.fleet.touched_hubs[HUB] = None

    site.round()

    assert site.kept[-1].hubs == {}


def test_changes_say_when_they_were_made(site: Site) -> None:
    site.bench.set_clock(ClockReading(START_MS + 77, held=True))
    site.bench.perform(HUB, PowerOff())

    site.round()

    assert site.kept[-1].clock == ClockReading(START_MS + 77, held=True)


# ------------------------------------------------------------------ what is put and laid


def test_a_hub_that_is_on_the_bench_cannot_be_put_again(site: Site) -> None:
    with pytest.raises(ValueError, match="on the bench already"):
        site.bench.put(setup())


def test_a_hub_with_a_card_of_another_hub_is_refused_and_not_put(site: Site) -> None:
    with pytest.raises(BenchActionRefused) as refused:
        site.bench.put(setup(OTHER, slots={1: AJAX}))

    assert refused.value.name is BenchRefusal.CARD_IN_USE
    assert list(site.bench.fleet.hubs) == [HUB]


def test_a_hub_of_a_model_that_is_not_there_is_refused(site: Site) -> None:
    with pytest.raises(ProfileError, match="there is no hub model 'hub-7'"):
        site.bench.put(setup(OTHER, model="hub-7"))


def test_a_hub_of_a_model_of_the_users_own_is_known_by_its_name() -> None:
    model = msgspec.structs.replace(load_profile("hub-2"), name="prototype", sim_slots=4)
    site = Site()
    site.bench.settings = BenchSettings(carrier=CarrierSettings(), models={"prototype": model})

    site.bench.put(setup(model="prototype", slots={4: AJAX}))
    site.settle()

    (saved,) = site.bench.save().hubs
    assert (saved.model, saved.slots) == ("prototype", {4: AJAX})


def test_hands_that_are_refused_change_nothing(site: Site) -> None:
    before = site.bench.save()

    with pytest.raises(BenchActionRefused):
        site.bench.perform(HUB, InsertSim(1, make_card(CardKind.AJAX, 2)))

    assert site.bench.save() == before
    assert site.round() == []
    assert site.kept[-1].hubs == {}


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
    struck = [note for note in site.bench.take_events() if note.event == "interfered"]
    assert [note.facts for note in struck] == [{"topic": DESIRED, "arrives": 0}]


def test_a_delayed_message_comes_at_its_time(site: Site) -> None:
    site.bench.filter.arm(Delay(message=MessageKind.DESIRED, hub=HUB, by=5_000))
    site.desires(5, ServiceState.ACTIVE)

    site.moves(4_999)
    before = site.service()
    site.moves(1)

    assert (before, site.service()) == (ServiceState.NOT_AVAILABLE, ServiceState.ACTIVE)


def test_a_delayed_message_finds_nobody_when_its_hub_is_off(site: Site) -> None:
    site.bench.filter.arm(Delay(message=MessageKind.DESIRED, hub=HUB, by=5_000))
    site.desires(5, ServiceState.ACTIVE)
    site.bench.perform(HUB, PowerOff())
    site.settle()

    site.moves(5_000)

    assert site.bench.fleet.hubs[HUB].agent is None
    assert site.bench.due() is None


def test_a_doubled_message_is_applied_once(site: Site) -> None:
    reports = TOPICS.of(MessageKind.REPORTED, HUB)
    site.bench.take_events()
    payload_before = len(site.lines[HUB].published(reports))
    site.bench.filter.arm(Duplicate(message=MessageKind.DESIRED, hub=HUB))

    site.desires(5, ServiceState.ACTIVE)
    site.settle()

    struck = [note.facts for note in site.bench.take_events() if note.event == "interfered"]
    first, second = (
        decode(MessageKind.REPORTED, said) for said in site.lines[HUB].published(reports)[payload_before:]
    )
    assert struck == [{"topic": DESIRED, "arrives": 2}]
    assert (first.applied_version, first.service) == (5, ServiceState.ACTIVE)
    # A second application would be a write to memory, without this second report of the same state (MQ-5).
    assert second == msgspec.structs.replace(first, sequence=first.sequence + 1)
    assert site.service() is ServiceState.ACTIVE


def test_a_message_that_is_overtaken_is_old_news(site: Site) -> None:
    site.bench.filter.arm(Reorder(message=MessageKind.DESIRED, hub=HUB))

    site.desires(5, ServiceState.ACTIVE)
    site.desires(6, ServiceState.ACTIVATION_REQUIRED)
    site.settle()

    assert site.service() is ServiceState.ACTIVATION_REQUIRED


@pytest.mark.parametrize("station", [HUB, CARRIER])
def test_a_station_that_is_cut_off_comes_back_by_itself(site: Site, station: str) -> None:
    site.bench.cut(station)
    was_cut = site.lines[station].cut
    under_way = site.bench.awaited({})

    site.settle()

    assert was_cut
    assert f"{station}: waits for the end of its connection" in under_way
    assert not site.lines[station].cut
    assert site.bench.awaited({}) == []
    assert [type(each) for each in site.lines[station].did].count(Connect) == 2


def test_a_station_that_was_never_there_can_be_cut_without_harm(site: Site) -> None:
    site.bench.cut("0000FFFF")

    assert site.bench.awaited({}) == []


def test_a_hub_whose_only_way_is_gone_is_cut_off_without_a_word(site: Site) -> None:
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


def test_the_clock_is_let_go_and_held_as_it_is_told(site: Site) -> None:
    site.bench.set_clock(ClockReading(START_MS, held=False))
    runs = not site.bench.clock.held

    site.bench.set_clock(ClockReading(START_MS, held=True))

    assert runs
    assert site.bench.clock.held


def test_nothing_happens_before_its_time(site: Site) -> None:
    site.bench.perform(HUB, Restart())
    site.settle()
    due_ms = site.bench.due()
    assert due_ms is not None

    site.bench.set_clock(ClockReading(due_ms - 1, held=True))
    early = site.bench.wake()
    site.bench.set_clock(ClockReading(due_ms, held=True))

    assert not early
    assert site.bench.wake()


def test_whoever_runs_the_bench_is_told_that_there_is_something_to_do(site: Site) -> None:
    before = site.stirs

    site.bench.perform(HUB, PowerOff())

    assert site.stirs > before


# ------------------------------------------------------------------ what it looked like


def test_what_happened_is_told_once_with_its_instant(site: Site) -> None:
    site.bench.take_events()
    site.desires(5, ServiceState.ACTIVE)
    site.settle()

    notes = site.bench.take_events()

    assert [note.event for note in notes[:2]] == ["heard", "published"]
    assert {note.at_ms for note in notes} == {START_MS}
    assert all(isinstance(note, BenchEvent) and note.who == HUB for note in notes)
    assert site.bench.take_events() == ()


def test_the_world_that_is_never_traced_keeps_no_notes() -> None:
    site = Site(traced=False)
    site.bench.start()
    site.bench.put(setup())

    site.settle()

    assert site.bench.take_events() == ()
