"""Recordings whose world changes while the recording ends."""

import asyncio
from typing import Any

from journal_entries import JANUARY_MS, ZONE, signed_up

from hubsim_cloud.lab.journal import AnyEntry, JournalStart
from hubsim_scenarios.recording.draft import DraftStep
from hubsim_scenarios.recording.inventory import Inventory
from hubsim_scenarios.recording.recording import RecordedScenario, RecordingProgress, record
from hubsim_scenarios.recording.server import JournalPage, ListedWorld, RecordedWorld
from hubsim_scenarios.recording.server_diff import ServerState
from hubsim_scenarios.recording.verify import BillingAndMail
from hubsim_scenarios.worlds.api import Api

HOUR_MS = 3_600_000


class ScriptedWorld(RecordedWorld):
    """A world with a journal from the test, and optionally a reset at the end of the recording."""

    def __init__(self, api: Api, *entries: AnyEntry) -> None:
        super().__init__(api, ListedWorld("spring"), own=False)
        self.ended = asyncio.Event()
        self._run, self._entries = "first", list(entries)
        self._entries_after_reset: list[AnyEntry] | None = None
        self._end_ms = JANUARY_MS

    def reset_at_the_end(self, *entries: AnyEntry) -> None:
        self._entries_after_reset = list(entries)

    def end_at(self, at_ms: int) -> None:
        self._end_ms = at_ms

    async def more(self, after: int, *, wait: bool = True) -> JournalPage:
        if wait:  # the journal does not grow
            self.ended.set()
            await asyncio.Event().wait()
        beginning = JournalStart(world_ms=JANUARY_MS)
        return JournalPage(self._run, None, beginning, self._entries[after:], len(self._entries))

    async def is_idle(self) -> int:
        if self._entries_after_reset is not None:
            self._run, self._entries = "second", self._entries_after_reset
        return self._end_ms

    async def seen(self, things: Inventory) -> ServerState:
        del things
        return ServerState({}, BillingAndMail({}, 0))


async def recorded(world: ScriptedWorld) -> tuple[RecordedScenario, list[str]]:
    """Record the initial journal; return the recording and the printed lines."""
    printed: list[str] = []
    recording = await record(world, ZONE, RecordingProgress(printed.append, printed.append), world.ended.wait)
    return recording, printed


def steps(recording: RecordedScenario) -> list[Any]:
    return [recording.draft.step_text(line) for line in recording.draft.lines if isinstance(line, DraftStep)]


async def test_the_clock_moves_to_the_time_of_the_server_at_the_end() -> None:
    world = ScriptedWorld(Api("http://127.0.0.1:1"), signed_up())
    world.end_at(JANUARY_MS + HOUR_MS)

    recording, printed = await recorded(world)

    assert steps(recording)[-1] == "{clock: +1 h}"
    assert printed[-1] == "- {clock: +1 h}"


async def test_a_world_that_is_reset_at_the_end_is_recorded_from_its_new_beginning() -> None:
    world = ScriptedWorld(Api("http://127.0.0.1:1"), signed_up("olga"))
    world.reset_at_the_end(signed_up("rita"), signed_up("ivan", "person-2"))

    recording, printed = await recorded(world)

    assert [step.split(",")[0] for step in steps(recording)] == ["{as: rita", "{as: ivan"]
    assert "the world was reset: the recording starts again" in printed
