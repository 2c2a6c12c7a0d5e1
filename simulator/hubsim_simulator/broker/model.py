"""A broker for MQTT 3.1.1 as a pure core: each operation of a connection returns outputs to connections.

Owns sessions, subscriptions, retained messages and wills, with QoS 0 to 2, without packets, bytes or a clock:
its caller asks for `silence_limit_ms` and calls `lost` in time. The virtual world and the embedded broker use
it. Where the standard leaves a choice, it does as Mosquitto does; `imitations` are other brokers.

Operations of a connection that is not open are ignored, because they can still be in flight when the broker
closes the connection.
"""

from collections.abc import Iterable
from enum import Enum

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.errors import BrokerStateError
from hubsim_simulator.broker.filters import valid_filter, valid_topic
from hubsim_simulator.broker.limits import DEFAULT_LIMITS, BrokerLimits
from hubsim_simulator.broker.outputs import (
    REFUSED,
    Close,
    Connack,
    Output,
    Puback,
    Pubcomp,
    Pubrec,
    Pubrel,
    Suback,
    Unsuback,
)
from hubsim_simulator.broker.retained import RetainedMessages
from hubsim_simulator.broker.routing import Routes, highest_qos
from hubsim_simulator.broker.session import EXACTLY_ONCE, BrokerSession, Unreleased

KEEPALIVE_GRACE_MS = 1500
"""Allowed silence for each second of keepalive: 1.5 times as long (3.1.2-24)."""
RESERVED_PREFIX = "$SYS/"
"""Messages that clients publish to topics with this prefix are acknowledged and dropped."""
Wanted = tuple[str, int]
"""A filter with its QoS, or with `REFUSED`."""
_QOS = 1  # of the messages and subscriptions of all stations


class ShutdownKind(Enum):
    """How a broker stops."""

    TERMINATE = "terminate"
    """Gracefully (SIGTERM): the wills of all connected clients are sent first."""
    CRASH = "crash"
    """At once (SIGKILL, power loss): no will is sent."""


