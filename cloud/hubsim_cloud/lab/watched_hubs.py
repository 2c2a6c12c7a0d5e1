"""The hubs of a watched world that look different, as rows of the fleet.

Owns the last brief of each hub that has changed while a client watches. A hub that is on a bench and has no
brief here yet is shown when the brief has arrived, for which the owner asks.
"""

from collections.abc import Callable
from typing import TypeVar

from hubsim_cloud.lab.fleet_view import FleetHub
from hubsim_cloud.lab.hub_changes import HubChanges
from hubsim_contract.lab.hub_brief import HubBrief
from hubsim_contract.lab.watching import WatchedBench
from hubsim_contract.timer_queue import earliest

BRIEF_WAIT_MS = 300
"""How long a change of a hub waits for the first brief of the hub, and all hubs for the first roster."""
HUBS_KEPT = 20_000
"""The number of hubs whose brief and row are kept; the others are asked for when they change again."""

KeptT = TypeVar("KeptT", HubBrief, FleetHub)
RowOf = Callable[[str, HubBrief | None], FleetHub]


class WatchedHubs:
    """The hubs of one watch. Times are real ms."""

    def __init__(self, row_of: RowOf, emit: Callable[[FleetHub], None], now_ms: int) -> None:
        self._row_of = row_of
        self._emit = emit
        self._changes = HubChanges()
        self._briefs: dict[str, HubBrief] = {}
        self._rows: dict[str, FleetHub] = {}
        self._rosters: dict[str, set[str]] = {}
        """The hubs on the bench of each simulator that has answered."""
        self._asked: dict[str, int] = {}
        """Hubs whose brief was asked for, with the end of the wait."""
        self._starts_ms = now_ms + BRIEF_WAIT_MS
        """No hub is shown before, until a simulator has answered."""

    def touch(self, hub: str) -> None:
        """Show a hub again, if it looks different."""
        self._changes.touch(hub)

    def take(self, news: WatchedBench) -> None:
        """Take the rosters and briefs of a simulator."""
        if news.roster is not None:
            hubs = set(news.roster)
            for source in [name for name, known in self._rosters.items() if not known.isdisjoint(hubs)]:
                del self._rosters[source]
            self._rosters[news.source] = hubs
            self._starts_ms = 0
        roster = self._rosters.setdefault(news.source, set())
        for brief in news.hubs:
            roster.add(brief.hub)
            self._asked.pop(brief.hub, None)
            _put(self._briefs, brief.hub, brief)
            self._changes.touch(brief.hub)
        for hub in news.gone:
            roster.discard(hub)
            self._briefs.pop(hub, None)
            self._changes.touch(hub)

    def due(self, now_ms: int) -> int | None:
        """Return when `flush` has something to do, or None."""
        changes_ms = self._changes.due(now_ms)
        shows_ms = None if changes_ms is None else max(changes_ms, self._starts_ms)
        return earliest(shows_ms, min(self._asked.values(), default=None))

    def flush(self, now_ms: int) -> list[str]:
        """Show the hubs that are ready, and return those whose brief is needed."""
        for hub in [hub for hub, until_ms in self._asked.items() if until_ms <= now_ms]:
            del self._asked[hub]
            self._show(hub)
        needed: list[str] = []
        if now_ms < self._starts_ms:
            return needed
        for hub in self._changes.take(now_ms):
            if hub in self._asked:
                continue
            if hub not in self._briefs and self._is_on_bench(hub):
                self._asked[hub] = now_ms + BRIEF_WAIT_MS
                needed.append(hub)
            else:
                self._show(hub)
        return needed

    def _is_on_bench(self, hub: str) -> bool:
        return any(hub in roster for roster in self._rosters.values())

    def _show(self, hub: str) -> None:
        row = self._row_of(hub, self._briefs.get(hub))
        if self._rows.get(hub) != row:
            _put(self._rows, hub, row)
            self._emit(row)


def _put(known: dict[str, KeptT], hub: str, what: KeptT) -> None:
    """Keep something of a hub, as the newest one."""
    known.pop(hub, None)
    known[hub] = what
    if len(known) > HUBS_KEPT:
        del known[next(iter(known))]
