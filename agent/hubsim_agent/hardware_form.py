"""The normal form of hardware, and the refusal of hardware that no hub can have.

Every board passes its hardware through `checked` before the agent receives it, whether it comes from a file
or from a user's class.
"""

import msgspec

from hubsim_agent.errors import AgentError
from hubsim_contract.wire.identifiers import BadIdentifier, iccid
from hubsim_contract.wire.messages import Hardware, SimSlot

HARDWARE_BYTES_MAX = 8 * 1024
"""The largest hardware as JSON: half of the largest message (rule MQ-10). Real hardware has less."""
_BATTERY_STEP_PERCENT, _BATTERY_FULL_PERCENT = 5, 100


class BadHardware(AgentError):
    """Hardware that no hub can have. `field` is empty if the whole value is the problem."""

    def __init__(self, expected: str, field: str = "") -> None:
        super().__init__(f"{field}: {expected}" if field else expected)
        self.field = field
        self.expected = expected


def checked(value: object) -> Hardware:
    """Return hardware in its normal form. Raises `BadHardware` for an impossible one.

    The value is a `Hardware`, or its fields as in a TOML file. In the normal form, channels are sorted, slots
    are in their order, and ICCIDs are bare digits.
    """
    try:
        fields = msgspec.to_builtins(value) if isinstance(value, Hardware) else value
        hardware = msgspec.convert(fields, Hardware)
    except TypeError as error:
        raise BadHardware(f"a value that is not one of the contract: {error}") from error
    except msgspec.ValidationError as error:
        expected, _, place = str(error).partition(" - at `$.")
        raise BadHardware(expected, place.rstrip("`")) from error
    if hardware.battery_percent not in range(0, _BATTERY_FULL_PERCENT + 1, _BATTERY_STEP_PERCENT):
        raise BadHardware("0 to 100 in steps of 5 is expected", "battery_percent")
    slots = [sim.slot for sim in hardware.sims]
    if len(set(slots)) < len(slots) or min(slots, default=1) < 1:
        raise BadHardware("each slot once, counted from 1, is expected", "sims")
    if hardware.active_sim is not None and hardware.active_sim not in slots:
        raise BadHardware("the slot of one of the sims is expected", "active_sim")
    normal = msgspec.structs.replace(
        hardware,
        channels=tuple(sorted(set(hardware.channels))),
        sims=tuple(_sim(sim) for sim in sorted(hardware.sims, key=lambda sim: sim.slot)),
    )
    size = len(msgspec.json.encode(normal))
    if size > HARDWARE_BYTES_MAX:
        raise BadHardware(f"it has {size} bytes as JSON, at most {HARDWARE_BYTES_MAX} are expected")
    return normal


def _sim(sim: SimSlot) -> SimSlot:
    if sim.iccid is None:
        return sim
    try:
        return msgspec.structs.replace(sim, iccid=iccid(sim.iccid))
    except BadIdentifier as error:
        raise BadHardware(str(error), f"iccid of slot {sim.slot}") from error
