"""Plays the user's own files when they are saved, and keeps the last play of each case.

Polls the files every `POLL_S`. A play that is paused does not hold up the others. The breakpoints of the last
play apply to the next one.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

from hubsim_cloud.lab.errors import LabError
from hubsim_scenarios.hosting.hosted_play import HostedPlay
from hubsim_scenarios.hosting.play_host import PLAYS_KEPT, PlayHost
from hubsim_scenarios.hosting.play_views import PlayOrder
from hubsim_scenarios.hosting.scenario_library import LibraryEntry

POLL_S = 0.3
"""The longest delay until a saved file is noticed."""

_Case = tuple[str, tuple[tuple[str, str], ...]]
"""The id of a scenario, and its case."""


class ReplayListener(NamedTuple):
    """What the caller shows of the plays."""

    rests: Callable[[HostedPlay], None]
    """Called when a play has ended or is paused."""
    refused: Callable[[LibraryEntry, str], None]
    """Called for a file that cannot be played, with the reason."""


class Replaying:
    """The plays of the user's files. `run` until cancelled."""

    def __init__(self, host: PlayHost, seed: int, listener: ReplayListener) -> None:
        self._host = host
        self._seed = seed
        self._listener = listener
        self._seen: dict[str, LibraryEntry] = {}
        self._last: dict[_Case, str] = {}

    async def run(self) -> None:
        """Play all files once, then those that were saved."""
        while True:
            for entry in await asyncio.to_thread(self._host.library.own):
                if self._seen.get(entry.id) is not entry:
                    self._seen[entry.id] = entry
                    await self._play_all(entry)
            await asyncio.sleep(POLL_S)

    async def _play_all(self, entry: LibraryEntry) -> None:
        if not entry.cases:
            self._listener.refused(entry, entry.mistakes)
        for scenario in entry.cases[:PLAYS_KEPT]:
            await self._play(entry, scenario.case)

    async def _play(self, entry: LibraryEntry, case: Mapping[str, str]) -> None:
        key = entry.id, tuple(case.items())
        lines = await self._forget(key)
        order = PlayOrder(scenario=entry.id, case=dict(case), seed=self._seed, breakpoints=lines)
        try:
            play = await self._host.begin_entry(entry, order)
        except LabError as error:
            self._listener.refused(entry, str(error))
            return
        self._last[key] = play.id
        await play.rests.wait()
        self._listener.rests(play)

    async def _forget(self, key: _Case) -> tuple[int, ...]:
        """Remove the last play of a case; return its breakpoints."""
        last = self._last.pop(key, None)
        try:
            play = self._host.get(last or "")
            lines = tuple(sorted(play.steering.lines))
            await self._host.remove(play.id)
        except LabError:
            return ()  # there is none, or a client has removed it
        return lines
