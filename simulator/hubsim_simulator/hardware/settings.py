"""The figures of the hub's hardware that no public source fixes, each with its range and default."""

from typing import Annotated

import msgspec

from hubsim_simulator.hardware.ranges import check_ranges

DAY_MS = 24 * 60 * 60 * 1000
Wait = Annotated[int, msgspec.Meta(ge=1, le=DAY_MS, extra={"unit": "ms"})]
Pause = Annotated[int, msgspec.Meta(ge=0, le=DAY_MS, extra={"unit": "ms"})]
Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class HardwareSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the hub's hardware and its modem behave. Times are milliseconds on the world clock.

    Raises `BadSetting` outside the ranges.
    """

    attach_ms: Pause = 0
    """From choosing a card to its first attach request. 0: at once; add it to see `searching` for a while."""
    t3410_ms: Wait = 15_000
    """How long an attach request waits for its answer (3GPP TS 24.301 section 10.2). Then it has failed."""
    t3411_ms: Wait = 10_000
    """From a failed attempt to the next (3GPP TS 24.301 section 10.2)."""
    attempts_before_t3402: Count = 5
    """Failed attempts after which the long wait begins (3GPP TS 24.301 section 5.5.1.2.6)."""
    t3402_ms: Wait = 12 * 60_000
    """The long wait between attempts (3GPP TS 24.301 section 10.2, its default)."""
    sim_failover_ms: Wait = 60_000
    """How long a card may stay without registration, in coverage, before the other one is tried. Open."""
    boot_ms: Wait = 5_000
    """From a reset's darkness to the running hub. Open; switching on by hand takes no time."""
    mains_lost_led_steady_ms: Wait = 3 * 60_000
    """How long the logo stays lit without mains before it only blinks (hub manual)."""
    led_blink_period_ms: Wait = 10_000
    """From one blink of the logo to the next (hub manual). For whoever draws it."""
    battery_drain_ms_per_percent: Wait | None = None
    """How long one percent of charge lasts without mains. None: the battery does not drain by itself,
    because no manual gives a figure and scenarios set the charge by hand."""

    def __post_init__(self) -> None:
        check_ranges(self)
