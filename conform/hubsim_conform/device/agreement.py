"""Whether a device reports the hardware that the bench has given it. Pure."""

from collections.abc import Iterator
from typing import Any

from hubsim_conform.device.capabilities import Capabilities
from hubsim_conform.device.following import DeviceState
from hubsim_contract.lab.bench_actions import Card, CardCondition
from hubsim_contract.wire.icons import REGISTERED
from hubsim_contract.wire.messages import Channel, Hardware, Registration, SimCard, SimSlot

_READ_AS = {
    CardCondition.HEALTHY: SimCard.OK,
    CardCondition.LOCKED: SimCard.LOCKED,
    CardCondition.BROKEN: SimCard.MALFUNCTION,
}
_UNREAD = (SimCard.UNKNOWN.value, None)
"""A modem that does not answer (registration `unknown`) reads no card."""
_MISSING = (SimCard.MISSING.value, None)


def channels_of(state: DeviceState) -> tuple[Channel, ...]:
    """Return the channels of a device in this state, sorted by name."""
    cellular = [Channel.CELLULAR] if state.modem.registration in REGISTERED and state.modem.data else []
    return tuple(sorted([*map(Channel, state.links), *cellular]))


def disagreements(state: DeviceState, reported: Hardware, device: Capabilities) -> list[str]:
    """Return each field of a report that differs from the state on the bench, in words.

    Fields about hardware that the device does not have are not compared. The network of a real modem is not
    compared either.
    """
    return [
        f"{field} is {seen} in its report, and {wanted} on the bench"
        for field, wanted, seen in _compared(state, reported, device)
        if wanted != seen
    ]


def _compared(state: DeviceState, reported: Hardware, device: Capabilities) -> Iterator[tuple[str, Any, Any]]:
    yield "channels", _shown(state, device, channels_of(state)), _shown(state, device, reported.channels)
    if device.lacks_simulated_modem() is None:
        for field in ("registration", "generation", "signal", "active_sim"):
            yield field, _plain(getattr(state.modem, field)), _plain(getattr(reported, field))
    slots = {sim.slot: sim for sim in reported.sims}
    hangs = state.modem.registration is Registration.UNKNOWN
    for number in range(1, device.slots + 1):
        seen = slots.get(number, SimSlot(number, SimCard.MISSING))
        found = (seen.card.value, _number(seen))
        card = state.slots.get(number)
        if not hangs:
            yield f"slot {number}", _card(card), found
        elif card is not None or found != _MISSING:
            yield f"slot {number}", _UNREAD, found  # some hubs have a switch that finds an empty slot
    if device.battery:
        yield "battery_percent", state.battery_percent, reported.battery_percent
    if device.mains:
        yield "mains", state.mains, reported.mains
    if device.lid:
        yield "lid_open", state.lid_open, reported.lid_open


def _shown(state: DeviceState, device: Capabilities, channels: tuple[Channel, ...]) -> list[str]:
    """Return the channels that are compared. A device finds itself when a link has no internet access."""
    compared = set(device.links) - ({Channel.CELLULAR} if device.real_modem else set())
    compared -= set(map(Channel, state.internet))
    return sorted(channel.value for channel in channels if channel in compared)


def _card(card: Card | None) -> tuple[str, str | None]:
    if card is None:
        return _MISSING
    read_as = _READ_AS[card.condition]
    return read_as.value, card.iccid if read_as is SimCard.OK else None


def _number(sim: SimSlot) -> str | None:
    """Return the ICCID of a healthy card: whether a locked card can be read depends on the device."""
    return sim.iccid if sim.card is SimCard.OK else None


def _plain(value: Any) -> Any:
    return None if value is None else str(value)
