"""The events and the changed hubs of a bench that are not sent yet to the clouds that watch it.

Bounded: it collects a number of events and characters between two publishes, and counts the rest. A hub is
sent at most ten times a second, and its last state always. Without a lease it collects and keeps nothing.
Pure; times are real ms.
"""

from itertools import islice

from hubsim_contract.lab.hub_brief import HubBrief
from hubsim_contract.lab.watching import EVENTS_MAX, BenchNews, StationMessage, WatchedBench, WatchLease
from hubsim_contract.timer_queue import earliest
from hubsim_simulator.briefs import brief_of
from hubsim_simulator.carrier.carrier_choice import carrier_here
from hubsim_simulator.fleet import Fleet

CHARACTERS_MAX = 2_000_000
"""The number of characters of payloads that are collected between two publishes."""
HUBS_AT_ONCE = 200
"""The number of hubs that are looked at in one go; the others follow later."""
HUB_EVERY_MS = 100
"""The shortest time between two briefs of one hub."""
WATCHERS_MAX = 100
"""The number of leases; a further one replaces the one that ends first."""


class BenchWatch:
    """The watch of one bench. `source` names the run of its simulator."""

    def __init__(self, world: str, source: str) -> None:
        self._world = world
        self._source = source
        self._leases: dict[str, int] = {}
        """The watchers, each with the end of its lease."""
        self._roster_due = False
        self._events: list[BenchNews] = []
        self._characters = 0
        self._missed = 0
        self._touched: dict[str, None] = {}
        """Hubs that may look different."""
        self._asked: dict[str, None] = {}
        """Hubs to send, changed or not."""
        self._sent: dict[str, tuple[int, HubBrief]] = {}
        """The last brief of each hub, and when it was sent."""

    @property
    def is_open(self) -> bool:
        """Whether a cloud watches the bench."""
        return bool(self._leases)

    def begin_again(self) -> None:
        """Send the roster to those who watch: the bench is a new one."""
        self._roster_due = self.is_open
        self._touched.clear()
        self._sent.clear()

    def lease(self, lease: WatchLease, now_ms: int) -> None:
        """Begin, renew or end the watch of a cloud."""
        if lease.lasting_s <= 0:
            self._leases.pop(lease.watcher, None)
            self._close_if_unwatched()
            return
        if lease.watcher not in self._leases:
            self._roster_due = True
            if len(self._leases) >= WATCHERS_MAX:
                del self._leases[min(self._leases, key=self._leases.__getitem__)]
        self._leases[lease.watcher] = now_ms + round(lease.lasting_s * 1000)
        self._asked.update(dict.fromkeys(lease.show))

    def add(self, event: BenchNews) -> None:
        """Collect an event. Call it only while the watch is open."""
        size = len(event.text) if isinstance(event, StationMessage) else 0
        if len(self._events) >= EVENTS_MAX or self._characters + size > CHARACTERS_MAX:
            self._missed += 1
            return
        self._characters += size
        self._events.append(event)

    def touch(self, hub: str) -> None:
        """Note that a hub may look different, or is no longer on the bench."""
        if self._leases:
            self._touched[hub] = None

    def due(self) -> int | None:
        """Return when something is to be sent or ends by itself, or None."""
        if not self._leases:
            return None
        ready = (self._sent[hub][0] + HUB_EVERY_MS if hub in self._sent else 0 for hub in self._touched)
        return earliest(min(self._leases.values()), min(ready, default=None))

    def take(self, fleet: Fleet, now_ms: int) -> WatchedBench | None:
        """Return what is to be sent now, which then counts as sent; None: nothing."""
        for watcher in [name for name, ends_ms in self._leases.items() if ends_ms <= now_ms]:
            del self._leases[watcher]
        self._close_if_unwatched()
        hubs, gone = self._changed(fleet, now_ms)
        if not (self._events or self._missed or hubs or gone or self._roster_due):
            return None
        with_roster = self._roster_due
        taken = WatchedBench(
            world=self._world,
            source=self._source,
            events=tuple(self._events),
            missed=self._missed,
            hubs=hubs,
            gone=gone,
            roster=tuple(fleet.hubs) if with_roster else None,
            attached=tuple(hub.id for hub in fleet.hubs.values() if hub.program is None)
            if with_roster
            else (),
            carrier=with_roster and carrier_here(fleet.carrier) is not None,
        )
        self._events, self._characters, self._missed, self._roster_due = [], 0, 0, False
        return taken

    def _changed(self, fleet: Fleet, now_ms: int) -> tuple[tuple[HubBrief, ...], tuple[str, ...]]:
        """Return the briefs to send now, and the hubs that are no longer on the bench."""
        if not (self._touched or self._asked):
            return (), ()
        quiet = (
            hub
            for hub in self._touched
            if hub not in self._sent or self._sent[hub][0] + HUB_EVERY_MS <= now_ms
        )
        ready = list(islice(quiet, HUBS_AT_ONCE))
        briefs: list[HubBrief] = []
        gone = [hub for hub in ready if hub not in fleet.hubs]
        for hub in dict.fromkeys([*ready, *self._asked]):
            self._touched.pop(hub, None)
            if hub not in fleet.hubs:
                self._sent.pop(hub, None)
                continue
            brief = brief_of(fleet.hubs[hub], fleet.carrier)
            if hub in self._asked or hub not in self._sent or self._sent[hub][1] != brief:
                self._sent[hub] = (now_ms, brief)
                briefs.append(brief)
        self._asked.clear()
        return tuple(briefs), tuple(gone)

    def _close_if_unwatched(self) -> None:
        """Forget everything when there is no lease."""
        if not self._leases:
            self._events, self._characters, self._missed, self._roster_due = [], 0, 0, False
            self._touched.clear()
            self._asked.clear()
            self._sent.clear()
