"""Shared beginnings: a fragment is a file with a world and steps with which scenarios begin.

A scenario names it with `begin:`. It cannot override a fragment: the declarations of both are joined, and a
name declared in both is a mistake, whose message has both places. Fragments apply in the order in which the
scenario names them, each can use the names of the fragments before it, and their steps come before those of
the scenario. This module opens no file: the caller provides the content of fragments.
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
from hubsim_scenarios.language.scalars import VisibleTextShape
from hubsim_scenarios.language.step_reader import StepReader
from hubsim_scenarios.language.steps import AnyStep, in_file
from hubsim_scenarios.language.world import WorldDeclaration
from hubsim_scenarios.language.world_reader import WorldReader

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_KEY = "fragment"
_WHAT = "the fragment"
_PLAYED = "play a scenario that begins with it: 'begin:' takes the name of a file in a folder 'fragments'"


class Source(NamedTuple):
    """The content of a file. `file` is its name in messages."""

    file: str
    data: bytes


class Fragments(Protocol):
    """The fragments that a scenario can begin with."""

    def find(self, name: str) -> Source | None:
        """Return the content of a fragment, or None when no fragment has this name."""
        ...

    def names(self) -> Iterable[str]:
        """Return all names, for suggestions."""
        ...


class NoFragments:
    """For a text that is not in a file and therefore has no folder of fragments."""

    def find(self, name: str) -> Source | None:
        """Return None."""
        del name
        return None

    def names(self) -> Iterable[str]:
        """Return no name."""
        return ()


class Begin:
    """The shape of `begin:`: one name of a fragment or a list of names."""

    def read(self, node: Node, reading: ReadContext) -> tuple[Scalar, ...] | Unread:
        """Return the names with their places."""
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
    """The joined world and steps of a scenario's fragments, and every mistake in them."""

    world: WorldDeclaration = WorldDeclaration()
    steps: tuple[AnyStep, ...] = ()
    mistakes: tuple[ScenarioError, ...] = ()
    sources: dict[str, bytes] = {}
    """The fragments that were read, by file name."""


class FragmentFile(msgspec.Struct, frozen=True, kw_only=True):
    """The result of reading a fragment alone: its content, or every mistake in it."""

    title: str = ""
    about: str | None = None
    world: WorldDeclaration = WorldDeclaration()
    steps: tuple[AnyStep, ...] = ()
    mistakes: tuple[ScenarioError, ...] = ()
    borrowed: tuple[ScenarioError, ...] = ()
    """Names that it uses but does not declare: an earlier fragment must declare them."""


def is_fragment(root: Node) -> bool:
    """Return whether a file has the key of fragments and not that of scenarios."""
    return isinstance(root, nodes.Mapping) and root.get(_KEY) is not None and root.get("scenario") is None


def report_fragment(root: nodes.Mapping, reading: ReadContext) -> None:
    """Report a fragment where a scenario is expected."""
    key = next(key for key, _ in root.entries if key.text == _KEY)
    reading.problems.add(key.place, "this is a fragment, which cannot be played alone", _PLAYED)


class FragmentReader:
    """Reads the fragments that a scenario begins with."""

    def __init__(self, world: WorldReader, steps: StepReader) -> None:
        self.header: Fields = table(
            Field("title", _KEY, VisibleTextShape(), required=True),
            Field("about", "about", VisibleTextShape()),
            Field("world", "world", DeferredShape("a mapping with " + ", ".join(world.records))),
            Field("steps", "steps", DeferredShape("a list of steps")),
        )
        self._world = world
        self._steps = steps

    def read(
        self, names: tuple[Scalar, ...], fragments: Fragments, reading: ReadContext, beginning: Beginning
    ) -> bool:
        """Read the fragments into `beginning`, and declare their names in the scenario's context.

        Return whether all of them are free of mistakes.
        """
        before = reading.problems.count
        for name in names:
            source = fragments.find(name.text)
            if source is None:
                text = f"there is no fragment {quoted(name.text)} in a folder 'fragments' here or above"
                reading.unknown(name.place, text, name.text, fragments.names())
            elif source.file in beginning.sources:
                reading.problems.add(name.place, f"the fragment {quoted(name.text)} is already named")
            else:
                self._append(beginning, source, reading)
        return not beginning.mistakes and reading.problems.count == before

    def alone(self, file: str, source: bytes | str) -> FragmentFile:
        """Return the content of a fragment, read without the scenario that begins with it. Total.

        Names that it does not declare are not mistakes: a fragment before it may declare them.
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
        """Read a fragment into `beginning`, and return its other fields: its title and `about`."""
        if not isinstance(root, nodes.Mapping):
            reading.wrong_kind(root, "a fragment, which is a mapping that begins with 'fragment:',")
            return {}
        values = read_fields(root, self.header, _WHAT, reading)
        world, steps = values.pop("world", UNREAD), values.pop("steps", UNREAD)
        if world is not UNREAD:
            beginning.world = joined(beginning.world, self._world.read(world, reading))
        if steps is not UNREAD:
            own = self._steps.read_all(steps, reading)
            beginning.steps += tuple(in_file(step, file) for step in own)
        return values


def joined(first: WorldDeclaration, second: WorldDeclaration) -> WorldDeclaration:
    """Return a world with the declarations of both. The reader has refused names that are in both."""
    return WorldDeclaration(
        **{name: getattr(first, name) | getattr(second, name) for name in WorldDeclaration.__struct_fields__}
    )
