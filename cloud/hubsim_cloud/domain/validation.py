"""Texts that people type: trimmed, bounded, and refused when one is missing or an address is none."""

import re
import unicodedata

from hubsim_cloud.domain.refusals import RefusalName, Refused

MAX_EMAIL_CHARS = 254
"""The longest address mail can carry (RFC 5321 section 4.5.3.1.3); a longer one is invalid."""
MAX_TEXT_CHARS = 200
"""The longest name or number: far above what people have, far below what a log has to carry for ever."""
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, halves of surrogate pairs, and what ends lines."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def required(text: str, what: str) -> str:
    """Return the text without the space around it, or refuse with `information_missing` or `invalid_text`."""
    trimmed = optional(text, what)
    if trimmed is None:
        raise Refused(RefusalName.INFORMATION_MISSING, f"The {what} is missing.", missing=what)
    return trimmed


def optional(text: str | None, what: str) -> str | None:
    """Return the text without the space around it, None when there is none, or refuse with `invalid_text`."""
    trimmed = (text or "").strip()
    if len(trimmed) > MAX_TEXT_CHARS:
        raise Refused(
            RefusalName.INVALID_TEXT, f"The {what} has more than {MAX_TEXT_CHARS} characters.", what=what
        )
    if not _writable(trimmed):
        raise Refused(RefusalName.INVALID_TEXT, f"The {what} has control characters in it.", what=what)
    return trimmed or None


def _writable(text: str) -> bool:
    return text.isprintable() or not any(unicodedata.category(char) in _UNWRITABLE for char in text)


def email_address(text: str) -> str:
    """Return the address in the form in which addresses are compared: trimmed and in lower case.

    An empty one is refused with `information_missing`, one of another shape with `invalid_email`.
    """
    address = text.strip().lower()
    if not address:
        raise Refused(RefusalName.INFORMATION_MISSING, "The email is missing.", missing="email")
    if len(address) > MAX_EMAIL_CHARS or not _EMAIL.fullmatch(address) or not _writable(address):
        raise Refused(
            RefusalName.INVALID_EMAIL,
            "This is no e-mail address: name@example.com is the shape.",
            email=address[:MAX_EMAIL_CHARS],
        )
    return address
