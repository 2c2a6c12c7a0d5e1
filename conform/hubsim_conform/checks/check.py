"""A check: a situation for the device, the rules that it decides, and what the device needs for it."""

from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec

from hubsim_conform.checks.situation import Situation
from hubsim_conform.device.capabilities import Capabilities, DeclaredBounds


class Suite(StrEnum):
    """A group of checks that a run can choose."""

    STANDARD = "standard"
    LONG = "long"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check."""

    name: str
    text: str
    """What the bench does, for the documentation."""
    decides: tuple[str, ...]
    """The ids of the rules that it decides, if it runs to its end."""
    script: Callable[[Situation], Awaitable[None]]
    needs: Callable[[Capabilities], str | None] = lambda _: None
    """The name of the capability that the device lacks, or None."""
    needs_text: str = ""
    """What it needs, for the documentation."""
    undecided: Callable[[Capabilities], dict[str, str]] = lambda _: {}
    """The rules of `decides` that it cannot decide on this device, each with the missing capability."""
    not_on: tuple[str, ...] = ()
    """Brokers, by name, that cannot do what it needs."""
    many_acts: bool = False
    """Whether it needs more acts than a person would do."""
    takes_s: Callable[[DeclaredBounds], float] = lambda _: 2.0
    """About how long it takes on a good device, for the distribution over several devices."""
    suite: Suite = Suite.STANDARD
