"""One client's session at the broker: its subscriptions, its messages in flight, and its queue.

Section 4.1 (stored state) and 4.4 (delivery retry) of MQTT 3.1.1. Without a connection, a kept session
queues messages of QoS 1, and a clean session drops all messages.
"""

from collections import deque

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.outputs import Deliver, Output
from hubsim_simulator.broker.profiles import MAX_PACKET_ID, BrokerProfile


class BrokerSession:
    """The state of one client id. Compared by identity: a clean start creates a new session."""

    __slots__ = (
        "_inflight",
        "_last_id",
        "_profile",
        "_queue",
        "clean",
        "client_id",
        "conn",
        "filters",
        "keepalive_s",
        "will",
    )

    def __init__(self, client_id: str, profile: BrokerProfile) -> None:
        self.client_id = client_id
        self.conn: int | None = None
        self.clean = True
        self.keepalive_s = 0
        self.will: Will | None = None
        self.filters: set[str] = set()
        self._profile = profile
        self._inflight: dict[int, Deliver] = {}
        self._queue: deque[Deliver] = deque()
        self._last_id = 0

    def open(self, conn: int, clean: bool, keepalive_s: int, will: Will | None) -> None:
        """Attach a connection."""
        self.conn = conn
        self.clean = clean
        self.keepalive_s = keepalive_s
        self.will = will

    def close(self) -> None:
        """Detach the connection, and discard the will. The caller has sent the will before, if required."""
        self.conn = None
        self.will = None
        if not self._profile.resends_unacknowledged:
            self._inflight.clear()

    def resume(self, out: list[Output]) -> None:
        """Send unacknowledged messages again, marked as duplicates, then queued ones (4.4.0-1)."""
        conn = self.conn
        assert conn is not None
        for packet_id, old in self._inflight.items():
            again = Deliver(conn, old.topic, old.payload, 1, old.retain, True, packet_id)
            self._inflight[packet_id] = again
            out.append(again)
        self._refill(out)

    def give(self, topic: str, payload: bytes, qos: int, retain: bool, out: list[Output]) -> None:
        """Send a message to the client, queue it, or drop it, as the `BrokerProfile` defines."""
        conn = self.conn
        if conn is None:
            if qos and not self.clean:
                self._hold(topic, payload, retain)
        elif qos == 0:
            out.append(Deliver(conn, topic, payload, 0, retain, False, 0))
        elif len(self._inflight) < self._profile.max_inflight and not self._queue:
            self._send(topic, payload, retain, out)
        else:
            self._hold(topic, payload, retain)

    def acknowledge(self, packet_id: int, out: list[Output]) -> None:
        """Process the client's PUBACK, and send queued messages. An unknown packet id is ignored."""
        if self._inflight.pop(packet_id, None) is not None and self._queue:
            self._refill(out)

    def _refill(self, out: list[Output]) -> None:
        while self._queue and len(self._inflight) < self._profile.max_inflight:
            held = self._queue.popleft()
            self._send(held.topic, held.payload, held.retain, out)

    def _send(self, topic: str, payload: bytes, retain: bool, out: list[Output]) -> None:
        conn = self.conn
        assert conn is not None
        packet_id = self._next_id()
        delivery = Deliver(conn, topic, payload, 1, retain, False, packet_id)
        self._inflight[packet_id] = delivery
        out.append(delivery)

    def _hold(self, topic: str, payload: bytes, retain: bool) -> None:
        waiting = len(self._queue) + (len(self._inflight) if self.conn is None else 0)
        if waiting < self._profile.max_queued:
            self._queue.append(Deliver(0, topic, payload, 1, retain, False, 0))

    def _next_id(self) -> int:
        packet_id = self._last_id
        while True:
            packet_id = packet_id % MAX_PACKET_ID + 1
            if packet_id not in self._inflight:
                self._last_id = packet_id
                return packet_id
