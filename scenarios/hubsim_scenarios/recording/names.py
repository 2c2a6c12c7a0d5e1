"""Names for the things of a recording: valid in a scenario, unique, and close to the recorded names."""

import re

from hubsim_scenarios.language.scalars import CARD_WORDS
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.product.vocabulary import EXPECTATIONS

MAX_NAME_CHARS = 40
_OTHER_CHARS = re.compile(r"[^a-z0-9]+")
_RESERVED = CARD_WORDS | frozenset(EXPECTATIONS) | frozenset(AliasKind)


class NameAllocator:
    """The names of one scenario."""

    def __init__(self) -> None:
        self._used: set[str] = set(_RESERVED)

    def new(self, preferred: str, fallback: str) -> str:
        """Return an unused name that is made from `preferred`, or from `fallback` if that has no letter."""
        stem = _OTHER_CHARS.sub("-", preferred.lower()).lstrip("-0123456789")[:MAX_NAME_CHARS].rstrip("-")
        stem = stem or fallback
        name, number = stem, 1
        while name in self._used:
            number += 1
            tail = f"-{number}"
            name = stem[: MAX_NAME_CHARS - len(tail)] + tail
        self._used.add(name)
        return name
