"""Finds slips of the pen in mappings and lists: a comma in a text, a missing space, a missing `- `."""

import re
from collections.abc import Container

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.errors import quoted
from hubsim_scenarios.language.nodes import Node, Scalar

_NO_SPACE = re.compile(r"(?P<key>[a-z_]+):\S.*", re.DOTALL)


def split_texts(node: nodes.Mapping, known: Container[str]) -> dict[str, str]:
    """Return the unknown keys that are the rest of a text with a comma, such as `note: a, b` in braces.

    The first rest has the hint; the further ones have an empty text, so that one message is enough.
    """
    hints: dict[str, str] = {}
    before: tuple[str, list[str]] | None = None
    first = ""
    for key, value in node.entries:
        if before is not None and key.text not in known and _is_left_out(value):
            before[1].append(key.text)
            first = first or key.text
            hints.setdefault(key.text, "")
            joined = quoted(", ".join(before[1]))
            hints[first] = f"put text that contains a comma in quotes: {before[0]}: {joined}"
            continue
        before = (key.text, [value.text]) if isinstance(value, Scalar) and not value.null else None
        first = ""
    return hints


def _is_left_out(value: Node) -> bool:
    return isinstance(value, Scalar) and value.plain and not value.text


def no_space(word: str, known: Container[str]) -> str:
    """Return the hint for `clock:+1 s`, a known key without the space after it; '' for other words."""
    found = _NO_SPACE.fullmatch(word)
    return f"write a space after '{found['key']}:'" if found and found["key"] in known else ""


def as_list(node: Node) -> str:
    """Return the hint for a word or mapping in place of a list."""
    if isinstance(node, Scalar):
        return "" if node.null else f"write [{node.text}]"
    first = node.entries[0][0].text if isinstance(node, nodes.Mapping) and node.entries else ""
    return "write a space after '-'" if first[:1] == "-" else "begin each item with '- '"
