"""Bounds on what one hub sends: how often, and how far its numbers may jump (rules MQ-10.rate, MQ-2).

A receiver refuses more than this, so that one broken device cannot fill the cloud's memory or its log, nor
make its own honest messages stale forever.
"""

from typing import NamedTuple


class RateBound(NamedTuple):
    """`burst` messages at once, and then one in each pause; a pause without a message earns one more."""

    burst: int
    pause_ms: int


REPORTS_BOUND = RateBound(120, 1_000)
"""More than twice as much as a hub reports whose cable, card, lid and battery all change each minute."""
PRESENCE_BOUND = RateBound(120, 1_000)
"""Each connection has two presences: 60 reconnects at once, then one in 2 s."""
EVENTS_BOUND = RateBound(500, 1_000)
"""Five times the buffer that a hub must have, because all of it comes at once after an offline time."""
OVERTAKING_BOUND = RateBound(10, 60_000)
"""Reports with a version that the cloud never assigned. Each is a permanent record at the cloud."""

NUMBER_JUMP_MAX = 2**20
"""How far `sequence`, `connection` and `number` may be above the newest known one of the same boot, and
`boot` above the newest known boot."""
FIRST_NUMBER_MAX = 2**32
"""The largest number of a boot from which nothing is known: a hub may have run for years."""
BOOT_CLOCK_MAX = 2**32
"""A hub that lost its memory may count boots from the seconds since 1970. Those of any clock until 2106 are
below this number, so the hub's last boot does not matter. After 2106 the receiver's clock takes its place."""


def highest_boot(known: int, now_s: int) -> int:
    """Return the highest plausible boot number after the newest known one, at this time since 1970 in s."""
    return max(known, now_s, BOOT_CLOCK_MAX) + NUMBER_JUMP_MAX


def highest_number(known: int | None) -> int:
    """Return the highest plausible number after the newest known one of its boot; None: none is known."""
    return FIRST_NUMBER_MAX if known is None else known + NUMBER_JUMP_MAX
