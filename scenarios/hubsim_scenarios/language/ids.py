"""Ids in patterns: `'@wolf'` is the id of a declared thing.

A plain word is refused: no id is equal to it, so `not` would always match. An id in the form of the product
is accepted, because an author may copy it from a running world.
"""

import re
from collections.abc import Iterable, Mapping

from hubsim_scenarios.language.errors import BadText, did_you_mean, quoted, with_article
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.patterns import Exactly, NamedPattern
from hubsim_scenarios.language.read_context import UNREAD, ReadContext, Unread
from hubsim_scenarios.language.scalars import AliasShape
from hubsim_scenarios.language.vocabulary import AliasKind, TextForm

ALIAS_SIGN = "@"
"""Before a declared name: the id of the thing. YAML needs quotes around such a word."""


class IdShape:
    """The id of a thing in a pattern, in place of the `AliasShape` for its name."""

    def __init__(self, alias: AliasShape, forms: Mapping[AliasKind, TextForm]) -> None:
        self.alias = alias
        self.forms = tuple(forms[kind] for kind in alias.kinds if kind in forms)

    def read(self, node: Node, reading: ReadContext) -> Exactly | NamedPattern | Unread:
        """Return the pattern of the id, or `UNREAD` after a report."""
        if not isinstance(node, Scalar) or node.null:
            return reading.wrong_kind(node, self.describe())
        if self.alias.by_name:
            return UNREAD if reading.alias(node, *self.alias.kinds) is UNREAD else Exactly(node.text)
        if node.text.startswith(ALIAS_SIGN):
            return named(node, self.alias.kinds, reading)
        if (self.alias.or_empty and not node.text) or self._is_id(node.text):
            return Exactly(node.text)
        hint = id_hint(node.text, self.alias.kinds, reading)
        return reading.bad(node.place, BadText(f"{quoted(node.text)} is not {self.describe()}", hint))

    def describe(self) -> str:
        """Return what an author may write."""
        kinds = " or ".join(self.alias.kinds)
        if self.alias.by_name:
            return with_article(kinds)
        empty = ", or `''` for the service itself" if self.alias.or_empty else ""
        return f"the id of {with_article(kinds)} (`'@name'`){empty}"

    def _is_id(self, text: str) -> bool:
        return any(re.fullmatch(form.pattern, text) for form in self.forms)


def named(word: Scalar, kinds: tuple[AliasKind, ...], reading: ReadContext) -> NamedPattern | Unread:
    """Return the id of the thing with this name after the sign `@`; without kinds, of any thing."""
    name = Scalar(word.text.removeprefix(ALIAS_SIGN), plain=False, place=word.place)
    return UNREAD if reading.alias(name, *kinds) is UNREAD else NamedPattern(name.text)


def id_hint(word: str, kinds: Iterable[AliasKind], reading: ReadContext) -> str:
    """Return the hint for a plain word in place of an id."""
    wanted = set(kinds)
    if reading.aliases.get(word) in wanted:
        return f"write '{ALIAS_SIGN}{word}'"
    names = [f"{ALIAS_SIGN}{name}" for name, kind in reading.aliases.items() if kind in wanted]
    return did_you_mean(f"{ALIAS_SIGN}{word}", names)
