"""Steps as values: what a scenario does, expects, and does to the world, one after another.

Fields of actions are by the names of the struct's fields; one that names a thing holds an `AliasRef`
(or a `FreshCard`), which the runner resolves.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from hubsim_cloud.domain.types import App
from hubsim_scenarios.language.errors import Place
from hubsim_scenarios.language.moves import Move
from hubsim_scenarios.language.patterns import Matching, Pattern
from hubsim_scenarios.language.vocabulary import AliasRef
from hubsim_scenarios.language.world import WorldDeclaration


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What every step has: where it stands, its text in the file, and an optional caption."""

    place: Place
    source: str
    file: str | None = None
    """The fragment in which it stands; None: the scenario's own file."""
    note: str | None = None


class PersonStep(Step, frozen=True, kw_only=True):
    """A person does something. With `refused` it must be refused under that name."""

    person: str
    action: str
    fields: Mapping[str, Any]
    app: App = App.PRO_DESKTOP
    refused: str | None = None
    screen: str | None = None
    """The screen that the client must show afterwards."""
    called: AliasRef | None = None
    """The name by which later steps know what this action brings into being."""


class PersonSees(Step, frozen=True, kw_only=True):
    """A person looks at something. With neither `shows` nor `refused` it must be granted, no more."""

    person: str
    view: str
    fields: Mapping[str, Any]
    app: App = App.PRO_DESKTOP
    shows: Pattern | None = None
    refused: str | None = None


class BenchStep(Step, frozen=True, kw_only=True):
    """Hands do something to a hub. A card in `fields` is an `AliasRef` or a `FreshCard`.

    With `refused` the hands must be refused. Which names there are is up to the vocabulary.
    """

    hub: str
    action: str
    fields: Mapping[str, Any]
    refused: str | None = None


class InjectFault(Step, frozen=True, kw_only=True):
    """Something goes wrong."""

    fault: str
    fields: Mapping[str, Any]


class ClockStep(Step, frozen=True, kw_only=True):
    """The world clock moves forward."""

    move: Move


class Subject(Step, frozen=True, kw_only=True):
    """What is looked at: a declared thing, or a word such as `mailbox` with what selects one of them."""

    subject: AliasRef | str
    selected: Mapping[str, Any]
    fields: Mapping[str, Pattern]
    """By field name; a group is a `Matching`."""


class Expect(Subject, frozen=True, kw_only=True):
    """It must come to be so within the time, in world milliseconds; 0 means it must be so now."""

    within_ms: int = 0


class Never(Subject, frozen=True, kw_only=True):
    """It must not be so at any time of this long, in world milliseconds."""

    for_ms: int


class Since(StrEnum):
    """Where the trace is looked at from."""

    START = "start"
    LAST_STEP = "last step"


class ExpectOrder(Step, frozen=True, kw_only=True):
    """These events must stand in the trace in this order; others may stand between them."""

    events: tuple[Matching, ...]
    since: Since = Since.START


AnyStep = PersonStep | PersonSees | BenchStep | InjectFault | ClockStep | Expect | Never | ExpectOrder


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One file, read."""

    file: str
    fragments: tuple[str, ...] = ()
    """The files that it begins with."""
    title: str
    """The sentence, and behind it the case in brackets if the file has a matrix."""
    case: Mapping[str, str] = {}
    """Which case of the file's matrix this is: what was filled in, by axis, as it stands in the file."""
    about: str | None = None
    covers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    clock_ms: int
    """The world clock at the start."""
    zone: str
    """The scenario's zone: that of `clock`."""
    settings: Mapping[str, Mapping[str, Any]] = {}
    """Overridden values by group and field name, to be laid over the defaults."""
    world: WorldDeclaration = WorldDeclaration()
    steps: tuple[AnyStep, ...]

    def aliases(self) -> Iterator[AliasRef]:
        """Yield every name that is declared: by the world, then by steps, in the order of the file."""
        yield from self.world.aliases()
        for step in self.steps:
            if isinstance(step, PersonStep) and step.called is not None:
                yield step.called
