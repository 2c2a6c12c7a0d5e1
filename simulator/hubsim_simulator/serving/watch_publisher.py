"""Publishes what happens on the watched benches, at the pace of the broker.

With too many messages in flight it waits, and the watch of each bench collects within its bounds. So those
who watch never delay the simulator, and never end its connection.
"""

from collections.abc import Iterable

from hubsim_contract.lab.protocol import LabTopics, encode_lab
from hubsim_contract.mqtt.port import ConnectFailed, ConnectionLost, PortEvent, Publish, Published
from hubsim_contract.timer_queue import earliest
from hubsim_simulator.serving.world_bench import WorldBench

IN_FLIGHT_MAX = 16
"""The number of messages that the broker has not acknowledged; further ones wait."""


class WatchPublisher:
    """The messages of one simulator to those who watch its worlds."""

    def __init__(self, topics: LabTopics) -> None:
        self._topic = topics.watched
        self._serial = 0
        self._in_flight: set[int] = set()

    def due(self, benches: Iterable[WorldBench]) -> int | None:
        """Return when there is something to publish, or None: there is not, or it waits for the broker."""
        if len(self._in_flight) >= IN_FLIGHT_MAX:
            return None
        return earliest(*(bench.watch.due() for bench in benches))

    def take(self, benches: Iterable[WorldBench], now_ms: int) -> list[Publish]:
        """Return the messages to publish now."""
        out: list[Publish] = []
        for bench in benches:
            if not bench.watch.is_open or len(self._in_flight) >= IN_FLIGHT_MAX:
                continue
            news = bench.watch.take(bench.fleet, now_ms)
            if news is not None:
                self._serial += 1
                self._in_flight.add(self._serial)
                out.append(Publish(self._topic, encode_lab(news), token=self._serial))
        return out

    def receive(self, event: PortEvent) -> None:
        """Follow an event of the connection."""
        if isinstance(event, Published):
            self._in_flight.discard(event.token)
        elif isinstance(event, ConnectionLost | ConnectFailed):
            self._in_flight.clear()
