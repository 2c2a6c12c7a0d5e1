"""The logo LED. It shows the channels and the cloud connection, but not the state of the service."""

from enum import StrEnum

import msgspec

_WHITE_CHANNELS = 2


class LedColour(StrEnum):
    """The colour of the logo."""

    WHITE = "white"
    """Two or more channels are connected."""
    GREEN = "green"
    """Exactly one channel is connected."""
    RED = "red"
    """No channel is connected, or the cloud is out of reach."""
    OFF = "off"
    """The hub is off."""


class LedPattern(StrEnum):
    """How the logo is lit."""

    STEADY = "steady"
    BLINKING = "blinking"
    """Without mains for longer than `mains_lost_led_steady_ms`: a blink every `led_blink_period_ms`."""


class Led(msgspec.Struct, frozen=True):
    """The visible state of the logo."""

    colour: LedColour
    pattern: LedPattern


def led(*, powered: bool, channels: int, cloud_reachable: bool, dimmed: bool) -> Led:
    """Return the logo of a hub. `channels` is the number of connected ones; `dimmed` saves the battery."""
    if not powered:
        return Led(LedColour.OFF, LedPattern.STEADY)
    pattern = LedPattern.BLINKING if dimmed else LedPattern.STEADY
    if channels == 0 or not cloud_reachable:
        return Led(LedColour.RED, pattern)
    return Led(LedColour.WHITE if channels >= _WHITE_CHANNELS else LedColour.GREEN, pattern)
