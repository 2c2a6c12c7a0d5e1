"""What is in flight in a world of which one process has both sides: senders, receivers, and their broker.

Exact, on any broker: a message is entered for each subscription that it matches, and crossed off when it
arrives or its receiver is gone.
"""

from collections import Counter
from collections.abc import Iterable

from hubsim_contract.lab.in_flight import InFlightTracker, Item, Marks
from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_simulator.broker.filters import matches


class BothSidesTracker(InFlightTracker):
    """Open entries by station, for connections and for sessions that the broker keeps without one."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[str, Counter[Item]] = {}
        self._retained: dict[str, bytes] = {}
        """What the broker holds for sure, or is going to."""
        self._ever_retained: dict[str, None] = {}
        self._kept: set[str] = set()
        self._away: dict[str, tuple[tuple[str, ...], Counter[Item]]] = {}
        """Stations without a connection whose session the broker keeps, and what is queued for them."""
        self._broker_lives = True

    @property
    def clear(self) -> bool:
        """Whether nothing is in flight."""
        return not (self._pending or any(self._open.values()) or any(self._unacknowledged.values()))

    @property
    def retained_topics(self) -> list[str]:
        """The topics on which something may be retained."""
        return list(self._ever_retained)

    # ------------------------------------------------------------------ the broker's life

    def broker_died(self, *, persistent: bool) -> None:
        """Forget what a broker forgets when it dies; everybody who was connected is about to hear of it."""
        self._broker_lives = False
        for station in sorted(self._connected):
            self.dying(station)
        if not persistent:
            self._retained.clear()
            self._ever_retained.clear()
            self._kept.clear()
            self._away.clear()

    def broker_is_back(self) -> None:
        """Note that the broker runs again: it sends the wills of connections that die."""
        self._broker_lives = True

    # ------------------------------------------------------------------ connections and messages

    def connecting(self, station: str, will: Will | None, *, kept: bool = False) -> None:
        """Note that a station awaits its CONNACK; `kept`: its session outlives the connection."""
        super().connecting(station, will, kept=kept)
        if kept:
            self._kept.add(station)

    def connected(self, station: str) -> None:
        """Note the CONNACK: from now on the broker owes the will to others, and a kept session its queue."""
        super().connected(station)
        if station in self._away:
            self._filters[station], self._open[station] = self._away.pop(station)

    def left(self, station: str) -> None:
        """Note that a connection ended with a goodbye: no will is sent."""
        filters = self._filters.get(station)
        super().left(station)
        items = self._open.pop(station, None)
        if station in self._kept and items is not None and filters is not None:
            self._away[station] = (filters, items)

    def published_by_third_party(self, message: Publish) -> None:
        """Note a message that the broker has, and that no station of this world has published."""
        self._said(message.topic, message.payload, retain=message.retain)

    def received(self, station: str, message: Received) -> None:
        """Cross a message off; one that nobody waited for (a duplicate) changes nothing."""
        _cross_off(self._open.get(station, Counter()), (message.topic, message.payload))

    # ------------------------------------------------------------------ inside

    def _listening(self) -> list[tuple[tuple[str, ...], Counter[Item]]]:
        """Return the filters and open entries of all that are subscribed, with or without a connection."""
        return [(self._filters.get(station, ()), items) for station, items in self._open.items()] + [
            *self._away.values()
        ]

    def _said(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if retain:
            self._retained[topic] = payload
            self._ever_retained[topic] = None
        for filters, items in self._listening():
            if any(matches(each, topic) for each in filters):
                items[topic, payload] += 1

    def _forget(self, topic: str, payload: bytes) -> None:
        for _, items in self._listening():
            _cross_off(items, (topic, payload))
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


def _cross_off(items: Counter[Item], item: Item) -> None:
    if items[item] > 1:
        items[item] -= 1
    else:
        del items[item]
