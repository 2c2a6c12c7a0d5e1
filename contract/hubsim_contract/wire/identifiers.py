"""Identifiers: hub id, ICCID, IMSI, IMEI. They are normalised before they are compared.

Sources: ITU-T E.118 (ICCID, 19 or 20 digits with the Luhn digit, starts 89), ITU-T E.212 (IMSI, 15
digits here), 3GPP TS 23.003 section 6 (IMEI, 15 digits with the Luhn digit).
"""

import re

HUB_ID = re.compile(r"[0-9A-F]{8}")
_ICCID = re.compile(r"89[0-9]{17,18}")
_IMSI = re.compile(r"[0-9]{15}")
_IMEI = re.compile(r"[0-9]{15}")


class BadIdentifier(ValueError):
    """A text that is not a valid identifier. The message names the kind and the mistake."""


def luhn_digit(digits: str) -> str:
    """Return the Luhn check digit (ISO/IEC 7812-1 annex B) to append to `digits`."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 (sum of the two digits)
    return str(-total % 10)


def hub_id(text: str) -> str:
    """Return the hub id in its normal form, 8 upper-case hex digits. Raises `BadIdentifier`."""
    normal = text.strip().upper()
    if not HUB_ID.fullmatch(normal):
        raise BadIdentifier(f"{text!r} is not a hub id: 8 hex digits are expected")
    return normal


def iccid(text: str) -> str:
    """Return the ICCID as bare digits. Raises `BadIdentifier`.

    Spaces and hyphens are removed, also the filler F that modems print after 19 digits.
    """
    normal = re.sub(r"[\s-]", "", text).upper().removesuffix("F")
    if not _ICCID.fullmatch(normal):
        raise BadIdentifier(f"{text!r} is not an ICCID: 19 or 20 digits that start 89 are expected")
    return _checked(text, normal, "ICCID")


def imsi(text: str) -> str:
    """Return the IMSI, 15 digits. Raises `BadIdentifier`."""
    normal = text.strip()
    if not _IMSI.fullmatch(normal):
        raise BadIdentifier(f"{text!r} is not an IMSI: 15 digits are expected")
    return normal


def imei(text: str) -> str:
    """Return the IMEI, 15 digits with its check digit. Raises `BadIdentifier`."""
    normal = re.sub(r"[\s-]", "", text)
    if not _IMEI.fullmatch(normal):
        raise BadIdentifier(f"{text!r} is not an IMEI: 15 digits are expected")
    return _checked(text, normal, "IMEI")


def _checked(text: str, normal: str, kind: str) -> str:
    expected = luhn_digit(normal[:-1])
    if normal[-1] != expected:
        raise BadIdentifier(f"{text!r} is not an {kind}: its check digit should be {expected}")
    return normal
