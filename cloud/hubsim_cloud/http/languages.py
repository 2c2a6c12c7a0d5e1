"""The language of a response, from the header `Accept-Language` (RFC 9110 section 12.5.4)."""

from enum import StrEnum

LANGUAGES_MAX = 20
"""The number of ranges of a header that are read."""


class ResponseLanguage(StrEnum):
    """The languages of texts for people."""

    ENGLISH = "en"
    """The default."""
    POLISH = "pl"


def preferred_language(header: str) -> ResponseLanguage:
    """Return the language that the client prefers; English if it names neither, or both alike.

    An unreadable part of the header is ignored, because any text is better than a refusal.
    """
    quality = dict.fromkeys(ResponseLanguage, 0.0)
    for part in header.split(",")[:LANGUAGES_MAX]:
        name, _, parameter = part.partition(";")
        known = name.strip().lower().partition("-")[0]
        if known in set(ResponseLanguage):
            language = ResponseLanguage(known)
            quality[language] = max(quality[language], _quality(parameter.strip()))
    is_polish = quality[ResponseLanguage.POLISH] > quality[ResponseLanguage.ENGLISH]
    return ResponseLanguage.POLISH if is_polish else ResponseLanguage.ENGLISH


def _quality(parameter: str) -> float:
    if not parameter:
        return 1.0
    name, _, value = parameter.partition("=")
    digits = value.strip()
    is_number = digits.replace(".", "", 1).isascii() and digits.replace(".", "", 1).isdecimal()
    if name.strip().lower() != "q" or not is_number or len(digits) > len("0.000"):
        return 0.0
    return min(float(digits), 1.0)
