import msgspec
import pytest
from hardware_bench import AJAX_1, AJAX_2, ORDINARY_1, Bench, deny
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    BreakSim,
    Card,
    CardCondition,
    CardKind,
    InsertSim,
    LockSim,
    Plug,
    PowerOff,
    PowerOn,
    RemoveSim,
    Restart,
    SetBattery,
    SetCoverage,
    SetLid,
    SetMains,
    SetSignal,
    UnlockSim,
    Unplug,
)
from hubsim_contract.wire.messages import Channel, Signal, SimCard
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.ports import HardwareStateChanged
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hardware.refusals import BenchActionRefused
from hubsim_simulator.hardware.settings import HardwareSettings

BROKEN = make_card(CardKind.AJAX, 7, CardCondition.BROKEN)
WRONG_DIGIT = Card(CardKind.AJAX, "89883000000000000012", AJAX_1.imsi)
WRONG_IMSI = Card(CardKind.AJAX, AJAX_2.iccid, "12")
WRONG_KIND = Card(CardKind.ORDINARY, AJAX_2.iccid, AJAX_2.imsi)

REFUSALS: list[tuple[str, str, dict[int, Card], list[str], AnyBenchAction]] = [
    ("no_such_slot", "hub", {}, [], InsertSim(2, AJAX_1)),
    ("no_such_slot", "hub-2", {}, [], InsertSim(0, AJAX_1)),
    ("no_such_slot", "hub-2", {}, [], RemoveSim(3)),
    ("slot_taken", "hub", {1: AJAX_1}, [], InsertSim(1, ORDINARY_1)),
    ("card_in_use", "hub-2", {1: AJAX_1}, [], InsertSim(2, AJAX_1)),
    ("bad_card", "hub", {}, [], InsertSim(1, WRONG_DIGIT)),
    ("bad_card", "hub", {}, [], InsertSim(1, WRONG_IMSI)),
    ("bad_card", "hub", {}, [], InsertSim(1, WRONG_KIND)),
    ("slot_empty", "hub", {}, [], RemoveSim(1)),
    ("slot_empty", "hub", {}, [], LockSim(1)),
    ("slot_empty", "hub", {}, [], UnlockSim(1)),
    ("slot_empty", "hub", {}, [], BreakSim(1)),
    ("card_broken", "hub", {1: BROKEN}, [], LockSim(1)),
    ("card_broken", "hub", {1: BROKEN}, [], UnlockSim(1)),
    ("no_such_link", "hub-2", {}, [], Plug("wifi")),
    ("no_such_link", "hub-2", {}, [], Unplug("wifi")),
    ("no_such_link", "hub-2-plus", {}, [], Plug("cellular")),
    ("no_such_link", "hub-2-plus", {}, [], Unplug("wlan")),
    ("already_plugged", "hub", {}, ["ethernet"], Plug("ethernet")),
    ("not_plugged", "hub", {}, [], Unplug("ethernet")),
    ("battery_out_of_range", "hub", {}, [], SetBattery(101)),
    ("battery_out_of_range", "hub", {}, [], SetBattery(-1)),
]


@pytest.mark.parametrize(("name", "model", "slots", "links", "action"), REFUSALS)
def test_an_impossible_bench_action_is_refused_by_name_and_changes_nothing(
    name: str, model: str, slots: dict[int, Card], links: list[str], action: AnyBenchAction
) -> None:
    bench = Bench(model=model, slots=slots, links=links, answers=deny)
    before = bench.seen, bench.led, bench.hub.due(), bench.hub.card_in(1)

    with pytest.raises(BenchActionRefused) as caught:
        bench.do(action)

    assert caught.value.name == name
    assert caught.value.text
    assert (bench.seen, bench.led, bench.hub.due(), bench.hub.card_in(1)) == before


def test_a_hub_that_is_off_cannot_be_restarted() -> None:
    bench = Bench(on=False)

    with pytest.raises(BenchActionRefused) as caught:
        bench.do(Restart())

    assert caught.value.name == "hub_off"


@pytest.mark.parametrize(
    "action",
    [
        SetMains(present=True),
        SetBattery(100),
        SetLid(open=False),
        SetCoverage(present=True),
        SetSignal(Signal.STRONG),
        PowerOn(),
        UnlockSim(1),
    ],
)
def test_setting_an_unchanged_value_is_accepted_without_effects(action: AnyBenchAction) -> None:
    bench = Bench(slots={1: AJAX_1})

    assert bench.do(action) == []


def test_initial_cards_and_links_that_do_not_fit_the_model_are_refused() -> None:
    with pytest.raises(BenchActionRefused, match="no SIM slot 2: this hub has 1 slot"):
        Bench(model="hub", slots={2: AJAX_1})
    with pytest.raises(BenchActionRefused, match="no wifi"):
        Bench(model="hub", links=["wifi"])


