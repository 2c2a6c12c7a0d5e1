"""Characters that an author did not intend: invisible ones, spaces that are not spaces, typographic quotes.

An invisible character could make a file look different from what it does, so a scenario cannot contain one.
Messages show such characters by their number, `U+202E`.
"""

import re

_INVISIBLE = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
"""Characters that change the direction of text, or that no editor shows. Joiners (U+200C, U+200D) are
allowed: several scripts need them."""
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
_NOT_ALLOWED = re.compile(f"[{_INVISIBLE}{_CONTROL}\ud800-\udfff\ufffe\uffff]")
_SPACES = "\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SPACE_OF_KEY = re.compile(f"[{_SPACES}]")
_SPACE_OF_VALUE = re.compile(f"(?:^|(?<=[:-]))[{_SPACES}]")
_QUOTES = {
    "\u2018": "\u2019",
    "\u201a": "\u2018\u2019",
    "\u201c": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u00ab": "\u00bb",
}
_CLOSING = frozenset("".join(_QUOTES.values()))


def not_allowed(text: str) -> re.Match[str] | None:
    """Return the first character that a scenario cannot contain, or None."""
    return _NOT_ALLOWED.search(text)


def code(char: str) -> str:
    """Return a character by its number: `U+202E`."""
    return f"U+{ord(char):04X}"


def visible(text: str) -> str:
    """Return the text of a file for a terminal: the number in place of a character that is not allowed."""
    return _NOT_ALLOWED.sub(lambda found: code(found[0]), text)


def odd_space(text: str, *, key: bool) -> int | None:
    """Return the index of the first space in a plain word that YAML does not read as a space, or None."""
    found = (_SPACE_OF_KEY if key else _SPACE_OF_VALUE).search(text)
    return found.start() if found else None


def without_quotes(text: str) -> str | None:
    """Return a plain word without the typographic quotes around it; None if there are none.

    The closing quote may be missing, because a comma has ended the word.
    """
    closing = _QUOTES.get(text[:1])
    if closing is None:
        return None
    inner = text[1:]
    if inner[-1:] in closing and inner[-1:]:
        inner = inner[:-1]
    return None if _CLOSING.intersection(inner) else inner


def needs_quotes(text: str) -> bool:
    """Return whether a value without quotes would be read as a slip: an odd space, or typographic quotes."""
    return odd_space(text, key=False) is not None or without_quotes(text) is not None


def ends_quote(text: str) -> bool:
    """Return whether a plain word ends with a typographic quote and does not begin with one."""
    return text[-1:] in _CLOSING and text[:1] not in _QUOTES
