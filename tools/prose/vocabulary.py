"""The project's own vocabulary: words that it does not use, each with what to write instead.

Owns reading `vocabulary.toml`, where the fields are described.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from tools.prose.passages import APART, BEFORE_WORDS

FILE = Path(__file__).with_name("vocabulary.toml")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One pattern that the project does not use."""

    id: str
    rule: int
    pattern: str
    instead: str
    why: str
    bad: str
    good: str
    unless: str = ""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the entry finds something in joined passages."""
        found = list(compiled(self.pattern).finditer(text))
        fine = [each.span() for each in compiled(self.unless).finditer(text)] if found and self.unless else []
        for each in found:
            begin, end = each.span()
            if not any(first <= begin and end <= last for first, last in fine):
                yield end - len(each[0].lstrip(BEFORE_WORDS)), end


class Vocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file: the checks of proselint that are on, and the entries."""

    proselint: tuple[str, ...]
    entry: tuple[Entry, ...]


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""Return the pattern of an entry for whole words, in any case.

    A space matches any space between words; `\A` matches the beginning of a passage and its marks (`#`, `-`);
    `\Z` matches the end.
    """
    spaced = re.sub(r"(?<!\[) ", r"\\s+", pattern)
    bounded = spaced.replace(r"\A", rf"{APART}(?:[\s\"'#*|>-]|\d+\. )*").replace(r"\Z", APART)
    return re.compile(rf"(?<![\w-])(?:{bounded})(?!\w)", re.IGNORECASE)


def load(file: Path = FILE) -> Vocabulary:
    """Return the vocabulary. Raises `msgspec.ValidationError` or `tomllib.TOMLDecodeError`."""
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Vocabulary)
