"""The Polish texts of the mistakes in a request, by the English ones."""

import re

from hubsim_cloud.http.sentences import Sentences

_TABLE = Sentences(
    {
        "the field is missing": "brak pola",
        "the parameter is repeated": "parametr jest powtórzony",
        "the JSON is nested too deeply": "JSON jest zbyt głęboko zagnieżdżony",
        "unknown field; did you mean {name}?": "nieznane pole; czy chodziło o {name}?",
        "unknown field; known: {names}": "nieznane pole; znane: {names}",
        "unknown field; none is expected here": "nieznane pole; tu nie oczekuje się żadnego",
        "unknown parameter; did you mean {name}?": "nieznany parametr; czy chodziło o {name}?",
        "unknown parameter; known: {names}": "nieznany parametr; znane: {names}",
        "unknown parameter; none is expected here": "nieznany parametr; tu nie oczekuje się żadnego",
        "unknown state {state}; did you mean {name}?": "nieznany stan {state}; czy chodziło o {name}?",
        "unknown state {state}; known: {names}": "nieznany stan {state}; znane: {names}",
        "unknown state {state}; none is expected here": "nieznany stan {state}; tu nie oczekuje się żadnego",
        "unknown parameter; use {name}": "nieznany parametr; użyj {name}",
        "expected a whole number from {lowest} to {most}": (
            "oczekiwana liczba całkowita od {lowest} do {most}"
        ),
        "a whole number from {lowest} to {most} is expected": (
            "oczekiwana liczba całkowita od {lowest} do {most}"
        ),
        "the number of a step is expected, or 0": "oczekiwany numer kroku lub 0",
        "give one of `to` and `by`": "podaj jedno z `to` i `by`",
        "the offset from UTC is missing, such as Z or +01:00": "brak różnicy do UTC, takiej jak Z lub +01:00",
        "the clock cannot be moved past 1 December {year}": "zegar nie może przejść poza 1 grudnia {year}",
        "at most {count} hubs can be given": "można podać najwyżej {count} hubów",
    }
)
_EXPECTED = re.compile(r"(?P<kind>.+) is expected(?:, not (?P<got>.+))?", re.DOTALL)
_KINDS = {
    "true or false": "true lub false",
    "a whole number": "liczba całkowita",
    "a number": "liczba",
    "an object": "obiekt",
    "a list": "lista",
    "text": "tekst",
    "of a length of at most": "o długości co najwyżej",
    "of a length of at least": "o długości co najmniej",
    "of at most": "co najwyżej",
    "of at least": "co najmniej",
    "or": "lub",
}
"""The words for types and bounds of `validation_text`, the longer ones first."""
_KIND = re.compile(r"\b(?:" + "|".join(map(re.escape, _KINDS)) + r")\b")


def polish_mistake(english: str) -> str:
    """Return the Polish text of a mistake. A text of a library without a translation stays English."""
    found = _TABLE.find(english)
    if found is not None:
        return found
    expected = _EXPECTED.fullmatch(english)
    if expected is None:
        return english
    got = f", a nie: {_kinds(expected['got'])}" if expected["got"] else ""
    return f"oczekiwano: {_kinds(expected['kind'])}{got}"


def _kinds(text: str) -> str:
    return _KIND.sub(lambda word: _KINDS[word[0]], text)
