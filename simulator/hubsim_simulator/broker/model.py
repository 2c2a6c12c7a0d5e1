"""A broker for MQTT 3.1.1 as a pure core: each operation of a connection returns outputs to connections.

Owns sessions, subscriptions, retained messages and wills. It works on whole messages, without packets, bytes
or a clock: its caller asks for `silence_limit_ms` and calls `lost` in time. It supports QoS 0 and 1, and
grants QoS 2 as 1. Operations of a connection that is not open are ignored, because they can still be in
flight when the broker closes the connection.
"""

from collections.abc import Iterable
from enum import Enum

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.errors import BrokerStateError
from hubsim_simulator.broker.filters import has_wildcard, matches, valid_filter, valid_topic
from hubsim_simulator.broker.outputs import REFUSED, Close, Connack, Output, Puback, Suback, Unsuback
from hubsim_simulator.broker.profiles import MOSQUITTO, BrokerProfile
from hubsim_simulator.broker.routing import Routes
from hubsim_simulator.broker.session import BrokerSession

MAX_QOS = 1
KEEPALIVE_GRACE_MS = 1500
"""Allowed silence for each second of keepalive: 1.5 times as long (3.1.2-24)."""


class ShutdownKind(Enum):
    """How a broker stops."""

    TERMINATE = "terminate"
    """Gracefully (SIGTERM): the wills of all connected clients are sent first."""
    CRASH = "crash"
    """At once (SIGKILL, power loss): no will is sent."""


