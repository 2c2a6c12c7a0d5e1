"""What the small hub gets and returns: the time, the outputs of its core, and its bounds."""

from dataclasses import dataclass
from typing import NamedTuple

from hubsim_contract.mqtt.codec.packets import Packet


class Clock(NamedTuple):
    """Monotonic seconds, and the time of day in ms since 1970."""

    s: float
    wall_ms: int


class Open(NamedTuple):
    """Open a TCP connection."""


class Close(NamedTuple):
    """Close the TCP connection after what was sent."""


class Send(NamedTuple):
    """Send a packet, or raw bytes."""

    packet: Packet | bytes


class Store(NamedTuple):
    """Make the memory durable after this delay."""

    memory: bytes
    after_s: float = 0.0


class Crash(NamedTuple):
    """The program ends; a watchdog starts it again."""


@dataclass(frozen=True)
class Limits:
    """The bounds of the hub, in seconds."""

    connack_s: float = 30.0
    suback_s: float = 30.0
    puback_s: float = 60.0
    first_s: float = 1.0
    longest_s: float = 60.0
    steady_s: float = 10.0
    heard_s: float = 60.0
    buffer: int = 100
