"""Settings of the hub's hardware, each with its range, its default and its source, if there is one."""

from enum import StrEnum
from typing import Annotated

import msgspec

from hubsim_simulator.hardware.ranges import check_ranges

DAY_MS = 24 * 60 * 60 * 1000
Wait = Annotated[int, msgspec.Meta(ge=1, le=DAY_MS, extra={"unit": "ms"})]
Pause = Annotated[int, msgspec.Meta(ge=0, le=DAY_MS, extra={"unit": "ms"})]
Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class ForbiddenList(StrEnum):
    """The place of the list of forbidden networks."""

    CARD = "card"
    """On the card (EF_FPLMN, 3GPP TS 31.102 section 4.2.16). It survives restarts and moves with the card."""
    MODEM = "modem"
    """In the modem: a restart or a re-insertion of the card clears the list."""


class RoamingOff(StrEnum):
    """The effect of the hub's roaming switch when it is off."""

    NO_REGISTRATION = "no_registration"
    """The modem does not register in a foreign network."""
    NO_DATA = "no_data"
    """The modem registers in a foreign network, but does not use its data."""


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
    sim_failback_ms: Wait | None = None
    """Time after a registration with another card until the modem tries the first card again. None: never,
    until that card fails or the hub restarts. No public source; the policies of modems differ."""
    weak_signal_change_ms: Wait | None = None
    """Time of a weak signal after which the modem changes to a card with a stronger one. None: never. No
    public source; the policies of modems differ."""
    link_check_ms: Wait | None = 60_000
    """The longest time until the hub notices that a link has lost its internet access, or has it again. None:
    the hub does not check, and trusts every link that is up. No public source."""
    attempt_jitter_ms: Pause = 0
    """The longest extra time of the waits between attempts. Each modem has its own part of it, from its IMEI,
    so that equal hubs do not return at one instant. 0: the waits are exactly those of the standard, and equal
    hubs return together. No public source says how much the waits of real modems differ."""
    generation_search_ms: Wait = 60_000
    """Time until a registered modem finds a better radio generation that has come into reach (the search
    period of 3GPP TS 36.133 section 4.2.2). It changes to a lower one at once."""
    forbidden_list: ForbiddenList = ForbiddenList.CARD
    """Where the modem keeps the networks that refused with EMM 11. The standard has them on the card; some
    modems also clear the list when they start."""
    roaming_off: RoamingOff = RoamingOff.NO_REGISTRATION
    """What a hub with its roaming switch off does in a foreign network. No public source."""
    restart_resets_modem: bool = True
    """Whether the reset button also cuts the power of the modem. No public source. A hub whose modem stays
    powered cannot end a hang by a restart."""
    modem_watchdog_ms: Wait | None = None
    """Time after which the hub cuts the power of a modem that does not answer. None: the hub has no watchdog.
    No public source."""
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
