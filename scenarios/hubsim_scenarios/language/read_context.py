"""The context of reading one file: its problems, its aliases, its zone."""

import re
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Final, NamedTuple, TypeVar

from hubsim_scenarios.language.errors import LINE_BREAK, BadText, Place, did_you_mean, quoted, with_article
from hubsim_scenarios.language.nodes import Mapping, Node, Scalar, Sequence
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.vocabulary import VALUE_SIGN, AliasKind, AliasRef, ValueKind


class Unread(Enum):
    """Marks a value that could not be read; the problem is already on the list."""

    UNREAD = "unread"


UNREAD: Final = Unread.UNREAD
T = TypeVar("T")

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""The form of a declared name."""
VALUE_REFERENCE = re.compile(rf"{re.escape(VALUE_SIGN)}(?P<name>{NAME.pattern})")
"""A reference to a kept value or to a parameter."""
_NODE_NAMES = {Scalar: "a word", Sequence: "a list", Mapping: "a mapping"}


class HubSlots(NamedTuple):
    """The SIM slots of the hub that a step is about. `owner` names it in messages: `a hub-4g`."""

    owner: str
    slots: int


class ReadContext:
    """The context of one file. `zone` is None until the reader has read the scenario's clock."""

    def __init__(self, problems: Problems, text: str) -> None:
        self.problems = problems
        self._text = text
        self.aliases: dict[str, AliasKind] = {}
        self.zone: str | None = None
        self.declared: dict[str, Place] = {}
        """The places of the names that this file declares."""
        self.slotted: dict[str, Place] = {}
        """The places of the named cards that this file puts into slots."""
        self.undeclared: set[Place] = set()
        """The places of names that could not be declared: one message for each is enough."""
        self.undeclared_names: set[str] = set()
        """These names, unless they are the names of other things."""
        self.unread_kinds: set[AliasKind] = set()
        """Kinds of things whose declarations could not be read, so that any name may be one of them."""
        self.declared_before: dict[str, str] = {}
        """The places of names that a fragment before this file declares: file, line and column."""
        self.slotted_before: dict[str, str] = {}
        """The places of named cards that a fragment before this file puts into slots."""
        self.slots: HubSlots | None = None
        """The slots of the hub that the current step is about; None: any number is allowed."""
        self.refused = False
        """Whether the current step expects a refusal, so that it may name a thing that does not exist."""
        self.models: dict[str, tuple[str, ...]] = {}
        """The models of each declared hub: one, or those of a matrix."""
        self.borrowed: Problems | None = None
        """For a fragment read alone: names that it uses but does not declare, which is allowed there."""
        self.kept: dict[str, ValueKind] = {}
        """The values that earlier steps keep, and their kinds."""
        self.keeping: dict[str, ValueKind] = {}
        """The values that the current step keeps."""
        self.no_keep = ""
        """Why no value can be kept at the current place; empty: one can."""
        self.parameters: frozenset[str] = frozenset()
        """The parameters of the matrix and the table, replaced by values before steps are read."""

    def follow(self, before: "ReadContext", file: str = "") -> None:
        """Add the names of an earlier context. `file` is its name if they are declared in that file."""
        self.zone = self.zone or before.zone
        self.aliases |= before.aliases
        self.models |= before.models
        self.declared_before |= before.declared_before | _place_texts(file, before.declared)
        self.slotted_before |= before.slotted_before | _place_texts(file, before.slotted)
        self.kept |= before.kept

    def branch(self) -> "ReadContext":
        """Return a context with the same names and no problems, to read the steps of one case."""
        branch = ReadContext(Problems(self.problems.file), self._text)
        branch.follow(self)
        branch.declared, branch.undeclared = dict(self.declared), set(self.undeclared)
        branch.parameters = self.parameters
        return branch

    def source(self, node: Mapping) -> str:
        """Return the text of the node in the file, without its indentation."""
        lines = LINE_BREAK.split(self._text[node.start : node.end])
        # In YAML a block extends to the next one: comments and blank lines between are not part of this node.
        while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
            lines.pop()
        indent = " " * (node.place.column - 1)
        return "\n".join(line.removeprefix(indent) for line in lines).rstrip()

    def attempt(self, read: Callable[[], T]) -> T:
        """Return the result of `read` without its reports."""
        problems, self.problems = self.problems, Problems("")
        try:
            return read()
        finally:
            self.problems = problems

    def wrong_kind(self, node: Node, expected: str, hint: str = "") -> Unread:
        """Report that the node is a list, mapping or word instead of `expected`."""
        empty = isinstance(node, Scalar) and node.null
        found = "but the value is empty" if empty else f"not {_NODE_NAMES[type(node)]}"
        self.problems.add(node.place, f"{expected} is expected here, {found}", hint)
        return UNREAD

    def bad(self, place: Place, error: BadText) -> Unread:
        """Report the error of a small parser."""
        self.problems.add(place, error.text, error.hint)
        return UNREAD

    def unknown(self, place: Place, text: str, word: str, words: Iterable[str], listed: str = "") -> Unread:
        """Report a word that is not in `words`. `listed`: where the list is, if it is too long for a hint."""
        hint = "" if self.problems.full else did_you_mean(word, words) or listed
        self.problems.add(place, text, hint)
        return UNREAD

    def stray_value(self, word: Scalar) -> Unread:
        """Report a reference to a value at a place that takes none, or to a value that does not exist."""
        name = word.text.removeprefix(VALUE_SIGN)
        if name in self.kept:
            return self.bad(
                word.place,
                BadText(
                    f"{word.text} is a kept value, which cannot be used here",
                    "use it in a pattern, in a field of an action, or as a clock move",
                ),
            )
        known = {f"{VALUE_SIGN}{each}" for each in (*self.kept, *self.parameters)}
        if name in self.keeping:
            text = f"{word.text} is kept by this step; only later steps can use it"
            return self.bad(word.place, BadText(text))
        text = f"no step before keeps a value as {quoted(name)}, and no parameter has this name"
        return self.unknown(word.place, text, word.text, known)

    def alias(self, word: Scalar, *kinds: AliasKind, or_words: Iterable[str] = ()) -> AliasRef | Unread:
        """Return the reference for a declared name of one of the kinds, or of any kind if none is given.

        `or_words` are also allowed there, and are suggested.
        """
        kind = self.aliases.get(word.text)
        if word.place in self.undeclared:
            return UNREAD
        if kind is None and (word.text in self.undeclared_names or not self.unread_kinds.isdisjoint(kinds)):
            self.problems.suppress()
            return UNREAD
        if kind is not None and (not kinds or kind in kinds):
            return AliasRef(kind, word.text)
        wanted = " or ".join(kinds) or "thing"
        fitting = {name for name, known in self.aliases.items() if not kinds or known in kinds}
        if kind is not None:
            text = f"{quoted(word.text)} is {with_article(kind)}; {with_article(wanted)} is expected here"
            return self.unknown(word.place, text, word.text, fitting)
        text = f"no {wanted} is called {quoted(word.text)}"
        if self.borrowed is None or not NAME.fullmatch(word.text):
            return self.unknown(word.place, text, word.text, fitting.union(or_words))
        self.borrowed.add(word.place, text, did_you_mean(word.text, fitting.union(or_words)))
        return AliasRef(kinds[0] if kinds else AliasKind.PERSON, word.text)


def _place_texts(file: str, places: dict[str, Place]) -> dict[str, str]:
    return {name: f"{file}:{place.line}:{place.column}" for name, place in places.items()}