class BrokerModel:
    """A broker. It is created running. Every operation returns its outputs in order."""

    def __init__(self, limits: BrokerLimits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self.running = True
        self._reserved_prefix = RESERVED_PREFIX
        self._links: dict[int, BrokerSession] = {}
        self._sessions: dict[str, BrokerSession] = {}
        self._routes: Routes[BrokerSession] = Routes()
        self._retained = RetainedMessages(limits.max_retained, limits.max_retained_bytes)

    @property
    def connected_count(self) -> int:
        """The number of open connections."""
        return len(self._links)

    @property
    def session_count(self) -> int:
        """The number of sessions, connected or kept."""
        return len(self._sessions)

    @property
    def retained_count(self) -> int:
        """The number of retained messages."""
        return len(self._retained)

    @property
    def subscription_count(self) -> int:
        """The number of subscriptions of all sessions."""
        return sum(len(session.filters) for session in self._sessions.values())

    # ------------------------------------------------------------------ connections

    def has_room_for(self, client_id: str) -> bool:
        """Return whether the client can connect: it has a session, or `max_sessions` are not reached."""
        return client_id in self._sessions or len(self._sessions) < self.limits.max_sessions

    def connect(
        self,
        conn: int,
        client_id: str,
        clean: bool,
        keepalive_s: int,
        will: Will | None = None,
        *,
        will_qos: int = _QOS,
        user: str | None = None,
    ) -> list[Output]:
        """Open a connection (3.1). The session of another user is not resumed; it ends.

        The answer is `Connack`. It is `Close` while the broker is down, for an empty client id (the caller
        chooses one, 3.1.3-6), and for a second CONNECT on one connection (3.1.0-2).
        """
        if not self.running or not client_id:
            return [Close(conn)]
        if conn in self._links:
            return self._close_for_error(conn)
        out: list[Output] = []
        old = self._sessions.get(client_id)
        anew = clean or (old is not None and old.user != user)
        if old is not None and old.conn is not None:
            self._take_over(old, anew, out)
        session, present = self._session_for(client_id, user, anew)
        session.open(conn, clean, keepalive_s, will, will_qos)
        self._links[conn] = session
        out.append(Connack(conn, present))
        if present:
            session.resume(out)
        return out

    def disconnect(self, conn: int) -> list[Output]:
        """Process a DISCONNECT (3.14): the will is not sent. The client closes the connection."""
        session = self._links.pop(conn, None)
        if session is not None:
            self._end(session)
        return []

    def lost(self, conn: int) -> list[Output]:
        """Process the loss of a connection without DISCONNECT: its will is sent."""
        out: list[Output] = []
        session = self._links.pop(conn, None)
        if session is not None:
            session.conn = None
            self._send_will(session, out)
            self._end(session)
        return out

    def expel(self, client_id: str) -> list[Output]:
        """Close the connection of a client whose user was revoked, send its will, and end its session."""
        session = self._sessions[client_id]
        out = [] if session.conn is None else self._close_for_error(session.conn)
        self._forget(session)
        return out

    def users(self) -> dict[str, str]:
        """Return the user of each client id that has a session and a user."""
        return {name: session.user for name, session in self._sessions.items() if session.user is not None}

    def silence_limit_ms(self, conn: int) -> int | None:
        """Return the silence after which the broker gives up this connection, or None for no limit.

        The caller then closes the connection and calls `lost`.
        """
        session = self._links.get(conn)
        if session is None or not session.keepalive_s:
            return None
        return session.keepalive_s * KEEPALIVE_GRACE_MS

    # ------------------------------------------------------------------ subscriptions

    def subscribe(self, conn: int, filters: Iterable[str], qos: int = _QOS) -> list[Output]:
        """Subscribe to filters at one QoS, as all stations do. Retained messages follow the `Suback`."""
        return self.subscribe_each(conn, tuple((each, qos) for each in filters))

    def subscribe_each(self, conn: int, wanted: Iterable[Wanted], packet_id: int = 0) -> list[Output]:
        """Subscribe to filters, each with its QoS (3.8). Retained messages follow the `Suback`.

        A filter with the QoS `REFUSED` is answered so, and has no other effect. An illegal filter closes the
        connection.
        """
        session = self._links.get(conn)
        if session is None:
            return []
        filters = tuple(wanted)
        if not all(valid_filter(topic_filter) for topic_filter, _ in filters):
            return self._close_for_error(conn)
        return self._subscribe(conn, session, filters, packet_id)

    def unsubscribe(self, conn: int, filters: Iterable[str], packet_id: int = 0) -> list[Output]:
        """Remove subscriptions (3.10). Messages in flight or queued for them still arrive.

        An illegal filter closes the connection.
        """
        session = self._links.get(conn)
        if session is None:
            return []
        unwanted = tuple(filters)
        if not all(map(valid_filter, unwanted)):
            return self._close_for_error(conn)
        for topic_filter in unwanted:
            session.filters.discard(topic_filter)
            self._routes.remove(topic_filter, session)
        return [Unsuback(conn, packet_id)]

    # ------------------------------------------------------------------ messages

    def publish(
        self,
        conn: int,
        topic: str,
        payload: bytes,
        qos: int = _QOS,
        retain: bool = False,
        *,
        packet_id: int = 0,
        dup: bool = False,  # noqa: ARG002 (part of the message; a broker must not forward it, 3.3.1-3)
        allowed: bool = True,
    ) -> list[Output]:
        """Publish a message (3.3). An empty retained message deletes the retained message of the topic.

        An illegal topic closes the connection. A message of QoS 2 is delivered after its `pubrel`. A message
        that is not `allowed` is acknowledged and dropped (3.3.5-2).
        """
        session = self._links.get(conn)
        if session is None:
            return []
        if not valid_topic(topic):
            return self._close_for_error(conn)
        allowed = allowed and not topic.startswith(self._reserved_prefix)
        if qos == EXACTLY_ONCE:
            message = Unreleased(topic, payload, retain) if allowed else None
            return self._store_unreleased(conn, session, packet_id, message)
        out: list[Output] = []
        if allowed:
            self._spread(topic, payload, qos, retain, out)
        if qos:
            out.append(Puback(conn, packet_id))
        return out

    def publish_own(self, topic: str, payload: bytes) -> list[Output]:
        """Publish a retained QoS 0 message of the broker itself, such as those below `$SYS`."""
        out: list[Output] = []
        self._spread(topic, payload, 0, True, out)
        return out

    def pubrel(self, conn: int, packet_id: int) -> list[Output]:
        """Process the PUBREL of a client (3.6): its QoS 2 message is delivered."""
        session = self._links.get(conn)
        if session is None:
            return []
        out: list[Output] = []
        message = session.unreleased.pop(packet_id, None)
        if message is not None:
            self._spread(message.topic, message.payload, EXACTLY_ONCE, message.retain, out)
        out.append(Pubcomp(conn, packet_id))
        return out

    def puback(self, conn: int, packet_id: int) -> list[Output]:
        """Process the PUBACK of a client (3.4), and send it queued messages."""
        out: list[Output] = []
        session = self._links.get(conn)
        if session is not None:
            session.acknowledge(packet_id, out)
        return out

    def pubrec(self, conn: int, packet_id: int) -> list[Output]:
        """Process the PUBREC of a client (3.5): the client has the QoS 2 message."""
        session = self._links.get(conn)
        if session is None:
            return []
        session.receive(packet_id)
        return [Pubrel(conn, packet_id)]

    def pubcomp(self, conn: int, packet_id: int) -> list[Output]:
        """Process the PUBCOMP of a client (3.7), and send it queued messages."""
        out: list[Output] = []
        session = self._links.get(conn)
        if session is not None:
            session.complete(packet_id, out)
        return out

    # ------------------------------------------------------------------ the broker itself

    def shutdown(self, stop: ShutdownKind) -> list[Output]:
        """Stop the broker and close every connection. Raises `BrokerStateError` if it is not running."""
        if not self.running:
            raise BrokerStateError("the broker is not running: call restart first")
        out: list[Output] = []
        open_sessions = list(self._links.items())
        if stop is ShutdownKind.TERMINATE:
            self._send_wills_of_stop(out)
        self.running = False
        self._links.clear()
        for conn, session in open_sessions:
            out.append(Close(conn))
            self._end(session)
        return out

    def restart(self, *, persistent: bool) -> None:
        """Start the broker again. A persistent one keeps its sessions and retained messages.

        A crash of the model loses no data. Raises `BrokerStateError` if it is running.
        """
        if self.running:
            raise BrokerStateError("the broker is running: call shutdown first")
        if not persistent:
            self._sessions.clear()
            self._routes = Routes()
            self._retained = RetainedMessages(self.limits.max_retained, self.limits.max_retained_bytes)
        self.running = True

    # ------------------------------------------------------------------ inside

    def _session_for(self, client_id: str, user: str | None, anew: bool) -> tuple[BrokerSession, bool]:
        """Return the session of this client, and whether it existed before (3.1.2.4)."""
        kept = self._sessions.get(client_id)
        if kept is not None and not anew:
            return kept, True
        if kept is not None:
            self._forget(kept)
        session = BrokerSession(client_id, user, self.limits)
        self._sessions[client_id] = session
        return session, False

    def _take_over(self, old: BrokerSession, anew: bool, out: list[Output]) -> None:
        """Close the connection of `old`, because a new connection uses its client id (3.1.4-2).

        The will of `old` is sent, except when the session continues. Mosquitto behaves so; the standard does
        not define it.
        """
        conn = old.conn
        assert conn is not None
        if anew:
            self._forget(old)
        if anew or old.clean:
            self._send_will(old, out)
        del self._links[conn]
        out.append(Close(conn))
        self._end(old)

    def _close_for_error(self, conn: int) -> list[Output]:
        """Close a connection after a protocol error, and send its will (3.1.2.5)."""
        return [Close(conn), *self.lost(conn)]

    def _end(self, session: BrokerSession) -> None:
        session.close()
        if session.clean:
            self._forget(session)

    def _forget(self, session: BrokerSession) -> None:
        for topic_filter in session.filters:
            self._routes.remove(topic_filter, session)
        session.filters.clear()
        if self._sessions.get(session.client_id) is session:
            del self._sessions[session.client_id]

    def _send_will(self, session: BrokerSession, out: list[Output]) -> None:
        will = session.will
        if will is not None and valid_topic(will.topic):
            self._spread(will.topic, will.payload, session.will_qos, will.retain, out)

    def _send_wills_of_stop(self, out: list[Output]) -> None:
        for session in self._links.values():
            self._send_will(session, out)

    def _store_unreleased(
        self, conn: int, session: BrokerSession, packet_id: int, message: Unreleased | None
    ) -> list[Output]:
        """Store a QoS 2 message until its PUBREL. One that is sent again replaces itself."""
        if not session.has_room_for_unreleased(packet_id, message):
            return self._close_for_error(conn)
        session.unreleased[packet_id] = message
        return [Pubrec(conn, packet_id)]

    def _subscribe(
        self, conn: int, session: BrokerSession, filters: tuple[Wanted, ...], packet_id: int
    ) -> list[Output]:
        room = self.limits.max_subscriptions - len(session.filters)
        granted = []
        for topic_filter, qos in filters:
            is_new = topic_filter not in session.filters
            if qos == REFUSED or (is_new and room <= 0):
                granted.append(REFUSED)
                continue
            room -= is_new
            session.filters.add(topic_filter)
            self._routes.add(topic_filter, session, qos)
            granted.append(qos)
        out: list[Output] = [Suback(conn, tuple(granted), packet_id)]
        for (topic_filter, _), qos in zip(filters, granted, strict=True):
            if qos != REFUSED:
                self._give_retained(session, topic_filter, qos, out)
        return out

    def _spread(self, topic: str, payload: bytes, qos: int, retain: bool, out: list[Output]) -> None:
        """Deliver a message to its subscribers, at the lower QoS of it and each subscription (3.8.4-6)."""
        if retain:
            self._retained.store(topic, payload, qos)
        hits = self._routes.hits(topic)
        if len(hits) > 1:
            hits = [highest_qos(hits)]
        for subscribers in hits:
            for session, granted in subscribers.items():
                session.give(topic, payload, min(qos, granted), False, out)

    def _give_retained(self, session: BrokerSession, topic_filter: str, qos: int, out: list[Output]) -> None:
        for message in self._retained.matching(topic_filter):
            session.give(message.topic, message.payload, min(qos, message.qos), True, out)
