"""Finds the words in a file that must change for a pattern to match a seen value. Pure.

Only values change: a word, a number of items, a list of words. The structure of a pattern, and everything
under `not` and other pattern words that accept several values, is the author's decision.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hubsim_scenarios.language.comparisons import Amount
from hubsim_scenarios.language.excerpts import shortened
from hubsim_scenarios.language.ids import ALIAS_SIGN
from hubsim_scenarios.language.matching import MAX_SHOWN_CHARS, fits
from hubsim_scenarios.language.patterns import (
    Count,
    Empty,
    Exactly,
    Matching,
    NamedPattern,
    Pattern,
    Resolver,
    RowsPattern,
    Seen,
    TextPattern,
)
from hubsim_scenarios.language.vocabulary import VALUE_SIGN
from hubsim_scenarios.language.wording import PLAIN, items_text
from hubsim_scenarios.layout.quoting import can_be_plain, in_quotes, reads_as_text
from hubsim_scenarios.layout.tree import BLOCK_STYLES, Group, Node, ScalarNode
from hubsim_scenarios.recording.times import start_text

_FLAG_WORDS = {word: pair for pair in (("on", "off"), ("yes", "no"), ("true", "false")) for word in pair}
"""The two flags in the form that an author has used."""

_INSTANT_KEY = re.compile(r"(?:^|[._])at$")
"""The end of the path of a field whose value in a file is an instant. In views such keys end in `_ms`."""


class TextSpan(NamedTuple):
    """A part of a file: `start` and `end` are character offsets."""

    start: int
    end: int


class Replacement(NamedTuple):
    """New text for a part of a file."""

    span: TextSpan
    text: str


class Unchangeable(NamedTuple):
    """A difference that is not a value. The text says why and what to do."""

    start: int
    text: str


Found = Replacement | Unchangeable


class Names(NamedTuple):
    """The names of one play."""

    resolve: Resolver
    """Returns the id of a declared thing."""
    by_id: Mapping[str, str]
    zone: str
    """The zone of instants without one."""


def differences(node: Node, pattern: Pattern, seen: Seen, names: Names, path: str) -> Iterator[Found]:
    """Yield what must change in `node`, from which `pattern` was read, to match the seen value."""
    if fits(pattern, seen, names.resolve):
        return
    if isinstance(node, ScalarNode) and node.text.startswith(VALUE_SIGN):
        yield Unchangeable(node.start, f"{path}: {node.text} gets its value elsewhere; change it there")
        return
    yield from _value_differences(node, pattern, seen, names, path)


def _value_differences(node: Node, pattern: Pattern, seen: Seen, names: Names, path: str) -> Iterator[Found]:
    match pattern:
        case Exactly() | TextPattern() | NamedPattern() | Amount() if isinstance(node, ScalarNode):
            yield _word(node, pattern, seen, names, path)
        case Matching(fields) if isinstance(node, Group) and isinstance(seen, Mapping):
            for entry, (name, part) in zip(node.entries, fields.items(), strict=True):
                inner = f"{path}.{entry.key.text if entry.key is not None else name}"
                if name in seen:
                    yield from differences(entry.value, part, seen[name], names, inner)
                else:
                    yield Unchangeable(entry.start, f"{inner}: the seen value has no such field")
        case RowsPattern(items) if isinstance(node, Group) and isinstance(seen, (list, tuple)):
            if pattern.any_order and len(items) == len(seen):
                seen = _matched_first(items, seen, names)
            yield from _rows(node, items, seen, names, path)
        case Count(int()) if isinstance(node, Group) and isinstance(seen, (list, tuple, Mapping)):
            value = node.entries[0].value
            yield Replacement(TextSpan(value.start, value.end), str(len(seen)))
        case Empty(empty) if isinstance(node, Group) and isinstance(node.entries[0].value, ScalarNode):
            word = node.entries[0].value
            yield Replacement(TextSpan(word.start, word.end), _flag(word, on=not empty))
        case _:
            described = shortened(PLAIN.pattern(pattern), MAX_SHOWN_CHARS)
            text = f"{path}: {described} is a choice of the author; change it yourself"
            yield Unchangeable(node.start, text)


def _rows(
    node: Group, items: Sequence[Pattern], seen: Sequence[Seen], names: Names, path: str
) -> Iterator[Found]:
    if len(items) == len(seen):
        for place, (entry, part, row) in enumerate(zip(node.entries, items, seen, strict=True)):
            yield from differences(entry.value, part, row, names, f"{path}[{place}]")
        return
    old_words = [entry.value for entry in node.entries if isinstance(entry.value, ScalarNode)]
    if not node.flow or len(old_words) < len(node.entries) or any(map(_is_container, seen)):
        text = f"{path}: the list has {items_text(len(items))}, but {items_text(len(seen))} were seen"
        yield Unchangeable(node.start, f"{text}; add or remove them yourself")
        return
    template = old_words[0] if old_words else ScalarNode("", "", "", node.start, node.start)
    texts = [_text(template, row, names, named=row in names.by_id) for row in seen]
    if None in texts:
        yield Unchangeable(node.start, f"{path}: a seen word cannot be written in a pattern")
    else:
        yield Replacement(TextSpan(node.start, node.end), f"[{', '.join(filter(None, texts))}]")


def _matched_first(items: Sequence[Pattern], seen: Sequence[Seen], names: Names) -> list[Seen]:
    """Return the seen values in the order of the patterns that they match; the others fill the gaps."""
    left, matched = list(seen), dict[int, Seen]()
    for place, item in enumerate(items):
        fit = next((row for row in left if fits(item, row, names.resolve)), left)
        if fit is not left:
            matched[place] = fit
            left.remove(fit)
    return [matched[place] if place in matched else left.pop(0) for place in range(len(items))]


def _is_container(seen: Seen) -> bool:
    return isinstance(seen, (list, tuple, Mapping))


def _word(node: ScalarNode, pattern: Pattern, seen: Seen, names: Names, path: str) -> Found:
    if _is_container(seen) or node.style in BLOCK_STYLES:
        return Unchangeable(node.start, f"{path}: the seen value is not a word; write it yourself")
    if isinstance(seen, int) and not isinstance(seen, bool) and _INSTANT_KEY.search(path):
        moment = start_text(seen, names.zone).replace(f" {names.zone}", "", 1)
        return Replacement(TextSpan(node.start, node.end), moment)
    text = _text(node, seen, names, named=isinstance(pattern, NamedPattern) or seen in names.by_id)
    if text is None:
        return Unchangeable(
            node.start, f"{path}: the seen value {PLAIN.seen(seen)} cannot be written in a pattern"
        )
    return Replacement(TextSpan(node.start, node.end), text)


def _text(old: ScalarNode, seen: Seen, names: Names, *, named: bool) -> str | None:
    """Return a seen value in the form of the old word, or None if a pattern cannot contain it."""
    match seen:
        case None:
            return "null"
        case bool():
            return _flag(old, on=seen)
        case int():
            return str(seen)
        case str() if named and seen in names.by_id:
            sign = (
                ALIAS_SIGN if old.text.startswith(ALIAS_SIGN) or old.text not in names.by_id.values() else ""
            )
            return in_style(old, f"{sign}{names.by_id[seen]}")
        case str() if seen.startswith(ALIAS_SIGN) or named:
            return None  # an id of this play alone
        case str():
            return in_style(old, seen)
        case _:
            return None


def in_style(old: ScalarNode, text: str) -> str:
    """Return a text with the quotes of the old word. Without quotes there, add them only if necessary."""
    if old.style == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if not old.style and can_be_plain(text, flow=True) and reads_as_text(text):
        return text
    return f"'{text}'" if text.startswith(ALIAS_SIGN) and not old.style else in_quotes(text)


def _flag(old: ScalarNode, *, on: bool) -> str:
    yes, no = _FLAG_WORDS.get(old.text.lower(), ("on", "off"))
    return yes if on else no
