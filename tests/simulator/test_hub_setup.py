"""Conversion of a hub setup to a simulated hub and back. A card is in one hub at a time."""

from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now, Wake
from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    BreakSim,
    Card,
    CardCondition,
    CardKind,
    HubSetup,
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
from hubsim_contract.mqtt.port import Connect, Connected, Subscribe, Subscribed
from hubsim_contract.wire.messages import Signal
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import Fleet
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.hardware.profile import load_profile, model_names
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import SimulatedHub
from hubsim_simulator.hub_setup import build_hub, setup_of

HUB = "0000AA01"
HUBS = ("0000AA01", "0000AA02", "0000AA03")
CARDS = tuple(make_card(kind, number) for kind in CardKind for number in (1, 2))
STRENGTHS = [signal for signal in Signal if signal is not Signal.NONE]


def built(setup: HubSetup, now_ms: int = 0) -> SimulatedHub:
    """Return the hub after the bench actions of its setup."""
    agent = AgentSettings(hub_id=setup.id)
    hub, bench_actions = build_hub(setup, load_profile(setup.model), HardwareSettings(), agent)
    for action in bench_actions:
        hub.handle(action, Now(now_ms, now_ms))
    return hub


@st.composite
def setups(draw: st.DrawFn) -> HubSetup:
    """Generate valid hub setups. `no_signal` is left out, because it is the same as no coverage."""
    profile = load_profile(draw(st.sampled_from(model_names())))
    cards = draw(st.permutations(CARDS))
    conditions = st.sampled_from(CardCondition)
    links = [name for name, there in (("ethernet", profile.ethernet), ("wifi", profile.wifi)) if there]
    return HubSetup(
        id=HUB,
        imei=make_imei(draw(st.integers(1, 10**8 - 1))),
        model=profile.name,
        slots={
            slot: msgspec.structs.replace(cards[slot - 1], condition=draw(conditions))
            for slot in range(1, profile.sim_slots + 1)
            if draw(st.booleans())
        },
        links=tuple(name for name in links if draw(st.booleans())),
        powered=draw(st.booleans()),
        coverage=draw(st.booleans()),
        signal=draw(st.sampled_from(STRENGTHS)),
        mains=draw(st.booleans()),
        battery_percent=draw(st.integers(0, 20)) * 5,
        lid_open=draw(st.booleans()),
        flash=draw(st.none() | st.binary(max_size=40)),
    )


@given(setups())
@settings(max_examples=200, deadline=None)
def test_a_built_hub_has_its_setup_except_for_the_flash_of_a_running_agent(setup: HubSetup) -> None:
    found = setup_of(built(setup))

    kept = setup.flash if not setup.powered else found.flash
    assert found == msgspec.structs.replace(setup, flash=kept)


@given(setups())
@settings(max_examples=100, deadline=None)
def test_a_setup_survives_encoding_and_decoding(setup: HubSetup) -> None:
    assert msgspec.json.decode(msgspec.json.encode(setup), type=HubSetup) == setup


BENCH_ACTIONS = st.one_of(
    st.builds(InsertSim, slot=st.integers(1, 3), card=st.sampled_from(CARDS)),
    *(st.builds(kind, slot=st.integers(1, 3)) for kind in (RemoveSim, LockSim, UnlockSim, BreakSim)),
    *(st.builds(kind, link=st.sampled_from(["ethernet", "wifi"])) for kind in (Plug, Unplug)),
    st.builds(SetCoverage, present=st.booleans()),
    st.builds(SetSignal, signal=st.sampled_from(Signal)),
    st.builds(SetMains, present=st.booleans()),
    st.builds(SetBattery, percent=st.integers(0, 20).map(lambda step: step * 5)),
    st.builds(SetLid, open=st.booleans()),
    *(st.just(kind()) for kind in (Restart, PowerOff, PowerOn)),
)


def perform(hub: SimulatedHub, action: AnyBenchAction, now_ms: int) -> None:
    """Perform a bench action, with an MQTT port that answers at once. Ignore refusals."""
    now = Now(now_ms, now_ms)
    try:
        effects = hub.handle(action, now)
    except BenchActionRefused:
        return
    while effects:
        effect = effects.pop(0)
        if isinstance(effect, Connect):
            effects += hub.handle(Connected(), now)
        elif isinstance(effect, Subscribe):
            effects += hub.handle(Subscribed(), now)


def run_to(hub: SimulatedHub, now_ms: int) -> None:
    while (due_ms := hub.due()) is not None and due_ms <= now_ms:
        hub.handle(Wake(), Now(due_ms, due_ms))


@given(setups(), st.lists(BENCH_ACTIONS, max_size=12))
@settings(max_examples=200, deadline=None)
def test_a_hub_rebuilt_after_any_bench_actions_has_the_same_setup(
    setup: HubSetup, bench_actions: list[AnyBenchAction]
) -> None:
    hub, now_ms = built(setup), 0
    for action in bench_actions:
        perform(hub, action, now_ms)
        now_ms += 7_000
        run_to(hub, now_ms)

    expected = setup_of(hub)
    again = built(expected, now_ms)

    found = setup_of(again)
    assert found == msgspec.structs.replace(expected, flash=found.flash)
    assert again.hardware.cards_by_slot() == hub.hardware.cards_by_slot()
    if not expected.powered:
        assert found.flash == expected.flash


def test_the_agent_of_a_rebuilt_hub_counts_another_boot() -> None:
    setup = HubSetup(id=HUB, imei=make_imei(1), model="hub-2", links=("ethernet",))
    first = built(setup, 1_000)
    assert first.agent is not None

    second = built(setup_of(first), 1_000)

    assert second.agent is not None
    assert second.agent.view().boot > first.agent.view().boot


# ------------------------------------------------------------------ a card is in one hub

SPELLED = st.sampled_from(
    [lambda iccid: iccid, lambda iccid: f"{iccid[:4]} {iccid[4:]}", lambda iccid: f"{iccid[:6]}-{iccid[6:]}"]
)


@st.composite
def card_actions(draw: st.DrawFn) -> AnyBenchAction:
    """Generate bench actions on cards, with different spellings of their numbers."""
    slot, card = draw(st.integers(0, 3)), draw(st.sampled_from(CARDS))
    spelled: Card = msgspec.structs.replace(card, iccid=draw(SPELLED)(card.iccid))
    return draw(
        st.sampled_from([InsertSim(slot, spelled), RemoveSim(slot), BreakSim(slot), PowerOff(), PowerOn()])
    )


@given(st.lists(st.tuples(st.sampled_from(HUBS), card_actions()), max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_bench_actions_put_one_card_into_two_hubs(actions: list[tuple[str, AnyBenchAction]]) -> None:
    fleet = Fleet(Carrier(CarrierSettings()))
    for hub in HUBS:
        fleet.add(built(HubSetup(id=hub, imei=make_imei(int(hub, 16)), model="hub-2", powered=False)))

    for hub, action in actions:
        held = Counter(card.iccid for each in fleet.hubs.values() for card in each.hardware.cards())
        try:
            fleet.handle(hub, action, Now(0, 0))
        except BenchActionRefused as refused:
            if refused.name is BenchRefusal.CARD_IN_USE:
                assert isinstance(action, InsertSim)
                assert action.card.iccid.replace(" ", "").replace("-", "") in held

        held = Counter(card.iccid for each in fleet.hubs.values() for card in each.hardware.cards())
        assert set(held.values()) <= {1}
