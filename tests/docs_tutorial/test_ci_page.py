"""The page about CI: its commands print what it shows, and its pipelines run commands that exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from pages_run import DOCS, Terminal, blocks, commands, missing

from hubsim_scenarios.cli import run
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS

STOPPED = """\
scenario: Services end at once when they are stopped
covers: [X2]
clock: 2026-03-10 10:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies:
    wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}
  resellers:
    northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
  - {as: ivan, do: activate, hub: villa}
  - {as: ivan, do: stop_now, hub: villa}
  - {expect: villa, tile: activation_required, star: off}
"""


@pytest.fixture
def journeys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "journeys"
    folder.mkdir()
    (folder / "stop.yaml").write_text(STOPPED, encoding="utf-8")
    return tmp_path


def test_the_commands_print_what_the_page_shows(journeys: Path) -> None:
    terminal = Terminal()

    for block in blocks("ci.md"):
        if block.kind == "console":
            for words, shown in commands(block.text):
                output = terminal.run(words, shown)
                assert missing(shown, output) == [], "\n".join([" ".join(words), *output])

    assert {"junit.xml", "report.html", "results.json"} <= {file.name for file in journeys.iterdir()}


@pytest.mark.usefixtures("journeys")
def test_the_commands_of_the_pipelines_pass() -> None:
    pipelines = [yaml.safe_load(block.text) for block in blocks("ci.md") if block.kind == "yaml"]
    ran = [line for pipeline in pipelines for line in texts(pipeline) if line.startswith("hubsim run ")]

    for line in ran:
        done = CliRunner().invoke(run.command, line.split()[2:], catch_exceptions=False)
        assert done.exit_code == 0, done.output

    assert len(ran) == len(pipelines) == 2


def texts(node: Any) -> list[str]:
    """Return every text of a pipeline."""
    match node:
        case str():
            return [node]
        case list():
            return [text for part in node for text in texts(part)]
        case dict():
            return [text for part in node.values() for text in texts(part)]
        case _:
            return []


def test_every_exit_code_is_explained() -> None:
    page = (DOCS / "ci.md").read_text(encoding="utf-8")

    codes = {int(code) for code in re.findall(r"^\| ([0-9]) \|", page, re.MULTILINE)}

    assert codes == {*EXITS.values(), BAD_INPUT_EXIT}
