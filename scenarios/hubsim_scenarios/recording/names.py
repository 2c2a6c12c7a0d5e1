"""Names for what a recording meets: legal in a scenario, unique, and close to what people call it."""

import re

from hubsim_scenarios.language.scalars import CARD_WORDS
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.product.vocabulary import EXPECTATIONS

MAX_NAME_CHARS = 40
_STRANGE = re.compile(r"[^a-z0-9]+")
_TAKEN = CARD_WORDS | frozenset(EXPECTATIONS) | frozenset(AliasKind)


class NameAllocator:
    """The names of one scenario."""

    def __init__(self) -> None:
        self._given: set[str] = set(_TAKEN)

    def new(self, wish: str, otherwise: str) -> str:
        """Return a name that nothing has yet, made of the wish; of `otherwise` if that has no letter."""
        stem = _STRANGE.sub("-", wish.lower()).lstrip("-0123456789")[:MAX_NAME_CHARS].rstrip("-")
        stem = stem or otherwise
        name, number = stem, 1
        while name in self._given:
            number += 1
            tail = f"-{number}"
            name = stem[: MAX_NAME_CHARS - len(tail)] + tail
        self._given.add(name)
        return name
