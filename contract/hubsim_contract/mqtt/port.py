"""The vocabulary between a core and its MQTT port.

A core sends `PortEffect` values and receives `PortEvent` values. The virtual world (a broker model) and the
live one (aiomqtt and a real broker) both use them, so a core cannot distinguish the two.
"""

import msgspec

from hubsim_contract.core import Wake

# ------------------------------------------------------------------ effects of a core


class Will(msgspec.Struct, frozen=True):
    """The message that the broker publishes if the connection ends without a DISCONNECT."""

    topic: str
    payload: bytes
    retain: bool = True


class Connect(msgspec.Struct, frozen=True):
    """Open the MQTT connection. Answered by `Connected` or `ConnectFailed`.

    `keepalive_s` is the longest silence in seconds. After one and a half times as long the broker may treat
    the client as dead (MQTT 3.1.1 section 3.1.2.10).
    """

    client_id: str
    clean: bool
    keepalive_s: int
    will: Will | None = None


class Subscribe(msgspec.Struct, frozen=True):
    """Subscribe to these topic filters at QoS 1. Answered by `Subscribed`."""

    filters: tuple[str, ...]


class Publish(msgspec.Struct, frozen=True, gc=False):
    """Publish at QoS 1. With a token, `Published(token)` follows when the broker has acknowledged it.

    Dropped without a connection: the event of its loss may still be on the way to the core (rule MQ-4).
    """

    topic: str
    payload: bytes
    retain: bool = False
    token: int = 0


class Disconnect(msgspec.Struct, frozen=True):
    """Close the connection with a DISCONNECT, without a will. No event answers. No-op if not connected."""


PortEffect = Connect | Subscribe | Publish | Disconnect


# ------------------------------------------------------------------ events of the port


class AttemptQueued(msgspec.Struct, frozen=True):
    """The attempt to connect waits for its turn among many; `AttemptBegan` follows."""


class AttemptBegan(msgspec.Struct, frozen=True):
    """The attempt to connect begins now; the limit for the broker's answer counts from here."""


class Connected(msgspec.Struct, frozen=True):
    """The broker accepted the connection (CONNACK 0)."""

    session_present: bool = False


class ConnectFailed(msgspec.Struct, frozen=True):
    """The connection could not be opened: no route, no broker, or the broker refused it."""

    reason: str


class ConnectionLost(msgspec.Struct, frozen=True):
    """The connection died. Unacknowledged publishes have an unknown fate (rule MQ-4)."""


class Subscribed(msgspec.Struct, frozen=True):
    """The broker confirmed the subscription (SUBACK)."""


class Received(msgspec.Struct, frozen=True, gc=False):
    """A message arrived. `retained` means that the broker stored it before the subscription.

    A subscription at QoS 1 receives a QoS 0 message at QoS 0, and hides QoS 2. The broker clears the retain
    flag of a live message (MQTT 3.1.1 section 3.3.1.3), so a receiver cannot see whether it is retained.
    """

    topic: str
    payload: bytes
    retained: bool = False
    qos: int = 1
    """The QoS of the delivery, 0 or 1."""
    dup: bool = False
    """The broker may have delivered it before (3.3.1.1)."""


class Published(msgspec.Struct, frozen=True):
    """The broker acknowledged the publish that carried this token (PUBACK)."""

    token: int


PortEvent = (
    Wake
    | AttemptQueued
    | AttemptBegan
    | Connected
    | ConnectFailed
    | ConnectionLost
    | Subscribed
    | Received
    | Published
)
