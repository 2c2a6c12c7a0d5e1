"""Shared beginnings: a fragment is a file with a world, and steps, with which scenarios begin.

A scenario names it with `begin:`. Nothing is overridden: what a fragment declares stands beside what the
scenario declares, and a name declared in both is a mistake, told with both places. Fragments come in the
order in which they are named, each knows the names of those before it, and their steps come before the
scenario's. No file is opened here: whoever reads files says what stands in a fragment.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import msgspec

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.composites import DeferredShape, Field, Fields, read_fields, table
from hubsim_scenarios.language.errors import ScenarioError, quoted
from hubsim_scenarios.language.nodes import Node, Scalar, compose, text_of
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.read_context import UNREAD, ReadContext, Unread
from hubsim_scenarios.language.scalars import TextShape
from hubsim_scenarios.language.step_reader import StepReader
from hubsim_scenarios.language.steps import AnyStep
from hubsim_scenarios.language.world import WorldDeclaration
from hubsim_scenarios.language.world_reader import WorldReader

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_KEY = "fragment"
_WHAT = "the fragment"
_PLAYED = "play a scenario that begins with it: 'begin:' takes the name of a file in a folder 'fragments'"


class Source(NamedTuple):
    """A file as it was read. `file` is its name in messages."""

    file: str
    data: bytes


class Fragments(Protocol):
    """The fragments that a scenario can begin with."""

    def find(self, name: str) -> Source | None:
        """Return what stands in a fragment, or None when there is none of this name."""
        ...

    def names(self) -> Iterable[str]:
        """Return the names of all there are, for the one probably meant."""
        ...


class NoFragments:
    """Of a text that does not stand in a file: no folder of fragments is beside it."""

    def find(self, name: str) -> Source | None:
        """Find nothing."""
        del name
        return None

    def names(self) -> Iterable[str]:
        """Know no name."""
        return ()


class Begin:
    """The shape of `begin:`, one name of a fragment or a list of them, each with its place."""

    def read(self, node: Node, reading: ReadContext) -> tuple[Scalar, ...] | Unread:
        """Return the names as they stand."""
        words = node.items if isinstance(node, nodes.Sequence) else (node,)
        names = [word for word in words if isinstance(word, Scalar) and _NAME.fullmatch(word.text)]
        if not words or len(names) < len(words):
            wrong = next((word for word in words if word not in names), node)
            return reading.wrong_kind(wrong, self.describe())
        return tuple(names)

    def describe(self) -> str:
        """Return what an author may write."""
        return "the name of a fragment (small letters, digits, - and _), or a list of such names"


class Beginning(msgspec.Struct):
    """What stands before a scenario's own world and steps, and every mistake in it."""

    world: WorldDeclaration = WorldDeclaration()
    steps: tuple[AnyStep, ...] = ()
    mistakes: tuple[ScenarioError, ...] = ()
    sources: dict[str, bytes] = {}
    """What was read, by the name of the file."""


class FragmentFile(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading a fragment by itself: what it brings, or every mistake in it."""

    title: str = ""
    about: str | None = None
    world: WorldDeclaration = WorldDeclaration()
    steps: tuple[AnyStep, ...] = ()
    mistakes: tuple[ScenarioError, ...] = ()
    borrowed: tuple[ScenarioError, ...] = ()
    """Names that it uses and does not declare: a fragment that is named before it has to."""


def is_fragment(root: Node) -> bool:
    """Return whether a file says that it is a fragment, and not that it is a scenario."""
    return isinstance(root, nodes.Mapping) and root.get(_KEY) is not None and root.get("scenario") is None


def report_fragment(root: nodes.Mapping, reading: ReadContext) -> None:
    """Report a fragment that stands where a scenario is expected."""
    key = next(key for key, _ in root.entries if key.text == _KEY)
    reading.problems.add(key.place, "this is a fragment, which is not played by itself", _PLAYED)


class FragmentReader:
    """Reads the fragments that a scenario begins with."""

    def __init__(self, world: WorldReader, steps: StepReader) -> None:
        self.header: Fields = table(
            Field("title", _KEY, TextShape(), required=True),
            Field("about", "about", TextShape()),
            Field("world", "world", DeferredShape("a mapping with " + ", ".join(world.records))),
            Field("steps", "steps", DeferredShape("a list of steps")),
        )
        self._world = world
        self._steps = steps

    def read(
        self, names: tuple[Scalar, ...], fragments: Fragments, reading: ReadContext, beginning: Beginning
    ) -> bool:
        """Read what the fragments bring into `beginning`, and let the scenario's reading know their names.

        Return whether all of it could be read.
        """
        before = reading.problems.count
        for name in names:
            source = fragments.find(name.text)
            if source is None:
                text = f"there is no fragment {quoted(name.text)} in a folder 'fragments' here or above"
                reading.unknown(name.place, text, name.text, fragments.names())
            elif source.file in beginning.sources:
                reading.problems.add(name.place, f"the fragment {quoted(name.text)} is named already")
            else:
                self._append(beginning, source, reading)
        return not beginning.mistakes and reading.problems.count == before

    def alone(self, file: str, source: bytes | str) -> FragmentFile:
        """Return what a fragment brings, read without the scenario that begins with it. Total.

        Names that it does not declare are no mistakes: they may be those of a fragment before it.
        """
        problems, borrowed = Problems(file), Problems(file)
        text = text_of(source, problems)
        root = compose(text, problems) if text is not None else None
        beginning, values = Beginning(), dict[str, Any]()
        if text is not None and root is not None:
            reading = ReadContext(problems, text)
            reading.borrowed = borrowed
            values = self._read(beginning, root, reading, file)
        if problems.count:
            return FragmentFile(mistakes=problems.errors())
        return FragmentFile(
            world=beginning.world, steps=beginning.steps, borrowed=borrowed.errors(), **values
        )

    def _append(self, beginning: Beginning, source: Source, scenario: ReadContext) -> None:
        beginning.sources[source.file] = source.data
        problems = Problems(source.file)
        text = text_of(source.data, problems)
        root = compose(text, problems) if text is not None else None
        if text is not None and root is not None:
            reading = ReadContext(problems, text)
            reading.follow(scenario)
            self._read(beginning, root, reading, source.file)
            scenario.follow(reading, source.file)
        beginning.mistakes += problems.errors()

    def _read(self, beginning: Beginning, root: Node, reading: ReadContext, file: str) -> dict[str, Any]:
        """Read a fragment into `beginning`, and return what else it says: its title, and what it is about."""
        if not isinstance(root, nodes.Mapping):
            reading.wrong_kind(root, "a fragment, which is a mapping that begins with 'fragment:',")
            return {}
        values = read_fields(root, self.header, _WHAT, reading)
        world, steps = values.pop("world", UNREAD), values.pop("steps", UNREAD)
        if world is not UNREAD:
            beginning.world = joined(beginning.world, self._world.read(world, reading))
        if steps is not UNREAD:
            own = self._steps.read_all(steps, reading)
            beginning.steps += tuple(msgspec.structs.replace(step, file=file) for step in own)
        return values


def joined(first: WorldDeclaration, second: WorldDeclaration) -> WorldDeclaration:
    """Return a world with what both declare; no name is in both, as the reader has seen to."""
    return WorldDeclaration(
        **{name: getattr(first, name) | getattr(second, name) for name in WorldDeclaration.__struct_fields__}
    )
