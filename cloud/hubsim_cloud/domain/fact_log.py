"""The log of facts in memory: the newest facts as objects, all older ones in compressed pages.

A page holds `PAGE_FACTS` consecutive facts in about a sixteenth of their size as JSON. It never changes.
Every fact stays readable at its place. A single one costs the decompression of its page, unless that is one
of the last few, which are kept.
"""

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import msgspec

from hubsim_cloud.domain.facts import Fact

PAGE_FACTS = 256
"""The number of facts in a page. A larger one makes a single fact cost more, a smaller one saves less."""
MAX_PAGE_BYTES = 2**26
"""The largest page, decompressed: several times the size of `PAGE_FACTS` of the largest facts. A backup of
unknown origin cannot take more memory."""
PAGES_OPEN = 32
"""The number of decompressed pages that are kept, of about 50 KB each. A page of a list needs few more."""

_facts_decoder: msgspec.json.Decoder[list[Fact]] = msgspec.json.Decoder(list[Fact])
_rows_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_fact_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


def compressed(rows: Sequence[bytes]) -> bytes:
    """Return a JSON array of these JSON values, compressed by zlib."""
    return zlib.compress(b"[" + b",".join(rows) + b"]")


def decompressed(page: bytes) -> bytes:
    """Return the JSON array of a page. Raises `ValueError` or `zlib.error` if it is damaged or too large."""
    inflating = zlib.decompressobj()
    rows = inflating.decompress(page, MAX_PAGE_BYTES)
    if not inflating.eof:
        raise ValueError(f"it is cut off, or has more than {MAX_PAGE_BYTES // 2**20} MB")
    return rows


class FactPage(msgspec.Struct, frozen=True):
    """Consecutive facts, compressed. Positions count from 1."""

    first: int
    last: int
    content: bytes
    """The facts, as `compressed` returns them."""

    @classmethod
    def of(cls, first: int, facts: Sequence[bytes]) -> "FactPage":
        """Return the page of these facts, given as JSON, of which the first has this position."""
        return cls(first, first + len(facts) - 1, compressed(facts))

    def facts(self) -> list[Fact]:
        """Return its facts. Raises `DecodeError`, `ValueError` or `zlib.error` if it is damaged."""
        facts = _facts_decoder.decode(decompressed(self.content))
        if len(facts) != self.last - self.first + 1:
            raise ValueError(f"{len(facts)} facts in the place of {self.last - self.first + 1}")
        return facts

    def rows(self) -> list[msgspec.Raw]:
        """Return its facts as JSON."""
        return _rows_decoder.decode(decompressed(self.content))


class FactLog(Sequence[Fact]):
    """All facts in the order of their positions: the fact at index 0 has the position 1. Append-only."""

    def __init__(self, pages: Iterable[FactPage] = (), recent: Iterable[Fact] = ()) -> None:
        """Take the pages from the first fact on, and the facts after them."""
        self.pages: list[FactPage] = []
        self._lasts: list[int] = []
        """The position of the last fact of each page."""
        self.recent: list[Fact] = list(recent)
        """The facts after the last page."""
        self._open: dict[int, list[msgspec.Raw]] = {}
        """Decompressed pages by number, the one used last at the end."""
        for page in pages:
            self._append(page)

    @property
    def packed(self) -> int:
        """The number of facts in pages."""
        return self._lasts[-1] if self._lasts else 0

    def __len__(self) -> int:
        return self.packed + len(self.recent)

    def __iter__(self) -> Iterator[Fact]:
        return self.since(0)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # mutable

    @overload
    def __getitem__(self, place: int) -> Fact: ...

    @overload
    def __getitem__(self, place: slice) -> list[Fact]: ...

    def __getitem__(self, place: int | slice) -> Fact | list[Fact]:
        if isinstance(place, slice):
            begin, end, step = place.indices(len(self))
            if step != 1:
                return [self[each] for each in range(begin, end, step)]
            return list(self._between(begin, end))
        index = place + len(self) if place < 0 else place
        if index >= self.packed:
            return self.recent[index - self.packed]
        if index < 0:
            raise IndexError(place)
        number = bisect_right(self._lasts, index)
        return _fact_decoder.decode(self._rows(number)[index - self.pages[number].first + 1])

    def since(self, begin: int) -> Iterator[Fact]:
        """Return the facts from this index on, without all of them in memory at once."""
        return self._between(begin, len(self))

    def add(self, page: FactPage) -> None:
        """Append a page; only while no fact is outside of pages."""
        assert not self.recent, "pages are before all other facts"
        self._append(page)

    def extend(self, facts: Iterable[Fact]) -> None:
        """Append facts."""
        self.recent.extend(facts)

    def take_over(self, facts: Iterable[Fact]) -> None:
        """Append all facts of another log, whose pages are shared, or of a list; only for an empty log."""
        assert not self, "only an empty log takes over another"
        if isinstance(facts, FactLog):
            for page in facts.pages:
                self.add(page)
            self.extend(facts.recent)
        else:
            self.extend(facts)

    def pack(self, page: FactPage) -> None:
        """Replace the oldest facts outside of pages by the page that contains them.

        Does nothing if they are in a page already, or if the log does not reach that far.
        """
        if page.first == self.packed + 1 and page.last <= len(self):
            del self.recent[: page.last - page.first + 1]
            self._append(page)

    def _append(self, page: FactPage) -> None:
        assert page.first == self.packed + 1, "pages follow each other"
        self.pages.append(page)
        self._lasts.append(page.last)

    def _between(self, begin: int, end: int) -> Iterator[Fact]:
        packed = self.packed
        for page in self.pages[bisect_right(self._lasts, begin) :]:
            if page.first > end:
                return
            yield from page.facts()[max(begin - page.first + 1, 0) : end - page.first + 1]
        if end > packed:
            yield from self.recent[max(begin - packed, 0) : end - packed]

    def _rows(self, number: int) -> list[msgspec.Raw]:
        rows = self._open.pop(number, None)
        if rows is None:
            rows = self.pages[number].rows()
            if len(self._open) >= PAGES_OPEN:
                del self._open[next(iter(self._open))]
        self._open[number] = rows
        return rows
