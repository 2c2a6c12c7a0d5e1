"""The installed wheels do not clash with the packages of a user, whatever their names.

The wheels are installed into temporary environments. They find the dependencies in the environment of the
tests, but not the checkout.
"""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

NAMES = (
    "agent",
    "cloud",
    "contract",
    "durable",
    "processes",
    "scenarios",
    "server",
    "simulator",
    "storage",
    "tests",
)
"""The folders at the top of our checkout, now and earlier, which are usual names for folders of a user."""
RECORDS_ITS_IMPORT = """\
from pathlib import Path

with Path(__file__).parents[1].joinpath("imported.txt").open("a", encoding="utf-8") as file:
    file.write(f"{__name__}\\n")
OWNER = "the user"
"""
SCENARIO = """\
scenario: A hub of any model is green
clock: 2026-01-15 09:00 Europe/Warsaw
matrix:
  model: [hub, hub-2]
world:
  hubs:
    villa: {model: hub, links: [ethernet]}
steps:
  - {expect: villa, led: green}
"""
USERS_TEST = f"""\
import importlib

import pytest


@pytest.mark.parametrize("name", {NAMES!r})
def test_the_package_of_the_user_is_imported(name):
    assert importlib.import_module(name).OWNER == "the user"


def test_hubsim_works_together_with_them(hub):
    hub.expect(led="green")
"""
USERS_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "a-users-agent"
version = "1.0"

