"""Writes single words: plain where that means the same, else in quotes."""

from functools import lru_cache
from typing import Any

import yaml

from hubsim_scenarios.language.nodes import FASTEST_LOADER
from hubsim_scenarios.language.odd_characters import needs_quotes
from hubsim_scenarios.layout.tree import BLOCK_STYLES, ScalarNode

_KEPT_WORDS = 4096
"""The size of the cache of `can_be_plain`; a word that is not in the cache is parsed again."""

_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_TEXT_TAG = "tag:yaml.org,2002:str"


def written(word: ScalarNode, *, flow: bool) -> str:
    """Return the word in one line. `flow` means inside brackets."""
    one_line = "\n" not in word.raw and word.style not in BLOCK_STYLES
    if not word.style:
        if not word.text or (one_line and not flow) or can_be_plain(word.text, flow=flow):
            return word.text
        return in_quotes(word.text)
    if word.bare and reads_as_text(word.text) and can_be_plain(word.text, flow=flow):
        return word.text
    return word.raw if one_line else in_quotes(word.text)


def in_quotes(text: str) -> str:
    """Return the text in double quotes, or in single quotes if that avoids backslashes."""
    if '"' not in text and "\\" not in text and text.isprintable():
        return f'"{text}"'
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(sign: str) -> str:
    """Return the escaped character for double quotes (YAML 1.2, section 5.7)."""
    if sign in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[sign]
    return sign if sign.isprintable() else f"\\U{ord(sign):08X}"


def reads_as_text(text: str) -> bool:
    """Return whether a YAML reader reads the word as text, not as a number, date, `true` or `null`."""
    resolver: Any = yaml.resolver.Resolver()
    return bool(resolver.resolve(yaml.ScalarNode, text, (True, False)) == _TEXT_TAG)


@lru_cache(maxsize=_KEPT_WORDS)
def can_be_plain(text: str, *, flow: bool) -> bool:
    """Return whether the parser reads the text as the same text when it is a value without quotes."""
    if not text or "\n" in text or needs_quotes(text):
        return False
    source = f"{{k: {text}, l: m}}" if flow else f"k: {text}\nl: m"
    try:
        found = list(yaml.parse(source, Loader=FASTEST_LOADER))
    except yaml.YAMLError:
        return False
    scalars = [(event.value, event.style) for event in found if isinstance(event, yaml.ScalarEvent)]
    expected = [("k", None), (text, None), ("l", None), ("m", None)]
    return len(scalars) == len(found) - 6 and [(value, style or None) for value, style in scalars] == expected
