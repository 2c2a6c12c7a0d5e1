"""Removes secrets from log events.

Pure. It has three methods, because none finds all secrets: values under keys that name a secret, patterns of
secrets inside texts (bearer tokens, passwords in URLs, `password=...`, hashes, private keys), and the known
secrets of this process in any place. In doubt it hides too much.
"""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from hubsim_server.settings import HIDDEN

KNOWN_CHARS_MIN = 6
"""A shorter secret is not searched for, because other words may contain it."""
URL_PASSWORD_CHARS_MAX = 500
"""A longer password in a URL is not recognised: a search without a limit would be slow in long texts."""
DEPTH_MAX = 20
"""Values nested deeper are logged as text, in which the patterns are searched."""

_NAME = (
    r"(?:pass(?:word|wd|phrase)|token|authori[sz]ation|secret|credential|cookie"
    r"|key[_-]?material|(?:private|hub|api|signing|shared|access)[_-]?key)[\w.-]{0,40}"
)
_SECRET_KEY = re.compile(_NAME, re.IGNORECASE)
_BETWEEN = r"""(?:\\?["']?\s*(?:=>|[=:])|["']\s*,)\s*"""
_QUOTED = r"""\\"(?:(?!\\").)*(?:\\"|\Z)|b?"(?:\\.|[^"\\])*(?:"|\Z)|b?'(?:\\.|[^'\\])*(?:'|\Z)"""
_BARE = r"(?:basic|bearer)\s+\S+|[^\s,;&)\]}]+"
_PEM_KEY = r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
_ANY = re.IGNORECASE | re.DOTALL
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(_PEM_KEY, re.DOTALL), HIDDEN),
    (re.compile(r"\$(?:argon2\w*|7|6|5|2[aby])\$[^\s'\"]+"), HIDDEN),
    (re.compile(rf"(://[^\s:/@'\"]*):[^\s'\"]{{0,{URL_PASSWORD_CHARS_MAX}}}@"), rf"\1:{HIDDEN}@"),
    (re.compile(rf"({_NAME}{_BETWEEN})(?:{_QUOTED}|{_BARE})", _ANY), rf"\1{HIDDEN}"),
    (re.compile(r"\b(bearer|basic)(\s+)[\w.~+/-]{6,}=*", re.IGNORECASE), rf"\1\2{HIDDEN}"),
)
"""Each pattern with its replacement."""


class Redaction:
    """Hides secrets in event dictionaries. `known` are the secrets of this process."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        long_enough = sorted({each for each in known if len(each) >= KNOWN_CHARS_MIN}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, long_enough))) if long_enough else None

    def __call__(self, _logger: object, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the event without secrets; a structlog processor."""
        return {self.text(str(key)): self._under(str(key), value, 0) for key, value in event.items()}

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for shape, left in _SHAPES:
            text = shape.sub(left, text)
        return text

    def _under(self, key: str, value: Any, depth: int) -> Any:
        if value is not None and _SECRET_KEY.search(key):
            return HIDDEN
        return self._value(value, depth)

    def _value(self, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if depth < DEPTH_MAX and isinstance(value, Mapping):
            return {
                self.text(str(key)): self._under(str(key), each, depth + 1) for key, each in value.items()
            }
        if depth < DEPTH_MAX and isinstance(value, list | tuple | AbstractSet):
            hidden = _is_secret_pair(value)
            values = [self._value(each, depth + 1) for each in value]
            return [values[0], HIDDEN] if hidden else values
        return self.text(repr(value))


def _is_secret_pair(values: Any) -> bool:
    """Return whether these are a name and a secret, like an HTTP header."""
    match values:
        case [str() | bytes() as name, str() | bytes()]:
            return _SECRET_KEY.search(str(name)) is not None
        case _:
            return False
