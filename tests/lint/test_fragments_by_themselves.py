"""Fragments before `hubsim validate`, `fmt` and `run`: checked and laid out by themselves, never played."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from hubsim import main

DEALER = """\
fragment: A Dealer
about: Everything before the first hub.
world:
  people: [olga, ivan]
  companies:
    wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}  # by the owner
"""
HUB = """\
fragment: A hub
world:
  hubs:
    villa: {model: hub-2, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
  - {expect: villa, led: green}
  - {as: ivan, sees: objects}
"""
SHORT = """\
scenario: A hub that a fragment has brought has a tile
clock: 2026-01-15 09:00 Europe/Warsaw
begin: [a-dealer, a-hub]
steps:
  - {expect: villa, tile: activation_required}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a scenario that begins with two fragments; it is the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "a-dealer.yaml").write_text(DEALER, encoding="utf-8")
    (tmp_path / "fragments" / "a-hub.yaml").write_text(HUB, encoding="utf-8")
    (tmp_path / "short.yaml").write_text(SHORT, encoding="utf-8")
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def hubsim(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.mark.usefixtures("folder")
def test_fragments_of_a_folder_are_checked_with_its_scenarios() -> None:
    done = hubsim("validate", "--strict", ".")

    assert (done.exit_code, done.stdout) == (0, "3 files, 0 mistakes, 0 warnings\n")


def test_a_mistake_in_a_fragment_is_told_once_though_a_scenario_begins_with_it(folder: Path) -> None:
    change(folder / "fragments" / "a-hub.yaml", "led: green", "led: grene")

    done = hubsim("validate", ".")

    assert done.exit_code == 2
    assert done.stdout.count("'grene' is not a led colour; did you mean 'green'?") == 1
    assert "fragments/a-hub.yaml:6:26: " in done.stdout
    assert done.stdout.endswith("3 files, 1 mistake, 0 warnings\n")


@pytest.mark.usefixtures("folder")
def test_a_fragment_alone_may_use_names_of_one_before_it_and_they_are_told() -> None:
    done = hubsim("validate", "fragments/a-hub.yaml")

    why = "a fragment named before this one has to declare it"
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"fragments/a-hub.yaml:4:36: warning: no company is called 'wolf': {why}",
        f"fragments/a-hub.yaml:7:10: warning: no person is called 'ivan': {why}",
        "1 file, 0 mistakes, 2 warnings",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fragment: A hub", "fragmnt: A hub", "1:1: unknown field 'fragmnt' in the fragment; did you mean"),
        ("steps:", "clock: +1 s\nsteps:", "5:1: unknown field 'clock' in the fragment"),
        ("model: hub-2", "model: hub-22", "4:20: 'hub-22' is not a hub model; did you mean 'hub-2'?"),
        ("[ethernet]", "[ethernet], power: villa", "4:83: 'villa' is not on or off"),
        ("expect: villa", "expect: Villa", "6:14: no hub or sim is called 'Villa'; did you mean 'villa'?"),
        ("1: ajax", "1: villa", "4:87: 'villa' is a hub, a sim is expected here"),
    ],
)
def test_any_other_mistake_of_a_fragment_alone_is_one(folder: Path, old: str, new: str, said: str) -> None:
    change(folder / "fragments" / "a-hub.yaml", old, new)

    done = hubsim("validate", "fragments/a-hub.yaml")

    assert done.exit_code == 2
    assert f"fragments/a-hub.yaml:{said}" in done.stdout


def test_a_fragment_with_which_no_scenario_begins_is_told(folder: Path) -> None:
    change(folder / "short.yaml", "[a-dealer, a-hub]", "a-dealer")
    change(folder / "short.yaml", "{expect: villa, tile: activation_required}", "{as: ivan, sees: objects}")

    done = hubsim("validate", "--strict", ".")

    said = "fragments/a-hub.yaml:1:1: warning: none of these scenarios begins with this fragment"
    assert done.exit_code == 2
    assert said in done.stdout
    assert "fragments/a-dealer.yaml" not in done.stdout


@pytest.mark.usefixtures("folder")
def test_in_json_a_fragment_is_told_from_a_scenario() -> None:
    found = msgspec.json.decode(hubsim("validate", "--json", ".").stdout)

    assert [(file.get("fragment"), file.get("scenario")) for file in found] == [
        ("A Dealer", None),
        ("A hub", None),
        (None, "A hub that a fragment has brought has a tile"),
    ]


def test_a_fragment_is_laid_out_and_keeps_its_comments(folder: Path) -> None:
    file = folder / "fragments" / "a-dealer.yaml"
    loose = "# shared\n" + DEALER.replace("[olga, ivan]", "[olga,   ivan]  # two")
    file.write_text(loose.replace("fragment: A Dealer\n", "") + "fragment: 'A Dealer'\n", encoding="utf-8")

    checked, done = hubsim("fmt", "--check", "."), hubsim("fmt", ".")

    assert checked.exit_code == 1
    assert (done.exit_code, done.stdout) == (0, "formatted fragments/a-dealer.yaml\n")
    laid = file.read_text(encoding="utf-8")
    assert laid.startswith("fragment: A Dealer\n")
    assert sorted(laid.splitlines()) == sorted(loose.replace(",   ", ", ").splitlines())
    assert hubsim("fmt", "--check", ".").exit_code == 0


def test_a_fragment_with_a_mistake_stays_as_it_is(folder: Path) -> None:
    change(folder / "fragments" / "a-hub.yaml", "led: green", "led:  grene")

    done = hubsim("fmt", "fragments")

    assert done.exit_code == 2
    assert "a-hub.yaml: not changed: it has mistakes; `hubsim validate` says which" in done.stderr
    assert "led:  grene" in (folder / "fragments" / "a-hub.yaml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_a_fragment_is_not_played_and_it_is_said_how_it_is_used() -> None:
    done = hubsim("run", "--virtual", "fragments/a-dealer.yaml")

    assert done.exit_code == 2
    assert done.stderr.startswith("fragments/a-dealer.yaml:1:1: this is a fragment, which is not played by ")
    assert "play a scenario that begins with it: 'begin:' takes the name of a file" in done.stderr


@pytest.mark.usefixtures("folder")
def test_a_folder_of_fragments_alone_has_nothing_to_play() -> None:
    done = hubsim("run", "--virtual", "fragments")

    said = "fragments: only fragments are in this folder; name scenarios that begin with them\n"
    assert (done.exit_code, done.stderr) == (2, said)
