"""The carrier's endpoint at the broker: its connection, its subscription and its pending confirmations.

Owns the acknowledgements. The connection itself is the contract's `Station`, with its waits on the world
axis. A confirmation is pending until the broker has acknowledged it. After a reconnection, the endpoint
confirms the current stage of each pending card again, never a queue of old stages (rule MQ-4). The answer to
a superseded order is sent once, and only while connected. A client that missed it sends its order again.
"""

from collections.abc import Callable, Iterable

from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import Connect, PortEffect, PortEvent, Publish, Published
from hubsim_contract.mqtt.station import Station
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Confirmation
from hubsim_contract.wire.topics import MessageKind, Topics

CLIENT_ID = "carrier"
KEEPALIVE_S = 60
_CONNECT = Connect(client_id=CLIENT_ID, clean=True, keepalive_s=KEEPALIVE_S)


class CarrierEndpoint:
    """The connection and the pending confirmations. `current` returns the current confirmation of a card."""

    def __init__(
        self, topics: Topics, current: Callable[[str], Confirmation], pending: Iterable[str]
    ) -> None:
        self._topics = topics
        self._current = current
        self._station = Station(_CONNECT, (topics.of(MessageKind.ORDER, "+"),))
        self._pending = dict.fromkeys(pending, 0)  # ICCID to the token of its last confirmation, 0: not sent
        self._in_flight: dict[int, str] = {}
        self._last_token = 0

    @property
    def state(self) -> LinkState:
        """Return the state of the connection."""
        return self._station.state

    def due(self) -> int | None:
        """Return when the connection needs a wake, in world milliseconds, or None."""
        return self._station.due()

    def start(self, now_ms: int) -> list[PortEffect]:
        """Connect, for the first time or after a stop."""
        return self._station.start(now_ms)

    def stop(self, now_ms: int) -> list[PortEffect]:
        """Send DISCONNECT if there is a connection, and do not reconnect."""
        return self._station.stop(now_ms)

    def wake(self, now_ms: int) -> list[PortEffect]:
        """Run the timers that are due."""
        return self._station.wake(now_ms)

    def handle(self, event: PortEvent, now_ms: int) -> list[PortEffect]:
        """Process an event of the connection. Once it is online, send all pending confirmations."""
        was_online = self._station.online
        effects = self._station.receive(event, now_ms)
        if was_online or not self._station.online:
            return effects
        self._in_flight.clear()
        return [*effects, *(self._send_pending(card) for card in self._pending)]

    def acknowledged(self, event: Published) -> None:
        """Process a PUBACK. A card stays pending if its newest confirmation is not acknowledged yet."""
        card = self._in_flight.pop(event.token, None)
        if card is not None and self._pending.get(card) == event.token:
            del self._pending[card]

    def confirm(self, card: str) -> list[PortEffect]:
        """Make the current confirmation of a card pending, and send it while online."""
        self._pending[card] = 0
        return [self._send_pending(card)] if self._station.online else []

    def send_once(self, confirmation: Confirmation) -> list[PortEffect]:
        """Send a confirmation while online, without waiting for its acknowledgement."""
        return [self._publish(confirmation, token=0)] if self._station.online else []

    def _send_pending(self, card: str) -> Publish:
        self._last_token += 1
        self._pending[card] = self._last_token
        self._in_flight[self._last_token] = card
        return self._publish(self._current(card), self._last_token)

    def _publish(self, confirmation: Confirmation, token: int) -> Publish:
        topic = self._topics.of(MessageKind.CONFIRMATION, confirmation.iccid)
        return Publish(topic, encode(confirmation), token=token)
