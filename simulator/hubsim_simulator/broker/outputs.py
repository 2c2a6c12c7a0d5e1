"""Outputs of the broker model to its connections, as values. The shell delivers them in order."""

import msgspec


class Connack(msgspec.Struct, frozen=True, gc=False):
    """The connection is accepted (section 3.2)."""

    conn: int
    session_present: bool


class Suback(msgspec.Struct, frozen=True):
    """The answer to a SUBSCRIBE (3.9): for each filter, in order, the granted QoS or `REFUSED`."""

    conn: int
    granted: tuple[int, ...]
    packet_id: int = 0


class Unsuback(msgspec.Struct, frozen=True, gc=False):
    """The subscriptions are removed (3.11)."""

    conn: int
    packet_id: int = 0


class Puback(msgspec.Struct, frozen=True, gc=False):
    """The broker has accepted the QoS 1 message with this packet id (3.4)."""

    conn: int
    packet_id: int


class Pubrec(msgspec.Struct, frozen=True, gc=False):
    """The broker has stored the QoS 2 message with this packet id (3.5)."""

    conn: int
    packet_id: int


class Pubrel(msgspec.Struct, frozen=True, gc=False):
    """The client may deliver the QoS 2 message with this packet id (3.6)."""

    conn: int
    packet_id: int


class Pubcomp(msgspec.Struct, frozen=True, gc=False):
    """The broker has delivered the QoS 2 message with this packet id (3.7)."""

    conn: int
    packet_id: int


class Deliver(msgspec.Struct, frozen=True, gc=False):
    """A message for this connection (3.3). `packet_id` is 0 for QoS 0, which has no acknowledgement."""

    conn: int
    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool
    packet_id: int


class Close(msgspec.Struct, frozen=True, gc=False):
    """The broker closes the connection. The model forgets it."""

    conn: int


Output = Connack | Suback | Unsuback | Puback | Pubrec | Pubrel | Pubcomp | Deliver | Close

REFUSED = 0x80
"""Return code of a failed subscription (3.9.3)."""
