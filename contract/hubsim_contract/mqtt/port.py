"""The vocabulary between a core and its MQTT port.

A core asks with `PortEffect` values and is answered with `PortEvent` values. The virtual world (a broker
model) and the live one (aiomqtt and a real broker) both speak it, so a core cannot tell them apart.
"""

import msgspec

from hubsim_contract.core import Wake

# ------------------------------------------------------------------ what a core asks of its port


class Will(msgspec.Struct, frozen=True):
    """The message that the broker publishes if the connection dies without a DISCONNECT."""

    topic: str
    payload: bytes
    retain: bool = True


class Connect(msgspec.Struct, frozen=True):
    """Open the MQTT connection. Answered by `Connected` or `ConnectFailed`.

    `keepalive_s` is the longest silence in seconds; after one and a half of it the broker may give
    the client up for dead (MQTT 3.1.1 section 3.1.2.10).
    """

    client_id: str
    clean: bool
    keepalive_s: int
    will: Will | None = None


class Subscribe(msgspec.Struct, frozen=True):
    """Subscribe to these topic filters at QoS 1. Answered by `Subscribed`."""

    filters: tuple[str, ...]


class Publish(msgspec.Struct, frozen=True):
    """Publish at QoS 1. With a token, `Published(token)` follows once the broker has it.

    Without a connection it leads nowhere: its loss may be on its way to the core (rule MQ-4).
    """

    topic: str
    payload: bytes
    retain: bool = False
    token: int = 0


class Disconnect(msgspec.Struct, frozen=True):
    """Say goodbye properly: the will is not sent. No event answers. Harmless without a connection."""


PortEffect = Connect | Subscribe | Publish | Disconnect


# ------------------------------------------------------------------ what the port answers


class Connected(msgspec.Struct, frozen=True):
    """The broker accepted the connection (CONNACK 0)."""

    session_present: bool = False


class ConnectFailed(msgspec.Struct, frozen=True):
    """The connection could not be made: no route, no broker, or the broker refused."""

    reason: str


class ConnectionLost(msgspec.Struct, frozen=True):
    """The connection died. What was not acknowledged has an unknown fate (rule MQ-4)."""


class Subscribed(msgspec.Struct, frozen=True):
    """The broker confirmed the subscription (SUBACK)."""


class Received(msgspec.Struct, frozen=True):
    """A message arrived. `retained` says that it was stored before the subscription."""

    topic: str
    payload: bytes
    retained: bool = False


class Published(msgspec.Struct, frozen=True):
    """The broker acknowledged the publish that carried this token (PUBACK)."""

    token: int


PortEvent = Wake | Connected | ConnectFailed | ConnectionLost | Subscribed | Received | Published
