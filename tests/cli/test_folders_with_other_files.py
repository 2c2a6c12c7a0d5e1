"""Folders in which tools and editors keep files: only the scenarios among them are played."""

from pathlib import Path

import pytest
from scenario_folder import GOOD

from hubsim_scenarios.product.files import BadFiles, find

NO_SCENARIOS = (
    ".#good.yaml",
    "._good.yaml",
    ".travis.yml",
    ".github/workflows/ci.yml",
    ".venv/lib/package/data.yaml",
    "env/lib/package/data.yaml",
    "node_modules/package/config.yml",
    "__pycache__/x.yaml",
    "notes.txt",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("good.yaml", "CAPITALS.YAML", "inside/short.Yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    for name in NO_SCENARIOS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("not: [a scenario", encoding="utf-8")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    return tmp_path


def test_only_scenarios_are_found_in_a_folder(folder: Path) -> None:
    (folder / ".#lock.yaml").symlink_to("user@machine.1234")  # a lock of Emacs, which leads to no file

    found = find([folder])

    assert found == sorted(folder / name for name in ("CAPITALS.YAML", "good.yaml", "inside/short.Yml"))


def test_a_folder_that_is_named_is_searched_also_if_it_is_hidden(folder: Path) -> None:
    hidden = folder / ".mine"
    hidden.mkdir()
    (hidden / "good.yaml").write_text(GOOD, encoding="utf-8")

    assert find([hidden]) == [hidden / "good.yaml"]


def test_a_folder_with_hidden_files_alone_has_no_scenario(tmp_path: Path) -> None:
    (tmp_path / "._good.yaml").touch()

    with pytest.raises(BadFiles, match="has no scenario file"):
        find([tmp_path])


def test_a_broken_link_with_the_name_of_a_scenario_is_reported(tmp_path: Path) -> None:
    (tmp_path / "linked.yaml").symlink_to("nowhere")

    assert find([tmp_path]) == [tmp_path / "linked.yaml"]  # its reader says that it cannot be read
