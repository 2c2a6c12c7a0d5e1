"""The tutorial is correct: its files are played, its commands run, and their output compared."""

import json
from pathlib import Path

import pytest
from pages_run import DOCS, Terminal, blocks, commands, missing, write


@pytest.mark.live
@pytest.mark.parametrize(
    ("page", "used", "at_least"),
    [("tutorial.md", {"run", "validate", "fmt", "new"}, 12), ("debugging.md", {"run"}, 4)],
)
def test_every_command_prints_what_the_page_shows(
    page: str, used: set[str], at_least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal()
    ran = []

    for block in blocks(page):
        if block.kind == "yaml":
            write(block, tmp_path)
        elif block.kind == "console":
            for words, shown in commands(block.text):
                output = terminal.run(words, shown)
                assert missing(shown, output) == [], "\n".join([" ".join(words), *output])
                ran.append(words[1])

    assert used <= set(ran)
    assert len(ran) >= at_least


def test_the_editor_settings_on_the_page_are_those_of_the_repository() -> None:
    (shown,) = (json.loads(block.text) for block in blocks("tutorial.md") if block.kind == "json")

    kept = json.loads((DOCS.parent / ".vscode" / "settings.json").read_text(encoding="utf-8"))

    assert shown == kept


def test_a_line_that_is_not_printed_is_missing() -> None:
    assert missing(["a", "c 1.25 s"], ["a", "b", "c 0.02 s"]) == []
    assert missing(["c", "a"], ["a", "b", "c"]) == ["a"]
    assert missing(["a ..."], ["abc"]) == []
