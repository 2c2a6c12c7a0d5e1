"""Shows the expected value above the seen one, with marks under the difference. Plain text."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from hubsim_scenarios.language.excerpts import around_difference
from hubsim_scenarios.play.context import FieldDifference
from hubsim_scenarios.translation.story_language import say, say_count

_TOKEN = re.compile(r"[\w.:-]+|\s+|.", re.DOTALL)
"""Whole words are marked, not single letters."""
_INDENT = "  "
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
        lines.append(say_count("and {count} more field", "and {count} more fields", left))
    return [*lines, *(f"  {remark}" for remark in remarks)]


def _sides(difference: FieldDifference) -> list[str]:
    expected, seen = around_difference(difference.expected, difference.seen, VALUE_WIDTH)
    expected_marks, seen_marks = _marks(expected, seen)
    expected_lead, seen_lead = leads()
    below = " " * len(expected_lead)
    return [
        difference.where,
        expected_lead + expected,
        *([below + expected_marks] if expected_marks else []),
        seen_lead + seen,
        *([below + seen_marks] if seen_marks else []),
    ]


def leads() -> tuple[str, str]:
    """Return the words before the expected and the seen value, in the language of the run; equally wide."""
    words = say("expected"), say("saw")
    width = max(map(len, words))
    expected, seen = (f"{_INDENT}{word.ljust(width)}{_INDENT}" for word in words)
    return expected, seen


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
