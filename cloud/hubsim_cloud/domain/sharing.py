"""Equal values of many hubs are kept once: a hundred thousand hubs have few models, firmwares and documents.

Nothing here changes a value. A decoded message or fact has its own copies of all texts, and the functions
return equal values that use known copies. The caches are bounded, so a hub that sends other texts each time
cannot fill the memory.
"""

from functools import lru_cache
from typing import TypeVar

from msgspec.structs import replace

from hubsim_cloud.domain.state import NOTHING_MISSING, Device, Wanted
from hubsim_contract.wire.messages import Reported, ServiceState, SimSlot

SHARED_VALUES = 4_096
"""The number of values that are shared. Above it the one that was unused for longest is dropped."""

T = TypeVar("T")


def shared(value: T) -> T:
    """Return an equal value of the same type that is in use already, or this one."""
    return _first(value)  # type: ignore[no-any-return]  # the cache returns what it was given


@lru_cache(maxsize=SHARED_VALUES, typed=True)
def _first(value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 (a cache hides the type of a generic function)
    return value


@lru_cache(maxsize=SHARED_VALUES)
def wanted(
    service: ServiceState, ends_at_ms: int | None, sim_cut_off: bool, armed: bool, ping_s: int
) -> Wanted:
    """Return the desired state with these values; equal ones are one object."""
    return Wanted(service, ends_at_ms, sim_cut_off, armed, ping_s)


def share_record(device: Device, hub: str) -> None:
    """Replace the values of a record that was just read by equal ones that are shared."""
    if device.reported is not None:
        device.reported = shared_report(device.reported, hub)
    device.missing_since_ms = device.missing_since_ms or NOTHING_MISSING


def shared_report(reported: Reported, hub: str, sims: tuple[SimSlot, ...] = ()) -> Reported:
    """Return an equal report that uses this id of its hub, and these SIMs if they are the same."""
    hardware = reported.hardware
    return replace(
        reported,
        hub=hub,
        hardware=replace(
            hardware,
            model=shared(hardware.model),
            firmware=shared(hardware.firmware),
            channels=shared(hardware.channels),
            sims=sims if sims == hardware.sims else shared_slots(hardware.sims),
        ),
    )


def shared_slots(sims: tuple[SimSlot, ...]) -> tuple[SimSlot, ...]:
    """Return equal slots, of which those without a number of a card are shared."""
    return tuple(shared(sim) if sim.iccid is None else sim for sim in sims)
