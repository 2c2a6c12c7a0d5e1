"""Acts on a device: their JSON, their sentences, and what they need."""

from typing import get_args

import pytest

from hubsim_conform.device.acts import (
    DeviceAct,
    Prepare,
    SetClock,
    SetRegistration,
    act_json,
    act_sentence,
    read_act,
)
from hubsim_conform.device.capabilities import EVERYTHING, Capabilities
from hubsim_contract.lab.bench_actions import (
    BreakSim,
    Card,
    CardCondition,
    CardKind,
    ClearForbidden,
    HangModem,
    InsertSim,
    Internet,
    LockSim,
    Plug,
    PowerOff,
    PowerOn,
    RemoveSim,
    Restart,
    SetApn,
    SetBattery,
    SetCoverage,
    SetGenerations,
    SetInternet,
    SetLid,
    SetMains,
    SetRoaming,
    SetSignal,
    UnlockSim,
    Unplug,
    UseData,
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
    SetSignal(Signal.NONE, slot=2): (
        "Set the cellular signal of the networks of the card in slot 2 to no_signal.",
        "link cellular",
    ),
    SetGenerations(("2G", "4G")): (
        "Leave only networks of these radio generations in reach: 2G, 4G.",
        "link cellular",
    ),
    SetGenerations(()): ("Shield the hub from the networks of every radio generation.", "link cellular"),
    SetInternet(Channel.WIFI, Internet.OK): ("Give wifi its internet access again.", "link wifi"),
    SetInternet(Channel.ETHERNET, Internet.DOWN): (
        "Drop every packet between ethernet and the internet. Leave the link up.",
        None,
    ),
    SetInternet(Channel.WIFI, Internet.CAPTIVE_PORTAL): (
        "Put a login page between wifi and the internet. Leave the link up.",
        "link wifi",
    ),
    SetInternet(Channel.WIFI, Internet.NO_DNS): (
        "Stop the name server of wifi. Leave the link and open connections up.",
        "link wifi",
    ),
    UseData(5): ("Transfer 5 MB over the SIM in use.", "link cellular"),
    HangModem(): ("Make the modem hang: it answers no command until its power is cut.", "link cellular"),
    SetRoaming(allowed=True): ("Switch roaming on in the settings of the hub.", "link cellular"),
    SetRoaming(allowed=False): ("Switch roaming off in the settings of the hub.", "link cellular"),
    SetApn(1, "internet"): ("Enter the APN internet for slot 1 in the settings of the hub.", "slot 1"),
    SetApn(1): ("Clear the APN for slot 1 in the settings of the hub.", "slot 1"),
    ClearForbidden(1): ("Clear the list of forbidden networks of the card in slot 1.", "slot 1"),
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
    SetClock(ahead_s=-86_400): ("Set the clock of the hub 86400 s back.", "clock"),
    SetClock(ahead_s=60): ("Set the clock of the hub 60 s ahead.", "clock"),
    SetClock(): ("Set the clock of the hub to the right time.", "clock"),
}
PREPARATIONS: list[tuple[DeviceAct, tuple[str, str | None]]] = [
    (
        Prepare(slots={1: CARD}, links=("ethernet",), lid_open=True),
        (
            (
                "Prepare the hub: erase its memory; the card with ICCID 89883000000000000011 in slot 1; "
                "ethernet connected; external power on; battery 100 %; lid open; then switch it on."
            ),
            "slot 1",
        ),
    ),
    (
        Prepare(mains=False, powered=False),
        (
            (
                "Prepare the hub: erase its memory; no card in it; no network cable and no Wi-Fi connected; "
                "external power off; battery 100 %; lid closed; then switch it off."
            ),
            "mains",
        ),
    ),
]
EXAMPLES = [*ACTS.items(), *PREPARATIONS]
BARE = Capabilities(
    name="bare",
    slots=0,
    links=(Channel.ETHERNET,),
    battery=False,
    mains=False,
    lid=False,
    restart=False,
    clock=False,
)


@pytest.mark.parametrize(("act", "expected"), EXAMPLES)
def test_an_act_is_a_sentence_for_a_person(act: DeviceAct, expected: tuple[str, str | None]) -> None:
    assert act_sentence(act) == expected[0]


@pytest.mark.parametrize(("act", "expected"), EXAMPLES)
def test_a_device_lacks_what_an_act_needs_by_name(act: DeviceAct, expected: tuple[str, str | None]) -> None:
    assert BARE.lacks(act) == expected[1]
    assert EVERYTHING.lacks(act) is None


@pytest.mark.parametrize("act", [act for act, _ in EXAMPLES])
def test_an_act_is_the_same_after_json(act: DeviceAct) -> None:
    assert read_act(act_json(act)) == act


def test_every_kind_of_act_has_an_example_here() -> None:
    assert {type(act) for act, _ in EXAMPLES} == set(get_args(DeviceAct))


def test_the_json_of_an_act_is_that_of_a_bench_action() -> None:
    assert act_json(SetLid(open=True)) == '{"do":"set_lid","open":true}'
    assert act_json(ROAMING) == (
        '{"do":"set_registration","registration":"roaming","generation":"4G","signal":"strong","active_sim":1,"data":true}'
    )


@pytest.mark.parametrize("text", ["", "{}", '{"do":"dance"}', '{"do":"set_lid"}', b"\xff", "[" * 5000])
def test_a_text_that_is_not_an_act_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="not an act on a device: "):
        read_act(text)


def test_a_device_with_a_real_modem_does_not_follow_a_simulated_network() -> None:
    device = Capabilities(name="real", real_modem=True)

    assert device.lacks(ROAMING) == "simulated modem"
    assert device.lacks(SetSignal(Signal.WEAK)) is None
