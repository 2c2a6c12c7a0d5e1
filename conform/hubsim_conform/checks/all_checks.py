"""All checks, in the order in which one device plays them."""

from hubsim_conform.checks import applying, broken_messages, connecting, events, waiting, world
from hubsim_conform.checks.check import Check

CHECKS: tuple[Check, ...] = (
    *connecting.CHECKS,
    *applying.CHECKS,
    *broken_messages.CHECKS,
    *events.CHECKS,
    *waiting.CHECKS,
    *world.CHECKS,
    *applying.LAST,
)
FIRST = CHECKS[0]
"""The check of the first contact; without it no other check makes sense."""
DECIDED_RULES: frozenset[str] = frozenset(rule for check in CHECKS for rule in check.decides)
