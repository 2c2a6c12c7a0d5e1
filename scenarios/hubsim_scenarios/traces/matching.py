"""Pairs the plays of two traces by file, case and seed. Their order in the files does not matter.

Pure. Plays are taken from both sides in turn. Only plays without a partner so far are kept in memory, so two
long traces in the same order need the memory of two plays.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import zip_longest
from pathlib import PurePath
from typing import NamedTuple

from hubsim_scenarios.traces.reader import RecordedPlay

Key = Callable[[RecordedPlay], Hashable]


class Pair(NamedTuple):
    """Two plays of one scenario; None: the other trace has no such play."""

    first: RecordedPlay | None
    second: RecordedPlay | None


def _case(play: RecordedPlay) -> Hashable:
    return tuple(play.head.case.items())


def _same_play(play: RecordedPlay) -> Hashable:
    return play.head.file, _case(play), play.head.seed


_LOOSER: tuple[Key, ...] = (
    lambda play: (play.head.file, _case(play)),
    lambda play: (PurePath(play.head.file).name, _case(play)),
    lambda play: play.head.scenario,
)
"""Weaker keys for the remaining plays: another seed, another folder, another file name."""


def pairs(first: Iterable[RecordedPlay], second: Iterable[RecordedPlay]) -> Iterator[Pair]:
    """Yield all plays of both traces, those without a partner last."""
    waiting: tuple[dict[Hashable, list[RecordedPlay]], dict[Hashable, list[RecordedPlay]]] = ({}, {})
    for sides in zip_longest(first, second):
        for side, play in enumerate(sides):
            if play is None:
                continue
            key = _same_play(play)
            if partners := waiting[1 - side].get(key):
                partner = partners.pop(0)
                yield Pair(play, partner) if side == 0 else Pair(partner, play)
            else:
                waiting[side].setdefault(key, []).append(play)
    left, right = ([play for plays in each.values() for play in plays] for each in waiting)
    for looser in _LOOSER:
        yield from _paired(left, right, looser)
    yield from (Pair(play, None) for play in left)
    yield from (Pair(None, play) for play in right)


def _paired(left: list[RecordedPlay], right: list[RecordedPlay], key: Key) -> Iterator[Pair]:
    """Yield the pairs with equal keys, and remove them from both lists."""
    waiting: dict[Hashable, list[RecordedPlay]] = {}
    for play in right:
        waiting.setdefault(key(play), []).append(play)
    unpaired = []
    for play in left:
        if partners := waiting.get(key(play)):
            yield Pair(play, partners.pop(0))
        else:
            unpaired.append(play)
    left[:] = unpaired
    right[:] = [play for plays in waiting.values() for play in plays]
