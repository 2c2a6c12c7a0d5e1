"""The requests and responses of scenarios and plays on a server."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

LONGEST_PACE_MS = 60_000
MOST_BREAKPOINTS = 1_000


class ScenarioKind(StrEnum):
    """Where a scenario is from."""

    CATALOG = "catalog"
    """It comes with the program."""
    OWN = "own"
    """It is a file of the user, given to `hubsim run --ui`."""


class PlayState(StrEnum):
    """The state of a play on a server."""

    RUNNING = "running"
    PAUSED = "paused"
    """It waits before a step for `continue`, `step` or `stop`."""
    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    """It could not be played."""
    SKIPPED = "skipped"
    """This server cannot play it."""
    STOPPED = "stopped"
    """A client stopped it."""

    @property
    def is_over(self) -> bool:
        """Whether the play has ended."""
        return self not in {PlayState.RUNNING, PlayState.PAUSED}


class StepState(StrEnum):
    """The state of a step."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    UNPLAYED = "unplayed"
    """The play ended before it."""


class ScenarioCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case of a scenario with a matrix or a table."""

    title: str
    case: dict[str, str]


class ScenarioRow(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario file."""

    id: str
    path: str
    title: str
    about: str
    covers: tuple[str, ...]
    tags: tuple[str, ...]
    steps: int
    """The number of steps, of the first case."""
    cases: int
    """The number of cases; 1 without a matrix or a table."""
    kind: ScenarioKind
    mistakes: str
    """Why it cannot be played, with lines and columns. Empty for a file without mistakes."""
    plays: tuple[str, ...]
    """The plays of it that this server keeps, the newest first."""


class ScenariosView(msgspec.Struct, frozen=True, kw_only=True):
    """Scenarios, and the clauses of the guide that they cover."""

    scenarios: list[ScenarioRow]
    clauses: dict[str, str]
    """The text of each clause of the guide."""


class ScenarioStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a scenario."""

    number: int
    """From 1."""
    line: int
    """The line in the file."""
    file: str | None
    """The fragment that has the step; null: the file of the scenario."""
    keyword: str
    """The key of the step, such as `as`, `bench` or `expect`."""
    who: str
    """The person, or the part of the harness."""
    text: str
    """What the step does."""
    note: str | None


class ScenarioView(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario with its text and its steps."""

    scenario: ScenarioRow
    source: str
    """The text of the file."""
    cases: list[ScenarioCase]
    steps: list[ScenarioStep]
    """The steps of the first case."""


Breakpoint = Annotated[int, Meta(ge=1, le=1_000_000)]


class PlayOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A play to begin."""

    scenario: str
    """The id of the scenario."""
    case: dict[str, str] | None = None
    """The case of a scenario with a matrix or a table; null: the first one."""
    world: str | None = None
    """The world to play in, with what it has; empty: the main one. null: a new world, which the play keeps
    until it is removed."""
    pause: bool = False
    """Whether the play pauses before its first step."""
    seed: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    """null: 1 in a new world. In a world that exists a random one, so that ids of hubs and cards are new."""
    pace_ms: Annotated[int, Meta(ge=0, le=LONGEST_PACE_MS)] = 0
    """The real time between two steps, so that people can follow."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """Lines of the file before which the play pauses."""


class PlayBreakpoints(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lines of the file before which the play pauses; they replace the former ones."""

    lines: Annotated[tuple[Breakpoint, ...], Meta(max_length=MOST_BREAKPOINTS)]


class SeenDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A field that differs from what the step expects."""

    where: str
    expected: str
    seen: str


class HostedStep(ScenarioStep, frozen=True, kw_only=True):
    """One step of a play."""

    state: StepState
    at_ms: int | None
    """World time at the end of the step."""
    saw: str
    """The outcome: a refusal, a screen, a kept value, the reason of a failure."""
    differences: tuple[SeenDifference, ...] = ()


class HostedPlayView(msgspec.Struct, frozen=True, kw_only=True):
    """One play."""

    play: str
    scenario: str
    case: dict[str, str]
    title: str
    world: str
    """The world in which it plays; empty: the main one."""
    own_world: bool
    """Whether the world was opened for the play, and is removed with it."""
    seed: int
    pace_ms: int
    breakpoints: tuple[int, ...]
    state: PlayState
    step: int
    """The current step, from 1; 0: the world is being built. After the end: the last step that was played."""
    world_ms: int
    """World time."""
    steps: list[HostedStep]
    awaited: tuple[str, ...]
    """What the play waits for now: the step, and the messages in flight. Empty when it does not wait."""
    verdict: str | None
    """`pass`, `fail`, `blocked` or `skipped`; null while it is played."""
    reason: str
    """Why it did not pass, in one line."""
    hubs: dict[str, str]
    """The id of each hub of the scenario, by its name."""
    report: str | None
    """The path of the HTML report; null while it is played."""


class HostedPlaysView(msgspec.Struct, frozen=True, kw_only=True):
    """The plays that this server keeps, the newest first."""

    plays: list[HostedPlayView]


class PlayEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The event `play` of `GET /lab/watch`, in the world of the play and in the main world."""

    play: str
    scenario: str
    title: str
    world: str
    state: PlayState
    step: int
    """As in `HostedPlayView`."""
    count: int
    """The number of all steps."""
    world_ms: int
    changed: tuple[HostedStep, ...]
    """The step that ended last, and the current one."""
    awaited: tuple[str, ...]
    verdict: str | None
    reason: str


class StepSnapshots(msgspec.Struct, frozen=True, kw_only=True):
    """The state of all hubs of a scenario after a step that was played; step 0 is the beginning."""

    play: str
    number: int
    at_ms: int
    hubs: dict[str, dict[str, Any]]
    """By the name of the hub: its snapshots `app`, `shows`, `applied` and `carrier`, as in scenario files."""
