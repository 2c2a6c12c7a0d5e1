"""Access control of the embedded broker: which clients may connect, publish and subscribe.

Combines the keyring and the access table for one prefix, and counts refusals. It does not depend on amqtt:
a plugin of amqtt calls it. Texts and counters contain no password.
"""

from collections import Counter
from enum import StrEnum

from hubsim_contract.mqtt.access import may_publish, may_receive, may_use_client_id
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_simulator.broker.filters import MAX_REMEMBERED, MAX_REMEMBERED_CHARS
from hubsim_simulator.broker.keyring import Keyring


class LoginRefused(StrEnum):
    """The kind of a refusal."""

    CREDENTIALS = "credentials"
    """A connection: the user is unknown or revoked, or the password is wrong."""
    CLIENT_ID = "client_id"
    """A connection: the client id belongs to another user."""
    PUBLISH = "publish"
    """A message. It was acknowledged and dropped, as MQTT 3.1.1 section 3.3.5 requires."""
    SUBSCRIBE = "subscribe"
    """A filter. The SUBACK reports the failure (section 3.9.3)."""
    DELIVERY = "delivery"
    """A message to a client that lost its permission after it had subscribed."""
    WILL = "will"
    """A will. The connection was accepted without it."""


class Guard:
    """Access decisions for one broker. `refused` counts the refusals by kind since the guard was created."""

    def __init__(self, keyring: Keyring, prefix: str = DEFAULT_PREFIX) -> None:
        self.refused: Counter[LoginRefused] = Counter()
        self.prefix = prefix
        self._keyring = keyring
        self._publishable: set[tuple[str, str]] = set()
        """Users with topics that they may publish to: the table is evaluated once for each."""

    def renew(self, keyring: Keyring) -> None:
        """Use another keyring. Clients that it revokes lose all permissions; the broker may close them."""
        self._keyring = keyring
        self._publishable.clear()

    def keeps(self, user: str, before: Keyring) -> bool:
        """Return whether a client that connected with the keyring `before` may stay connected."""
        return self._keyring.knows(user) and self._keyring.password(user) == before.password(user)

    @property
    def keyring(self) -> Keyring:
        """The keyring in use."""
        return self._keyring

    def admits(self, user: str | None, password: str | None) -> bool:
        """Return whether the connection may be accepted."""
        accepted = user is not None and password is not None and self._keyring.accepts(user, password)
        return self._counted(accepted, LoginRefused.CREDENTIALS)

    def allows_client_id(self, user: str | None, client_id: str) -> bool:
        """Return whether the authenticated user may connect with this client id."""
        accepted = user is not None and may_use_client_id(user, client_id)
        return self._counted(accepted, LoginRefused.CLIENT_ID)

    def allows_publish(self, user: str | None, topic: str) -> bool:
        """Return whether the client may publish to the topic."""
        return self._counted(self._publishes(user, topic), LoginRefused.PUBLISH)

    def allows_will(self, user: str | None, will_topic: str) -> bool:
        """Return whether the client may have a will for the topic."""
        return self._counted(self._publishes(user, will_topic), LoginRefused.WILL)

    def allows_subscribe(self, user: str | None, topic_filter: str) -> bool:
        """Return whether the client may subscribe to the filter."""
        return self._counted(self._receives(user, topic_filter), LoginRefused.SUBSCRIBE)

    def allows_receive(self, user: str | None, topic: str) -> bool:
        """Return whether a message on the topic may be sent to the client."""
        return self._counted(self._receives(user, topic), LoginRefused.DELIVERY)

    def _publishes(self, user: str | None, topic: str) -> bool:
        if user is None:
            return False
        if (user, topic) in self._publishable:
            return True
        allowed = self._keyring.knows(user) and may_publish(user, topic, self.prefix)
        if allowed and len(topic) <= MAX_REMEMBERED_CHARS:
            if len(self._publishable) >= MAX_REMEMBERED:
                self._publishable.clear()
            self._publishable.add((user, topic))
        return allowed

    def _receives(self, user: str | None, topic: str) -> bool:
        return user is not None and self._keyring.knows(user) and may_receive(user, topic, self.prefix)

    def _counted(self, allowed: bool, reason: LoginRefused) -> bool:
        if not allowed:
            self.refused[reason] += 1
        return allowed
