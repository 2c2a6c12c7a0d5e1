"""The ledger of messages under way in a live world: what was said, and who has yet to hear it.

A broker does not tell when it has nothing left to deliver. But everybody who speaks and listens on the
contract's topics is in this process, so it can be kept book of, on any broker: a message is entered
for each subscription that it matches, and struck out when it arrives or its receiver is gone.
"""

from collections import Counter

from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_simulator.broker.filters import matches
from hubsim_simulator.tapped_port import Item


class MessagesInFlight:
    """Open entries by station. Stations are known from their connection to its end."""

    def __init__(self) -> None:
        self._filters: dict[str, tuple[str, ...]] = {}
        self._wills: dict[str, Will] = {}
        self._open: dict[str, Counter[Item]] = {}
        self._retained: dict[str, bytes] = {}
        """What the broker holds for sure, or is going to."""
        self._ever_retained: dict[str, None] = {}
        self._pending: dict[str, str] = {}
        self._connected: set[str] = set()
        self._unacknowledged: dict[str, list[Item]] = {}
        self._kept: set[str] = set()
        self._away: dict[str, tuple[tuple[str, ...], Counter[Item]]] = {}
        """Stations without a connection whose session the broker keeps, and what is queued for them."""

    def awaited(self) -> list[str]:
        """Return, in words, everything that is still under way; empty at rest."""
        found = [f"{station}: {what}" for station, what in self._pending.items()]
        for station, items in self._open.items():
            found += [f"{station} has not received {topic}" for topic, _ in items]
        for station, sent in self._unacknowledged.items():
            found += [f"the broker has not acknowledged {topic} of {station}" for topic, _ in sent]
        return found

    @property
    def clear(self) -> bool:
        """Whether nothing is under way."""
        return not (self._pending or any(self._open.values()) or any(self._unacknowledged.values()))

    @property
    def retained_topics(self) -> list[str]:
        """The topics on which something may be retained."""
        return list(self._ever_retained)

    def knows(self, station: str) -> bool:
        """Whether the station has a connection, or is making or losing one."""
        return station in self._connected or station in self._pending

    # ------------------------------------------------------------------ connections

    def connecting(self, station: str, will: Will | None, *, kept: bool = False) -> None:
        """Note that a station awaits its CONNACK; `kept`: its session outlives the connection."""
        self._pending[station] = "waits for CONNACK"
        if kept:
            self._kept.add(station)
        if will is not None:
            self._wills[station] = will

    def connected(self, station: str) -> None:
        """Note the CONNACK: from now on the broker owes the will to others."""
        self.answered(station)
        self._connected.add(station)
        self._unacknowledged[station] = []
        if station in self._away:
            self._filters[station], self._open[station] = self._away.pop(station)

    def subscribing(self, station: str, filters: tuple[str, ...]) -> None:
        """Note that a station awaits its SUBACK."""
        self._pending[station] = "waits for SUBACK"
        self._filters[station] = filters

    def answered(self, station: str) -> None:
        """Strike out what the station waited for."""
        self._pending.pop(station, None)

    def subscribed(self, station: str) -> None:
        """Open entries for the retained messages that follow a subscription."""
        self.answered(station)
        items = self._open.setdefault(station, Counter())
        for topic, payload in self._retained.items():
            if any(matches(each, topic) for each in self._filters[station]):
                items[topic, payload] += 1

    def dying(self, station: str) -> None:
        """Note that a station will hear of its connection's end."""
        self._pending[station] = "waits for the end of its connection"

    def gone(self, station: str, *, broker_lives: bool) -> None:
        """Strike out everything about a connection that ended without a goodbye.

        Its will is on its way to others. What it said last has an unknown fate (rule MQ-4), so nobody
        waits for that any more; if it arrives after all, nothing is wrong.
        """
        was_connected = station in self._connected
        for topic, payload in self._unacknowledged.get(station, []):
            for _, items in self._listening():
                _strike_out(items, (topic, payload))
            if self._retained.get(topic) == payload:
                del self._retained[topic]
        will = self._wills.get(station)
        self.left(station)
        if will is not None and was_connected and broker_lives:
            self._spread(will.topic, will.payload, retain=will.retain)

    def left(self, station: str) -> None:
        """Strike out everything about a connection that ended with a goodbye."""
        self._connected.discard(station)
        self._pending.pop(station, None)
        items, filters = self._open.pop(station, None), self._filters.pop(station, None)
        if station in self._kept and items is not None and filters is not None:
            self._away[station] = (filters, items)
        self._wills.pop(station, None)
        self._unacknowledged.pop(station, None)

    def broker_died(self, *, persistent: bool) -> None:
        """Forget what a broker forgets when it dies; everybody who was connected is about to hear of it."""
        self._wills.clear()
        for station in sorted(self._connected):
            self.dying(station)
        if not persistent:
            self._retained.clear()
            self._ever_retained.clear()
            self._kept.clear()
            self._away.clear()

    # ------------------------------------------------------------------ messages

    def published(self, station: str, message: Publish) -> None:
        """Enter a message for everybody who is subscribed to it."""
        self._unacknowledged.setdefault(station, []).append((message.topic, message.payload))
        self._spread(message.topic, message.payload, retain=message.retain)

    def acknowledged(self, station: str, item: Item) -> None:
        """Note that the broker has a message of the station."""
        sent = self._unacknowledged.get(station, [])
        if item in sent:
            sent.remove(item)

    def received(self, station: str, message: Received) -> None:
        """Strike a message out; one that nobody waited for (a duplicate) changes nothing."""
        _strike_out(self._open.get(station, Counter()), (message.topic, message.payload))

    def _listening(self) -> list[tuple[tuple[str, ...], Counter[Item]]]:
        """Return the filters and open entries of all that are subscribed, with or without a connection."""
        return [(self._filters[station], items) for station, items in self._open.items()] + [
            *self._away.values()
        ]

    def _spread(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if retain:
            self._retained[topic] = payload
            self._ever_retained[topic] = None
        for filters, items in self._listening():
            if any(matches(each, topic) for each in filters):
                items[topic, payload] += 1


def _strike_out(items: Counter[Item], item: Item) -> None:
    if items[item] > 1:
        items[item] -= 1
    else:
        del items[item]
