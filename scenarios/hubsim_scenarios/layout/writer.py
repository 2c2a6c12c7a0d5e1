"""Writes the tree as text: one entry a line, in brackets where they fit, with every comment at its entry.

A block remains a block and brackets remain brackets if they fit, so that the author decides. Brackets that do
not fit, or that contain comments, become a block.
"""

from collections.abc import Iterator
from textwrap import wrap

from hubsim_scenarios.layout.order import value_of
from hubsim_scenarios.layout.quoting import written
from hubsim_scenarios.layout.tree import BLOCK_STYLES, Group, MappingEntry, Node, ScalarNode, entries, words

WIDTH = 150
"""Longer lines are broken where possible."""
PROSE_WIDTH = 110
"""The width to which a longer `about` text is folded."""
_ALWAYS_BLOCKS = (
    ("settings",),
    ("world",),
    ("world", "companies"),
    ("world", "resellers"),
    ("world", "hubs"),
    ("table",),
    ("steps",),
)
_ALWAYS_IN_BRACKETS = (("covers",), ("tags",), ("world", "people"))
_STEP = "  "


class Writer:
    """Writes one file. `text` is its old content, which shows the line breaks that the author chose."""

    def __init__(self, root: Group, text: str) -> None:
        self._root = root
        self._text = text
        root.flow = False
        for path in _ALWAYS_BLOCKS:
            group = _at(root, path)
            if group is not None and group.entries:
                group.flow = False
        for path in _ALWAYS_IN_BRACKETS:
            group = _at(root, path)
            if group is not None and group.is_list:
                group.flow = True

    def lines(self, tail: list[str]) -> list[str]:
        """Return the lines of the file; `tail` are the comments at its end."""
        found = [*self._block(self._root, ""), *tail]
        while found and not found[0]:
            found.pop(0)
        return [line for line, above in zip(found, [None, *found], strict=False) if line or above]

    def _block(self, group: Group, indent: str) -> Iterator[str]:
        for entry in group.entries:
            yield from _above(entry, indent)
            yield from self._item(entry, indent) if group.is_list else self._pair(entry, indent)
            yield from (_indented(line, indent) for line in entry.after)

    def _pair(self, entry: MappingEntry, indent: str) -> Iterator[str]:
        assert entry.key is not None
        key = f"{indent}{written(entry.key, flow=False)}:"
        comment = " ".join(part for part in (entry.head, entry.trailing) if part)
        if isinstance(entry.value, ScalarNode):
            first, *more = self._word(entry, entry.value, indent)
            yield _commented(f"{key} {first}".rstrip(), comment)
            yield from more
        elif (line := self._in_brackets(entry.value, len(key) + 1)) is not None:
            yield _commented(f"{key} {line}", comment)
        elif entry.value.flow and _only_words(entry.value):
            *lines, last = _wrapped(entry.value, f"{key} [")
            yield from lines
            yield _commented(last, comment)
        else:
            yield _commented(key, comment)
            yield from self._block(entry.value, indent + _STEP)

    def _word(self, entry: MappingEntry, word: ScalarNode, indent: str) -> list[str]:
        """Return the lines of a word after its key."""
        if word.style in BLOCK_STYLES:
            return _reindented(word.raw, indent + _STEP)
        line = written(word, flow=False)
        is_about = entry in self._root.entries and entry.key is not None and entry.key.text == "about"
        if is_about and len(line) > WIDTH - len("about: ") and word.text == " ".join(word.text.split()):
            return [
                ">-",
                *(
                    indent + _STEP + part
                    for part in wrap(word.text, PROSE_WIDTH, break_long_words=False, break_on_hyphens=False)
                ),
            ]
        return [line]

    def _item(self, entry: MappingEntry, indent: str) -> Iterator[str]:
        dash = f"{indent}- "
        value = entry.value
        if isinstance(value, ScalarNode):
            yield _commented(f"{dash}{written(value, flow=False)}", entry.trailing)
        elif (line := self._in_brackets(value, len(dash))) is not None:
            note = self._note_apart(value)
            if note is None:
                yield _commented(f"{dash}{line}", entry.trailing)
            else:
                yield dash + line.removesuffix(f" {note}}}")
                yield _commented(f"{indent}   {note}}}", entry.trailing)
        else:
            yield from (_indented(comment, indent) for comment in (entry.trailing,) if comment)
            yield from (_indented(comment, indent) for comment in value.entries[0].before if comment)
            value.entries[0].before.clear()
            first, *more = self._block(value, indent + _STEP)
            yield dash + first[len(dash) :]
            yield from more

    def _in_brackets(self, group: Group, column: int) -> str | None:
        """Return the group in one line of brackets, or None if it does not fit or must be a block."""
        if group.entries and (not group.flow or _holds_lines(group)):
            return None
        line = _flow(group)
        note = self._note_apart(group)
        fits = column + len(line) - (len(note) + 2 if note else 0) <= WIDTH
        return line if fits else None

    def _note_apart(self, group: Group) -> str | None:
        """Return the caption of a step if its author put it on a separate line."""
        last = group.entries[-1] if group.entries else None
        if last is None or last.key is None or last.key.text != "note" or not group.flow:
            return None
        begins = max(self._text.rfind(sign, 0, last.start) for sign in ",{")
        if "\n" not in self._text[begins : last.start]:
            return None
        return _flow_entry(last)


def _at(root: Group, path: tuple[str, ...]) -> Group | None:
    node: Node | None = root
    for key in path:
        node = value_of(node, key) if node is not None else None
    return node if isinstance(node, Group) else None


def _flow(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return written(node, flow=True)
    inside = ", ".join(map(_flow_entry, node.entries))
    return f"[{inside}]" if node.is_list else f"{{{inside}}}"


def _flow_entry(entry: MappingEntry) -> str:
    value = _flow(entry.value)
    return value if entry.key is None else f"{written(entry.key, flow=True)}: {value}"


def _holds_lines(group: Group) -> bool:
    """Return whether it contains comments or blocks of text, which need separate lines."""
    commented = any(
        entry.head or entry.trailing or any(entry.before) or entry.after for entry in entries(group)
    )
    return commented or any(word.style in BLOCK_STYLES for word in words(group))


def _only_words(group: Group) -> bool:
    return (
        group.is_list
        and not _holds_lines(group)
        and all(isinstance(entry.value, ScalarNode) for entry in group.entries)
    )


def _wrapped(group: Group, opening: str) -> Iterator[str]:
    """Yield a list of words in as many lines as necessary, aligned under the first word."""
    line = opening
    for entry in group.entries:
        word = _flow(entry.value) + ("]" if entry is group.entries[-1] else ",")
        if len(line) + len(word) > WIDTH and line.strip():
            yield line.rstrip()
            line = " " * len(opening)
        line += word + " "
    yield line.rstrip()


def _above(entry: MappingEntry, indent: str) -> Iterator[str]:
    return (_indented(line, indent) for line in entry.before)


def _indented(line: str, indent: str) -> str:
    return f"{indent}{line}" if line else ""


def _commented(line: str, comment: str) -> str:
    return f"{line}  {comment}" if comment else line


def _reindented(raw: str, indent: str) -> list[str]:
    """Return a block of text with another indentation; its first line is the indicator of its style."""
    first, *more = raw.split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in more if line.strip()), default=0)
    return [first.rstrip(), *(_indented(line[margin:].rstrip(), indent) for line in more)]
