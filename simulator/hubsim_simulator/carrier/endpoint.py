"""The carrier's place on the broker: connected, subscribed to orders, and what it still owes.

Owns the acknowledgements; the connection itself is the contract's `Station`, its waits on the world axis
like all of the carrier's. A confirmation is owed until the broker has acknowledged it. After a
reconnection the current stage of whatever is owed is confirmed again, never a queue of old stages (rule
MQ-4). That an order was superseded is said once, while connected: whoever missed it asks again.
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
    """The connection and the owed confirmations. `current` gives the confirmation of a card as it is now."""

    def __init__(self, topics: Topics, current: Callable[[str], Confirmation], owed: Iterable[str]) -> None:
        self._topics = topics
        self._current = current
        self._station = Station(_CONNECT, (topics.of(MessageKind.ORDER, "+"),))
        self._owed = dict.fromkeys(owed, 0)  # ICCID to the token of its last confirmation, 0: not sent
        self._in_flight: dict[int, str] = {}
        self._last_token = 0

    @property
    def state(self) -> LinkState:
        """Return where the connection stands."""
        return self._station.state

    def due(self) -> int | None:
        """Return when the connection wants a wake, or None."""
        return self._station.due()

    def start(self, now_ms: int) -> list[PortEffect]:
        """Connect, also after a stop."""
        return self._station.start(now_ms)

    def stop(self, now_ms: int) -> list[PortEffect]:
        """Say goodbye if there is a connection, and stay away."""
        return self._station.stop(now_ms)

    def wake(self, now_ms: int) -> list[PortEffect]:
        """Do what is due by now."""
        return self._station.wake(now_ms)

    def hear(self, event: PortEvent, now_ms: int) -> list[PortEffect]:
        """Take news of the connection; once it is there, pay what is owed."""
        was_online = self._station.online
        effects = self._station.hear(event, now_ms)
        if was_online or not self._station.online:
            return effects
        self._in_flight.clear()
        return [*effects, *(self._pay(card) for card in self._owed)]

    def acknowledged(self, event: Published) -> None:
        """Cross off what the broker has; an older confirmation of the same card pays nothing."""
        card = self._in_flight.pop(event.token, None)
        if card is not None and self._owed.get(card) == event.token:
            del self._owed[card]

    def confirm(self, card: str) -> list[PortEffect]:
        """Owe the current confirmation of a card, and send it if there is a connection."""
        self._owed[card] = 0
        return [self._pay(card)] if self._station.online else []

    def say(self, confirmation: Confirmation) -> list[PortEffect]:
        """Send a confirmation that is not owed."""
        return [self._publish(confirmation, token=0)] if self._station.online else []

    def _pay(self, card: str) -> Publish:
        self._last_token += 1
        self._owed[card] = self._last_token
        self._in_flight[self._last_token] = card
        return self._publish(self._current(card), self._last_token)

    def _publish(self, confirmation: Confirmation, token: int) -> Publish:
        topic = self._topics.of(MessageKind.CONFIRMATION, confirmation.iccid)
        return Publish(topic, encode(confirmation), token=token)
