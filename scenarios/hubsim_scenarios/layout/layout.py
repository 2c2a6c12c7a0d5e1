"""The layout of a scenario file: the same scenario, the same comments, one way to write it down.

Promises that what comes out means what went in, and has every comment: both are checked before anything is
given back. What cannot be laid out so is refused, and stays as it is.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hubsim_scenarios.language.errors import LINE_BREAK, Place
from hubsim_scenarios.language.fragments import Fragments, is_fragment
from hubsim_scenarios.language.language import NO_FRAGMENTS, Language
from hubsim_scenarios.language.nodes import compose
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.layout.comments import attach, comments
from hubsim_scenarios.layout.order import put_in_order
from hubsim_scenarios.layout.tree import Group, grow, words
from hubsim_scenarios.layout.writer import Writer

MAX_TRIED_QUOTES = 50
"""Files with more quoted words than this, of which some are needed, keep all their quotes."""


class CannotLayOut(Exception):
    """The file stays as it is. `reason` says why, in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def laid_out(text: str, language: Language, fragments: Fragments = NO_FRAGMENTS) -> str:
    """Return the text of a scenario or a fragment in its layout; of one that has it already, the same text.

    `fragments` are those that the scenario can begin with. Raises `CannotLayOut` for a file with mistakes,
    and when the result would lose something.
    """
    text = "\n".join(LINE_BREAK.split(text.removeprefix("\ufeff")))
    root = compose(text, Problems(""))
    alone = root is not None and is_fragment(root)

    def meaning(tried: str) -> Any:
        """Return what the text says, without where it says it; None if it has mistakes."""
        return _fragment(tried, language) if alone else _cases(tried, language, fragments)

    meant = meaning(text)
    if meant is None:
        raise CannotLayOut("it has mistakes; `hubsim validate` says which")
    header = tuple(language.fragments.header if alone else language.header)

    def without(places: frozenset[int]) -> str | None:
        """Return the layout without these quotes, or None if the file would say something else."""
        tried = _write(text, header, places)
        return tried if meaning(tried) == meant else None

    result = without(_needless_quotes(text, without))
    if result is None:
        raise CannotLayOut("it would mean something else afterwards")
    if _comment_texts(result) != _comment_texts(text):
        raise CannotLayOut("a comment would be lost")
    return result


def _write(text: str, header: tuple[str, ...], bare: frozenset[int]) -> str:
    """Lay out; the quoted words at these places may lose their quotes."""
    root = grow(text)
    assert isinstance(root, Group), "a scenario is a mapping"
    for word in words(root):
        word.bare = word.start in bare
    tail = attach(text, root)
    put_in_order(root, header)
    return "\n".join(Writer(root, text).lines(tail)) + "\n"


def _needless_quotes(text: str, without: Callable[[frozenset[int]], str | None]) -> frozenset[int]:
    """Return the places of quoted words that say the same without quotes."""
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
    said = msgspec.structs.replace(found, borrowed=())  # where names stand may change
    return None if found.mistakes else _plain(said)


def _plain(value: Any) -> Any:
    match value:
        case Place():
            return None
        case msgspec.Struct():
            fields = msgspec.structs.asdict(value)
            return (type(value), {name: _plain(part) for name, part in fields.items() if name != "source"})
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
