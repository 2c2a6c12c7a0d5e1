"""What is in flight between the stations of a world and their broker, so that it is known when nothing is.

A broker does not report when it has nothing left to deliver. So every message is noted when a station
publishes it, and crossed off when the broker has acknowledged it and its receivers have it. Who the
receivers are, and how it is known that they have it, depends on how much of the world one process sees:
`OneSideTracker` sees one side of the broker and compares notes with the other side (`lab.delivery`);
`hubsim_scenarios.worlds.both_sides` sees both. Pure.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from hubsim_contract.lab.delivery import ReceivedLog, SentLog, Watermark
from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_contract.wire.topics import RETAINED, TopicAddress, Topics

Item = tuple[str, bytes]
"""A topic and a payload."""
Marks = Mapping[str, Watermark]
NO_MARKS: Marks = MappingProxyType({})
_WILDCARDS = frozenset("+#")


class InFlightTracker(ABC):
    """Connections and messages of some stations. A station is known from its `connecting` to its end.

    Nobody waits for a message of unknown fate (rule MQ-4): one that was not acknowledged when its sender's
    connection ended. If it arrives after all, nothing is wrong.
    """

    def __init__(self) -> None:
        self._pending: dict[str, str] = {}
        self._connected: dict[str, None] = {}
        self._filters: dict[str, tuple[str, ...]] = {}
        self._wills: dict[str, Will] = {}
        self._unacknowledged: dict[str, list[Item]] = {}

    def awaited(self, marks: Marks = NO_MARKS) -> list[str]:
        """Return, in words, everything that is in flight; empty when nothing is.

        `marks`: what the other side of the broker has said and this side is to have.
        """
        found = [f"{station}: {what}" for station, what in self._pending.items()]
        found += [f"{station} has not received {topic}" for station, topic in self._not_received(marks)]
        for station, sent in self._unacknowledged.items():
            found += [f"the broker has not acknowledged {topic} of {station}" for topic, _ in sent]
        return found

    def knows(self, station: str) -> bool:
        """Whether the station has a connection, or is making or losing one."""
        return station in self._connected or station in self._pending

    # ------------------------------------------------------------------ connections

    def starting(self, station: str) -> None:
        """Note that a station will connect as soon as it runs."""
        self._pending[station] = "is to begin"

    def connecting(self, station: str, will: Will | None, *, kept: bool = False) -> None:  # noqa: ARG002
        """Note that a station awaits its CONNACK; `kept`: its session outlives the connection."""
        self._pending[station] = "waits for CONNACK"
        if will is not None:
            self._wills[station] = will

    def connected(self, station: str) -> None:
        """Note the CONNACK: from now on the broker owes the will to others."""
        self.answered(station)
        self._connected[station] = None

    def subscribing(self, station: str, filters: tuple[str, ...]) -> None:
        """Note that a station awaits its SUBACK."""
        self._pending[station] = "waits for SUBACK"
        self._filters[station] = filters

    def subscribed(self, station: str) -> None:
        """Note the SUBACK: what is retained for the station comes now."""
        self.answered(station)
        self._expect_retained(station)

    def answered(self, station: str) -> None:
        """Note that a station has heard what it awaited of its connection."""
        self._pending.pop(station, None)

    def dying(self, station: str) -> None:
        """Note that a station will hear of its connection's end."""
        self._pending[station] = "waits for the end of its connection"

    def gone(self, station: str) -> None:
        """Note that a connection ended without a goodbye: its will is on its way to others."""
        will = self._wills.get(station) if station in self._connected else None
        self.left(station)
        if will is not None and self._sends_wills():
            self._said(will.topic, will.payload, retain=will.retain)

    def left(self, station: str) -> None:
        """Note that a connection ended with a goodbye: no will is sent."""
        for topic, payload in self._unacknowledged.pop(station, []):
            self._forget(topic, payload)
        self._pending.pop(station, None)
        self._connected.pop(station, None)
        self._wills.pop(station, None)
        self._filters.pop(station, None)

    # ------------------------------------------------------------------ messages

    def published(self, station: str, message: Publish) -> None:
        """Note a message of a station."""
        self._unacknowledged.setdefault(station, []).append((message.topic, message.payload))
        self._said(message.topic, message.payload, retain=message.retain)

    def acknowledged(self, station: str, item: Item) -> None:
        """Note that the broker has a message of the station."""
        sent = self._unacknowledged.get(station, [])
        if item in sent:
            sent.remove(item)

    @abstractmethod
    def received(self, station: str, message: Received) -> None:
        """Note that a station has a message."""

    # ------------------------------------------------------------------ left to the two kinds

    @abstractmethod
    def _said(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Expect the receivers to get a message."""

    @abstractmethod
    def _forget(self, topic: str, payload: bytes) -> None:
        """Wait no longer for a message of unknown fate."""

    @abstractmethod
    def _expect_retained(self, station: str) -> None:
        """Expect what the broker retains for a station that has just subscribed."""

    @abstractmethod
    def _not_received(self, marks: Marks) -> Iterable[tuple[str, str]]:
        """Return who has not received a message, and its topic."""

    def _sends_wills(self) -> bool:
        """Whether the broker lives to send a will."""
        return True


class OneSideTracker(InFlightTracker):
    """What is in flight to and from the stations on this side of the broker.

    What the other side has said and received is compared with what it reports. `station_of` says which
    station receives the messages of an address.
    """

    def __init__(self, topics: Topics, station_of: Callable[[TopicAddress], str]) -> None:
        super().__init__()
        self._topics = topics
        self._station_of = station_of
        self.said = SentLog()
        self.heard = ReceivedLog(self._is_retained)
        self.fresh = True
        """Whether a subscription is so new that the other side was not asked yet what is retained for it."""
        self._listening: set[str] = set()

    def again(self) -> None:
        """Expect the other side to have nothing but what the broker retains, and is sure to have.

        What a station without a connection said may be gone with a broker: nobody waits for it.
        """
        self.said.again()
        for topic in self.said.retained_topics:
            address = self._topics.read(topic)
            if address is None or address.subject not in self._connected:
                self.said.doubt(topic)

    def left(self, station: str) -> None:
        """Note that a connection ended with a goodbye: no will is sent."""
        self._listening.discard(station)
        super().left(station)

    def received(self, station: str, message: Received) -> None:  # noqa: ARG002 (a topic has one receiver)
        """Note that a station has a message."""
        self.heard.hear(message.topic, message.payload)

    def _said(self, topic: str, payload: bytes, *, retain: bool) -> None:
        self.said.say(topic, payload, retain=retain)

    def _forget(self, topic: str, payload: bytes) -> None:  # noqa: ARG002 (the last of a topic is doubted)
        self.said.doubt(topic)

    def _expect_retained(self, station: str) -> None:
        self._listening.add(station)
        self.fresh = True
        filters = self._filters[station]
        topics = [each for each in filters if _WILDCARDS.isdisjoint(each)]
        if len(topics) < len(filters):
            topics += [topic for topic in self.heard.topics if self._receiver(topic) == station]
        self.heard.subscribe(topics)

    def _not_received(self, marks: Marks) -> Iterable[tuple[str, str]]:
        missing = self.heard.missing(marks, self._is_heard)
        return [(self._receiver(topic) or "nobody", topic) for topic in missing]

    def _receiver(self, topic: str) -> str | None:
        address = self._topics.read(topic)
        return None if address is None else self._station_of(address)

    def _is_heard(self, topic: str) -> bool:
        return self._receiver(topic) in self._listening

    def _is_retained(self, topic: str) -> bool:
        address = self._topics.read(topic)
        return address is not None and address.kind in RETAINED
