"""A violation: a rule that a device broke, what was expected and seen, and the packets that prove it."""

import msgspec

from hubsim_conform.evidence.entries import EvidenceEntry


class Violation(msgspec.Struct, frozen=True):
    """A rule that the device broke once."""

    rule: str
    expected: str
    seen: str
    proof: tuple[int, ...] = ()
    """The numbers of the entries that prove it."""
    symptom: str = ""
    """The key in the table of likely mistakes; empty for that of the rule."""


def violation(
    rule: str, expected: str, seen: str, *entries: EvidenceEntry | None, symptom: str = ""
) -> Violation:
    """Return a violation that these entries prove."""
    numbers = dict.fromkeys(entry.number for entry in entries if entry is not None)
    return Violation(rule, expected, seen, tuple(sorted(numbers)), symptom)
