"""Shows the expected value above the seen one, with marks under the difference. Plain text."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from hubsim_scenarios.language.excerpts import around_difference
from hubsim_scenarios.play.context import FieldDifference
from hubsim_scenarios.reports.plural import counted

_TOKEN = re.compile(r"[\w.:-]+|\s+|.", re.DOTALL)
"""Whole words are marked, not single letters."""
EXPECTED, SEEN = "  expected  ", "  saw       "
VALUE_WIDTH = 180
"""A longer value is shortened, around the difference."""
MAX_DIFFERENCES = 20
"""How many differing fields are shown. More than that are counted."""


def contrast(
    reason: str, differences: Sequence[FieldDifference] = (), remarks: Sequence[str] = ()
) -> list[str]:
    """Return the lines of a failure: the fields that differ, or the reason, then the remarks."""
    lines = [line for each in differences[:MAX_DIFFERENCES] for line in _sides(each)] or [reason]
    left = len(differences) - MAX_DIFFERENCES
    if left > 0:
        lines.append(f"and {counted(left, 'more field')}")
    return [*lines, *(f"  {remark}" for remark in remarks)]


def _sides(difference: FieldDifference) -> list[str]:
    expected, seen = around_difference(difference.expected, difference.seen, VALUE_WIDTH)
    expected_marks, seen_marks = _marks(expected, seen)
    return [
        difference.where,
        EXPECTED + expected,
        *_below(expected_marks),
        SEEN + seen,
        *_below(seen_marks),
    ]


def _below(marks: str) -> list[str]:
    return [" " * len(EXPECTED) + marks] if marks else []


def _marks(expected: str, seen: str) -> tuple[str, str]:
    """Return a line for each text, with marks under the words that the other text does not have."""
    ours, theirs = _TOKEN.findall(expected), _TOKEN.findall(seen)
    lines = [[" "] * len(expected), [" "] * len(seen)]
    starts = [_starts(ours), _starts(theirs)]
    for kind, *bounds in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for line, start, (begin, end) in zip(lines, starts, (bounds[:2], bounds[2:]), strict=True):
            line[start[begin] : start[end]] = "^" * (start[end] - start[begin])
    before, after = ("".join(line).rstrip() for line in lines)
    return before, after


def _starts(tokens: list[str]) -> list[int]:
    """Return the index at which each token begins, and the one at which the last token ends."""
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    return starts
