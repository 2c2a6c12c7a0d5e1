"""Sentences in Polish, found by their English ones with the values inside."""

import re
from collections.abc import Mapping

_VALUE = re.compile(r"\\{(\w+)\\}")


class Sentences:
    """English templates such as `at most {n} hubs`, with Polish ones. The first that fits is used."""

    def __init__(self, polish: Mapping[str, str]) -> None:
        self._rows = tuple(
            (re.compile(_VALUE.sub(r"(?P<\1>.+?)", re.escape(english)), re.DOTALL), text)
            for english, text in polish.items()
        )

    def find(self, english: str) -> str | None:
        """Return the Polish sentence with the values of the English one; None: the table has no such one."""
        for pattern, polish in self._rows:
            found = pattern.fullmatch(english)
            if found is not None:
                return polish.format(**found.groupdict())
        return None
