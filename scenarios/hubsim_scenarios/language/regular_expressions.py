"""Regular expressions of scenarios: the syntax of RE2, in which every expression is matched in linear time.

A scenario is data from others, so no expression in it may stop a play. RE2 has no back references and no
lookarounds; in return the time of a match grows with the length of the text only.
"""

from functools import lru_cache
from typing import Any

import re2

from hubsim_scenarios.language.errors import BadText, quoted

_COMPILED = 256
"""The size of the cache of compiled expressions; others are compiled again."""


def check_expression(expression: str) -> None:
    """Raise `BadText` for an empty expression, and for one that RE2 cannot compile."""
    if not expression:
        raise BadText("an empty regular expression matches every text", "name a part of the text")
    try:
        _compiled(expression)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args else ""
        raise BadText(
            f"{quoted(expression)} is not a regular expression: {reason}", "the syntax is that of RE2"
        ) from error


def finds(expression: str, text: str) -> bool:
    """Return whether a checked expression is found anywhere in the text."""
    return _compiled(expression).search(text) is not None


@lru_cache(maxsize=_COMPILED)
def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(expression, options)
