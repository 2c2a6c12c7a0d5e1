"""The book of one bench: which of its stations are connected, and what is under way to and from them.

What other processes say and hear is compared with what they tell of it (`hubsim_contract.lab.delivery`).
"""

from hubsim_contract.lab.delivery import ReceivedLog, SentLog, Watermark
from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_contract.wire.topics import CARRIER_KINDS, RETAINED, MessageKind, Topics
from hubsim_simulator.fleet import CARRIER
from hubsim_simulator.tapped_port import Item


class StationInFlight:
    """Keeps book for `TappedPort`s. Stations are known from their connection to its end."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self.said = SentLog()
        self.heard = ReceivedLog(self._is_retained)
        self._pending: dict[str, str] = {}
        self._connected: set[str] = set()
        self._listening: set[str] = set()
        self._wills: dict[str, Will] = {}
        self._unacknowledged: dict[str, list[Item]] = {}

    def awaited(self, marks: dict[str, Watermark]) -> list[str]:
        """Return, in words, everything that is still under way; empty at rest."""
        found = [f"{station}: {what}" for station, what in self._pending.items()]
        for station, sent in self._unacknowledged.items():
            found += [f"the broker has not acknowledged {topic} of {station}" for topic, _ in sent]
        found += [f"{topic} has not arrived" for topic in self.heard.missing(marks, self._is_heard)]
        return found

    def again(self) -> None:
        """Expect the cloud to have nothing but what the broker retains, and is sure to have.

        What a station without a connection said may be gone with a broker: nobody waits for it.
        """
        self.said.again()
        for topic in self.said.retained_topics:
            address = self._topics.read(topic)
            if address is None or address.subject not in self._connected:
                self.said.doubt(topic)

    # ------------------------------------------------------------------ connections

    def knows(self, station: str) -> bool:
        """Whether the station has a connection, or is making or losing one."""
        return station in self._connected or station in self._pending

    def connecting(self, station: str, will: Will | None, *, kept: bool = False) -> None:
        """Note that a station awaits its CONNACK. No station of a bench has a kept session (rule MQ-7)."""
        assert not kept
        self._pending[station] = "waits for CONNACK"
        if will is not None:
            self._wills[station] = will

    def connected(self, station: str) -> None:
        """Note the CONNACK: from now on the broker owes the will to others."""
        self.answered(station)
        self._connected.add(station)

    def subscribing(self, station: str, filters: tuple[str, ...]) -> None:  # noqa: ARG002 (there is one each)
        """Note that a station awaits its SUBACK."""
        self._pending[station] = "waits for SUBACK"

    def subscribed(self, station: str) -> None:
        """Note the SUBACK: what is retained for the station comes now."""
        self.answered(station)
        self._listening.add(station)
        mine = [self._topics.of(MessageKind.DESIRED, station)] if station != CARRIER else self._orders()
        self.heard.subscribe(mine)

    def answered(self, station: str) -> None:
        """Note that a station has heard what it awaited of its connection."""
        self._pending.pop(station, None)

    def dying(self, station: str) -> None:
        """Note that a station will hear of its connection's end."""
        self._pending[station] = "waits for the end of its connection"

    def gone(self, station: str, *, broker_lives: bool) -> None:
        """Note that a connection ended without a goodbye.

        What was said last has an unknown fate (rule MQ-4); the will is on its way to others.
        """
        for topic, _ in self._unacknowledged.get(station, []):
            self.said.doubt(topic)
        will = self._wills.get(station)
        was_connected = station in self._connected
        self.left(station)
        if will is not None and was_connected and broker_lives:
            self.said.say(will.topic, will.payload, retain=will.retain)

    def left(self, station: str) -> None:
        """Note that a connection ended with a goodbye."""
        self._connected.discard(station)
        self._listening.discard(station)
        self._pending.pop(station, None)
        self._wills.pop(station, None)
        self._unacknowledged.pop(station, None)

    # ------------------------------------------------------------------ messages

    def published(self, station: str, message: Publish) -> None:
        """Note a message of a station."""
        self._unacknowledged.setdefault(station, []).append((message.topic, message.payload))
        self.said.say(message.topic, message.payload, retain=message.retain)

    def acknowledged(self, station: str, item: Item) -> None:
        """Note that the broker has a message of the station."""
        sent = self._unacknowledged.get(station, [])
        if item in sent:
            sent.remove(item)

    def received(self, station: str, message: Received) -> None:  # noqa: ARG002 (a topic has one listener)
        """Note that a station has a message."""
        self.heard.hear(message.topic, message.payload)

    def _orders(self) -> list[str]:
        """Return the topics on which orders have been heard."""
        addresses = ((topic, self._topics.read(topic)) for topic in self.heard.topics)
        return [topic for topic, address in addresses if address and address.kind is MessageKind.ORDER]

    def _is_heard(self, topic: str) -> bool:
        address = self._topics.read(topic)
        if address is None:
            return False
        return (CARRIER if address.kind in CARRIER_KINDS else address.subject) in self._listening

    def _is_retained(self, topic: str) -> bool:
        address = self._topics.read(topic)
        return address is not None and address.kind in RETAINED
