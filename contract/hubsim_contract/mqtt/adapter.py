"""What all adapters of the MQTT port share: their limits, the phases of a port, and the words for a refusal."""

from enum import Enum, auto
from types import MappingProxyType

from hubsim_contract.mqtt.codec.packets import ConnectCode

QOS = 1
"""Every message is published, and every filter subscribed, at QoS 1."""
CONNECT_TIMEOUT_S = 10
"""From the beginning of the attempt to the broker's CONNACK. After that the attempt has failed."""
DISCONNECT_TIMEOUT_S = 2
"""Longest time to send a DISCONNECT. After that the connection is severed, and the broker sends the will."""
MAX_INFLIGHT = 100
"""Publishes in flight without PUBACK; further ones wait in the client."""
MAX_UNACKNOWLEDGED = 10_000
"""Publishes in flight and waiting. One more severs the connection: the core then publishes the current state
again (rule MQ-4), which is less than such a queue."""

REFUSALS = MappingProxyType(
    {
        ConnectCode.UNACCEPTABLE_PROTOCOL: "the broker does not accept MQTT 3.1.1",
        ConnectCode.IDENTIFIER_REJECTED: "the broker refuses the client id",
        ConnectCode.SERVER_UNAVAILABLE: "the broker refuses connections at the moment (server unavailable)",
        ConnectCode.BAD_CREDENTIALS: "not authorised: user or password is wrong",
        ConnectCode.NOT_AUTHORISED: "not authorised: user or password is wrong",
    }
)
"""The reasons of a broker that refuses a connection (3.2.2.3)."""


class PortPhase(Enum):
    """What the core knows of its connection. Changes when the core receives the event, not before."""

    IDLE = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    CLOSED = auto()
    """`aclose` was called; final."""
