"""Pages of lists: takes the part of a list that is requested, and remembers where the next part begins.

A list makes only the rows of its page. A page ends at an item, not at a number: changes before that item do
not move the next page.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

Key = TypeVar("Key")
Row = TypeVar("Row")


class LastItem(msgspec.Struct, frozen=True, array_like=True):
    """The last item of a page: its permanent name, and its place in case the item is gone.

    The name of an item in a list that never gets shorter is the number of older items.
    """

    key: str | int | None
    place: int


class Pager:
    """One page of one list: at most `limit` items (None: all) after an item (None: from the beginning)."""

    def __init__(self, limit: int | None = None, after: LastItem | None = None) -> None:
        self.limit = limit
        self.after = after
        self.last: LastItem | None = None
        """The last item of the page that was taken, if the list continues after it."""

    def of_keys(
        self,
        items: Collection[Key],
        make: Callable[[Key], Row],
        *,
        name: Callable[[Key], str | None],
        wanted: Callable[[Key], bool] | None = None,
    ) -> tuple[Row, ...]:
        """Return the rows of a page of a list whose items have names, and can be removed.

        Only `wanted` items are in the list.
        """
        begin = self._place_after(items, name)
        rows: list[Row] = []
        last = None
        for place, item in enumerate(islice(items, begin, None), begin):
            if wanted is not None and not wanted(item):
                continue
            if len(rows) == self.limit:
                self.last = last
                break
            rows.append(make(item))
            if len(rows) == self.limit:
                last = LastItem(name(item), place)
        return tuple(rows)

    def of_log(
        self, items: Sequence[Key], make: Callable[[Key], Row], *, newest_first: bool = False
    ) -> tuple[Row, ...]:
        """Return the rows of a page of a list, oldest item first, that never gets shorter."""
        count = len(items)
        if newest_first:
            begin = 0 if self.after is None else max(count - _whole(self.after), 0)
        else:
            begin = 0 if self.after is None else min(_whole(self.after) + 1, count)
        end = count if self.limit is None else min(begin + self.limit, count)
        if end < count:
            self.last = LastItem(count - end if newest_first else end - 1, end - 1)
        places = range(count - 1 - begin, count - 1 - end, -1) if newest_first else range(begin, end)
        return tuple(make(items[place]) for place in places)

    def _place_after(self, items: Collection[Key], name: Callable[[Key], str | None]) -> int:
        after = self.after
        if after is None:
            return 0
        expected: Iterator[Key] = islice(items, after.place, after.place + 1)
        if any(name(item) == after.key for item in expected):
            return after.place + 1
        for place, item in enumerate(items):
            if name(item) == after.key:
                return place + 1
        return after.place  # the item is gone, and the next one has moved to its place


def _whole(last: LastItem) -> int:
    assert isinstance(last.key, int), "a signed token has the key of its list"
    return last.key
