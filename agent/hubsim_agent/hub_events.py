"""The events at a hub, derived from the difference between two states of its hardware."""

from collections.abc import Iterator
from enum import StrEnum

from hubsim_contract.wire.icons import REGISTERED
from hubsim_contract.wire.messages import Hardware, Registration, SimCard, SimSlot

BATTERY_LOW_PERCENT = 20
"""The battery is low at or below this charge, and recovered above it."""


class DetectedEvent(StrEnum):
    """The kinds of events that an agent sends, as in `HubEvent.kind`."""

    SIM_INSERTED = "sim_inserted"
    SIM_REMOVED = "sim_removed"
    SIM_DEFECTIVE = "sim_defective"
    SIM_LOCKED = "sim_locked"
    SIM_SWITCHED = "sim_switched"
    """The modem uses the other slot."""
    REGISTERED = "registered"
    REGISTRATION_DENIED = "registration_denied"
    CHANNEL_LOST = "channel_lost"
    CHANNEL_RESTORED = "channel_restored"
    MAINS_LOST = "mains_lost"
    MAINS_RESTORED = "mains_restored"
    LID_OPENED = "lid_opened"
    LID_CLOSED = "lid_closed"
    BATTERY_LOW = "battery_low"
    BATTERY_RECOVERED = "battery_recovered"
    MALFUNCTION_FOUND = "malfunction_found"
    MALFUNCTION_CLEARED = "malfunction_cleared"
    MESSAGE_REFUSED = "message_refused"
    """A received message breaks a rule of the contract; the detail begins with the id of the rule."""
    MEMORY_LOST = "memory_lost"
    """The stored memory could not be read; the hub started empty."""


_Detected = tuple[DetectedEvent, str]


def diff(old: Hardware, new: Hardware) -> list[_Detected]:
    """Return the events between `old` and `new`, each with its detail in plain words."""
    if old == new:
        return []
    return [
        *_sims(old, new),
        *_registration(old, new),
        *_channels(old, new),
        *_flags(old, new),
    ]


def _sims(old: Hardware, new: Hardware) -> Iterator[_Detected]:
    before = {sim.slot: sim for sim in old.sims}
    after = {sim.slot: sim for sim in new.sims}
    for number in sorted(before.keys() | after.keys()):
        empty = SimSlot(number, SimCard.MISSING)
        yield from _slot(before.get(number, empty), after.get(number, empty))
    if old.active_sim is not None and new.active_sim is not None and old.active_sim != new.active_sim:
        yield DetectedEvent.SIM_SWITCHED, f"slot {old.active_sim} to slot {new.active_sim}"


def _slot(old: SimSlot, new: SimSlot) -> Iterator[_Detected]:
    # A card that is not read yet (UNKNOWN) can turn out to be missing; that is not a removal.
    swapped = old.iccid is not None and new.iccid is not None and old.iccid != new.iccid
    was_there = old.card not in (SimCard.MISSING, SimCard.UNKNOWN)
    if swapped or (was_there and new.card is SimCard.MISSING):
        yield DetectedEvent.SIM_REMOVED, _place(old)
    if swapped or (old.card is SimCard.MISSING and new.card is not SimCard.MISSING):
        yield DetectedEvent.SIM_INSERTED, _place(new)
    if new.card is SimCard.MALFUNCTION and (swapped or old.card is not SimCard.MALFUNCTION):
        yield DetectedEvent.SIM_DEFECTIVE, _place(new)
    if new.card is SimCard.LOCKED and (swapped or old.card is not SimCard.LOCKED):
        yield DetectedEvent.SIM_LOCKED, _place(new)


def _place(sim: SimSlot) -> str:
    return f"slot {sim.slot}" if sim.iccid is None else f"slot {sim.slot}, ICCID {sim.iccid}"


def _registration(old: Hardware, new: Hardware) -> Iterator[_Detected]:
    if new.registration is old.registration:
        return
    if new.registration is Registration.DENIED:
        yield DetectedEvent.REGISTRATION_DENIED, ""
    elif new.registration in REGISTERED and old.registration not in REGISTERED:
        yield DetectedEvent.REGISTERED, new.registration.value


def _channels(old: Hardware, new: Hardware) -> Iterator[_Detected]:
    for channel in sorted(set(old.channels) - set(new.channels)):
        yield DetectedEvent.CHANNEL_LOST, channel.value
    for channel in sorted(set(new.channels) - set(old.channels)):
        yield DetectedEvent.CHANNEL_RESTORED, channel.value


def _flags(old: Hardware, new: Hardware) -> Iterator[_Detected]:
    if new.mains != old.mains:
        yield (DetectedEvent.MAINS_RESTORED if new.mains else DetectedEvent.MAINS_LOST), ""
    if new.lid_open != old.lid_open:
        yield (DetectedEvent.LID_OPENED if new.lid_open else DetectedEvent.LID_CLOSED), ""
    if new.malfunction != old.malfunction:
        yield (DetectedEvent.MALFUNCTION_FOUND if new.malfunction else DetectedEvent.MALFUNCTION_CLEARED), ""
    low = new.battery_percent <= BATTERY_LOW_PERCENT
    if low != (old.battery_percent <= BATTERY_LOW_PERCENT):
        kind = DetectedEvent.BATTERY_LOW if low else DetectedEvent.BATTERY_RECOVERED
        yield kind, f"{new.battery_percent} %"
