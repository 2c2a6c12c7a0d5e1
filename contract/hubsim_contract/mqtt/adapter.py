"""What adapters of the MQTT port share: limits, the phases of a port, CONNECT, the words for a failure."""

import os
import socket
import ssl
from enum import Enum, auto
from types import MappingProxyType

import msgspec

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.codec.packets import ConnectCode, ConnectPacket, PacketWill
from hubsim_contract.mqtt.link import ANSWER_LIMIT_MS
from hubsim_contract.mqtt.port import Connect
from hubsim_contract.mqtt.tls import BadAuthorities, tls_reason

QOS = 1
"""Every message is published, and every filter subscribed, at QoS 1."""
CONNECT_TIMEOUT_S = ANSWER_LIMIT_MS // 1000
"""From the beginning of the attempt to the broker's CONNACK. After that the attempt has failed.

The same as in the link, whose limit never ends on a world clock that is held.
"""
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
        ConnectCode.IDENTIFIER_REJECTED: "the broker refuses the client id: it may belong to another user",
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


class Login(msgspec.Struct, frozen=True):
    """The user of one connection, where each station of a fleet is its own user."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.user!r})"  # never the password

    __str__ = __repr__

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("user", self.user)]


def connect_packet(connect: Connect, url: BrokerUrl, login: Login | None) -> ConnectPacket:
    """Return the first packet of a connection, for the user of `login`, or without it for that of the URL."""
    will = connect.will
    user, password = (url.username, url.password) if login is None else (login.user, login.password)
    return ConnectPacket(
        connect.client_id,
        connect.clean,
        connect.keepalive_s,
        None if will is None else PacketWill(will.topic, will.payload, QOS, will.retain),
        user,
        None if password is None else password.encode(),
    )


def failure_reason(error: OSError | BadAuthorities, *, handshake: bool = False) -> str:
    """Return why an attempt has failed, for the person who configures the connection."""
    if isinstance(error, BadAuthorities):
        return str(error)
    if isinstance(error, ssl.SSLError) or (handshake and isinstance(error, ConnectionResetError)):
        return tls_reason(error)
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error)
    return os.strerror(error.errno)
