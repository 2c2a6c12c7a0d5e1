"""The messages in flight between the stations of a world and their broker: shows when a world is idle.

A broker does not report when it has nothing left to deliver. So a tracker adds every message when a station
publishes it, and removes it when the broker has acknowledged it and its receivers have it. The rest depends
on how much of the world one process sees: `OneSideTracker` sees one side of the broker and compares with
the other side (`lab.delivery`); `hubsim_scenarios.worlds.both_sides` sees both. Pure.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from types import MappingProxyType

from hubsim_contract.lab.delivery import ReceivedLog, SentLog, Watermark
from hubsim_contract.lab.quiescence import first_of
from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_contract.wire.topics import NO_SUBJECT, RETAINED, TopicAddress, Topics

Item = tuple[str, bytes]
"""A topic and a payload."""
Marks = Mapping[str, Watermark]
NO_MARKS: Marks = MappingProxyType({})
_WILDCARDS = frozenset("+#")
_FOR = "#"
"""Between a topic with many receivers and one of them, in the name under which its messages are logged."""


class InFlightTracker(ABC):
    """Connections and messages of some stations. A station is known from `connecting` until it disconnects.

    A message of unknown fate (rule MQ-4) is not awaited: one that was not acknowledged when its sender's
    connection ended. It is not an error if it still arrives.
    """

    def __init__(self) -> None:
        self._pending: dict[str, str] = {}
        self._connected: dict[str, None] = {}
        self._filters: dict[str, tuple[str, ...]] = {}
        self._wills: dict[str, Will] = {}
        self._unacknowledged: dict[str, list[Item]] = {}

    def awaited(self, marks: Marks = NO_MARKS) -> list[str]:
        """Return, in words, what is in flight, or the first of it; empty when nothing is.

        `marks`: the messages that the other side of the broker has sent and this side must receive.
        """
        pending = (f"{station}: {what}" for station, what in self._pending.items())
        missing = (f"{station} has not received {topic}" for station, topic in self._not_received(marks))
        unacknowledged = (
            f"the broker has not acknowledged {topic} of {station}"
            for station, sent in self._unacknowledged.items()
            for topic, _ in sent
        )
        return first_of(chain(pending, missing, unacknowledged))

    def knows(self, station: str) -> bool:
        """Whether the station has a connection, or is making or losing one."""
        return station in self._connected or station in self._pending

    # ------------------------------------------------------------------ connections

    def starting(self, station: str) -> None:
        """Record that a station will connect as soon as it runs."""
        self._pending[station] = "has not started"

    def connecting(self, station: str, will: Will | None, *, kept: bool = False) -> None:  # noqa: ARG002
        """Record that a station waits for CONNACK; `kept`: its session outlives the connection."""
        self._pending[station] = "waits for CONNACK"
        if will is not None:
            self._wills[station] = will

    def connected(self, station: str) -> None:
        """Record the CONNACK: from now on the broker sends the will if the connection is lost."""
        self.answered(station)
        self._connected[station] = None

    def subscribing(self, station: str, filters: tuple[str, ...]) -> None:
        """Record that a station waits for SUBACK."""
        self._pending[station] = "waits for SUBACK"
        self._filters[station] = filters

    def subscribed(self, station: str) -> None:
        """Record the SUBACK: the retained messages of the station's topics arrive now."""
        self.answered(station)
        self._expect_retained(station)

    def answered(self, station: str) -> None:
        """Record that a station has received the answer for which its connection waited."""
        self._pending.pop(station, None)

    def dying(self, station: str) -> None:
        """Record that a station will be notified of its connection's end."""
        self._pending[station] = "waits for the end of its connection"

    def gone(self, station: str) -> None:
        """Record that a connection ended without a DISCONNECT: the broker sends its will."""
        will = self._wills.get(station) if station in self._connected else None
        self.left(station)
        if will is not None and self._sends_wills():
            self._expect(will.topic, will.payload, retain=will.retain)

    def left(self, station: str) -> None:
        """Record that a connection ended with a DISCONNECT: the broker sends no will."""
        for topic, payload in self._unacknowledged.pop(station, []):
            self._forget(topic, payload)
        self._pending.pop(station, None)
        self._connected.pop(station, None)
        self._wills.pop(station, None)
        self._filters.pop(station, None)

    # ------------------------------------------------------------------ messages

    def published(self, station: str, message: Publish) -> None:
        """Record a message of a station."""
        self._unacknowledged.setdefault(station, []).append((message.topic, message.payload))
        self._expect(message.topic, message.payload, retain=message.retain)

    def acknowledged(self, station: str, item: Item) -> None:
        """Record that the broker has acknowledged a message of the station."""
        sent = self._unacknowledged.get(station, [])
        if item in sent:
            sent.remove(item)

    @abstractmethod
    def received(self, station: str, message: Received) -> None:
        """Record that a station has received a message."""

    # ------------------------------------------------------------------ left to the two kinds

    @abstractmethod
    def _expect(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Expect the receivers to receive a message."""

    @abstractmethod
    def _forget(self, topic: str, payload: bytes) -> None:
        """Stop waiting for a message of unknown fate."""

    @abstractmethod
    def _expect_retained(self, station: str) -> None:
        """Expect the messages that the broker retains for a station that has just subscribed."""

    @abstractmethod
    def _not_received(self, marks: Marks) -> Iterable[tuple[str, str]]:
        """Return the stations that have not received a message, each with the topic."""

    def _sends_wills(self) -> bool:
        """Whether the broker is running and can send a will."""
        return True


class OneSideTracker(InFlightTracker):
    """The messages in flight to and from the stations on this side of the broker.

    Compares its own logs with those that the other side reports. `station_of` returns the station that
    receives the messages of an address. A topic without a subject has many receivers: those that subscribe
    to it; each is logged on its own.
    """

    def __init__(self, topics: Topics, station_of: Callable[[TopicAddress], str]) -> None:
        super().__init__()
        self._topics = topics
        self._station_of = station_of
        self.sent_log = SentLog()
        self.received_log = ReceivedLog(self._is_retained)
        self.fresh = True
        """Whether a subscription is so new that the other side has not reported its retained messages."""
        self._listening: set[str] = set()
        self._to_all: dict[str, Watermark] = {}
        """The last message that the other side has sent on each topic with many receivers."""

    def note_sent(self, marks: Marks) -> None:
        """Record what the other side has sent."""
        self.received_log.begin()
        self._to_all.update((topic, mark) for topic, mark in marks.items() if self._has_many(topic))
        self.received_log.note_sent(self._by_receiver(marks))

    def restart(self) -> None:
        """Expect the other side to have only the messages that the broker certainly retains.

        The broker may have lost the messages of a station without a connection, so they are not awaited.
        """
        self.sent_log.restart()
        for topic in self.sent_log.retained_topics:
            address = self._topics.read(topic)
            if address is None or address.subject not in self._connected:
                self.sent_log.mark_uncertain(topic)

    def left(self, station: str) -> None:
        """Record that a connection ended with a DISCONNECT: the broker sends no will."""
        self._listening.discard(station)
        super().left(station)

    def received(self, station: str, message: Received) -> None:
        """Record that a station has received a message."""
        self.received_log.add(self._logged(message.topic, station), message.payload)

    def _expect(self, topic: str, payload: bytes, *, retain: bool) -> None:
        self.sent_log.add(topic, payload, retain=retain)

    def _forget(self, topic: str, payload: bytes) -> None:  # noqa: ARG002 (the last of a topic is doubted)
        self.sent_log.mark_uncertain(topic)

    def _expect_retained(self, station: str) -> None:
        self._listening.add(station)
        self.fresh = True
        filters = self._filters[station]
        topics = [each for each in filters if _WILDCARDS.isdisjoint(each)]
        if len(topics) < len(filters):
            topics += [topic for topic in self.received_log.topics if self._receiver(topic) == station]
        logged = {self._logged(topic, station): topic for topic in topics}
        sent = {name: self._to_all[topic] for name, topic in logged.items() if topic in self._to_all}
        self.received_log.note_sent(sent)
        self.received_log.subscribe(logged)

    def _not_received(self, marks: Marks) -> Iterable[tuple[str, str]]:
        missing = self.received_log.missing(self._by_receiver(marks), self._has_listener)
        return [(self._receiver(name) or "no station", name.partition(_FOR)[0]) for name in missing]

    def _by_receiver(self, marks: Marks) -> Marks:
        """Return the marks by the names under which the messages are logged here."""
        if not any(map(self._has_many, marks)):
            return marks
        return {
            self._logged(topic, station): mark
            for topic, mark in marks.items()
            for station in (self._subscribers(topic) if self._has_many(topic) else ("",))
        }

    def _subscribers(self, topic: str) -> list[str]:
        return [station for station in self._listening if topic in self._filters.get(station, ())]

    def _has_many(self, topic: str) -> bool:
        address = self._topics.read(topic)
        return address is not None and address.subject == NO_SUBJECT

    def _logged(self, topic: str, station: str) -> str:
        return f"{topic}{_FOR}{station}" if self._has_many(topic) else topic

    def _receiver(self, name: str) -> str | None:
        topic, _, station = name.partition(_FOR)
        address = self._topics.read(topic)
        return None if address is None else station or self._station_of(address)

    def _has_listener(self, name: str) -> bool:
        return self._receiver(name) in self._listening

    def _is_retained(self, name: str) -> bool:
        address = self._topics.read(name.partition(_FOR)[0])
        return address is not None and address.kind in RETAINED
