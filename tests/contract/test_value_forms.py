"""Values of a wrong form are found with their place and rule, although the message can be used."""

from typing import Any

import pytest
from msgspec.structs import replace

from hubsim_contract.wire.codec import AnyMessage, decode, encode
from hubsim_contract.wire.messages import (
    Channel,
    Desired,
    Hardware,
    HubEvent,
    Reported,
    ServiceState,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.topics import MessageKind
from hubsim_contract.wire.value_forms import form_faults

HUB, CARD = "0A1B2C3D", "89883000000000000011"
HARDWARE = Hardware(
    model="hub-2",
    firmware="1",
    sims=(SimSlot(1, SimCard.OK, CARD), SimSlot(2, SimCard.MISSING)),
    active_sim=1,
)
EVENT = HubEvent(hub=HUB, boot=1, number=1, kind="lid_opened", at_ms=0)


def reported(**changes: Any) -> Reported:
    return Reported(hub=HUB, boot=1, sequence=1, applied_version=0, hardware=replace(HARDWARE, **changes))


@pytest.mark.parametrize(
    ("message", "rule", "place"),
    [
        (reported(battery_percent=42), "MQ-7.words", "hardware.battery_percent"),
        (reported(battery_percent=-5), "MQ-7.words", "hardware.battery_percent"),
        (reported(battery_percent=105), "MQ-7.words", "hardware.battery_percent"),
        (reported(active_sim=3), "MQ-7.words", "hardware.active_sim"),
        (reported(channels=(Channel.WIFI, Channel.WIFI)), "MQ-7.words", "hardware.channels"),
        (reported(sims=(SimSlot(1, SimCard.OK), SimSlot(1, SimCard.OK))), "MQ-7.words", "hardware.sims"),
        (reported(sims=(SimSlot(2, SimCard.OK), SimSlot(1, SimCard.OK))), "MQ-7.words", "hardware.sims"),
        (reported(sims=(SimSlot(0, SimCard.OK),), active_sim=0), "MQ-7.words", "hardware.sims"),
        (reported(sims=(SimSlot(1, SimCard.OK, CARD[:-1] + "2"),)), "MQ-7.iccid", "hardware.sims[0].iccid"),
        (reported(sims=(SimSlot(1, SimCard.OK, ""),)), "MQ-7.iccid", "hardware.sims[0].iccid"),
        (
            reported(sims=(SimSlot(1, SimCard.OK, "8988 3000 0000 0000 0011"),)),
            "MQ-7.iccid",
            "hardware.sims[0].iccid",
        ),
        (
            reported(sims=(SimSlot(1, SimCard.OK, "8988300000000000013F"),)),
            "MQ-7.iccid",
            "hardware.sims[0].iccid",
        ),
        (replace(EVENT, kind="LidOpened"), "MQ-7.words", "kind"),
        (replace(EVENT, kind=""), "MQ-7.words", "kind"),
        (replace(EVENT, detail="x" * 201), "MQ-10.detail", "detail"),
    ],
)
def test_a_value_of_a_wrong_form_is_found_in_a_message_that_can_be_used(
    message: AnyMessage, rule: str, place: str
) -> None:
    kind = MessageKind.EVENTS if isinstance(message, HubEvent) else MessageKind.REPORTED

    found = [(fault.rule, fault.place) for fault in form_faults(decode(kind, encode(message)))]

    assert found == [(rule, place)]


@pytest.mark.parametrize(
    "message",
    [
        reported(),
        reported(channels=(Channel.WIFI, Channel.ETHERNET), battery_percent=0, sims=(), active_sim=None),
        reported(sims=(SimSlot(1, SimCard.OK, "8988300000000000013"), SimSlot(3, SimCard.UNKNOWN))),
        replace(EVENT, kind="own_kind_2", detail="x" * 200),
        Desired(hub=HUB, version=1, service=ServiceState.ACTIVE),
    ],
)
def test_a_message_with_the_right_forms_has_no_faults(message: AnyMessage) -> None:
    assert list(form_faults(message)) == []
