"""The two wheels have everything that the installed program needs, nothing else, and no file twice."""

import configparser
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "contract", "agent", "simulator", "cloud", "storage", "server", "conform", "scenarios",
    "console/hubsim_console", "console/static",
)  # fmt: skip
CATALOG, PAGES = "scenarios/catalog/", "console/static/"
MODULES = ("hubsim.py", "pytest_hubsim.py")
PROJECTS = ("pyproject.toml", "agent/pyproject.toml")
SHARED = ("requires-python", "license", "license-files")
NOT_INSTALLED = {"agent/LICENSE", "agent/README.md", "agent/hatch_build.py", "agent/pyproject.toml"}
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
def installed(wheel: Path, agent_wheel: Path) -> Path:
    """Return a folder with what the wheels have, and nothing of the tree."""
    folder = wheel.parent / "installed"
    for file in (wheel, agent_wheel):
        with zipfile.ZipFile(file) as opened:
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


def test_every_file_of_the_packages_is_in_one_of_the_wheels_and_no_other(
    wheel: Path, agent_wheel: Path
) -> None:
    inside = [file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file()]
    names = [file.relative_to(ROOT) for file in inside if "__pycache__" not in file.parts]
    wanted = {installed_name(name) for name in names if name.as_posix() not in NOT_INSTALLED}

    ours, agents = packed(wheel), packed(agent_wheel)

    assert ours | agents == wanted | set(MODULES)
    assert ours & agents == set()


def test_a_device_gets_the_agent_and_the_contract_without_the_lab(agent_wheel: Path) -> None:
    found = packed(agent_wheel)

    assert {name.split("/")[0] for name in found} == {"hubsim_agent", "hubsim_contract"}
    assert {name for name in found if name.startswith("hubsim_contract/lab")} == set()
    assert {"hubsim_agent/py.typed", "hubsim_contract/py.typed"} <= found


def test_both_distributions_have_the_same_version_and_licence() -> None:
    hubsim, agent = (tomllib.loads((ROOT / file).read_text(encoding="utf-8"))["project"] for file in PROJECTS)

    assert agent["version"] == hubsim["version"]
    assert f"hubsim-agent=={agent['version']}" in hubsim["dependencies"]
    assert {tuple(agent[key]) for key in SHARED} == {tuple(hubsim[key]) for key in SHARED}
    assert (ROOT / "agent" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert set(agent["dependencies"]) <= set(hubsim["dependencies"])


def packed(wheel: Path) -> set[str]:
    """Return the names of the files of a wheel, without its description."""
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def installed_name(file: Path) -> str:
    """Return where a file of the checkout is in site-packages: without the folder at the top."""
    if file.as_posix().startswith(CATALOG):
        return f"hubsim_scenarios/catalog/{file.relative_to(CATALOG).as_posix()}"
    if file.as_posix().startswith(PAGES):
        return f"hubsim_console/static/{file.relative_to(PAGES).as_posix()}"
    return Path(*file.parts[1:]).as_posix()


def test_the_wheel_puts_only_hubsim_names_into_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        tops = {name.split("/")[0] for name in opened.namelist()}

    assert tops
    assert {top for top in tops if not top.startswith(("hubsim", "pytest_hubsim"))} == set()


def test_the_wheel_brings_the_command_and_the_pytest_plugin(installed: Path) -> None:
    (entries,) = installed.glob("hubsim-*.dist-info/entry_points.txt")
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
