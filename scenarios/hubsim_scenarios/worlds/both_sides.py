"""The messages in flight in a world with both sides in one process: senders, receivers, and their broker.

Exact on any broker: a message is added for each subscription that it matches, and removed when it arrives
or when its receiver disconnects.
"""

from collections import Counter
from collections.abc import Iterable

from hubsim_contract.lab.in_flight import InFlightTracker, Item, Marks
from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_simulator.broker.filters import matches


class BothSidesTracker(InFlightTracker):
    """Expected messages by station, for connections and for sessions that the broker keeps without one."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[str, Counter[Item]] = {}
        self._retained: dict[str, bytes] = {}
        """The messages that the broker retains, or is about to retain."""
        self._ever_retained: dict[str, None] = {}
        self._kept: set[str] = set()
        self._away: dict[str, tuple[tuple[str, ...], Counter[Item]]] = {}
        """Stations without a connection whose session the broker keeps: their filters and queued messages."""
        self._broker_lives = True

    @property
    def clear(self) -> bool:
        """Whether nothing is in flight."""
        return not (self._pending or any(self._open.values()) or any(self._unacknowledged.values()))

    @property
    def retained_topics(self) -> list[str]:
        """The topics on which a message may be retained."""
        return list(self._ever_retained)

    # ------------------------------------------------------------------ stop and start of the broker

    def broker_died(self, *, persistent: bool) -> None:
        """Drop the data that a killed broker loses; all connected stations will be notified."""
        self._broker_lives = False
        for station in sorted(self._connected):
            self.dying(station)
        if not persistent:
            self._retained.clear()
            self._ever_retained.clear()
            self._kept.clear()
            self._away.clear()

    def broker_is_back(self) -> None:
        """Record that the broker runs again: it sends the wills of lost connections."""
        self._broker_lives = True

    # ------------------------------------------------------------------ connections and messages

    def connecting(self, station: str, will: Will | None, *, kept: bool = False) -> None:
        """Record that a station waits for CONNACK; `kept`: its session outlives the connection."""
        super().connecting(station, will, kept=kept)
        if kept:
            self._kept.add(station)

    def connected(self, station: str) -> None:
        """Record the CONNACK: from now on the broker sends the will, and the queue of a kept session."""
        super().connected(station)
        if station in self._away:
            self._filters[station], self._open[station] = self._away.pop(station)

    def left(self, station: str) -> None:
        """Record that a connection ended with a DISCONNECT: the broker sends no will."""
        filters = self._filters.get(station)
        super().left(station)
        items = self._open.pop(station, None)
        if station in self._kept and items is not None and filters is not None:
            self._away[station] = (filters, items)

    def published_by_third_party(self, message: Publish) -> None:
        """Record a message on the broker that no station of this world has published."""
        self._expect(message.topic, message.payload, retain=message.retain)

    def received(self, station: str, message: Received) -> None:
        """Remove a message; one that was not expected (a duplicate) changes nothing."""
        _remove(self._open.get(station, Counter()), (message.topic, message.payload))

    # ------------------------------------------------------------------ inside

    def _listening(self) -> list[tuple[tuple[str, ...], Counter[Item]]]:
        """Return the filters and expected messages of all subscribed stations, connected or not."""
        return [(self._filters.get(station, ()), items) for station, items in self._open.items()] + [
            *self._away.values()
        ]

    def _expect(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if retain:
            self._retained[topic] = payload
            self._ever_retained[topic] = None
        for filters, items in self._listening():
            if any(matches(each, topic) for each in filters):
                items[topic, payload] += 1

    def _forget(self, topic: str, payload: bytes) -> None:
        for _, items in self._listening():
            _remove(items, (topic, payload))
        if self._retained.get(topic) == payload:
            del self._retained[topic]

    def _expect_retained(self, station: str) -> None:
        items = self._open.setdefault(station, Counter())
        for topic, payload in self._retained.items():
            if any(matches(each, topic) for each in self._filters[station]):
                items[topic, payload] += 1

    def _not_received(self, marks: Marks) -> Iterable[tuple[str, str]]:  # noqa: ARG002 (both sides are here)
        return [(station, topic) for station, items in self._open.items() for topic, _ in items]

    def _sends_wills(self) -> bool:
        return self._broker_lives


def _remove(items: Counter[Item], item: Item) -> None:
    if items[item] > 1:
        items[item] -= 1
    else:
        del items[item]
