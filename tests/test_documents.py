"""README, ARCHITECTURE and CHANGELOG agree with the code."""

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubsim import COMMANDS, main
from hubsim_scenarios.product.files import CATALOG, find, read

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
MODULE = re.compile(r"`(hubsim_[a-z]+(?:\.[a-z_]+)+)")
LINK = re.compile(r"\]\(([^)#]+)\)")


def block(text: str, language: str) -> list[str]:
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1].splitlines()


@pytest.mark.live
def test_the_output_in_the_readme_is_what_make_run_prints() -> None:
    journey = re.search(r"^JOURNEY := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert journey is not None

    outcome = CliRunner().invoke(main, ["run", str(ROOT / journey[1])])

    assert outcome.exit_code == 0
    printed = iter(outcome.stdout.splitlines())
    for line in block(README, "text"):
        assert any(each.startswith(line) for each in printed), f"not printed, or not in this order: {line}"


def test_the_readme_names_commands_that_exist() -> None:
    named = set(re.findall(r"(?:^|`)hubsim ([a-z]+)", README, re.MULTILINE))

    assert named <= set(COMMANDS)
    assert {"run", "guide"} <= named


def test_the_readme_fits_one_screen_of_a_tall_terminal() -> None:
    assert len(README.splitlines()) <= 66


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md"])
def test_links_lead_to_files_that_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")

    missing = [target for target in LINK.findall(text) if not (ROOT / target).exists()]

    assert missing == []


def test_architecture_names_modules_that_exist() -> None:
    for name in sorted(set(MODULE.findall(ARCHITECTURE))):
        assert find_spec(name) is not None, name


def test_architecture_lists_the_layers_that_are_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    checked = {
        package: [set(layer.split(" | ")) for layer in contract["layers"]]
        for contract in project["tool"]["importlinter"]["contracts"]
        for package in contract.get("containers", ())
    }

    listed = {
        package: [set(re.findall(r"\w+", re.sub(r"\([^)]*\)", "", layer))) for layer in row.split(";")]
        for package, row in re.findall(r"^\| `(hubsim_\w+)` \| (.+;.+) \|$", ARCHITECTURE, re.MULTILINE)
    }

    assert listed == checked


def test_the_changelog_has_the_size_of_the_catalog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    counted = re.search(r"a catalog of (\d+) scenarios, (\d+) with the cases", changelog)

    assert counted is not None
    files = find([CATALOG])
    assert [int(number) for number in counted.groups()] == [len(files), len(read(files))]
