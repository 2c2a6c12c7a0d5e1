"""The guard of the embedded broker: who is let in, and what they may do there.

Puts the keyring and the table of access together for one prefix, and counts what it refuses. Pure but for
its counters: knows nothing of amqtt, whose plugin asks it. Texts and counters hold no password.
"""

from collections import Counter
from enum import StrEnum

from hubsim_contract.mqtt.access import may_publish, may_receive
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_simulator.broker.keyring import Keyring


class LoginRefused(StrEnum):
    """What was refused."""

    CREDENTIALS = "credentials"
    """A connection: unknown or revoked user, or wrong password."""
    PUBLISH = "publish"
    """A message; it was acknowledged and dropped, as MQTT 3.1.1 section 3.3.5 asks."""
    SUBSCRIBE = "subscribe"
    """A filter; the SUBACK says so (section 3.9.3)."""
    DELIVERY = "delivery"
    """A message to a client that was allowed to subscribe, and is not any more."""
    WILL = "will"
    """A will; the connection was accepted without it."""


class Guard:
    """Answers for one broker. `refused` counts what was refused, by reason, since the guard was made."""

    def __init__(self, keyring: Keyring, prefix: str = DEFAULT_PREFIX) -> None:
        self.refused: Counter[LoginRefused] = Counter()
        self.prefix = prefix
        self._keyring = keyring

    def renew(self, keyring: Keyring) -> None:
        """Take another keyring from now on. Who is connected, and revoked in it, may do nothing any more."""
        self._keyring = keyring

    def admits(self, user: str | None, password: str | None) -> bool:
        """Return whether the connection may be accepted."""
        accepted = user is not None and password is not None and self._keyring.accepts(user, password)
        return self._noted(accepted, LoginRefused.CREDENTIALS)

    def lets_publish(self, user: str | None, topic: str) -> bool:
        """Return whether the message may be passed on."""
        return self._noted(self._publishes(user, topic), LoginRefused.PUBLISH)

    def lets_leave(self, user: str | None, will_topic: str) -> bool:
        """Return whether the client may leave a will on the topic."""
        return self._noted(self._publishes(user, will_topic), LoginRefused.WILL)

    def lets_subscribe(self, user: str | None, topic_filter: str) -> bool:
        """Return whether the client may subscribe to the filter."""
        return self._noted(self._receives(user, topic_filter), LoginRefused.SUBSCRIBE)

    def lets_receive(self, user: str | None, topic: str) -> bool:
        """Return whether a message on the topic may be sent to the client."""
        return self._noted(self._receives(user, topic), LoginRefused.DELIVERY)

    def _publishes(self, user: str | None, topic: str) -> bool:
        return user is not None and self._keyring.knows(user) and may_publish(user, topic, self.prefix)

    def _receives(self, user: str | None, topic: str) -> bool:
        return user is not None and self._keyring.knows(user) and may_receive(user, topic, self.prefix)

    def _noted(self, allowed: bool, reason: LoginRefused) -> bool:
        if not allowed:
            self.refused[reason] += 1
        return allowed
