"""Formats a scenario file: the result is the same scenario with the same comments in the standard layout.

Promises that the result has the same meaning and every comment; both are checked before it is returned. A
file for which a check fails is refused and not changed.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hubsim_scenarios.language.errors import LINE_BREAK, Place
from hubsim_scenarios.language.fragments import Fragments, is_fragment
from hubsim_scenarios.language.language import NO_FRAGMENTS, Language
from hubsim_scenarios.language.nodes import compose
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.steps import FILE_TEXTS
from hubsim_scenarios.layout.comments import attach, comments
from hubsim_scenarios.layout.order import put_in_order
from hubsim_scenarios.layout.tree import Group, grow, words
from hubsim_scenarios.layout.writer import Writer

MAX_TRIED_QUOTES = 50
"""A file with more quoted words keeps all its quotes if it needs any of them."""


class CannotFormat(Exception):
    """The file cannot be formatted and does not change. `reason` is a text for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def format_scenario(text: str, language: Language, fragments: Fragments = NO_FRAGMENTS) -> str:
    """Return a scenario or a fragment in the standard layout; formatting the result again changes nothing.

    `fragments` are those that the scenario can begin with. Raises `CannotFormat` for a file with mistakes,
    and when the result would lose a comment or change the meaning.
    """
    text = "\n".join(LINE_BREAK.split(text.removeprefix("\ufeff")))
    root = compose(text, Problems(""))
    alone = root is not None and is_fragment(root)

    def meaning(tried: str) -> Any:
        """Return the content of the text without places, or None if it has mistakes."""
        return _fragment(tried, language) if alone else _cases(tried, language, fragments)

    meant = meaning(text)
    if meant is None:
        raise CannotFormat("it has mistakes; `hubsim validate` lists them")
    header = tuple(language.fragments.header if alone else language.header)

    def without(places: frozenset[int]) -> str | None:
        """Return the layout without these quotes, or None if that changes the meaning."""
        tried = _write(text, header, places)
        return tried if meaning(tried) == meant else None

    result = without(_needless_quotes(text, without))
    if result is None:
        raise CannotFormat("its meaning would change")
    if _comment_texts(result) != _comment_texts(text):
        raise CannotFormat("a comment would be lost")
    return result


def _write(text: str, header: tuple[str, ...], bare: frozenset[int]) -> str:
    """Return the text in the layout; the quoted words at the places `bare` may lose their quotes."""
    root = grow(text)
    assert isinstance(root, Group), "a scenario is a mapping"
    for word in words(root):
        word.bare = word.start in bare
    tail = attach(text, root)
    put_in_order(root, header)
    return "\n".join(Writer(root, text).lines(tail)) + "\n"


def _needless_quotes(text: str, without: Callable[[frozenset[int]], str | None]) -> frozenset[int]:
    """Return the places of quoted words that mean the same without quotes."""
    places = [word.start for word in words(grow(text)) if word.style in ("'", '"')]
    if without(frozenset(places)) is not None:
        return frozenset(places)
    if len(places) > MAX_TRIED_QUOTES:
        return frozenset()
    return frozenset(place for place in places if without(frozenset({place})) is not None)


def _cases(text: str, language: Language, fragments: Fragments) -> Any:
    scenarios = language.cases("", text, fragments).scenarios
    return [_plain(scenario) for scenario in scenarios] or None


def _fragment(text: str, language: Language) -> Any:
    found = language.fragments.alone("", text)
    content = msgspec.structs.replace(found, borrowed=())  # the places of names may change
    return None if found.mistakes else _plain(content)


def _plain(value: Any) -> Any:
    match value:
        case Place():
            return None
        case msgspec.Struct():
            fields = msgspec.structs.asdict(value)
            kept = {name: _plain(part) for name, part in fields.items() if name not in FILE_TEXTS}
            return (type(value), kept)
        case Mapping():
            return {_plain_key(key): _plain(part) for key, part in value.items()}
        case tuple() | list():
            return [_plain(part) for part in value]
        case _:
            return value


def _plain_key(key: Any) -> Any:
    return str(key) if isinstance(key, msgspec.Struct) else key


def _comment_texts(text: str) -> list[str]:
    return sorted(comment.text for comment in comments(text, grow(text)))
