"""What a cloud sends to hubs about itself: whether it is online, and that it has received their reports.

Owns the number of the cloud's connection, the answers that were not sent yet, and the check that the broker
delivers to the cloud. A hub shows the cloud as in reach only if it has presence and answer. The presence is
ordered by (boot, connection), as that of a hub (rule MQ-6).
"""

from hubsim_cloud.ports import Complain
from hubsim_contract.mqtt.port import Connect, Publish, Will
from hubsim_contract.mqtt.station import Station
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import CloudPresence, Heard, Reported
from hubsim_contract.wire.topics import MessageKind, Topics

KEEPALIVE_S = 60
ECHO_LIMIT_MS = 30_000
"""A cloud that repeats a message and has received nothing for this long publishes its presence, to which it
subscribes. If nothing arrives in the same time again, it closes the connection as dead and connects again."""
INBOUND = (
    MessageKind.REPORTED,
    MessageKind.PRESENCE,
    MessageKind.EVENTS,
    MessageKind.CONFIRMATION,
    MessageKind.CLOUD_PRESENCE,
)
"""The cloud subscribes to its own presence to find a late will, another cloud, or a broker that delivers
nothing."""
OTHER_CLOUD = "another cloud is online under this prefix; stop one of them, or give it another prefix"


class HubContact:
    """The contact of one start of a cloud with all its hubs. `boot` is the durable number of the start."""

    def __init__(self, topics: Topics, boot: int) -> None:
        self._topics = topics
        self.topic = topics.of(MessageKind.CLOUD_PRESENCE)
        self._boot = boot
        self._connection = 0
        self._heard: dict[str, Heard] = {}
        """By hub, the answer that was not sent yet."""
        self._received_ms = 0
        self._echo_asked_ms: int | None = None

    def station(self, name: str, *, clean: bool) -> Station:
        """Return the station of the cloud with this client id."""
        filters = tuple(self._topics.of(kind, "+") for kind in INBOUND)
        return Station(Connect(name, clean=clean, keepalive_s=KEEPALIVE_S), filters, self.next_will)

    # ------------------------------------------------------------------ whether the broker delivers

    @property
    def echo_due_ms(self) -> int | None:
        """When the echo of the cloud's presence is overdue; None: none is awaited."""
        return None if self._echo_asked_ms is None else self._echo_asked_ms + ECHO_LIMIT_MS

    def received_any(self, now_ms: int) -> None:
        """Record that something has arrived."""
        self._received_ms, self._echo_asked_ms = now_ms, None

    def check_of_silence(self, now_ms: int) -> list[Publish]:
        """Return the presence if nothing has arrived for `ECHO_LIMIT_MS`; its echo is then awaited."""
        if self._echo_asked_ms is not None or now_ms - self._received_ms < ECHO_LIMIT_MS:
            return []
        self._echo_asked_ms = now_ms
        return [self.presence(online=True)]

    # ------------------------------------------------------------------ presence

    def next_will(self) -> Will:
        """Return the will of the next connection."""
        self._connection += 1
        self._echo_asked_ms = None
        return Will(self.topic, self._payload(online=False))

    def presence(self, *, online: bool) -> Publish:
        """Return the presence of the current connection."""
        return Publish(self.topic, self._payload(online=online), retain=True)

    def received(self, presence: CloudPresence, *, retained: bool) -> list[Publish | Complain]:
        """Return the answer to a presence on the cloud's own topic, while the cloud is online.

        A retained one is older than the presence of this connection. An offline one is the late will of an
        earlier connection, or the question of a cloud that starts: hubs and broker must have the current one.
        """
        if retained or presence == self._current(online=True):
            return []
        if presence.online and presence.boot != self._boot:
            return [Complain(self.topic, "MQ-6", OTHER_CLOUD)]
        return [self.presence(online=True)]

    def _current(self, *, online: bool) -> CloudPresence:
        return CloudPresence(online=online, boot=self._boot, connection=self._connection)

    def _payload(self, *, online: bool) -> bytes:
        return encode(self._current(online=online))

    # ------------------------------------------------------------------ answers

    def asked(self, reported: Reported) -> None:
        """Record that a report asks for an answer. It replaces an older one of the same hub."""
        self._heard[reported.hub] = Heard(hub=reported.hub, boot=reported.boot, sequence=reported.sequence)

    def answers(self) -> list[Publish]:
        """Return the answers that were not sent yet."""
        if not self._heard:
            return []
        answers, self._heard = self._heard, {}
        return [Publish(self._topics.of(MessageKind.HEARD, hub), encode(answers[hub])) for hub in answers]
