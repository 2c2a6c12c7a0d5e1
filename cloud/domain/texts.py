"""Texts that people type: trimmed, and refused when a required one is empty or an address is none."""

import re

from cloud.domain.refusals import RefusalName, Refused

MAX_EMAIL_CHARS = 254
"""The longest address mail can carry (RFC 5321 section 4.5.3.1.3); a longer one is invalid."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def required(text: str, what: str) -> str:
    """Return the text without the space around it, or refuse with `information_missing`."""
    trimmed = text.strip()
    if not trimmed:
        raise Refused(RefusalName.INFORMATION_MISSING, f"The {what} is missing.", missing=what)
    return trimmed


def email_address(text: str) -> str:
    """Return the address in the form in which addresses are compared: trimmed and in lower case.

    An empty one is refused with `information_missing`, one of another shape with `invalid_email`.
    """
    address = required(text, "email").lower()
    if len(address) > MAX_EMAIL_CHARS or not _EMAIL.fullmatch(address):
        raise Refused(
            RefusalName.INVALID_EMAIL,
            "This is no e-mail address: name@example.com is the shape.",
            email=address[:MAX_EMAIL_CHARS],
        )
    return address
