"""The text of nodes in flow style, in one line and without comments: what reports show of a step."""

from collections.abc import Container

from hubsim_scenarios.language.nodes import Mapping, Node, Scalar, Sequence
from hubsim_scenarios.language.wording import in_quotes


def flow_text(node: Node) -> str:
    """Return the node in one line. A word is in quotes if the author put it in quotes."""
    match node:
        case Scalar(text=text, plain=plain):
            return text if plain and text.isprintable() else in_quotes(text)
        case Sequence(items=items):
            return f"[{', '.join(map(flow_text, items))}]"
        case Mapping():
            return f"{{{entries_text(node)}}}"


def entries_text(node: Mapping, without: Container[str] = ()) -> str:
    """Return the entries of a mapping in one line, except those with a key in `without`."""
    return ", ".join(
        f"{key.text}: {flow_text(value)}" for key, value in node.entries if key.text not in without
    )
