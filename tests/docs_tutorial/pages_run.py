"""Executes a page of the documentation: writes its files, runs its commands, compares their output."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
from click.testing import CliRunner

from hubsim_scenarios.cli import fmt, new, run, validate

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMMANDS: dict[str, click.Command] = {
    "run": run.command,
    "validate": validate.command,
    "fmt": fmt.command,
    "new": new.command,
}
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TOOK = re.compile(r"[0-9]+\.[0-9]+ s\b")
_STEP = "\n  - "
_PROMPT = re.compile("hubsim [0-9]+/[0-9]+> ")


class Block(NamedTuple):
    """A block of a page, and the line above it."""

    above: str
    kind: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        above = text[: found.start()].rstrip().rpartition("\n")[2]
        yield Block(above, found[1], found[2])


def write(block: Block, folder: Path) -> None:
    """Change a file as the line above the block states."""
    instruction = re.fullmatch(r"(.+?) `([\w-]+\.yaml)`(.*):", block.above)
    assert instruction is not None, f"the line above does not state what to do with: {block.text}"
    file = folder / instruction[2]
    match instruction[1]:
        case "Write":
            file.write_text(block.text, encoding="utf-8")
        case "Add to":
            file.write_text(file.read_text(encoding="utf-8") + block.text, encoding="utf-8")
        case "Put into":
            first, rest = file.read_text(encoding="utf-8").split("\n", 1)
            file.write_text(f"{first}\n{block.text}{rest}", encoding="utf-8")
        case change:
            count = re.fullmatch(r"Change the last (?:([0-9]+) steps|step) of", change)
            assert count is not None, change
            kept = file.read_text(encoding="utf-8").rsplit(_STEP, int(count[1] or 1))[0]
            file.write_text(f"{kept}\n{block.text}", encoding="utf-8")


def commands(console: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the words of each command in a block, with the output lines that the page shows."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        line, *shown = part.splitlines()
        yield line.split(), shown


class Terminal:
    """Runs commands of a page in the current folder."""

    def __init__(self) -> None:
        self._last_exit = 0

    def run(self, words: list[str], shown: list[str]) -> list[str]:
        """Run a command; its input is the text after each prompt on the page."""
        if words == ["echo", "$?"]:
            return [str(self._last_exit)]
        program, name, *arguments = words
        assert program == "hubsim"
        typed = "".join(f"{line.partition('> ')[2]}\n" for line in shown if _PROMPT.match(line))
        done = CliRunner().invoke(COMMANDS[name], arguments, input=typed, catch_exceptions=False)
        self._last_exit = done.exit_code
        return done.output.splitlines()


def missing(shown: list[str], output: list[str]) -> list[str]:
    """Return the lines of the page that are not in the output in this order."""
    lines = iter([_plain(line) for line in output])
    absent = []
    for line in map(_plain, shown):
        begins, cut, _ = line.partition(" ...")
        if not any(printed.startswith(begins) if cut else printed == line for printed in lines):
            absent.append(line)
    return absent


def _plain(line: str) -> str:
    return _TOOK.sub("0.01 s", line.rstrip())
