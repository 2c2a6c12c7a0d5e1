"""Search in lists: words that all occur in the texts of a row, without regard to case and accents."""

import unicodedata
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

SEARCH_CHARS_MAX = 100
"""A longer search is refused."""
SearchText = Annotated[str, Meta(max_length=SEARCH_CHARS_MAX)]
_WITHOUT_ACCENT = str.maketrans({"ł": "l", "Ł": "l", "đ": "d", "ø": "o"})
"""Letters that Unicode does not decompose into a letter and an accent."""


class Search:
    """A search. An empty text finds everything."""

    def __init__(self, text: str) -> None:
        self._words = plain(text).split()

    def __bool__(self) -> bool:
        return bool(self._words)

    def finds(self, *texts: str | None) -> bool:
        """Return whether each word is in at least one of the texts."""
        text = plain("\n".join(filter(None, texts)))
        for word in self._words:  # noqa: SIM110 (lists call this for every row)
            if word not in text:
                return False
        return True


def plain(text: str) -> str:
    """Return the text in lower case and without accents: `Łódź` becomes `lodz`."""
    folded = text.casefold()
    return folded if folded.isascii() else _without_accents(folded)


@lru_cache(maxsize=100_000)
def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_WITHOUT_ACCENT))
    return "".join(char for char in decomposed if not unicodedata.combining(char))
