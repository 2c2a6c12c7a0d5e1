"""Single words as they are written: plain where that says the same, else in quotes."""

from functools import lru_cache
from typing import Any

import yaml

from hubsim_scenarios.language.nodes import FASTEST_LOADER
from hubsim_scenarios.layout.tree import BLOCK_STYLES, Scalar

_KEPT_WORDS = 4096
"""So many answers are kept about words that can stand plain; beyond that they are asked again."""

_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_TEXT_TAG = "tag:yaml.org,2002:str"


def written(word: Scalar, *, flow: bool) -> str:
    """Return the word in one line. `flow`: it stands inside of brackets."""
    one_line = "\n" not in word.raw and word.style not in BLOCK_STYLES
    if not word.style:
        if not word.text or (one_line and not flow) or can_be_plain(word.text, flow=flow):
            return word.text
        return in_quotes(word.text)
    if word.bare and reads_as_text(word.text) and can_be_plain(word.text, flow=flow):
        return word.text
    return word.raw if one_line else in_quotes(word.text)


def in_quotes(text: str) -> str:
    """Return the text in quotes: double ones, unless something in it would need a backslash then."""
    if '"' not in text and "\\" not in text and text.isprintable():
        return f'"{text}"'
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(sign: str) -> str:
    """Return the sign as it stands in double quotes (YAML 1.2, section 5.7)."""
    if sign in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[sign]
    return sign if sign.isprintable() else f"\\U{ord(sign):08X}"


def reads_as_text(text: str) -> bool:
    """Return whether any YAML reader takes the word for text: no number, no date, no `true`, no `null`."""
    resolver: Any = yaml.resolver.Resolver()
    return bool(resolver.resolve(yaml.ScalarNode, text, (True, False)) == _TEXT_TAG)


@lru_cache(maxsize=_KEPT_WORDS)
def can_be_plain(text: str, *, flow: bool) -> bool:
    """Return whether the text, without quotes and as a value, is read as the same text."""
    if not text or "\n" in text:
        return False
    source = f"{{k: {text}, l: m}}" if flow else f"k: {text}\nl: m"
    try:
        found = list(yaml.parse(source, Loader=FASTEST_LOADER))
    except yaml.YAMLError:
        return False
    scalars = [(event.value, event.style) for event in found if isinstance(event, yaml.ScalarEvent)]
    expected = [("k", None), (text, None), ("l", None), ("m", None)]
    return len(scalars) == len(found) - 6 and [(value, style or None) for value, style in scalars] == expected