def test_links_are_channels_while_they_are_plugged() -> None:
    bench = Bench()

    bench.do(Plug("wifi"), Plug("ethernet"))
    both = bench.seen.channels
    bench.do(Unplug("ethernet"))

    assert both == (Channel.ETHERNET, Channel.WIFI)
    assert bench.seen.channels == (Channel.WIFI,)


def test_a_card_moves_to_another_hub_with_its_condition() -> None:
    source, target = Bench(slots={1: AJAX_1}), Bench(model="hub")
    source.do(LockSim(1))

    card = source.hub.card_in(1)
    source.do(RemoveSim(1))
    assert card is not None
    target.do(InsertSim(1, card))

    assert source.hub.card_in(1) is None
    assert target.seen.sims[0].card is SimCard.LOCKED


def test_an_iccid_is_stored_in_its_normal_form() -> None:
    bench = Bench()

    bench.do(InsertSim(1, Card(CardKind.AJAX, "8988300 0000-0000-0013f", AJAX_1.imsi)))

    assert bench.seen.sims[0].iccid == "8988300000000000013"


def test_a_broken_card_can_be_broken_again_and_removed() -> None:
    bench = Bench(slots={1: BROKEN})

    bench.do(BreakSim(1), RemoveSim(1))

    assert bench.seen.sims[0].card is SimCard.MISSING


def test_an_open_lid_is_in_the_snapshot() -> None:
    bench = Bench()

    bench.do(SetLid(open=True))

    assert bench.seen.lid_open


def test_a_change_is_reported_once_and_equals_the_snapshot() -> None:
    bench = Bench(links=["ethernet"])

    effects = bench.do(Unplug("ethernet"))

    assert effects == [HardwareStateChanged(bench.seen)]


def test_bench_actions_work_on_a_hub_that_is_off() -> None:
    bench = Bench(on=False)

    bench.do(InsertSim(1, AJAX_1), Plug("ethernet"), SetLid(open=True))
    off = bench.seen
    bench.do(PowerOn())

    assert (off.channels, off.sims[0].card, off.lid_open) == ((), SimCard.UNKNOWN, True)
    assert bench.seen.channels == (Channel.CELLULAR, Channel.ETHERNET)


CARDS = st.builds(make_card, st.sampled_from(CardKind), st.integers(1, 3), st.sampled_from(CardCondition))
SLOTS = st.integers(0, 3)
BENCH_ACTIONS = st.one_of(
    st.builds(InsertSim, SLOTS, CARDS),
    st.builds(RemoveSim, SLOTS),
    st.builds(LockSim, SLOTS),
    st.builds(UnlockSim, SLOTS),
    st.builds(BreakSim, SLOTS),
    st.builds(Plug, st.sampled_from(["ethernet", "wifi", "x"])),
    st.builds(Unplug, st.sampled_from(["ethernet", "wifi", "x"])),
    st.builds(SetCoverage, st.booleans()),
    st.builds(SetSignal, st.sampled_from(Signal)),
    st.builds(SetMains, st.booleans()),
    st.builds(SetBattery, st.integers(-5, 105)),
    st.builds(SetLid, st.booleans()),
    st.sampled_from([Restart(), PowerOff(), PowerOn()]),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(BENCH_ACTIONS, st.integers(0, 100_000)), max_size=25), st.booleans(), st.booleans())
def test_no_sequence_of_bench_actions_breaks_the_hub(
    actions: list[tuple[AnyBenchAction, int]], denied: bool, drains: bool
) -> None:
    drain_ms = 20_000 if drains else None
    bench = Bench(on=False, battery_drain_ms_per_percent=drain_ms)
    bench.answers = deny if denied else bench.answers
    for action, pause_ms in actions:
        before = bench.seen, bench.hub.due()
        try:
            bench.do(action)
        except BenchActionRefused:
            assert (bench.seen, bench.hub.due()) == before
        bench.run_to(bench.now_ms + pause_ms)

        changes = [effect for effect in bench.effects if isinstance(effect, HardwareStateChanged)]
        assert not changes or changes[-1].hardware == bench.seen
        assert bench.hub.powered or bench.seen.channels == ()
        assert (Channel.CELLULAR in bench.seen.channels) is (bench.seen.generation is not None)


def test_a_model_without_ajax_sims_refuses_one_and_accepts_an_ordinary_card() -> None:
    profile = msgspec.structs.replace(load_profile("hub-2"), takes_ajax_sim=False)
    hub = HubHardware("0000AA01", make_imei(1), profile, HardwareSettings())

    with pytest.raises(BenchActionRefused) as refused:
        hub.handle(InsertSim(1, AJAX_1), Now(0, 0))
    hub.handle(InsertSim(1, ORDINARY_1), Now(0, 0))

    assert refused.value.name == "bad_card"
    assert hub.card_in(1) == ORDINARY_1