[tool.hatch.build.targets.wheel]
only-include = ["agent"]
"""


def command(folder: Path, *words: str | Path) -> str:
    """Run a program in a folder, without the settings of this test run; return what it prints."""
    settings = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "PIP_"))
    }
    done = subprocess.run(  # noqa: S603 (our own programs)
        words, cwd=folder, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def new_environment(folder: Path, *options: str) -> Path:
    """Make an environment that finds our dependencies; return its interpreter."""
    command(folder, sys.executable, "-m", "venv", *options, "environment")
    python = folder / "environment" / "bin" / "python"
    Path(site_packages(python), "dependencies.pth").write_text(
        sysconfig.get_path("purelib") + "\n", encoding="utf-8"
    )
    return python


def site_packages(python: Path) -> Path:
    """Return the folder into which an environment installs."""
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(command(python.parent, python, "-c", script).strip())


def pip(python: Path, *words: str | Path) -> str:
    return command(
        python.parent, python, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", *words
    )


def install(python: Path, *what: Path) -> None:
    """Install wheels or projects without network, though the environment of the tests has them as well."""
    options = ("--no-index", "--no-build-isolation", "--no-deps", "--ignore-installed", "--no-compile")
    pip(python, "install", *options, *what)


def changed(python: Path, wheels: tuple[Path, ...]) -> list[str]:
    """Return the files of installed wheels that are gone or have other content."""
    return [name for wheel in wheels for name in changed_files(site_packages(python), wheel)]


def changed_files(folder: Path, wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as packed:
        return [
            name
            for name in packed.namelist()
            if not name.endswith(".dist-info/RECORD")  # the installer adds lines to it
            and not ((folder / name).is_file() and (folder / name).read_bytes() == packed.read(name))
        ]


@pytest.fixture(scope="module")
def wheels(wheel: Path, agent_wheel: Path) -> tuple[Path, Path]:
    """Return what an installation of hubsim consists of."""
    return agent_wheel, wheel


@pytest.fixture(scope="module")
def python(wheels: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment in which our wheels are installed."""
    made = new_environment(tmp_path_factory.mktemp("ours"))
    install(made, *wheels)
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a user's project with a package of each name; `scenarios` has a scenario, `tests` a test."""
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(RECORDS_ITS_IMPORT, encoding="utf-8")
    (tmp_path / "scenarios" / "any.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "tests" / "test_mine.py").write_text(USERS_TEST, encoding="utf-8")
    return tmp_path


@pytest.fixture
def users_agent(tmp_path: Path) -> Path:
    """Return the project of a distribution of a user with a package `agent`."""
    folder = tmp_path / "users-agent"
    (folder / "agent").mkdir(parents=True)
    (folder / "agent" / "__init__.py").write_text('OWNER = "the user"\n', encoding="utf-8")
    (folder / "pyproject.toml").write_text(USERS_PROJECT, encoding="utf-8")
    return folder


def imported(project: Path) -> set[str]:
    """Return the packages of the user that anything has imported."""
    file = project / "imported.txt"
    return set(file.read_text(encoding="utf-8").split()) if file.exists() else set()


def run_pytest(python: Path, folder: Path, program: str, *words: str | Path) -> str:
    """Run pytest as a script or as a module; only the module has the current folder on its path."""
    script = Path(sysconfig.get_path("scripts"), "pytest")
    start: tuple[str | Path, ...] = (script,) if program == "pytest" else ("-m", "pytest")
    return command(folder, python, *start, "-p", "no:cacheprovider", "-q", *words)


def plays(python: Path, folder: Path) -> bool:
    """Whether the installed program plays a scenario in a folder."""
    (folder / "any.yaml").write_text(SCENARIO, encoding="utf-8")
    return command(folder, python, "-m", "hubsim", "run", "--virtual", "any.yaml").endswith("2 passed\n")


@pytest.mark.process
def test_the_environment_has_our_wheel_and_not_the_checkout(python: Path, tmp_path: Path) -> None:
    where = command(tmp_path, python, "-c", "import hubsim, hubsim_agent; print(hubsim_agent.__file__)")

    assert Path(where.strip()).is_relative_to(site_packages(python))


@pytest.mark.process
@pytest.mark.parametrize("options", [(), ("--jobs", "2")])
def test_hubsim_runs_next_to_packages_with_our_folder_names(
    python: Path, project: Path, options: tuple[str, ...]
) -> None:
    played = command(
        project, python, "-m", "hubsim", "run", "--virtual", *options, Path("scenarios", "any.yaml")
    )

    assert played.endswith("2 passed\n")
    assert imported(project) == set()


@pytest.mark.process
@pytest.mark.parametrize("program", ["pytest", "-m pytest"])
def test_pytest_runs_next_to_packages_with_our_folder_names(
    python: Path, project: Path, program: str
) -> None:
    printed = run_pytest(python, project, program)

    assert f"{len(NAMES) + 3} passed" in printed  # 2 more are the scenario, 1 the test with a hub
    assert imported(project) == set(NAMES)


@pytest.mark.process
@pytest.mark.parametrize("program", ["pytest", "-m pytest"])
def test_pytest_of_a_scenario_imports_only_the_package_in_which_the_scenario_is(
    python: Path, project: Path, program: str
) -> None:
    printed = run_pytest(python, project, program, Path("scenarios", "any.yaml"))

    assert "2 passed" in printed
    assert imported(project) == {"scenarios"}  # pytest imports the package of each file that it collects


@pytest.mark.process
def test_a_users_distribution_with_a_package_agent_leaves_ours_whole(
    python: Path, wheels: tuple[Path, Path], users_agent: Path, tmp_path: Path
) -> None:
    install(python, users_agent)
    together = changed(python, wheels)
    plays_together = plays(python, tmp_path)
    pip(python, "uninstall", "--yes", "a-users-agent")

    assert (together, plays_together) == ([], True)
    assert not (site_packages(python) / "agent").exists()
    assert changed(python, wheels) == []
    assert plays(python, tmp_path)


@pytest.mark.process
def test_ours_leaves_a_users_distribution_with_a_package_agent_whole(
    wheels: tuple[Path, Path], users_agent: Path, tmp_path: Path
) -> None:
    python = new_environment(tmp_path)
    package = site_packages(python) / "agent" / "__init__.py"
    script = "import agent; print(agent.OWNER)"

    install(python, users_agent)
    install(python, *wheels)
    together = command(tmp_path, python, "-c", script)
    pip(python, "uninstall", "--yes", "hubsim", "hubsim-agent")

    assert package.read_bytes() == (users_agent / "agent" / "__init__.py").read_bytes()
    assert (together, command(tmp_path, python, "-c", script)) == ("the user\n", "the user\n")
    assert list(site_packages(python).glob("hubsim*")) == []
