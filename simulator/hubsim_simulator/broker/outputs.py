"""What the broker model has to say to connections, as values. The shell carries them there in order."""

import msgspec


class Connack(msgspec.Struct, frozen=True, gc=False):
    """The connection is accepted (section 3.2)."""

    conn: int
    session_present: bool


class Suback(msgspec.Struct, frozen=True):
    """The subscriptions are made (3.9). Granted QoS for each filter in order, or `REFUSED`."""

    conn: int
    granted: tuple[int, ...]


class Unsuback(msgspec.Struct, frozen=True, gc=False):
    """The subscriptions are gone (3.11)."""

    conn: int


class Puback(msgspec.Struct, frozen=True, gc=False):
    """The broker has taken the QoS 1 message with this packet id (3.4)."""

    conn: int
    packet_id: int


class Deliver(msgspec.Struct, frozen=True, gc=False):
    """A message for this connection (3.3). `packet_id` is 0 with QoS 0; else a PUBACK is awaited."""

    conn: int
    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool
    packet_id: int


class Close(msgspec.Struct, frozen=True, gc=False):
    """The broker closes the connection. It is unknown to the model from now on."""

    conn: int


Output = Connack | Suback | Unsuback | Puback | Deliver | Close

REFUSED = 0x80
"""Return code of a subscription that was not made (3.9.3)."""
