"""The watches of all worlds of one lab: their timers, and their leases at the simulators.

A lease is renewed while a world is watched, and whenever a simulator comes online. The shards of a fleet,
which take no requests, are watched in the same way.
"""

import asyncio
import secrets
import time
from contextlib import suppress
from typing import NamedTuple

from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.world_watch import WorldWatch
from hubsim_contract.lab.watching import LEASE_S, WatchedBench, WatchLease

RENEW_S = LEASE_S / 3


class _Watched(NamedTuple):
    watch: WorldWatch
    watcher: str
    """The name of the lease."""


class WorldWatches:
    """The watches. `run` until cancelled."""

    def __init__(self, link: LabLink) -> None:
        self._link = link
        self._watched: dict[str, _Watched] = {}
        """The watched worlds, by name."""
        self._changed = asyncio.Event()
        self._renew_at_s = 0.0
        link.on_watched = self._receive
        link.on_simulator = self.renew

    async def run(self) -> None:
        """Flush the watches when they are due, and renew their leases."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s()):
                    await self._changed.wait()
            self._changed.clear()
            for watched in list(self._watched.values()):
                watched.watch.flush()
            if self._watched and time.monotonic() >= self._renew_at_s:
                self.renew()
            await asyncio.sleep(0)

    def changed(self) -> None:
        """Look at the timers of the watches again."""
        self._changed.set()

    def begin(self, world: str, watch: WorldWatch) -> None:
        """Have the simulators report what happens in a world."""
        self._watched[world] = _Watched(watch, secrets.token_hex(4))
        self._renew_at_s = time.monotonic() + RENEW_S
        self._lease(world)
        self.changed()

    def ask(self, world: str, hubs: tuple[str, ...]) -> None:
        """Ask the simulators for the briefs of hubs."""
        self._lease(world, show=hubs)

    def end(self, world: str, watch: WorldWatch) -> None:
        """Have the simulators report no longer."""
        if world in self._watched and self._watched[world].watch is watch:
            self._lease(world, lasting_s=0)
            del self._watched[world]

    def renew(self) -> None:
        """Renew the leases of all watched worlds."""
        self._renew_at_s = time.monotonic() + RENEW_S
        for world in self._watched:
            self._lease(world)

    def _lease(self, world: str, *, lasting_s: float = LEASE_S, show: tuple[str, ...] = ()) -> None:
        watcher = self._watched[world].watcher
        self._link.lease(WatchLease(watcher=watcher, world=world, lasting_s=lasting_s, show=show))

    def _wait_s(self) -> float | None:
        """Return how long nothing is due; None: until something changes."""
        if not self._watched:
            return None
        now_s = time.monotonic()
        waits_s = [self._renew_at_s - now_s]
        for watched in self._watched.values():
            due_ms = watched.watch.due()
            if due_ms is not None:
                waits_s.append(due_ms / 1000 - now_s)
        return max(0.0, min(waits_s))

    def _receive(self, news: WatchedBench) -> None:
        watched = self._watched.get(news.world)
        if watched is not None:
            watched.watch.bench(news)
