"""The limits of a broker: each has a name and a consequence. One record for the model and for its sockets."""

import msgspec

MIB = 1_048_576


class BrokerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one broker. The defaults of the first two are those of Mosquitto."""

    max_inflight: int = 20
    """QoS 1 and 2 messages in flight to one client, not acknowledged. More wait in its queue."""
    max_queued: int = 1000
    """Messages queued for one client that is offline or slow. A full queue drops new messages silently."""
    max_queued_bytes: int = 16 * MIB
    """Payload bytes in the queue of one client. A full queue drops new messages silently."""
    max_unreleased: int = 100
    """QoS 2 messages of one client that wait for its PUBREL. One more closes its connection."""
    max_unreleased_bytes: int = 16 * MIB
    """Payload bytes of these messages. One message is always accepted; one more above it closes the
    connection."""
    max_subscriptions: int = 10_000
    """Filters of one session. More are refused in the SUBACK."""
    max_sessions: int = 100_000
    """Sessions, connected or kept. More clients are refused with CONNACK code 3."""
    max_retained: int = 1_000_000
    """Retained messages. The message of one more topic is delivered and not retained."""
    max_retained_bytes: int = 256 * MIB
    """Bytes of the topics and payloads of all retained messages. A message above it is delivered and not
    retained; the topic keeps the message that it has."""
    max_connections: int = 50_000
    """Open connections. One more is closed immediately."""
    max_connections_each: int = 50_000
    """Open connections from one address. One more is closed immediately."""
    max_packet_bytes: int = 16 * MIB
    """Bytes after the fixed header of a packet. A larger one closes the connection."""
    max_connect_bytes: int = MIB // 8
    """The same for a CONNECT, so for clients that are not authenticated yet."""
    max_packets_per_s: int = 100_000
    """Packets of one client in a second. Further ones are read in the next second."""
    connect_timeout_s: float = 10.0
    """Time from the opening of a connection to the end of its CONNECT. After that it is closed."""
    write_buffer_bytes: int = MIB
    """Bytes that a client has not read yet. While there are more, QoS 0 messages to it are dropped and
    nothing is read from it."""
    max_unread_bytes: int = 64 * MIB
    """A client with more unread bytes is disconnected."""
    stall_limit_s: float = 60.0
    """A client whose unread bytes exceed `write_buffer_bytes` for this time is disconnected."""
    sys_interval_s: float = 10.0
    """Time between two publications of the topics below `$SYS/broker`."""


DEFAULT_LIMITS = BrokerLimits()