class BrokerModel:
    """A broker. It is created running. Every operation returns its outputs in order."""

    def __init__(self, profile: BrokerProfile = MOSQUITTO) -> None:
        self.profile = profile
        self.running = True
        self._links: dict[int, BrokerSession] = {}
        self._sessions: dict[str, BrokerSession] = {}
        self._routes: Routes[BrokerSession] = Routes()
        self._retained: dict[str, tuple[bytes, int]] = {}

    # ------------------------------------------------------------------ connections

    def connect(
        self, conn: int, client_id: str, clean: bool, keepalive_s: int, will: Will | None = None
    ) -> list[Output]:
        """Open a connection (3.1). Its will is sent at QoS 1.

        The answer is `Connack`. It is `Close` while the broker is down, for an empty client id (every station
        has one), and for a second CONNECT on one connection (3.1.0-2).
        """
        if not self.running or not client_id:
            return [Close(conn)]
        if conn in self._links:
            return self._close_for_error(conn)
        out: list[Output] = []
        old = self._sessions.get(client_id)
        if old is not None and old.conn is not None:
            if self.profile.takeover_kept_fails and not clean:
                return self._fail_takeover(old, conn, will)
            self._take_over(old, clean, out)
        session, present = self._session_for(client_id, clean)
        session.open(conn, clean, keepalive_s, will)
        self._links[conn] = session
        out.append(Connack(conn, present))
        if present:
            session.resume(out)
        if self.profile.leaks_retained_on_connect:
            for topic_filter in self._all_filters():
                self._give_retained(session, topic_filter, 0, out)
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

    def silence_limit_ms(self, conn: int) -> int | None:
        """Return the silence after which the broker gives up this connection, or None for no limit.

        The caller then closes the connection and calls `lost`.
        """
        session = self._links.get(conn)
        if session is None or not session.keepalive_s or not self.profile.enforces_keepalive:
            return None
        return session.keepalive_s * KEEPALIVE_GRACE_MS

    # ------------------------------------------------------------------ messages

    def subscribe(self, conn: int, filters: Iterable[str], qos: int = MAX_QOS) -> list[Output]:
        """Subscribe to filters at one QoS (3.8). Retained messages follow the `Suback`."""
        session = self._links.get(conn)
        if session is None:
            return []
        wanted = tuple(filters)
        legal = [valid_filter(each) for each in wanted]
        if self.profile.bad_filter_closes and not all(legal):
            return self._close_for_error(conn)
        granted_qos = min(qos, MAX_QOS)
        out: list[Output] = [Suback(conn, tuple(granted_qos if good else REFUSED for good in legal))]
        for topic_filter, good in zip(wanted, legal, strict=True):
            if good:
                session.filters.add(topic_filter)
                self._routes.add(topic_filter, session, granted_qos)
                self._give_retained(session, topic_filter, granted_qos, out)
        return out

    def unsubscribe(self, conn: int, filters: Iterable[str]) -> list[Output]:
        """Remove subscriptions (3.10). Messages in flight or queued for them still arrive."""
        session = self._links.get(conn)
        if session is None:
            return []
        for topic_filter in filters:
            session.filters.discard(topic_filter)
            self._routes.remove(topic_filter, session)
        return [Unsuback(conn)]

    def publish(
        self,
        conn: int,
        topic: str,
        payload: bytes,
        qos: int = MAX_QOS,
        retain: bool = False,
        *,
        packet_id: int = 0,
        dup: bool = False,  # noqa: ARG002 (part of the message; a broker must not forward it, 3.3.1-3)
    ) -> list[Output]:
        """Publish a message (3.3). An empty retained message deletes the retained message of the topic.

        An illegal topic closes the connection. QoS 2 is treated as QoS 1.
        """
        if conn not in self._links:
            return []
        if not valid_topic(topic):
            return self._close_for_error(conn)
        out: list[Output] = []
        if not topic.startswith(self.profile.reserved_prefix):
            self._spread(topic, payload, min(qos, MAX_QOS), retain, out)
        if qos:
            out.append(Puback(conn, packet_id))
        return out

    def puback(self, conn: int, packet_id: int) -> list[Output]:
        """Process a PUBACK of a client (3.4), and send it queued messages."""
        out: list[Output] = []
        session = self._links.get(conn)
        if session is not None:
            session.acknowledge(packet_id, out)
        return out

    # ------------------------------------------------------------------ the broker itself

    def shutdown(self, stop: ShutdownKind) -> list[Output]:
        """Stop the broker and close every connection. Raises `BrokerStateError` if it is not running."""
        if not self.running:
            raise BrokerStateError("the broker is not running: call restart first")
        out: list[Output] = []
        open_sessions = list(self._links.items())
        if stop is ShutdownKind.TERMINATE and self.profile.wills_on_terminate:
            for _, session in open_sessions:
                self._send_will(session, out)
        self.running = False
        self._links.clear()
        for conn, session in open_sessions:
            out.append(Close(conn))
            self._end(session)
        return out

    def restart(self, *, persistent: bool) -> None:
        """Start the broker again. A persistent one keeps its sessions and retained messages.

        A crash of the model loses no data. A real broker may lose data that it has not written yet. Raises
        `BrokerStateError` if it is running.
        """
        if self.running:
            raise BrokerStateError("the broker is running: call shutdown first")
        if not (persistent and self.profile.can_persist):
            self._sessions.clear()
            self._routes = Routes()
            self._retained.clear()
        self.running = True

    # ------------------------------------------------------------------ inside

    def _session_for(self, client_id: str, clean: bool) -> tuple[BrokerSession, bool]:
        """Return the session of this client, and whether it existed before (3.1.2.4)."""
        kept = self._sessions.get(client_id)
        if kept is not None and not clean:
            return kept, True
        if kept is not None:
            self._forget(kept)
        session = BrokerSession(client_id, self.profile)
        self._sessions[client_id] = session
        return session, False

    def _take_over(self, old: BrokerSession, clean: bool, out: list[Output]) -> None:
        """Close the connection of `old`, because a new connection uses its client id.

        The will of `old` is sent, except when both sessions are kept: then the session continues. Mosquitto
        behaves so; the standard does not define it.
        """
        conn = old.conn
        assert conn is not None
        if not self.profile.takeover_closes_old:
            self._forget(old)
            return
        if clean:
            self._forget(old)
        if clean or old.clean:
            self._send_will(old, out)
        del self._links[conn]
        out.append(Close(conn))
        self._end(old)

    def _fail_takeover(self, old: BrokerSession, conn: int, will: Will | None) -> list[Output]:
        """Close both connections and delete the session, as amqtt does."""
        assert old.conn is not None
        out: list[Output] = [Connack(conn, True), Close(old.conn)]
        del self._links[old.conn]
        old.conn, old.will = None, will
        self._send_will(old, out)
        self._send_will(old, out)
        self._forget(old)
        out.append(Close(conn))
        return out

    def _close_for_error(self, conn: int) -> list[Output]:
        """Close a connection after a protocol error, and send its will (3.1.2.5)."""
        return [Close(conn), *self.lost(conn)]

    def _end(self, session: BrokerSession) -> None:
        session.close()
        if session.clean or not self.profile.keeps_sessions:
            self._forget(session)

    def _forget(self, session: BrokerSession) -> None:
        for topic_filter in session.filters:
            self._routes.remove(topic_filter, session)
        session.filters.clear()
        if self._sessions.get(session.client_id) is session:
            del self._sessions[session.client_id]

    def _send_will(self, session: BrokerSession, out: list[Output]) -> None:
        will = session.will
        if will is not None:
            self._spread(will.topic, will.payload, MAX_QOS, will.retain, out)

    def _spread(self, topic: str, payload: bytes, qos: int, retain: bool, out: list[Output]) -> None:
        if retain:
            if payload:
                self._retained[topic] = (payload, qos)
            else:
                self._retained.pop(topic, None)
        hits = self._routes.hits(topic)
        if len(hits) > 1 and self.profile.overlapping_once:
            hits = [_highest_qos(hits)]
        raised = self.profile.subscription_sets_qos
        for subscribers in hits:
            for session, granted in subscribers.items():
                session.give(topic, payload, granted if raised or granted < qos else qos, False, out)

    def _give_retained(self, session: BrokerSession, topic_filter: str, qos: int, out: list[Output]) -> None:
        if has_wildcard(topic_filter):
            found = [topic for topic in self._retained if matches(topic_filter, topic)]
        else:
            found = [topic_filter] if topic_filter in self._retained else []
        for topic in found:
            payload, kept_qos = self._retained[topic]
            raised = self.profile.subscription_sets_qos and not kept_qos
            session.give(topic, payload, qos if raised else min(qos, kept_qos), True, out)

    def _all_filters(self) -> dict[str, None]:
        return {each: None for session in self._sessions.values() for each in sorted(session.filters)}


def _highest_qos(hits: list[dict[BrokerSession, int]]) -> dict[BrokerSession, int]:
    """Merge the subscribers of overlapping filters, with the highest QoS of each (3.3.5-1).

    Mosquitto violates this rule: it uses the QoS of the first filter that it finds. No station mixes QoS.
    """
    merged: dict[BrokerSession, int] = {}
    for subscribers in hits:
        for session, qos in subscribers.items():
            merged[session] = max(qos, merged.get(session, 0))
    return merged
