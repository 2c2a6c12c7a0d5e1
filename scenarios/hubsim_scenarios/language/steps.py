"""Steps as values: the actions and expectations of a scenario.

The fields of actions have the names of the struct's fields. A field that names a thing contains an
`AliasRef` (or a `FreshCard`), which the runner resolves.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from hubsim_cloud.domain.types import App
from hubsim_scenarios.language.errors import Place
from hubsim_scenarios.language.moves import Move, MoveToKept
from hubsim_scenarios.language.patterns import Matching, Pattern
from hubsim_scenarios.language.vocabulary import AliasRef
from hubsim_scenarios.language.world import WorldDeclaration

FILE_TEXTS = frozenset({"source", "written"})
"""The fields of a step that depend on how its file is written, and not on what it means."""
FRAME = FILE_TEXTS | {"place", "file", "note"}
"""The fields of a step that do not decide what it does."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The common part of all steps: place, text in the file, and an optional caption."""

    place: Place
    source: str
    file: str | None = None
    """The fragment that contains the step; None for the scenario's file."""
    note: str | None = None


class PersonStep(Step, frozen=True, kw_only=True):
    """A person does something. With `refused`, the cloud must refuse it with that refusal."""

    person: str
    action: str
    fields: Mapping[str, Any]
    app: App = App.PRO_DESKTOP
    refused: str | None = None
    may_be_refused: tuple[str, ...] = ()
    """For a member of `together`: the refusals that may occur, depending on the order."""
    screen: str | None = None
    """The screen that the client must show afterwards."""
    called: AliasRef | None = None
    """The name of the created thing for later steps."""


class PersonSees(Step, frozen=True, kw_only=True):
    """A person opens a view. Without `shows` and `refused`, the step passes if the cloud grants the view."""

    person: str
    view: str
    fields: Mapping[str, Any]
    app: App = App.PRO_DESKTOP
    shows: Pattern | None = None
    refused: str | None = None
    may_be_refused: tuple[str, ...] = ()
    """For a member of `together`: the refusals that may occur, depending on the order."""
    soft: bool = False
    """Whether the play continues after a failure; the verdict is FAIL at the end."""


class BenchStep(Step, frozen=True, kw_only=True):
    """A bench action on a hub. A card in `fields` is an `AliasRef` or a `FreshCard`.

    With `refused`, the bench must refuse the action. The vocabulary defines the names of actions.
    """

    hub: str
    action: str
    fields: Mapping[str, Any]
    refused: str | None = None
    may_be_refused: tuple[str, ...] = ()
    """For a member of `together`: the refusals that may occur, depending on the order."""


class InjectFault(Step, frozen=True, kw_only=True):
    """A fault is injected."""

    fault: str
    fields: Mapping[str, Any]


AnyMember = PersonStep | PersonSees | BenchStep | InjectFault
"""A step that can happen at the same time as others."""


class Together(Step, frozen=True, kw_only=True):
    """Several steps happen at the same instant, in any order."""

    members: tuple[AnyMember, ...]
    succeed: int | None = None
    """How many of the members with `may_be_refused` must succeed; without it, any number may."""
    order: tuple[int, ...] = ()
    """The members by their index, in the order of a play. Empty: the world chooses the order."""


class ClockStep(Step, frozen=True, kw_only=True):
    """The world clock moves forward."""

    move: Move | MoveToKept
    written: str
    """The move in the author's words."""


class Subject(Step, frozen=True, kw_only=True):
    """An expectation's subject: a declared thing, or a word such as `mailbox` with its selecting fields."""

    subject: AliasRef | str
    selected: Mapping[str, Any]
    fields: Mapping[str, Pattern]
    """By field name; a group is a `Matching`."""
    written: str = ""
    """The expected values in the author's words, in one line; empty for a step in block style."""
    soft: bool = False
    """Whether the play continues after a failure; the verdict is FAIL at the end."""


class Expect(Subject, frozen=True, kw_only=True):
    """All fields must match within the time, in world milliseconds; 0 means immediately."""

    within_ms: int = 0


class Never(Subject, frozen=True, kw_only=True):
    """The fields must not match at any instant of this time, in world milliseconds."""

    for_ms: int


class Since(StrEnum):
    """The position in the trace from which events count."""

    START = "start"
    LAST_STEP = "last step"


class ExpectOrder(Step, frozen=True, kw_only=True):
    """The trace must contain these events in this order; other events may come between them."""

    events: tuple[Matching, ...]
    since: Since = Since.START
    soft: bool = False
    """Whether the play continues after a failure; the verdict is FAIL at the end."""


AnyStep = AnyMember | Together | ClockStep | Expect | Never | ExpectOrder
AnyCheck = PersonSees | Expect | Never | ExpectOrder
"""A step that can be soft."""


def single_steps(steps: Iterable[AnyStep]) -> Iterator[AnyStep]:
    """Yield the steps, with the members of a `together` step in its place."""
    for step in steps:
        if isinstance(step, Together):
            yield from step.members
        else:
            yield step


def softened(step: AnyStep) -> AnyStep:
    """Return a check as a soft one, and any other step as it is."""
    return msgspec.structs.replace(step, soft=True) if isinstance(step, AnyCheck) else step


def in_file(step: AnyStep, file: str) -> AnyStep:
    """Return the step of a fragment with the name of its file."""
    if isinstance(step, Together):
        members = tuple(msgspec.structs.replace(member, file=file) for member in step.members)
        return msgspec.structs.replace(step, file=file, members=members)
    return msgspec.structs.replace(step, file=file)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario: the content of a file, or one case of it."""

    file: str
    fragments: tuple[str, ...] = ()
    """The files of the fragments that it begins with."""
    title: str
    """The title in the file, followed by the case in brackets if the file has a matrix."""
    case: Mapping[str, str] = {}
    """The case of the file's matrix: by axis, the text of its value in the file.

    In a play in one order of the `together` steps, `order` is a further axis.
    """
    about: str | None = None
    covers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    clock_ms: int
    """The world clock at the start."""
    zone: str
    """The scenario's zone, from `clock`."""
    settings: Mapping[str, Mapping[str, Any]] = {}
    """Values that override the defaults, by group and field name."""
    world: WorldDeclaration = WorldDeclaration()
    soft: bool = False
    """Whether every check of the file is soft. The checks in `steps` are marked already."""
    steps: tuple[AnyStep, ...]

    def aliases(self) -> Iterator[AliasRef]:
        """Yield every declared name, first those of the world, then those of the steps, in file order."""
        yield from self.world.aliases()
        for step in single_steps(self.steps):
            if isinstance(step, PersonStep) and step.called is not None:
                yield step.called
