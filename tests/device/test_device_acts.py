"""Acts on a device: their JSON, their sentences, and what they need."""

from typing import get_args

import pytest

from hubsim_conform.device.acts import DeviceAct, SetRegistration, act_json, act_sentence, read_act
from hubsim_conform.device.capabilities import EVERYTHING, Capabilities
from hubsim_contract.lab.bench_actions import (
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
from hubsim_contract.wire.messages import Channel, Registration, Signal

CARD = Card(CardKind.AJAX, "89883000000000000011", "901800000000001")
LOCKED = Card(CardKind.ORDINARY, "89883000000000000029", "901800000000002", CardCondition.LOCKED)
ROAMING = SetRegistration(
    registration=Registration.ROAMING, generation="4G", signal=Signal.STRONG, active_sim=1
)
ACTS: dict[DeviceAct, tuple[str, str | None]] = {
    InsertSim(1, CARD): ("Insert the card with ICCID 89883000000000000011 into slot 1.", "slot 1"),
    InsertSim(2, LOCKED): ("Insert the locked card with ICCID 89883000000000000029 into slot 2.", "slot 2"),
    RemoveSim(1): ("Remove the card from slot 1.", "slot 1"),
    LockSim(1): ("Set a PIN on the card in slot 1.", "slot 1"),
    UnlockSim(1): ("Remove the PIN from the card in slot 1.", "slot 1"),
    BreakSim(1): ("Replace the card in slot 1 with one that cannot be read.", "slot 1"),
    Plug("ethernet"): ("Connect ethernet.", None),
    Unplug("wifi"): ("Disconnect wifi.", "link wifi"),
    SetCoverage(present=True): ("Bring the hub into cellular coverage.", "link cellular"),
    SetCoverage(present=False): ("Shield the hub from the cellular network.", "link cellular"),
    SetSignal(Signal.WEAK): ("Set the cellular signal at the hub to weak.", "link cellular"),
    SetMains(present=True): ("Connect external power.", "mains"),
    SetMains(present=False): ("Disconnect external power.", "mains"),
    SetBattery(40): ("Set the charge of the battery to 40 %.", "battery"),
    SetLid(open=True): ("Open the lid.", "lid"),
    SetLid(open=False): ("Close the lid.", "lid"),
    Restart(): ("Restart the hub: press reset.", "restart"),
    PowerOff(): ("Switch the hub off.", "restart"),
    PowerOn(): ("Switch the hub on.", "restart"),
    ROAMING: (
        "Set the modem: slot 1 in use, registration roaming, 4G, signal strong.",
        "link cellular",
    ),
    SetRegistration(registration=Registration.DENIED): (
        "Set the modem: no slot in use, registration denied, signal no_signal.",
        "link cellular",
    ),
}
BARE = Capabilities(
    name="bare", slots=0, links=(Channel.ETHERNET,), battery=False, mains=False, lid=False, restart=False
)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_a_sentence_for_a_person(act: DeviceAct) -> None:
    assert act_sentence(act) == ACTS[act][0]


@pytest.mark.parametrize("act", ACTS)
def test_a_device_lacks_what_an_act_needs_by_name(act: DeviceAct) -> None:
    assert BARE.lacks(act) == ACTS[act][1]
    assert EVERYTHING.lacks(act) is None


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_the_same_after_json(act: DeviceAct) -> None:
    assert read_act(act_json(act)) == act


def test_every_kind_of_act_has_an_example_here() -> None:
    assert {type(act) for act in ACTS} == set(get_args(DeviceAct))


def test_the_json_of_an_act_is_that_of_a_bench_action() -> None:
    assert act_json(SetLid(open=True)) == '{"do":"set_lid","open":true}'
    assert act_json(ROAMING) == (
        '{"do":"set_registration","registration":"roaming","generation":"4G","signal":"strong","active_sim":1}'
    )


@pytest.mark.parametrize("text", ["", "{}", '{"do":"dance"}', '{"do":"set_lid"}', b"\xff", "[" * 5000])
def test_a_text_that_is_not_an_act_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="not an act on a device: "):
        read_act(text)


def test_a_device_with_a_real_modem_does_not_follow_a_simulated_network() -> None:
    device = Capabilities(name="real", real_modem=True)

    assert device.lacks(ROAMING) == "simulated modem"
    assert device.lacks(SetSignal(Signal.WEAK)) is None
