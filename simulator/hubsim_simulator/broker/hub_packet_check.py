"""What the embedded broker sees of hubs that their cloud cannot see, and the rules that it breaks.

A cloud receives messages without the retain flag of their publisher, and nothing of logins, wills,
subscriptions, and connections that replace another one. Pure: packets in, incidents to a sink. An incident is
about a hub: the user or the client id of the connection says which one, or the topic of the message.
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

from hubsim_contract.mqtt.access import may_receive
from hubsim_contract.mqtt.codec.packets import ConnectPacket, PublishPacket
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.topics import RETAINED, MessageKind
from hubsim_simulator.broker.filters import MAX_REMEMBERED_CHARS

TOPICS_MAX = 50_000
"""Topics in the cache; at this size it is cleared."""
TEXT_MAX = 512
"""Characters of a topic or text in an incident. The rest of a longer one is left out, because logs and the
watch of a world keep it."""
_CLIENT_ID = re.compile(r"hub-([0-9A-F]{8})(?:-.*)?")
_OF_HUB = {
    kind.value: kind in RETAINED for kind in (MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS)
}
"""What a hub publishes, and whether it is retained."""


class IncidentKind(StrEnum):
    """What an incident is about."""

    LOGIN = "login"
    TAKEOVER = "takeover"
    WILL = "will"
    SUBSCRIPTION = "subscription"
    PUBLICATION = "publication"


class BrokerFinding(NamedTuple):
    """A rule of the contract that a packet breaks."""

    rule: str
    field: str
    text: str


class BrokerIncident(NamedTuple):
    """Something that a hub did, or that was done in its name."""

    kind: IncidentKind
    hub: str
    world: str
    """The world of the lab; empty for the main one, and for what has no topic."""
    refused: bool
    findings: tuple[BrokerFinding, ...]
    topic: str = ""
    note: str = ""
    """Addresses and other facts, in words."""


class HubPacketCheck:
    """The check of the packets at one broker. `sink` receives the incidents."""

    def __init__(self, prefix: str, sink: Callable[[BrokerIncident], None]) -> None:
        self._prefix = prefix
        self._sink = sink
        self._topic = re.compile(rf"{re.escape(prefix)}/(?:([^/+#]+)/)?hubs/([0-9A-F]{{8}})/([a-z]+)")
        self._places: dict[str, tuple[str, str, bool] | None] = {}
        """By topic: the world, the hub, and whether the message is retained; None for another topic."""

    # ------------------------------------------------------------------ connections

    def refused_login(self, packet: ConnectPacket, reason: str, rule: str, peer: str) -> None:
        """Report a CONNECT that the broker refuses. `rule` is empty if it breaks none of the contract."""
        hub = hub_of(packet.username, packet.client_id)
        if hub is not None:
            text = f"{reason}; client id {packet.client_id!r}"
            findings = [BrokerFinding(rule, "", text)] if rule else []
            note = f"from {peer}" if rule else f"from {peer}; {text}"
            self._report(IncidentKind.LOGIN, hub, findings, refused=True, note=note)

    def connected(self, packet: ConnectPacket, *, will_refused: bool) -> None:
        """Report the faults of a CONNECT that the broker accepts."""
        hub = hub_of(packet.username, packet.client_id)
        if hub is None:
            return
        place = None if packet.will is None else self._parse(packet.will.topic)
        session = _session_findings(packet, hub, "" if place is None else place[0])
        if session:
            self._report(IncidentKind.LOGIN, hub, session)
        will = [*self._will_findings(packet, hub, refused=will_refused)]
        if will:
            topic = "" if packet.will is None else packet.will.topic
            self._report(IncidentKind.WILL, hub, will, refused=will_refused, topic=topic)

    def took_over(self, user: str | None, client_id: str, peer: str, old_peer: str) -> None:
        """Report a connection that closes an older one with its client id; that is not a fault by itself."""
        hub = hub_of(user, client_id)
        if hub is not None:
            note = f"from {peer}; the connection from {old_peer} was closed"
            self._report(IncidentKind.TAKEOVER, hub, [], note=note)

    # ------------------------------------------------------------------ messages

    def subscribed(self, user: str | None, client_id: str, filters: Sequence[tuple[str, bool]]) -> None:
        """Report filters that are not those of the hub; each is given with whether it was accepted."""
        hub = hub_of(user, client_id)
        if hub is None:
            return
        for topic_filter, accepted in filters:
            wild = "+" in topic_filter or "#" in topic_filter
            if accepted and not wild and may_receive(hub, topic_filter, self._prefix):
                continue
            finding = BrokerFinding("MQ-7.filters", "", f"{topic_filter!r} is not a filter of this hub")
            self._report(IncidentKind.SUBSCRIPTION, hub, [finding], refused=not accepted, topic=topic_filter)

    def published(self, user: str | None, client_id: str, packet: PublishPacket, *, accepted: bool) -> None:
        """Report a message of a hub, or on the topic of one, that is not as the contract defines it."""
        topic, publisher = packet.topic, hub_of(user, client_id)
        place = self._places[topic] if topic in self._places else self._parse(topic)
        if place is None:
            if publisher is not None:
                finding = BrokerFinding("MQ-7.topics", "", "it is not a topic that a hub publishes to")
                self._report(
                    IncidentKind.PUBLICATION, publisher, [finding], refused=not accepted, topic=topic
                )
            return
        world, hub, retained = place
        if publisher == hub and accepted and packet.qos == 1 and packet.retain is retained:
            return
        if not packet.payload:
            return  # a third party clears the retained message
        findings = [*_publication_findings(packet, retained=retained)]
        if publisher != hub:
            text = f"the client {client_id!r} published it, not the hub"
            findings.append(BrokerFinding("MQ-7.topics", "", text))
        elif not accepted:
            findings.append(BrokerFinding("MQ-7.topics", "", "the user may not publish to this topic"))
        self._report(IncidentKind.PUBLICATION, hub, findings, world=world, refused=not accepted, topic=topic)

    # ------------------------------------------------------------------ inside

    def _will_findings(self, packet: ConnectPacket, hub: str, *, refused: bool) -> list[BrokerFinding]:
        will = packet.will
        if will is None:
            return [BrokerFinding("MQ-6.will", "will", "the CONNECT has no will")]
        found: list[BrokerFinding] = []
        place = self._parse(will.topic)
        if place is None or place[1] != hub or not will.topic.endswith(MessageKind.PRESENCE.value):
            found.append(BrokerFinding("MQ-6.will", "will.topic", "it is not the presence of the hub"))
        elif refused:
            found.append(BrokerFinding("MQ-6.will", "will.topic", "the user may not publish there"))
        if will.qos != 1:
            found.append(BrokerFinding("MQ-6.will", "will.qos", f"it is {will.qos}, not 1"))
        if not will.retain:
            found.append(BrokerFinding("MQ-6.will", "will.retain", "the will is not retained"))
        return found

    def _parse(self, topic: str) -> tuple[str, str, bool] | None:
        if len(self._places) >= TOPICS_MAX:
            self._places.clear()
        found = self._topic.fullmatch(topic)
        known = found is not None and found[3] in _OF_HUB
        place = (found[1] or "", found[2], _OF_HUB[found[3]]) if found is not None and known else None
        if len(topic) <= MAX_REMEMBERED_CHARS:
            self._places[topic] = place
        return place

    def _report(
        self,
        kind: IncidentKind,
        hub: str,
        findings: list[BrokerFinding],
        *,
        world: str = "",
        refused: bool = False,
        topic: str = "",
        note: str = "",
    ) -> None:
        short = tuple(BrokerFinding(each.rule, each.field, _short(each.text)) for each in findings)
        self._sink(BrokerIncident(kind, hub, _short(world), refused, short, _short(topic), _short(note)))


def _short(text: str) -> str:
    if len(text) <= TEXT_MAX:
        return text
    return f"{text[:TEXT_MAX]}... ({len(text)} characters)"


def hub_of(user: str | None, client_id: str) -> str | None:
    """Return the hub of a connection: its user, or the one in its client id; None for another client."""
    if user is not None and HUB_ID.fullmatch(user):
        return user
    found = _CLIENT_ID.fullmatch(client_id)
    return None if found is None else found[1]


def _publication_findings(packet: PublishPacket, *, retained: bool) -> list[BrokerFinding]:
    found: list[BrokerFinding] = []
    if packet.qos != 1:
        found.append(BrokerFinding("MQ-7.qos", "", f"it was published at QoS {packet.qos}, not 1"))
    if packet.retain is not retained:
        text = "it was published without retain" if retained else "it was published with retain"
        found.append(BrokerFinding("MQ-7.retain", "", text))
    return found


def _session_findings(packet: ConnectPacket, hub: str, world: str) -> list[BrokerFinding]:
    """Return the faults of a session; in a lab world the name of the world can follow the client id."""
    found: list[BrokerFinding] = []
    if not packet.clean:
        found.append(BrokerFinding("MQ-7.clean", "clean", "it keeps its session: connect with a clean one"))
    if packet.client_id not in (f"hub-{hub}", f"hub-{hub}-{world}"):
        found.append(BrokerFinding("MQ-7.client_id", "client_id", f"{packet.client_id!r} is not 'hub-{hub}'"))
    if packet.keepalive_s == 0:
        found.append(BrokerFinding("MQ-10.keepalive", "keepalive", "it is 0: a dead connection stays open"))
    return found
