"""The messages that an agent sends, as effects with topic, flags and payload.

Only builds them; the core decides when to send them.
"""

from hubsim_agent.inbound import keepalive_s
from hubsim_agent.ports import HubDisplay
from hubsim_agent.settings import AgentSettings
from hubsim_contract.mqtt.port import Connect, Publish, Subscribe, Will
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Desired, Hardware, HubEvent, Presence, Reported
from hubsim_contract.wire.service import star, tile
from hubsim_contract.wire.topics import MessageKind, Topics


def display_of(applied: Desired, *, cloud_reachable: bool) -> HubDisplay:
    """Return the display of the hub."""
    return HubDisplay(
        service=applied.service,
        tile=tile(applied.service),
        star=star(applied.service),
        sim_cut_off=applied.sim_cut_off,
        cloud_reachable=cloud_reachable,
    )


class Outbound:
    """The messages of one boot of one hub."""

    __slots__ = (
        "_boot",
        "_events_topic",
        "_hub",
        "_presence_topic",
        "_reported_topic",
        "inbound",
        "sequence",
    )

    def __init__(self, settings: AgentSettings, boot: int) -> None:
        topics = Topics(settings.prefix)
        self._hub = settings.hub_id
        self._boot = boot
        self.sequence = 0
        """The number of the last report."""
        self._reported_topic = topics.of(MessageKind.REPORTED, self._hub)
        self._presence_topic = topics.of(MessageKind.PRESENCE, self._hub)
        self._events_topic = topics.of(MessageKind.EVENTS, self._hub)
        self.inbound = {
            topics.of(kind, self._hub): kind
            for kind in (MessageKind.DESIRED, MessageKind.HEARD, MessageKind.CLOUD_PRESENCE)
        }
        """The topics that a hub receives, each with its kind of message."""

    def connect(self, connection: int, applied: Desired) -> Connect:
        """Open this connection. Its will reports exactly this connection as dead (rule MQ-6)."""
        will = Will(self._presence_topic, self._presence(connection, online=False))
        return Connect(client_id=f"hub-{self._hub}", clean=True, keepalive_s=keepalive_s(applied), will=will)

    def subscribe(self) -> Subscribe:
        """Subscribe to the topics that a hub receives; none of them overlap (rule MQ-7)."""
        return Subscribe(tuple(self.inbound))

    def presence(self, connection: int, *, online: bool) -> Publish:
        """Report whether this connection is alive."""
        return Publish(self._presence_topic, self._presence(connection, online=online), retain=True)

    def reported(self, connection: int, applied: Desired, hardware: Hardware, *, ask: bool) -> Publish:
        """Report the whole state over this connection, under the next sequence number."""
        self.sequence += 1
        reported = Reported(
            hub=self._hub,
            boot=self._boot,
            sequence=self.sequence,
            connection=connection,
            applied_version=applied.version,
            service=applied.service,
            ends_at_ms=applied.ends_at_ms,
            sim_cut_off=applied.sim_cut_off,
            armed=applied.armed,
            ask=ask,
            hardware=hardware,
        )
        return Publish(self._reported_topic, encode(reported), retain=True)

    def event(self, token: int, event: HubEvent) -> Publish:
        """Report an event, and request its acknowledgement."""
        return Publish(self._events_topic, encode(event), token=token)

    def _presence(self, connection: int, *, online: bool) -> bytes:
        return encode(Presence(hub=self._hub, online=online, boot=self._boot, connection=connection))
