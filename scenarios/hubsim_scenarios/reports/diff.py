"""Shows the expected value above the seen one, with marks under the difference. Plain text."""

import re
from difflib import SequenceMatcher

_MISMATCH = re.compile(
    r"(?P<where>.+?): expected (?P<expected>.+?), saw (?P<seen>.+?)"
    r"(?: \((?P<remark>(?:waited|to compare) [^()]+)\))?",
    re.DOTALL,
)
"""The text of a `language.matching.Mismatch`. Other reasons, such as refusals, stay in one line."""
_TOKEN = re.compile(r"[\w.:-]+|\s+|.", re.DOTALL)
"""Whole words are marked, not single letters."""
EXPECTED, SEEN = "  expected  ", "  saw       "


def contrast(reason: str) -> list[str]:
    """Return the lines of the reason why a step failed. A mismatch gets a line for each value."""
    found = _MISMATCH.fullmatch(reason)
    if found is None:
        return [reason]
    expected, seen = found["expected"], found["seen"]
    expected_marks, seen_marks = _marks(expected, seen)
    lines = [found["where"], EXPECTED + expected, *_below(expected_marks)]
    lines += [SEEN + seen, *_below(seen_marks)]
    return [*lines, f"  {found['remark']}"] if found["remark"] else lines


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
