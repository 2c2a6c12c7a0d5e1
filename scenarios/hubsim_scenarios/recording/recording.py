"""One recording, from the first entry of a journal to a file that was played.

Owns what is told on the way, and that whatever was recorded is written, however the recording ends.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from hubsim_cloud.lab.journal import Lack
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.recording.author_values import CannotExpress
from hubsim_scenarios.recording.draft import Draft, DraftStep, Line
from hubsim_scenarios.recording.scenario_writer import Unreadable, read, settings_said, written
from hubsim_scenarios.recording.server import (
    CannotRecord,
    JournalPage,
    RecordedWorld,
    WorldGone,
    journal_as_it_grows,
)
from hubsim_scenarios.recording.server_diff import SeenThere, differences
from hubsim_scenarios.recording.verify import expectations, verify
from hubsim_scenarios.worlds.world import CannotPlay

_LACKING = (
    "the server does not know how the world {name!r} began: it was started again since, or the world was "
    "made from a snapshot without a journal. Record a world that is opened from now on"
)
_FULL = "the journal of the world is full: what was done behind the last step is not recorded"
_ANEW = "the world was begun anew, and so is the recording"


class RecordingProgress(msgspec.Struct, frozen=True):
    """Where to what is told: `step` gets lines of the scenario, `talk` sentences."""

    step: Callable[[str], None]
    talk: Callable[[str], None]


class RecordedScenario(msgspec.Struct, frozen=True):
    """What was recorded: the draft, and what the server showed at its end if it was there until then."""

    draft: Draft
    seen: SeenThere | None
    lost: str = ""
    """Why not."""
    gone: bool = False
    """Whether the server was gone before the end."""


class RecordingOutcome(msgspec.Struct, frozen=True):
    """What came of writing a recording."""

    text: str
    """The file."""
    trouble: tuple[str, ...] = ()
    """Why it does not pass, or is not what happened on the server; empty: it is, and passes."""


async def record(
    world: RecordedWorld, zone: str, told: RecordingProgress, ended: Callable[[], Awaitable[None]]
) -> RecordedScenario:
    """Record until `ended` returns, or the server is gone. Raises `CannotRecord` before anything is."""
    taking = _RecordingSession(world, zone, told)
    following = asyncio.create_task(taking.follow(), name="journal")
    ending = asyncio.create_task(_until(ended), name="end of the recording")
    try:
        await asyncio.wait({following, ending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (following, ending):
            task.cancel()
        await asyncio.wait({following, ending})
    if not following.cancelled() and (error := following.exception()) is not None:
        if not isinstance(error, CannotPlay):
            raise error
        return taking.cut_off(error)
    return await taking.finish()


async def _until(ended: Callable[[], Awaitable[None]]) -> None:
    await ended()


class _RecordingSession:
    """A recording on its way."""

    def __init__(self, world: RecordedWorld, zone: str, told: RecordingProgress) -> None:
        self._world = world
        self._zone = zone
        self._told = told
        self._draft: Draft | None = None
        self._run = ""
        self._count = 0
        self._is_full = False

    async def follow(self) -> None:
        """Take what is done, as it is done; return when nothing more can come."""
        async for part in journal_as_it_grows(self._world):
            self._take(part)
            if self._is_full:
                return

    async def finish(self) -> RecordedScenario:
        """Take what was done last, and look at everything."""
        try:
            at_ms = await self._world.is_idle()
            part = await self._world.more(self._count, wait=False)
            self._take(part if part.run == self._run else await self._world.more(0, wait=False))
            draft = self._draft
            assert draft is not None, "the first part of a journal begins it"
            self._tell(draft.end(at_ms))
            seen = await self._world.seen(draft.things)
        except CannotPlay as error:
            return self.cut_off(error)
        return RecordedScenario(draft, None if self._is_full else seen, _FULL if self._is_full else "")

    def cut_off(self, error: CannotPlay) -> RecordedScenario:
        """Return what there is. Raises `CannotRecord` when there is nothing."""
        if self._draft is None:
            raise CannotRecord(f"nothing could be recorded: {error}") from error
        return RecordedScenario(self._draft, None, str(error), gone=True)

    def _take(self, part: JournalPage) -> None:
        if part.run != self._run:
            self._begin(part)
        assert self._draft is not None
        for entry in part.entries:
            self._tell(self._draft.add(entry))
        self._count = part.next
        self._is_full = part.lacks is Lack.END

    def _begin(self, part: JournalPage) -> None:
        """Begin with a journal. Raises `CannotRecord`; `WorldGone` when something was recorded before."""
        why_not = _why_not(part, self._world.name)
        if why_not and self._draft is not None:
            raise WorldGone(f"what was recorded ended here: {why_not}")
        if why_not:
            raise CannotRecord(why_not)
        if self._draft is not None:
            self._told.talk(_ANEW)
        self._draft, self._run = Draft(part.beginning, self._zone), part.run

    def _tell(self, lines: list[Line]) -> None:
        assert self._draft is not None
        for line in lines:
            if isinstance(line, DraftStep):
                self._told.step(f"- {self._draft.written(line)}")
            else:
                self._told.talk(f"not in a scenario: {line.text}")


def _why_not(part: JournalPage, name: str) -> str:
    """Return why the journal of a world cannot become a scenario, or nothing."""
    if part.lacks is Lack.BEGINNING:
        return _LACKING.format(name=name)
    try:
        settings_said(part.beginning)
    except CannotExpress as error:
        return f"the world {name!r} cannot be a scenario: {error}"
    return ""


def fix(take: RecordedScenario, title: str, file: Path) -> RecordingOutcome:
    """Write a recording down: what to expect is seen in one play, that it passes in another."""
    draft = take.draft
    try:
        bare = written(draft, title)
    except Unreadable as error:
        reason = f"it cannot be read as a scenario: {error}"
        return RecordingOutcome(f"# {' '.join(reason.split())}\n{error.text}", (reason,))
    verification = verify(read(bare, str(file)))
    trouble: list[str] = []
    if not verification.whole:
        step = verification.result.failed_step
        where = f" at {step.source}" if step is not None else ""
        trouble.append(f"it went otherwise than on the server{where}: {verification.result.reason}")
    elif take.seen is not None:
        trouble += differences(take.seen, verification)
    try:
        text = written(draft, title, expectations(verification), _head(trouble))
    except Unreadable:
        return RecordingOutcome(
            bare, (*trouble, "with expectations it would be too long: it stands here without")
        )
    again = verify(read(text, str(file)))
    if verification.whole and again.result.verdict is not Verdict.PASS:
        trouble.append(f"played again it does not pass: {again.result.reason}")
        text = written(draft, title, expectations(verification), _head(trouble))
    return RecordingOutcome(text, tuple(trouble))


def is_empty(draft: Draft) -> bool:
    """Say whether nothing was done that could be a step of a scenario."""
    return not any(isinstance(line, DraftStep) for line in draft.lines)


def _head(trouble: list[str]) -> list[str]:
    return [f"This recording is not what happened on the server: {text}" for text in trouble]
