"""Validates texts that people type: trims them, and refuses missing, long and invalid ones."""

import re
import unicodedata

from hubsim_cloud.domain.refusals import RefusalName, Refused

MAX_EMAIL_CHARS = 254
"""The longest valid mail address (RFC 5321 section 4.5.3.1.3)."""
MAX_TEXT_CHARS = 200
"""The longest name or number. Real ones are much shorter, and the log keeps it forever."""
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, surrogates, and line and paragraph separators."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def required(text: str, what: str) -> str:
    """Return the text without surrounding space, or refuse with `information_missing` or `invalid_text`."""
    trimmed = optional(text, what)
    if trimmed is None:
        raise Refused(RefusalName.INFORMATION_MISSING, f"The {what} is missing: enter one.", missing=what)
    return trimmed


def optional(text: str | None, what: str) -> str | None:
    """Return the text without surrounding space, None if it is empty, or refuse with `invalid_text`."""
    trimmed = (text or "").strip()
    if len(trimmed) > MAX_TEXT_CHARS:
        raise Refused(
            RefusalName.INVALID_TEXT,
            f"The {what} has more than {MAX_TEXT_CHARS} characters: shorten it.",
            what=what,
        )
    if not _writable(trimmed):
        raise Refused(
            RefusalName.INVALID_TEXT, f"The {what} contains control characters: remove them.", what=what
        )
    return trimmed or None


def _writable(text: str) -> bool:
    return text.isprintable() or not any(unicodedata.category(char) in _UNWRITABLE for char in text)


def normal_email(text: str) -> str:
    """Return an address in normal form, trimmed and in lower case, without validation."""
    return text.strip().lower()


def email_address(text: str) -> str:
    """Return the address in normal form.

    An empty address is refused with `information_missing`, an invalid one with `invalid_email`.
    """
    address = normal_email(text)
    if not address:
        raise Refused(RefusalName.INFORMATION_MISSING, "The email is missing: enter one.", missing="email")
    if len(address) > MAX_EMAIL_CHARS or not _EMAIL.fullmatch(address) or not _writable(address):
        raise Refused(
            RefusalName.INVALID_EMAIL,
            "This is not an e-mail address: use the form name@example.com.",
            email=address[:MAX_EMAIL_CHARS],
        )
    return address
