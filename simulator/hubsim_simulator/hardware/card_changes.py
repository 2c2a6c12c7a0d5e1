"""The changes of the card in use that are due by themselves: failover, failback, and a stronger signal.

Owns the policies, as functions of what the modem knows. `others` are the slots whose cards may be tried, in
the order of `cyclic`. How far real hubs do the same is open, so only the failover is on by default.
"""

import msgspec

from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hardware.site import RadioSite


class CardChange(msgspec.Struct, frozen=True, order=True):
    """A change to the card in another slot, at an instant in milliseconds of the world clock."""

    at_ms: int
    slot: int


def cyclic(slots: tuple[int, ...], active: int) -> tuple[int, ...]:
    """Return the other slots, those after the active one first. Slots count from 1."""
    return (*slots[active:], *slots[: active - 1])


def failover(others: list[int], since_ms: int, settings: HardwareSettings) -> CardChange | None:
    """Change to the next card `sim_failover_ms` after the loss of the registration."""
    return CardChange(since_ms + settings.sim_failover_ms, others[0]) if others else None


def failback(active: int, others: list[int], since_ms: int, settings: HardwareSettings) -> CardChange | None:
    """Change to the lowest slot `sim_failback_ms` after the registration with a card in a higher one."""
    lower = [slot for slot in others if slot < active]
    if settings.sim_failback_ms is None or not lower:
        return None
    return CardChange(since_ms + settings.sim_failback_ms, min(lower))


def better_signal(
    active: int, others: list[int], site: RadioSite, weak_since_ms: int | None, settings: HardwareSettings
) -> CardChange | None:
    """Change to a card with a stronger signal after `weak_signal_change_ms` of a weak one."""
    stronger = [slot for slot in others if site.stronger(slot, active)]
    if settings.weak_signal_change_ms is None or weak_since_ms is None or not stronger:
        return None
    return CardChange(weak_since_ms + settings.weak_signal_change_ms, stronger[0])


def earlier(first: CardChange | None, second: CardChange | None) -> CardChange | None:
    """Return the change that is due first, or None."""
    return min((change for change in (first, second) if change is not None), default=None)
