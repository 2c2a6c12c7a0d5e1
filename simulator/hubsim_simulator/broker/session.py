"""One client's session at the broker: its subscriptions, its messages in flight, and its queue.

Section 4.1 (stored state), 4.3 (quality of service) and 4.4 (delivery retry) of MQTT 3.1.1. Without a
connection, a kept session queues messages of QoS 1 and 2, and a clean session drops all messages.
"""

from collections import deque
from typing import NamedTuple

from hubsim_contract.mqtt.codec.packets import MAX_PACKET_ID
from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.limits import BrokerLimits
from hubsim_simulator.broker.outputs import Deliver, Output, Pubrel

EXACTLY_ONCE = 2


class Unreleased(NamedTuple):
    """A QoS 2 message of this client that waits for its PUBREL (4.3.3)."""

    topic: str
    payload: bytes
    retain: bool


class BrokerSession:
    """The state of one client id. Compared by identity: a clean start creates a new session."""

    __slots__ = (
        "_inflight",
        "_last_id",
        "_limits",
        "_queue",
        "_queued_bytes",
        "clean",
        "client_id",
        "conn",
        "filters",
        "keepalive_s",
        "unreleased",
        "user",
        "will",
        "will_qos",
    )

    def __init__(self, client_id: str, user: str | None, limits: BrokerLimits) -> None:
        self.client_id = client_id
        self.user = user
        """The authenticated user. A session never passes to another one."""
        self.conn: int | None = None
        self.clean = True
        self.keepalive_s = 0
        self.will: Will | None = None
        self.will_qos = 0
        self.filters: set[str] = set()
        self.unreleased: dict[int, Unreleased | None] = {}
        """By packet id; None for a message that will be dropped."""
        self._limits = limits
        self._inflight: dict[int, Deliver | None] = {}
        """Messages by packet id, in order. None: a QoS 2 message that the client has (PUBREC)."""
        self._queue: deque[Deliver] = deque()
        self._queued_bytes = 0
        self._last_id = 0

    def open(self, conn: int, clean: bool, keepalive_s: int, will: Will | None, will_qos: int) -> None:
        """Attach a connection."""
        self.conn = conn
        self.clean = clean
        self.keepalive_s = keepalive_s
        self.will = will
        self.will_qos = will_qos

    def close(self) -> None:
        """Detach the connection, and discard the will. The caller has sent the will before, if required."""
        self.conn = None
        self.will = None

    def drop_unacknowledged(self) -> None:
        """Forget all messages in flight, in both directions."""
        self._inflight.clear()
        self.unreleased.clear()

    def has_room_for_unreleased(self, packet_id: int, message: Unreleased | None) -> bool:
        """Return whether a QoS 2 message of this client can wait for its PUBREL."""
        others = [each for other_id, each in self.unreleased.items() if other_id != packet_id]
        waiting_bytes = sum(len(each.payload) for each in (*others, message) if each is not None)
        return len(others) < self._limits.max_unreleased and (
            not others or waiting_bytes <= self._limits.max_unreleased_bytes
        )

    def resume(self, out: list[Output]) -> None:
        """Send unacknowledged messages again, marked as duplicates, then queued ones (4.4.0-1)."""
        conn = self.conn
        assert conn is not None
        for packet_id, old in self._inflight.items():
            if old is None:
                out.append(Pubrel(conn, packet_id))
                continue
            again = Deliver(conn, old.topic, old.payload, old.qos, old.retain, True, packet_id)
            self._inflight[packet_id] = again
            out.append(again)
        self._refill(out)

    def give(self, topic: str, payload: bytes, qos: int, retain: bool, out: list[Output]) -> None:
        """Send a message to the client, queue it, or drop it."""
        conn = self.conn
        if conn is None:
            if qos and not self.clean:
                self._hold(topic, payload, qos, retain)
        elif qos == 0:
            out.append(Deliver(conn, topic, payload, 0, retain, False, 0))
        elif len(self._inflight) < self._limits.max_inflight and not self._queue:
            packet_id = self._next_id()
            delivery = Deliver(conn, topic, payload, qos, retain, False, packet_id)
            self._inflight[packet_id] = delivery
            out.append(delivery)
        else:
            self._hold(topic, payload, qos, retain)

    def acknowledge(self, packet_id: int, out: list[Output]) -> None:
        """Process the client's PUBACK, and send queued messages. An unknown packet id is ignored."""
        sent = self._inflight.get(packet_id)
        if sent is not None and sent.qos == 1:
            del self._inflight[packet_id]
            if self._queue:
                self._refill(out)

    def receive(self, packet_id: int) -> None:
        """Process the client's PUBREC: the client has the QoS 2 message, which is not sent again."""
        sent = self._inflight.get(packet_id)
        if sent is not None and sent.qos == EXACTLY_ONCE:
            self._inflight[packet_id] = None

    def complete(self, packet_id: int, out: list[Output]) -> None:
        """Process the client's PUBCOMP, and send queued messages. An unknown packet id is ignored."""
        if packet_id in self._inflight and self._inflight[packet_id] is None:
            del self._inflight[packet_id]
            if self._queue:
                self._refill(out)

    def _refill(self, out: list[Output]) -> None:
        conn = self.conn
        assert conn is not None
        while self._queue and len(self._inflight) < self._limits.max_inflight:
            held = self._queue.popleft()
            self._queued_bytes -= len(held.payload)
            packet_id = self._next_id()
            delivery = Deliver(conn, held.topic, held.payload, held.qos, held.retain, False, packet_id)
            self._inflight[packet_id] = delivery
            out.append(delivery)

    def _hold(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        waiting = len(self._queue) + (len(self._inflight) if self.conn is None else 0)
        queued_bytes = self._queued_bytes + len(payload)
        if waiting < self._limits.max_queued and queued_bytes <= self._limits.max_queued_bytes:
            self._queued_bytes = queued_bytes
            self._queue.append(Deliver(0, topic, payload, qos, retain, False, 0))

    def _next_id(self) -> int:
        packet_id = self._last_id
        while True:
            packet_id = packet_id % MAX_PACKET_ID + 1
            if packet_id not in self._inflight:
                self._last_id = packet_id
                return packet_id
