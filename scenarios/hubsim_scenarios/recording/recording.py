"""One recording, from the first entry of a journal to a file that was played.

It prints the progress, and promises a file with all recorded steps, however the recording ends.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from hubsim_cloud.lab.journal import Lack
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.recording.author_values import CannotExpress
from hubsim_scenarios.recording.draft import Draft, DraftStep, Line
from hubsim_scenarios.recording.scenario_writer import Unreadable, changed_settings, read, scenario_text
from hubsim_scenarios.recording.server import (
    CannotRecord,
    JournalPage,
    RecordedWorld,
    WorldGone,
    journal_as_it_grows,
)
from hubsim_scenarios.recording.server_diff import ServerState, differences
from hubsim_scenarios.recording.verify import expectations, verify
from hubsim_scenarios.worlds.world import CannotPlay

_LACKING = (
    "the server does not know the beginning of the world {name!r}: the server was restarted, or the world "
    "was created from a snapshot without a journal. Record a new world"
)
_FULL = "the journal of the world is full: actions after the last step are not recorded"
_RESTARTED = "the world was reset: the recording starts again"


class RecordingProgress(msgspec.Struct, frozen=True):
    """The outputs of a recording: `step` gets lines of the scenario, `talk` gets messages."""

    step: Callable[[str], None]
    talk: Callable[[str], None]


class RecordedScenario(msgspec.Struct, frozen=True):
    """The draft, and the state of the server at the end of the recording."""

    draft: Draft
    seen: ServerState | None
    """None: the state could not be read, or the journal was full."""
    lost: str = ""
    """Why `seen` is None."""
    gone: bool = False
    """Whether the server or the world disappeared before the end."""


class RecordingOutcome(msgspec.Struct, frozen=True):
    """The text of a scenario, and whether it reproduces the recording."""

    text: str
    """The content of the file."""
    trouble: tuple[str, ...] = ()
    """Why the scenario fails or differs from the server; empty: it passes and does not differ."""


async def record(
    world: RecordedWorld, zone: str, progress: RecordingProgress, ended: Callable[[], Awaitable[None]]
) -> RecordedScenario:
    """Record until `ended` returns or the server is gone. Raises `CannotRecord` if nothing was recorded."""
    session = _RecordingSession(world, zone, progress)
    following = asyncio.create_task(session.follow(), name="journal")
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
        return session.cut_off(error)
    return await session.finish()


async def _until(ended: Callable[[], Awaitable[None]]) -> None:
    await ended()


class _RecordingSession:
    """A recording in progress."""

    def __init__(self, world: RecordedWorld, zone: str, progress: RecordingProgress) -> None:
        self._world = world
        self._zone = zone
        self._progress = progress
        self._draft: Draft | None = None
        self._run = ""
        self._count = 0
        self._is_full = False

    async def follow(self) -> None:
        """Add the entries of the journal as they arrive; return when the journal is full."""
        async for part in journal_as_it_grows(self._world):
            self._add(part)
            if self._is_full:
                return

    async def finish(self) -> RecordedScenario:
        """Add the last entries, and read the state of the server."""
        try:
            at_ms = await self._world.is_idle()
            part = await self._world.more(self._count, wait=False)
            self._add(part if part.run == self._run else await self._world.more(0, wait=False))
            draft = self._draft
            assert draft is not None, "the first part of a journal begins it"
            self._print(draft.end(at_ms))
            seen = await self._world.seen(draft.things)
        except CannotPlay as error:
            return self.cut_off(error)
        return RecordedScenario(draft, None if self._is_full else seen, _FULL if self._is_full else "")

    def cut_off(self, error: CannotPlay) -> RecordedScenario:
        """Return the recording up to an error. Raises `CannotRecord` if it is empty."""
        if self._draft is None:
            raise CannotRecord(f"nothing could be recorded: {error}") from error
        return RecordedScenario(self._draft, None, str(error), gone=True)

    def _add(self, part: JournalPage) -> None:
        if part.run != self._run:
            self._begin(part)
        assert self._draft is not None
        for entry in part.entries:
            self._print(self._draft.add(entry))
        self._count = part.next
        self._is_full = part.lacks is Lack.END

    def _begin(self, part: JournalPage) -> None:
        """Begin a draft. Raises `CannotRecord`, or `WorldGone` if there was a draft before."""
        why_not = _why_not(part, self._world.name)
        if why_not and self._draft is not None:
            raise WorldGone(f"the recording ended early: {why_not}")
        if why_not:
            raise CannotRecord(why_not)
        if self._draft is not None:
            self._progress.talk(_RESTARTED)
        self._draft, self._run = Draft(part.beginning, self._zone), part.run

    def _print(self, lines: list[Line]) -> None:
        assert self._draft is not None
        for line in lines:
            if isinstance(line, DraftStep):
                self._progress.step(f"- {self._draft.step_text(line)}")
            else:
                self._progress.talk(f"not in a scenario: {line.text}")


def _why_not(part: JournalPage, name: str) -> str:
    """Return why the journal of a world cannot become a scenario, or an empty text."""
    if part.lacks is Lack.BEGINNING:
        return _LACKING.format(name=name)
    try:
        changed_settings(part.beginning)
    except CannotExpress as error:
        return f"the world {name!r} cannot be recorded as a scenario: {error}"
    return ""


def fix(recorded: RecordedScenario, title: str, file: Path) -> RecordingOutcome:
    """Return the scenario of a recording.

    A first play in the virtual world gives the expectations; a second play checks that the scenario passes.
    """
    draft = recorded.draft
    try:
        bare = scenario_text(draft, title)
    except Unreadable as error:
        reason = f"the recording is not a valid scenario: {error}"
        return RecordingOutcome(f"# {' '.join(reason.split())}\n{error.text}", (reason,))
    verification = verify(read(bare, str(file)))
    trouble: list[str] = []
    if not verification.whole:
        step = verification.result.failed_step
        where = f" at {step.source}" if step is not None else ""
        trouble.append(f"the play differs from the server{where}: {verification.result.reason}")
    elif recorded.seen is not None:
        trouble += differences(recorded.seen, verification)
    try:
        text = scenario_text(draft, title, expectations(verification), _head(trouble))
    except Unreadable:
        return RecordingOutcome(
            bare, (*trouble, "the scenario has no expectations, because it would be too long with them")
        )
    again = verify(read(text, str(file)))
    if verification.whole and again.result.verdict is not Verdict.PASS:
        trouble.append(f"the second play does not pass: {again.result.reason}")
        text = scenario_text(draft, title, expectations(verification), _head(trouble))
    return RecordingOutcome(text, tuple(trouble))


def is_empty(draft: Draft) -> bool:
    """Return whether the draft has no step."""
    return not any(isinstance(line, DraftStep) for line in draft.lines)


def _head(trouble: list[str]) -> list[str]:
    return [f"This scenario does not reproduce the recording: {text}" for text in trouble]
