"""The watches of all worlds of a simulator, and their messages, which leave at the pace of the broker.

Owns the leases: a lease can begin before its bench exists, and it stays when another bench replaces it. With
too many messages in flight the publisher waits, and each watch collects within its bounds. So those who watch
never delay the simulator, and never end its connection.
"""

from collections.abc import Iterable

from hubsim_contract.lab.protocol import LabTopics, encode_lab
from hubsim_contract.lab.watching import WatchLease
from hubsim_contract.mqtt.port import ConnectFailed, ConnectionLost, PortEvent, Publish, Published
from hubsim_contract.timer_queue import earliest
from hubsim_simulator.fleet import Fleet
from hubsim_simulator.serving.bench_watch import BenchWatch

IN_FLIGHT_MAX = 16
"""The number of messages that the broker has not acknowledged; further ones wait."""
WORLDS_MAX = 1_000
"""The number of worlds with a lease; a lease for a further one is ignored."""


class WatchPublisher:
    """The watches of one simulator. `source` names its run. Times are real ms."""

    def __init__(self, topics: LabTopics, source: str) -> None:
        self._topic = topics.watched
        self._source = source
        self._watches: dict[str, BenchWatch] = {}
        self._serial = 0
        self._in_flight: set[int] = set()

    def of(self, world: str) -> BenchWatch:
        """Return the watch of a world, for a new bench: those who watch get its roster."""
        watch = self._watches.setdefault(world, BenchWatch(world, self._source))
        watch.begin_again()
        return watch

    def drop(self, world: str) -> None:
        """Forget the watch of a world that is closed, unless a cloud still watches it."""
        watch = self._watches.get(world)
        if watch is not None and not watch.is_open:
            del self._watches[world]

    def lease(self, lease: WatchLease, now_ms: int) -> None:
        """Begin, renew or end the watch of a cloud, also of a world that is not open yet."""
        watch = self._watches.get(lease.world)
        if watch is None:
            if len(self._watches) >= WORLDS_MAX:
                return
            watch = self._watches[lease.world] = BenchWatch(lease.world, self._source)
        watch.lease(lease, now_ms)

    def due(self, worlds: Iterable[str]) -> int | None:
        """Return when there is something to publish about these worlds.

        None: there is not, or it waits for the broker.
        """
        if len(self._in_flight) >= IN_FLIGHT_MAX:
            return None
        return earliest(*(self._watches[world].due() for world in worlds))

    def take(self, fleets: Iterable[tuple[str, Fleet]], now_ms: int) -> list[Publish]:
        """Return the messages to publish now about these worlds."""
        out: list[Publish] = []
        for world, fleet in fleets:
            watch = self._watches[world]
            if not watch.is_open or len(self._in_flight) >= IN_FLIGHT_MAX:
                continue
            news = watch.take(fleet, now_ms)
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
