"""A device follows its hardware on the bench after any change."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_conform.device.acts import DeviceAct, Prepare, SetRegistration
from hubsim_conform.device.following import (
    DeviceState,
    acts_between,
    preparation,
    prepared,
    state_of,
)
from hubsim_contract.lab.bench_actions import (
    BreakSim,
    Card,
    CardCondition,
    CardKind,
    HubSetup,
    InsertSim,
    Internet,
    LockSim,
    Plug,
    PowerOff,
    PowerOn,
    RemoveSim,
    SetBattery,
    SetCoverage,
    SetInternet,
    SetLid,
    SetMains,
    SetSignal,
    UnlockSim,
    Unplug,
)
from hubsim_contract.wire.messages import Registration, Signal

CARD = Card(CardKind.AJAX, "89883000000000000011", "901800000000001")
OTHER = Card(CardKind.ORDINARY, "89883000000000000029", "901800000000002")
ROAMING = SetRegistration(
    registration=Registration.ROAMING, generation="4G", signal=Signal.STRONG, active_sim=1
)


def with_condition(card: Card, condition: CardCondition) -> Card:
    return msgspec.structs.replace(card, condition=condition)


class Device:
    """A device that does each act, and refuses an act that is impossible."""

    def __init__(self, state: DeviceState) -> None:
        self.state = state

    def do(self, act: DeviceAct) -> None:  # noqa: C901, PLR0912 (one branch for each act)
        slots = dict(self.state.slots)
        links = set(self.state.links)
        changed: dict[str, Any] = {}
        match act:
            case InsertSim(slot=slot, card=card):
                assert slot not in slots
                slots[slot] = card
            case RemoveSim(slot=slot):
                del slots[slot]
            case LockSim(slot=slot):
                slots[slot] = with_condition(slots[slot], CardCondition.LOCKED)
            case UnlockSim(slot=slot):
                slots[slot] = with_condition(slots[slot], CardCondition.HEALTHY)
            case BreakSim(slot=slot):
                slots[slot] = with_condition(slots[slot], CardCondition.BROKEN)
            case Plug(link=link):
                assert link not in links
                links.add(link)
            case Unplug(link=link):
                links.remove(link)
            case SetMains(present=present):
                changed["mains"] = present
            case SetBattery(percent=percent):
                changed["battery_percent"] = percent
            case SetLid(open=is_open):
                changed["lid_open"] = is_open
            case SetSignal(signal=signal):
                changed["strength"] = signal
            case SetCoverage(present=present):
                changed["coverage"] = present
            case SetInternet(link=link, internet=internet):
                rest = {name: value for name, value in self.state.internet.items() if name != link}
                changed["internet"] = rest if internet is Internet.OK else rest | {link.value: internet}
            case SetRegistration():
                changed["modem"] = act
            case PowerOff() | PowerOn():
                changed["powered"] = isinstance(act, PowerOn)
            case _:
                raise AssertionError(act)
        changed |= {"slots": slots, "links": tuple(sorted(links))}
        self.state = msgspec.structs.replace(self.state, **changed)


CARDS = st.sampled_from(
    [with_condition(card, condition) for card in (CARD, OTHER) for condition in CardCondition]
)
STATES = st.builds(
    DeviceState,
    powered=st.booleans(),
    slots=st.dictionaries(st.integers(1, 2), CARDS),
    links=st.sets(st.sampled_from(["ethernet", "wifi"])).map(lambda links: tuple(sorted(links))),
    internet=st.dictionaries(
        st.sampled_from(["ethernet", "wifi"]), st.sampled_from(sorted(set(Internet) - {Internet.OK}))
    ),
    coverage=st.booleans(),
    strength=st.sampled_from(Signal),
    mains=st.booleans(),
    battery_percent=st.integers(0, 20).map(lambda steps: steps * 5),
    lid_open=st.booleans(),
    modem=st.builds(
        SetRegistration, registration=st.sampled_from(Registration), signal=st.sampled_from(Signal)
    ),
)


def possible(before: DeviceState, after: DeviceState) -> bool:
    """A broken card does not become healthy again."""
    return not any(
        before.slots[slot].condition is CardCondition.BROKEN
        and before.slots[slot].iccid == card.iccid
        and card.condition is not CardCondition.BROKEN
        for slot, card in after.slots.items()
        if slot in before.slots
    )


@given(STATES, STATES.filter(lambda state: state.powered), st.booleans())
def test_the_acts_bring_a_device_to_the_state_on_the_bench(
    before: DeviceState, after: DeviceState, real_modem: bool
) -> None:
    if not possible(before, after):
        return
    device = Device(before)

    for act in acts_between(before, after, real_modem=real_modem):
        device.do(act)

    ignored = (
        {"modem": after.modem} if real_modem else {"coverage": after.coverage, "strength": after.strength}
    )
    assert msgspec.structs.replace(device.state, **ignored) == after


@given(STATES, st.booleans())
def test_a_device_that_agrees_does_nothing(state: DeviceState, real_modem: bool) -> None:
    assert acts_between(state, state, real_modem=real_modem) == []


def test_power_goes_first_and_returns_last() -> None:
    on = DeviceState(modem=ROAMING)
    off = DeviceState(powered=False, lid_open=True)

    assert acts_between(on, off, real_modem=False) == [PowerOff(), SetLid(open=True), off.modem]
    assert acts_between(off, on, real_modem=False) == [SetLid(open=False), ROAMING, PowerOn()]


@pytest.mark.parametrize("percent, shown", [(100, 100), (52, 55), (50, 50), (1, 5), (0, 0)])  # noqa: PT006
def test_the_battery_of_a_bench_is_shown_in_steps_rounded_up(percent: int, shown: int) -> None:
    setup = HubSetup(id="0A1B2C3D", imei="352907000000018", model="hub-2", battery_percent=percent)

    assert state_of(setup, SHOWS).battery_percent == shown


SHOWS = {
    "powered": True,
    "registration": "roaming",
    "generation": "4G",
    "signal": "strong",
    "active_sim": 1,
    "channels": ["cellular", "ethernet"],
}


def test_the_state_of_a_hub_is_its_setup_and_what_its_modem_knows() -> None:
    setup = HubSetup(
        id="0A1B2C3D",
        imei="352907000000018",
        model="hub-2",
        slots={1: CARD},
        links=("wifi", "ethernet"),
        lid_open=True,
    )

    state = state_of(setup, SHOWS)

    assert state == DeviceState(slots={1: CARD}, links=("ethernet", "wifi"), lid_open=True, modem=ROAMING)


def test_a_registered_modem_without_its_channel_has_no_data() -> None:
    setup = HubSetup(id="0A1B2C3D", imei="352907000000018", model="hub-2")

    modem = state_of(setup, SHOWS | {"channels": ["ethernet"]}).modem

    assert modem == msgspec.structs.replace(ROAMING, data=False)


def test_a_device_is_prepared_with_everything_but_its_network() -> None:
    state = DeviceState(slots={1: CARD}, links=("wifi",), mains=False, battery_percent=40, modem=ROAMING)

    assert preparation(state) == Prepare(slots={1: CARD}, links=("wifi",), mains=False, battery_percent=40)
    assert acts_between(prepared(state), state, real_modem=False) == [ROAMING]
