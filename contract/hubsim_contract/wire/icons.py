"""The icon row of a hub: pure functions from its hardware and service to stable icon names.

The app draws the same row (from the last report) as the hub's own screens. Source: the hub manuals as
summarised in the domain notes. The order is that of the row.
"""

from typing import Annotated

from msgspec import Meta

from hubsim_contract.wire.limits import BATTERY_FULL_PERCENT, BATTERY_PERCENTS, BATTERY_STEP_PERCENT
from hubsim_contract.wire.messages import Hardware, Registration, ServiceState, Signal, SimCard
from hubsim_contract.wire.service import star

REGISTERED = frozenset({Registration.HOME, Registration.ROAMING})
GENERATIONS = ("2G", "3G", "4G")
"""The radio generations of all hub models."""
ICON_NAMES = (
    "cellular_off",
    *(f"{generation.lower()}_{signal}" for generation in GENERATIONS for signal in Signal),
    "sim_not_installed",
    "sim_defective_or_pin",
    *(f"battery_{percent}" for percent in BATTERY_PERCENTS),
    "malfunction",
    "lid_open",
    "mains",
    "no_mains",
    "star",
)
"""All names that `icon_row` returns for these generations."""
IconName = Annotated[str, Meta(extra={"word": "icon"})]


def icon_row(hardware: Hardware, service: ServiceState) -> tuple[IconName, ...]:
    """Return the names of the icons shown, left to right.

    For example `("4g_strong", "battery_100", "mains", "star")`. Icons of normal states (no malfunction, lid
    closed) are absent.
    """
    row = [_cellular(hardware)]
    sim = _sim(hardware)
    if sim:
        row.append(sim)
    row.append(f"battery_{_battery(hardware.battery_percent)}")
    if hardware.malfunction:
        row.append("malfunction")
    if hardware.lid_open:
        row.append("lid_open")
    row.append("mains" if hardware.mains else "no_mains")
    if star(service):
        row.append("star")
    return tuple(row)


def _cellular(hardware: Hardware) -> str:
    if hardware.registration not in REGISTERED or hardware.generation is None:
        return "cellular_off"
    return f"{hardware.generation.lower()}_{hardware.signal}"


def _battery(percent: int) -> int:
    """Return the charge of an icon: the next lower step, also for a charge outside the contract."""
    return max(0, min(percent, BATTERY_FULL_PERCENT)) // BATTERY_STEP_PERCENT * BATTERY_STEP_PERCENT


def _sim(hardware: Hardware) -> str | None:
    """Return the SIM icon; None if one slot holds a healthy card."""
    cards = [sim.card for sim in hardware.sims]
    if SimCard.OK in cards or SimCard.UNKNOWN in cards:
        return None
    if SimCard.MALFUNCTION in cards or SimCard.LOCKED in cards:
        return "sim_defective_or_pin"
    return "sim_not_installed"
