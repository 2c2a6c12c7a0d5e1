"""Whether a report agrees with the hardware on the bench."""

from typing import Any

import msgspec
import pytest

from hubsim_conform.device.acts import SetRegistration
from hubsim_conform.device.agreement import disagreements
from hubsim_conform.device.capabilities import EVERYTHING, Capabilities
from hubsim_conform.device.following import DeviceState
from hubsim_contract.lab.bench_actions import Card, CardCondition, CardKind
from hubsim_contract.wire.messages import Channel, Hardware, Registration, Signal, SimCard, SimSlot

CARD = Card(CardKind.AJAX, "89883000000000000011", "901800000000001")
STATE = DeviceState(
    slots={1: CARD},
    links=("ethernet",),
    battery_percent=80,
    modem=SetRegistration(
        registration=Registration.ROAMING, generation="4G", signal=Signal.STRONG, active_sim=1
    ),
)
REPORTED = Hardware(
    model="any",
    firmware="1",
    channels=(Channel.CELLULAR, Channel.ETHERNET),
    sims=(SimSlot(1, SimCard.OK, CARD.iccid), SimSlot(2, SimCard.MISSING)),
    active_sim=1,
    registration=Registration.ROAMING,
    generation="4G",
    signal=Signal.STRONG,
    battery_percent=80,
)


def test_an_equal_report_agrees() -> None:
    assert disagreements(STATE, REPORTED, EVERYTHING) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"channels": (Channel.CELLULAR,)}, "channels"),
        ({"registration": Registration.DENIED}, "registration"),
        ({"generation": None}, "generation"),
        ({"signal": Signal.WEAK}, "signal"),
        ({"active_sim": 2}, "active_sim"),
        ({"sims": ()}, "slot 1"),
        ({"sims": (SimSlot(1, SimCard.OK, "89883000000000000029"),)}, "slot 1"),
        ({"battery_percent": 75}, "battery_percent"),
        ({"mains": False}, "mains"),
        ({"lid_open": True}, "lid_open"),
    ],
)
def test_each_field_that_differs_is_named(changed: dict[str, Any], field: str) -> None:
    found = disagreements(STATE, msgspec.structs.replace(REPORTED, **changed), EVERYTHING)

    assert len(found) == 1
    assert found[0].startswith(f"{field} is ")


def test_the_number_of_a_locked_card_may_be_read_or_not() -> None:
    locked = msgspec.structs.replace(CARD, condition=CardCondition.LOCKED)
    state = msgspec.structs.replace(STATE, slots={1: locked})

    for iccid in (CARD.iccid, None):
        sims = (SimSlot(1, SimCard.LOCKED, iccid),)
        assert disagreements(state, msgspec.structs.replace(REPORTED, sims=sims), EVERYTHING) == []


def test_what_a_device_does_not_have_is_not_compared() -> None:
    bare = Capabilities(
        name="bare", slots=0, links=(Channel.ETHERNET,), battery=False, mains=False, lid=False
    )
    reported = Hardware(model="any", firmware="1", channels=(Channel.ETHERNET,), mains=False, lid_open=True)

    assert disagreements(STATE, reported, bare) == []


def test_the_network_of_a_real_modem_is_not_compared() -> None:
    device = Capabilities(name="real", real_modem=True)
    reported = msgspec.structs.replace(
        REPORTED, channels=(Channel.ETHERNET,), registration=Registration.HOME, signal=Signal.WEAK
    )

    assert disagreements(STATE, reported, device) == []


def test_a_hub_whose_modem_hangs_need_not_know_that_a_slot_is_empty() -> None:
    hung = SetRegistration(registration=Registration.UNKNOWN)
    state = msgspec.structs.replace(STATE, modem=hung)
    unread, empty = SimSlot(1, SimCard.UNKNOWN), SimSlot(2, SimCard.MISSING)
    report = msgspec.structs.replace(
        REPORTED,
        channels=(Channel.ETHERNET,),
        registration=Registration.UNKNOWN,
        generation=None,
        signal=Signal.NONE,
        active_sim=None,
    )

    for sims in ((unread, empty), (unread, SimSlot(2, SimCard.UNKNOWN))):
        assert disagreements(state, msgspec.structs.replace(report, sims=sims), EVERYTHING) == []
    for sims in ((SimSlot(1, SimCard.MISSING), empty), (unread, SimSlot(2, SimCard.OK, CARD.iccid))):
        assert len(disagreements(state, msgspec.structs.replace(report, sims=sims), EVERYTHING)) == 1
