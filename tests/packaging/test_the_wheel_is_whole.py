"""The wheel has everything that the installed program needs, and nothing else."""

import configparser
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("contract", "agent", "simulator", "cloud", "storage", "server", "conform", "scenarios")
CATALOG = "scenarios/catalog/"
MODULES = ("hubsim.py", "pytest_hubsim.py")
SCENARIO = """\
scenario: A hub of any model is green
clock: 2026-01-15 09:00 Europe/Warsaw
begin: a-hub
matrix:
  model: [hub, hub-2]
steps:
  - {expect: villa, led: green}
"""
FRAGMENT = """\
fragment: A hub with a cable
world:
  hubs:
    villa: {model: hub, links: [ethernet]}
"""


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """Return a folder with what the wheel has, and nothing of the tree."""
    folder = wheel.parent / "installed"
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a scenario and the fragment it begins with."""
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "a-hub.yaml").write_text(FRAGMENT, encoding="utf-8")
    (tmp_path / "any.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def run(installed: Path, folder: Path, *arguments: str) -> str:
    """Run a module of the installed program in a folder; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_file_of_the_packages_is_in_the_wheel_and_no_other(wheel: Path) -> None:
    inside = [file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file()]
    wanted = {installed_name(file.relative_to(ROOT)) for file in inside if "__pycache__" not in file.parts}

    with zipfile.ZipFile(wheel) as opened:
        packed = {name for name in opened.namelist() if ".dist-info/" not in name}

    assert packed == wanted | set(MODULES)


def installed_name(file: Path) -> str:
    """Return where a file of the checkout is in site-packages: without the folder at the top."""
    if file.as_posix().startswith(CATALOG):
        return f"hubsim_scenarios/catalog/{file.relative_to(CATALOG).as_posix()}"
    return Path(*file.parts[1:]).as_posix()


def test_the_wheel_puts_only_hubsim_names_into_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        tops = {name.split("/")[0] for name in opened.namelist()}

    assert tops
    assert {top for top in tops if not top.startswith(("hubsim", "pytest_hubsim"))} == set()


def test_the_wheel_brings_the_command_and_the_pytest_plugin(installed: Path) -> None:
    (entries,) = installed.glob("*.dist-info/entry_points.txt")
    found = configparser.ConfigParser()
    found.read_string(entries.read_text(encoding="utf-8"))

    assert dict(found["console_scripts"]) == {"hubsim": "hubsim:main"}
    assert dict(found["pytest11"]) == {"hubsim": "pytest_hubsim"}


@pytest.mark.process
def test_the_installed_program_plays_reports_and_checks_in_any_folder(installed: Path, folder: Path) -> None:
    reports = ("--html", "report.html", "--junit", "report.xml", "--json", "results.json")

    played = run(installed, folder, "hubsim", "run", "--virtual", *reports, "any.yaml")
    beside = run(installed, folder, "hubsim", "run", "--virtual", "--jobs", "2", "any.yaml")
    checked = run(installed, folder, "hubsim", "validate", "--strict", ".")
    laid = run(installed, folder, "hubsim", "fmt", "--check", ".")

    assert played.endswith("2 passed\n")
    assert beside.endswith("2 passed\n")
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (checked, laid) == ("2 files, 0 mistakes, 0 warnings\n", "")


@pytest.mark.process
def test_the_installed_program_has_its_catalog_and_its_schema(installed: Path, folder: Path) -> None:
    guide = run(installed, folder, "hubsim", "guide")
    written = run(installed, folder, "hubsim", "docs", "docs")

    clauses, _, _ = guide.splitlines()[-1].partition(" of ")
    assert guide.endswith(f"{clauses} of {clauses} clauses passed\n")
    assert "scenario.schema.json" in written


@pytest.mark.process
def test_the_generated_pages_need_no_pytest(installed: Path, folder: Path) -> None:
    program = "import sys; sys.modules['pytest'] = None; from hubsim import main; main(['docs', 'docs'])"

    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (folder / "docs" / "pytest.md").is_file()


@pytest.mark.process
def test_the_installed_plugin_collects_scenarios(installed: Path, folder: Path) -> None:
    said = run(installed, folder, "pytest", "-p", "pytest_hubsim", "-p", "no:cacheprovider", ".")

    assert "2 passed" in said


@pytest.mark.live
def test_the_installed_program_plays_on_real_sockets_and_a_database(installed: Path, folder: Path) -> None:
    assert run(installed, folder, "hubsim", "run", "any.yaml").endswith("2 passed\n")
