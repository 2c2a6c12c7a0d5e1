"""Plays of a matrix that begin with a fragment, in every report. File and case identify them."""

import json
import shlex
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from hubsim import main

FRAGMENT = """\
fragment: A hub that has a cable
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
  - {clock: +1 min}
  - {expect: villa, led: green}
"""
VARIED = """\
scenario: A hub is activated
clock: 2026-01-15 09:00 Europe/Warsaw
begin: a-green-hub
matrix: {links: [[ethernet], []]}
covers: [A3]
steps:
  - {as: ivan, do: activate, hub: villa}
"""
"""Its case without a cable fails in the fragment. Two files have this title."""
FRAGMENT_LINE = 10


class Reported:
    """A run of two such files, with its output and its reports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fragment = folder / "fragments" / "a-green-hub.yaml"
        self.fragment.parent.mkdir()
        self.fragment.write_text(FRAGMENT, encoding="utf-8")
        for name in ("one", "two"):
            (folder / f"{name}.yaml").write_text(VARIED, encoding="utf-8")
        files = [f"--{name}={folder / name}" for name in ("junit", "json", "html", "trace")]
        self.done = hubsim("run", "--virtual", *files, str(folder))

    @property
    def failing(self) -> str:
        return f"{self.fragment}:{FRAGMENT_LINE}:5: {{expect: villa, led: green}}"

    def json(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.folder / "json").read_bytes())
        return report

    def cases(self) -> list[ET.Element]:
        return list(ET.parse(self.folder / "junit").iter("testcase"))  # noqa: S314 (our own)


def hubsim(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def reported(tmp_path: Path) -> Reported:
    return Reported(tmp_path)


def test_the_terminal_shows_case_and_fragment(reported: Reported) -> None:
    printed = reported.done.stdout

    assert f"FAIL     {reported.folder / 'one.yaml'}  A hub is activated [links=none]\n" in printed
    assert printed.count(f"  {reported.failing}\n") == 2
    assert printed.endswith("2 passed, 2 failed\n")


def test_the_command_to_repeat_plays_only_this_case(reported: Reported) -> None:
    again = shlex.split(reported.json()["plays"][3]["again"])

    done = hubsim(*again[1:])

    assert again[-3:] == ["--case", "links=none", str(reported.folder / "two.yaml")]
    assert done.stdout.startswith("A hub is activated [links=none]\n")
    assert f"  {reported.failing}\n" in done.stdout


def test_a_ci_server_can_distinguish_all_four_plays(reported: Reported) -> None:
    cases = reported.cases()

    known_by = [(str(case.get("classname")).rpartition(".")[2], case.get("name")) for case in cases]
    assert known_by == [
        ("one", "A hub is activated [links=ethernet]"),
        ("one", "A hub is activated [links=none]"),
        ("two", "A hub is activated [links=ethernet]"),
        ("two", "A hub is activated [links=none]"),
    ]
    assert reported.failing in str(cases[1].findtext("failure"))


def test_the_results_have_file_and_case_of_plays_clauses_and_steps(reported: Reported) -> None:
    report = reported.json()

    cases = [(Path(play["file"]).stem, play["case"]["links"]) for play in report["plays"]]
    (clause,) = [each for each in report["guide"] if each["clause"] == "A3"]
    assert cases == [("one", "ethernet"), ("one", "none"), ("two", "ethernet"), ("two", "none")]
    assert [(Path(play["file"]).stem, play["case"]["links"]) for play in clause["plays"]] == cases
    assert report["plays"][1]["failed"]["file"] == str(reported.fragment)
    assert report["plays"][0]["steps"][0]["file"] == str(reported.fragment)


def test_a_play_has_the_same_address_in_every_page(reported: Reported) -> None:
    html = (reported.folder / "html").read_text(encoding="utf-8")

    for name in ("one", "two"):
        for links in ("ethernet", "none"):
            assert f'"anchor":"{reported.folder / name}.yaml [links={links}]"' in html


def test_traces_are_compared_case_by_case_in_any_order(reported: Reported) -> None:
    one, two = (str(reported.folder / f"{name}.yaml") for name in ("one", "two"))
    turned = str(reported.folder / "turned")
    hubsim("run", "--virtual", "--trace", turned, two, one)

    done = hubsim("trace", "diff", str(reported.folder / "trace"), turned)

    assert done.exit_code == 0
    assert done.stdout.startswith("same: 4 plays, ")


def test_a_case_that_is_only_in_one_trace_is_reported(reported: Reported) -> None:
    fewer = str(reported.folder / "fewer")
    hubsim("run", "--virtual", "--case", "links=none", "--trace", fewer, str(reported.folder))

    done = hubsim("trace", "diff", str(reported.folder / "trace"), fewer)

    lacking = f"A hub is activated [links=ethernet] ({reported.folder / 'one.yaml'}, seed 1): not in {fewer}"
    assert done.exit_code == 1
    assert lacking in done.stdout.splitlines()
    assert done.stdout.endswith("different: 2 of 4 plays\n")


def test_every_case_of_a_trace_can_be_replayed(reported: Reported) -> None:
    done = hubsim("trace", "replay", str(reported.folder / "trace"))

    assert done.exit_code == 0
    assert done.stdout.startswith("same: 4 plays, ")


def test_a_case_that_was_removed_cannot_be_replayed(reported: Reported) -> None:
    for name in ("one", "two"):
        (reported.folder / f"{name}.yaml").write_text(VARIED.replace("[ethernet], []", "[ethernet]"))

    done = hubsim("trace", "replay", str(reported.folder / "trace"))

    assert done.exit_code == 2
    assert f"{reported.folder / 'one.yaml'} no longer has the case links=none" in done.output
