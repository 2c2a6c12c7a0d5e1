"""What is taken of a server that does something else while a recording comes to its end."""

import asyncio
from typing import Any

from drafted import JANUARY_MS, ZONE, signed_up

from hubsim_cloud.lab.journal import AnyEntry, JournalStart
from hubsim_scenarios.recording.draft import DraftStep
from hubsim_scenarios.recording.inventory import Inventory
from hubsim_scenarios.recording.recording import RecordedScenario, RecordingProgress, record
from hubsim_scenarios.recording.server import JournalPage, ListedWorld, RecordedWorld
from hubsim_scenarios.recording.server_diff import SeenThere
from hubsim_scenarios.recording.verify import BillingAndMail
from hubsim_scenarios.worlds.api import Api

HOUR_MS = 3_600_000


class ToldWorld(RecordedWorld):
    """A world whose journal is as a test says; before its end it can be begun anew."""

    def __init__(self, api: Api, *entries: AnyEntry) -> None:
        super().__init__(api, ListedWorld("spring", "x"), own=False)
        self.ended = asyncio.Event()
        self._run, self._entries = "first", list(entries)
        self._anew: list[AnyEntry] | None = None
        self._rest_ms = JANUARY_MS

    def begins_anew_at_the_end(self, *entries: AnyEntry) -> None:
        self._anew = list(entries)

    def stands_at_the_end(self, at_ms: int) -> None:
        self._rest_ms = at_ms

    async def more(self, after: int, *, wait: bool = True) -> JournalPage:
        if wait:  # nothing more is done
            self.ended.set()
            await asyncio.Event().wait()
        beginning = JournalStart(world_ms=JANUARY_MS)
        return JournalPage(self._run, None, beginning, self._entries[after:], len(self._entries))

    async def is_idle(self) -> int:
        if self._anew is not None:
            self._run, self._entries = "second", self._anew
        return self._rest_ms

    async def seen(self, things: Inventory) -> SeenThere:
        del things
        return SeenThere({}, BillingAndMail({}, 0))


async def taken(world: ToldWorld) -> tuple[RecordedScenario, list[str]]:
    """Record until everything that is in the journal at first was taken; return what was told, too."""
    told: list[str] = []
    take = await record(world, ZONE, RecordingProgress(told.append, told.append), world.ended.wait)
    return take, told


def steps(take: RecordedScenario) -> list[Any]:
    return [take.draft.written(line) for line in take.draft.lines if isinstance(line, DraftStep)]


async def test_the_clock_comes_to_where_the_server_stands_at_the_end() -> None:
    world = ToldWorld(Api("http://127.0.0.1:1"), signed_up())
    world.stands_at_the_end(JANUARY_MS + HOUR_MS)

    take, told = await taken(world)

    assert steps(take)[-1] == "{clock: +1 h}"
    assert told[-1] == "- {clock: +1 h}"


async def test_a_world_begun_anew_at_the_last_moment_is_recorded_from_its_new_beginning() -> None:
    world = ToldWorld(Api("http://127.0.0.1:1"), signed_up("olga"))
    world.begins_anew_at_the_end(signed_up("rita"), signed_up("ivan", "person-2"))

    take, told = await taken(world)

    assert [step.split(",")[0] for step in steps(take)] == ["{as: rita", "{as: ivan"]
    assert "the world was begun anew, and so is the recording" in told
