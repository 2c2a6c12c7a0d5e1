"""The control packets of MQTT 3.1.1 (section 3) as values, and the errors of a peer's packets."""

from enum import IntEnum

import msgspec

MAX_REMAINING_BYTES = 268_435_455
"""Largest packet without its fixed header (section 2.2.3): 256 MiB - 1."""
MAX_TEXT_BYTES = 65_535
"""Largest string or binary field (section 1.5.3)."""
MAX_PACKET_ID = 65_535
"""Packet ids are 16 bits wide and not 0 (section 2.3.1)."""
PROTOCOL_NAME, PROTOCOL_LEVEL = "MQTT", 4
SUBSCRIPTION_FAILED = 0x80
"""The return code of a refused subscription in a SUBACK (section 3.9.3)."""


class PacketKind(IntEnum):
    """The type of a packet: the upper four bits of its first byte (section 2.2.1)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14


class Sender(IntEnum):
    """The side that sends a stream of packets. Most packets are allowed in one direction only (2.2.1)."""

    CLIENT = 0
    SERVER = 1

    @property
    def other(self) -> "Sender":
        """The side that receives the stream."""
        return Sender.SERVER if self is Sender.CLIENT else Sender.CLIENT


class ConnectCode(IntEnum):
    """The return code of a CONNACK (section 3.2.2.3)."""

    ACCEPTED = 0
    UNACCEPTABLE_PROTOCOL = 1
    IDENTIFIER_REJECTED = 2
    SERVER_UNAVAILABLE = 3
    BAD_CREDENTIALS = 4
    NOT_AUTHORISED = 5


class MalformedPacket(Exception):
    """A peer sent bytes that are not a packet of MQTT 3.1.1. The connection must be closed (4.8.0-1).

    `rule` is the normative statement that they violate, such as `MQTT-2.2.2-2`, or a section. `detail` says
    what is wrong; it quotes no field of the packet.
    """

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{detail} [{rule}]")
        self.rule = rule
        self.detail = detail


class UnsupportedProtocol(MalformedPacket):
    """A CONNECT of another protocol level. A server answers code 1, then closes the connection (3.1.2-2)."""

    def __init__(self, level: int) -> None:
        super().__init__("MQTT-3.1.2-2", f"protocol level {level} is not MQTT 3.1.1 (level {PROTOCOL_LEVEL})")
        self.level = level


class PacketTooLarge(MalformedPacket):
    """A packet above the limit of its reader. It is detected before its body arrives."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(
            "section 2.2.3", f"a packet of {size_bytes} bytes exceeds the limit of {limit_bytes}"
        )
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class PacketWill(msgspec.Struct, frozen=True):
    """The will in a CONNECT (section 3.1.2.5)."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


class ConnectPacket(msgspec.Struct, frozen=True):
    """CONNECT (3.1). Its repr omits the password."""

    client_id: str
    clean: bool = True
    keepalive_s: int = 0
    will: PacketWill | None = None
    username: str | None = None
    password: bytes | None = None
    """Not allowed without a user name (3.1.2-22)."""

    def __repr__(self) -> str:
        shown = None if self.password is None else "***"
        return (
            f"ConnectPacket(client_id={self.client_id!r}, clean={self.clean}, "
            f"keepalive_s={self.keepalive_s}, will={self.will!r}, username={self.username!r}, "
            f"password={shown})"
        )


class ConnackPacket(msgspec.Struct, frozen=True, gc=False):
    """CONNACK (3.2)."""

    session_present: bool
    code: ConnectCode = ConnectCode.ACCEPTED


class PublishPacket(msgspec.Struct, frozen=True, gc=False):
    """PUBLISH (3.3)."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    dup: bool = False
    packet_id: int = 0
    """0 for QoS 0, which has none."""


class PubackPacket(msgspec.Struct, frozen=True, gc=False):
    """PUBACK (3.4): the receiver owns the QoS 1 message."""

    packet_id: int


class PubrecPacket(msgspec.Struct, frozen=True, gc=False):
    """PUBREC (3.5): the receiver has the QoS 2 message; step two of three answers."""

    packet_id: int


class PubrelPacket(msgspec.Struct, frozen=True, gc=False):
    """PUBREL (3.6): the sender of the QoS 2 message has discarded it."""

    packet_id: int


class PubcompPacket(msgspec.Struct, frozen=True, gc=False):
    """PUBCOMP (3.7): the QoS 2 message is complete."""

    packet_id: int


class SubscribePacket(msgspec.Struct, frozen=True):
    """SUBSCRIBE (3.8): filters with the QoS wanted for each."""

    packet_id: int
    filters: tuple[tuple[str, int], ...]


class SubackPacket(msgspec.Struct, frozen=True):
    """SUBACK (3.9): for each filter, in order, the granted QoS or `SUBSCRIPTION_FAILED`."""

    packet_id: int
    codes: tuple[int, ...]


class UnsubscribePacket(msgspec.Struct, frozen=True):
    """UNSUBSCRIBE (3.10)."""

    packet_id: int
    filters: tuple[str, ...]


class UnsubackPacket(msgspec.Struct, frozen=True, gc=False):
    """UNSUBACK (3.11)."""

    packet_id: int


class PingreqPacket(msgspec.Struct, frozen=True, gc=False):
    """PINGREQ (3.12)."""


class PingrespPacket(msgspec.Struct, frozen=True, gc=False):
    """PINGRESP (3.13)."""


class DisconnectPacket(msgspec.Struct, frozen=True, gc=False):
    """DISCONNECT (3.14): the client leaves, and its will is not sent."""


ClientPacket = (
    ConnectPacket
    | PublishPacket
    | PubackPacket
    | PubrecPacket
    | PubrelPacket
    | PubcompPacket
    | SubscribePacket
    | UnsubscribePacket
    | PingreqPacket
    | DisconnectPacket
)
"""What a client sends."""
ServerPacket = (
    ConnackPacket
    | PublishPacket
    | PubackPacket
    | PubrecPacket
    | PubrelPacket
    | PubcompPacket
    | SubackPacket
    | UnsubackPacket
    | PingrespPacket
)
"""What a server sends."""
Packet = ClientPacket | ServerPacket
