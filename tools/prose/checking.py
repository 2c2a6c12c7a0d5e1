"""Checks prose against the vocabulary and against proselint.

Owns the escape: `prose: ignore (reason)` in a comment excuses its own line, and the passage that begins in
the next line. An escape without a reason is reported, and also one that excuses nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from proselint.checks import __register__ as proselint_checks
from proselint.registry.checks import Check

from tools.prose.passages import APART, MASK, Passage, Place
from tools.prose.vocabulary import Vocabulary

ESCAPE = re.compile(r"(?:#|<!--|//)\s*prose: ignore(?:\s+\((?P<reason>[^)]+)\))?")
_MASKED = re.compile(f"[{MASK}{APART}]+")


@dataclass(frozen=True, order=True)
class Finding:
    """Something to rewrite, at a place of a file."""

    file: str
    line: int
    column: int
    check: str
    text: str

    def __str__(self) -> str:
        """Return the finding as one line that editors can follow."""
        return f"{self.file}:{self.line}:{self.column}: {self.text} [{self.check}]"


@dataclass
class _Escape:
    line: int
    reason: str | None
    used: bool = False


def check(file: str, source: str, passages: Iterable[Passage], vocabulary: Vocabulary) -> list[Finding]:
    """Return what has to be rewritten in a file, in the order of its places."""
    kept = list(passages)
    text = "".join(f"{APART}{passage.text}\n" for passage in kept) + APART
    starts = list(accumulate((len(APART + passage.text) + 1 for passage in kept), initial=len(APART)))
    escapes = [
        _Escape(number, found["reason"])
        for number, line in enumerate(source.split("\n"), 1)
        if "prose: ignore" in line and (found := ESCAPE.search(line))
    ]
    findings: dict[Place, Finding] = {}
    for begin, end, name, advice in (*_by_proselint(text, vocabulary), *_by_entries(text, vocabulary)):
        index = bisect_right(starts, begin) - 1
        place = kept[index].place(begin - starts[index])
        if not _excused(escapes, kept[index], place):
            words = " ".join(_MASKED.sub("...", text[begin:end]).split())
            findings[place] = Finding(file, place.line, place.column, name, f"'{words}': write {advice}")
    return sorted([*findings.values(), *_bad(escapes, file)])


def _by_entries(text: str, vocabulary: Vocabulary) -> Iterator[tuple[int, int, str, str]]:
    for entry in vocabulary.entry:
        for begin, end in entry.spans(text):
            yield begin, end, entry.id, f"{entry.instead} (rule {entry.rule})"


def _by_proselint(text: str, vocabulary: Vocabulary) -> Iterator[tuple[int, int, str, str]]:
    for general in _chosen(vocabulary.proselint):
        for result in general.check_with_flags(text):
            words = f"'{result.replacements}'" if result.replacements else "another word"
            yield *result.span, f"proselint {result.check_path}", f"{words}: {result.message}"


@cache
def _chosen(names: tuple[str, ...]) -> list[Check]:
    return [check for check in proselint_checks if any(check.matches_partial(name) for name in names)]


def _excused(escapes: list[_Escape], passage: Passage, place: Place) -> bool:
    for escape in escapes:
        if escape.line == place.line or escape.line == passage.starts[0].line - 1:
            escape.used = True
            return True
    return False


def _bad(escapes: list[_Escape], file: str) -> Iterator[Finding]:
    for escape in escapes:
        if escape.reason is None:
            yield Finding(file, escape.line, 1, "escape", "give the reason: 'prose: ignore (reason)'")
        elif not escape.used:
            yield Finding(file, escape.line, 1, "escape", "nothing to ignore here: remove 'prose: ignore'")
