"""Values that a message may carry but must not have: their form is wrong, although their type is right.

A receiver takes such a message and does not use the value: an invalid ICCID is a card that cannot be read.
The decoder therefore accepts it, and this module finds the fault for tools and operators.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from hubsim_contract.wire.codec import AnyMessage
from hubsim_contract.wire.identifiers import BadIdentifier, iccid
from hubsim_contract.wire.limits import BATTERY_PERCENTS, DETAIL_CHARS_MAX
from hubsim_contract.wire.messages import Hardware, HubEvent, Reported

KIND = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class FormFault(NamedTuple):
    """One value of a wrong form."""

    rule: str
    """The rule of the contract that it breaks."""
    place: str
    """The path of the value, for example `hardware.sims[0].iccid`."""
    text: str
    """The fault, with the value."""


def form_faults(message: AnyMessage) -> Iterator[FormFault]:
    """Yield the values of a decoded message that have a wrong form, in the order of its fields."""
    match message:
        case Reported():
            yield from _of_hardware(message.hardware)
        case HubEvent():
            if not KIND.fullmatch(message.kind):
                yield FormFault("MQ-7.words", "kind", f"{message.kind!r} is not in snake_case")
            if len(message.detail) > DETAIL_CHARS_MAX:
                text = f"it has {len(message.detail)} characters, {DETAIL_CHARS_MAX} are allowed"
                yield FormFault("MQ-10.detail", "detail", text)


def _of_hardware(hardware: Hardware) -> Iterator[FormFault]:
    for channel, count in Counter(hardware.channels).items():
        if count > 1:
            yield FormFault("MQ-7.words", "hardware.channels", f"{channel} is listed {count} times")
    slots = [sim.slot for sim in hardware.sims]
    if slots != sorted(set(slots)) or min(slots, default=1) < 1:
        text = f"the slots are {slots}: each slot once, from 1, in their order"
        yield FormFault("MQ-7.words", "hardware.sims", text)
    for place, sim in enumerate(hardware.sims):
        if sim.iccid is not None and (fault := _of_iccid(sim.iccid)):
            yield FormFault("MQ-7.iccid", f"hardware.sims[{place}].iccid", fault)
    if hardware.active_sim is not None and hardware.active_sim not in slots:
        text = f"there is no slot {hardware.active_sim}"
        yield FormFault("MQ-7.words", "hardware.active_sim", text)
    if hardware.battery_percent not in BATTERY_PERCENTS:
        text = f"{hardware.battery_percent} is not one of 0, 5, 10 and so on up to 100"
        yield FormFault("MQ-7.words", "hardware.battery_percent", text)


def _of_iccid(text: str) -> str:
    """Return the fault of an ICCID, or an empty text."""
    try:
        normal = iccid(text)
    except BadIdentifier as error:
        return str(error)
    return "" if normal == text else f"{text!r} has other characters than its digits: {normal} is expected"
