"""Settings of the hub's hardware, each with its range, its default and its source, if there is one."""

from typing import Annotated

import msgspec

from hubsim_simulator.hardware.ranges import check_ranges

DAY_MS = 24 * 60 * 60 * 1000
Wait = Annotated[int, msgspec.Meta(ge=1, le=DAY_MS, extra={"unit": "ms"})]
Pause = Annotated[int, msgspec.Meta(ge=0, le=DAY_MS, extra={"unit": "ms"})]
Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class HardwareSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Behaviour of the hub's hardware and modem. Times are milliseconds on the world clock.

    Raises `BadSetting` for a value outside its range.
    """

    attach_ms: Pause = 0
    """From the choice of a card to its first attach request. 0: at once, so `searching` is not visible."""
    t3410_ms: Wait = 15_000
    """Time after which an attach request without answer has failed (3GPP TS 24.301 section 10.2)."""
    t3411_ms: Wait = 10_000
    """From a failed attempt to the next one (3GPP TS 24.301 section 10.2)."""
    attempts_before_t3402: Count = 5
    """Number of failed attempts after which the long wait begins (3GPP TS 24.301 section 5.5.1.2.6)."""
    t3402_ms: Wait = 12 * 60_000
    """The long wait between attempts (the default of 3GPP TS 24.301 section 10.2)."""
    sim_failover_ms: Wait = 60_000
    """Time in coverage without registration until the modem tries the other card. No public source."""
    boot_ms: Wait = 5_000
    """From a reset to the running hub. Switching on takes no time. No public source."""
    mains_lost_led_steady_ms: Wait = 3 * 60_000
    """Time without mains after which the steady logo blinks (hub manual)."""
    led_blink_period_ms: Wait = 10_000
    """From one blink of the logo to the next (hub manual), for programs that draw it."""
    battery_drain_ms_per_percent: Wait | None = None
    """Time that one percent of charge lasts without mains. None: the battery does not drain, because no
    manual gives a value and scenarios set the charge."""

    def __post_init__(self) -> None:
        check_ranges(self)
