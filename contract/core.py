"""What every core shares: the time it is given, and the vocabulary of its MQTT port.

A core (the agent, the cloud engine, the carrier) never reads a clock, a socket, a file or a random
source. It is handed an event and the time, and answers with effects as values. Two kinds of shell
carry the effects out: the virtual world (discrete events, a broker model) and the live one (asyncio,
a real broker). Both speak this vocabulary, so a core cannot tell them apart.
"""

from typing import NamedTuple, Protocol, TypeVar

import msgspec


class Now(NamedTuple):
    """The two clocks, in integer milliseconds.

    `mono_ms` is for I/O (retries, keepalive) and has no epoch. `world_ms` is the business clock,
    milliseconds since 1970-01-01T00:00Z; it moves forward only, and may jump.
    """

    mono_ms: int
    world_ms: int


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


# ------------------------------------------------------------------ what a core is told


class Wake(msgspec.Struct, frozen=True):
    """The instant named by `Core.due` has come. It may come late, never early."""


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


# ------------------------------------------------------------------ a core

EventT_contra = TypeVar("EventT_contra", contravariant=True)
EffectT = TypeVar("EffectT")


class Core(Protocol[EventT_contra, EffectT]):
    """An event and the time in, effects out. Each core says which axis of `Now` its timer uses."""

    def handle(self, event: EventT_contra, now: Now) -> list[EffectT]:
        """Take one event and answer with what has to be done about it, in order."""
        ...

    def due(self) -> int | None:
        """Return the earliest instant at which the core wants a `Wake`, or None for never."""
        ...
