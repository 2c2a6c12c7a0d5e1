"""What a tap has seen, as values. Each event has its connection, counted from 1, and its time.

Passwords are masked with `*` of the same length, unless the tap keeps them.
"""

from typing import NamedTuple

import msgspec

from hubsim_contract.mqtt.codec.packets import MalformedPacket, Packet, PacketKind, Sender
from hubsim_contract.wire.topics import TopicAddress
from hubsim_simulator.tap.packet_faults import PacketFault


class TapTime(NamedTuple):
    """The two clocks at one event, in integer microseconds."""

    mono_us: int
    """A monotonic clock without an epoch; differences are exact."""
    wall_us: int
    """Since 1970-01-01T00:00Z, from the clock of the machine."""


class TcpAddress(NamedTuple):
    """The address of one side of a TCP connection, or of a server."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class ConnectionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A client has connected to the tap."""

    at: TapTime
    connection: int
    client_address: TcpAddress


class PacketSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A whole packet has arrived at the tap."""

    at: TapTime
    connection: int
    client_id: str | None
    """The client id in the CONNECT of this connection; None before it."""
    sender: Sender
    frame: bytes
    """The bytes of the packet as they arrived."""
    kind: PacketKind | None
    """None for the reserved types 0 and 15."""
    packet: Packet | None = None
    """None if it is malformed, or if the connection uses another version of MQTT."""
    malformed: MalformedPacket | None = None
    """The reason why it cannot be decoded."""
    topics: tuple[str, ...] = ()
    """The topic of a PUBLISH, also for the packets that acknowledge it; the filters of a subscription."""
    address: TopicAddress | None = None
    """The message of the contract that the first of the topics is for."""
    fault: PacketFault | None = None
    """The fault that applies to the packet; None if it is forwarded at once and unchanged."""


class BytesSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that are not a whole packet, and that the tap forwards unchanged and undecoded."""

    at: TapTime
    connection: int
    client_id: str | None
    sender: Sender
    data: bytes
    reason: str
    """Why they are not decoded."""
    begins: bool
    """Whether the undecoded part begins here; False for its further bytes."""


class PacketReleased(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that a fault held back are forwarded now."""

    at: TapTime
    connection: int
    client_id: str | None
    sender: Sender
    size_bytes: int


class SideEnded(msgspec.Struct, frozen=True, kw_only=True):
    """One side ended its stream. After a reset the connection is gone; otherwise the other side may send."""

    at: TapTime
    connection: int
    client_id: str | None
    sender: Sender
    reset: bool


class ConnectionCut(msgspec.Struct, frozen=True, kw_only=True):
    """The tap has closed both sides of a connection by a TCP reset."""

    at: TapTime
    connection: int
    client_id: str | None
    reason: str


TapEvent = ConnectionOpened | PacketSeen | BytesSeen | PacketReleased | SideEnded | ConnectionCut


class Forward(NamedTuple):
    """Send these bytes to a side."""

    connection: int
    receiver: Sender
    """The side that gets the bytes."""
    data: bytes


class ForwardEnd(NamedTuple):
    """End the stream to a side, as the other side has ended it."""

    connection: int
    receiver: Sender


class Reset(NamedTuple):
    """Close both sides of a connection by a TCP reset."""

    connection: int


TapEffect = TapEvent | Forward | ForwardEnd | Reset
