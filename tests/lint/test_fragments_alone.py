"""`hubsim validate` and `fmt` check and format fragments alone; `hubsim run` never plays them."""

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
    """Return the working directory, which has a scenario that begins with two fragments."""
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
def test_fragments_in_a_folder_are_checked_with_its_scenarios() -> None:
    done = hubsim("validate", "--strict", ".")

    assert (done.exit_code, done.stdout) == (0, "3 files, 0 mistakes, 0 warnings\n")


def test_a_mistake_in_a_fragment_is_reported_once_even_if_a_scenario_begins_with_it(folder: Path) -> None:
    change(folder / "fragments" / "a-hub.yaml", "led: green", "led: grene")

    done = hubsim("validate", ".")

    assert done.exit_code == 2
    assert done.stdout.count("'grene' is not a led colour; did you mean 'green'?") == 1
    assert "fragments/a-hub.yaml:6:26: " in done.stdout
    assert done.stdout.endswith("3 files, 1 mistake, 0 warnings\n")


@pytest.mark.usefixtures("folder")
def test_a_fragment_alone_gets_warnings_about_names_of_an_earlier_fragment() -> None:
    done = hubsim("validate", "fragments/a-hub.yaml")

    why = "an earlier fragment must declare it"
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"fragments/a-hub.yaml:4:36: warning: no company is called 'wolf': {why}",
        f"fragments/a-hub.yaml:7:10: warning: no person is called 'ivan': {why}",
        "1 file, 0 mistakes, 2 warnings",
    ]


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("fragment: A hub", "fragmnt: A hub", "1:1: unknown field 'fragmnt' in the fragment; did you mean"),
        ("steps:", "clock: +1 s\nsteps:", "5:1: unknown field 'clock' in the fragment"),
        ("model: hub-2", "model: hub-22", "4:20: 'hub-22' is not a hub model; did you mean 'hub-2'?"),
        ("[ethernet]", "[ethernet], power: villa", "4:83: 'villa' is not on or off"),
        ("expect: villa", "expect: Villa", "6:14: no hub or sim is called 'Villa'; did you mean 'villa'?"),
        ("1: ajax", "1: villa", "4:87: 'villa' is a hub; a sim is expected here"),
    ],
)
def test_other_mistakes_in_a_fragment_alone_are_reported(
    folder: Path, old: str, new: str, mistake: str
) -> None:
    change(folder / "fragments" / "a-hub.yaml", old, new)

    done = hubsim("validate", "fragments/a-hub.yaml")

    assert done.exit_code == 2
    assert f"fragments/a-hub.yaml:{mistake}" in done.stdout


def test_an_unused_fragment_gets_a_warning(folder: Path) -> None:
    change(folder / "short.yaml", "[a-dealer, a-hub]", "a-dealer")
    change(folder / "short.yaml", "{expect: villa, tile: activation_required}", "{as: ivan, sees: objects}")

    done = hubsim("validate", "--strict", ".")

    warning = "fragments/a-hub.yaml:1:1: warning: no scenario begins with this fragment"
    assert done.exit_code == 2
    assert warning in done.stdout
    assert "fragments/a-dealer.yaml" not in done.stdout


@pytest.mark.usefixtures("folder")
def test_the_json_distinguishes_fragments_and_scenarios() -> None:
    found = msgspec.json.decode(hubsim("validate", "--json", ".").stdout)

    assert [(file.get("fragment"), file.get("scenario")) for file in found] == [
        ("A Dealer", None),
        ("A hub", None),
        (None, "A hub that a fragment has brought has a tile"),
    ]


def test_a_fragment_is_formatted_and_keeps_its_comments(folder: Path) -> None:
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


def test_a_fragment_with_a_mistake_does_not_change(folder: Path) -> None:
    change(folder / "fragments" / "a-hub.yaml", "led: green", "led:  grene")

    done = hubsim("fmt", "fragments")

    assert done.exit_code == 2
    assert "a-hub.yaml: not changed: it has mistakes; `hubsim validate` lists them" in done.stderr
    assert "led:  grene" in (folder / "fragments" / "a-hub.yaml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_a_fragment_is_not_played_and_the_message_explains_its_use() -> None:
    done = hubsim("run", "--virtual", "fragments/a-dealer.yaml")

    assert done.exit_code == 2
    assert done.stderr.startswith("fragments/a-dealer.yaml:1:1: this is a fragment, which cannot be played ")
    assert "play a scenario that begins with it: 'begin:' takes the name of a file" in done.stderr


@pytest.mark.usefixtures("folder")
def test_a_folder_with_only_fragments_cannot_be_played() -> None:
    done = hubsim("run", "--virtual", "fragments")

    message = "fragments: this folder has only fragments; name scenarios that begin with them\n"
    assert (done.exit_code, done.stderr) == (2, message)
