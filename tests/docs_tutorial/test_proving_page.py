"""The page about proving: its file is proved, and the output compared."""

from pathlib import Path

import pytest
from pages_run import DOCS, Terminal, blocks, commands, missing, write


def test_every_command_prints_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal()
    ran = 0

    for block in blocks("proving.md"):
        if block.kind == "yaml":
            write(block, tmp_path)
        elif block.kind == "console":
            for words, shown in commands(block.text):
                output = terminal.run(words, shown)
                assert missing(shown, output) == [], "\n".join([" ".join(words), *output])
                ran += 1

    assert ran == 4
    assert (tmp_path / "proof.json").is_file()


def test_every_link_of_the_page_leads_to_a_page() -> None:
    page = (DOCS / "proving.md").read_text(encoding="utf-8")

    for target in ("mutants.md", "proof.schema.json", "ci.md"):
        assert f"]({target})" in page
        assert (DOCS / target).is_file()
