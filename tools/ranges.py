"""Checks the ranges of pyproject.toml: the tests pass with the lowest and with the newest versions in them.

`python -m tools.ranges` makes an environment for each Python and each end of the ranges, and runs the quick
tests in it. The lowest versions are those that the ranges name; the newest are those that the package index
offers. The tools of the tests have locked versions for developers, so the lowest end does not apply to them.
It needs the package index and takes minutes, so CI does not run it: run it before a release.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PYTHONS = ("python3.11", "python3.12", "python3.13")
"""The supported ones, as in the classifiers of pyproject.toml."""
ENDS = ("lowest", "newest")
PROJECTS = (ROOT / "agent", ROOT)
EXTRAS = "build,dev"
_OURS = frozenset({"hubsim", "hubsim-agent"})
_SHOWN_LINES = 40


class NoLowerBound(Exception):
    """A requirement does not say which version is the lowest. The text names it."""


class Broken(Exception):
    """An environment cannot be made, or its tests fail. The text has the end of the output."""


def lowest(requirements: Iterable[str]) -> list[str]:
    """Return a constraint for each requirement: the lowest version of its range. Raises `NoLowerBound`."""
    found = []
    for text in requirements:
        requirement = Requirement(text)
        bounds = [each.version for each in requirement.specifier if each.operator in {">=", "=="}]
        if requirement.name in _OURS:
            continue
        if len(bounds) != 1:
            raise NoLowerBound(f"{text!r} has no lower bound: write {requirement.name}>=VERSION")
        found.append(f"{requirement.name}=={bounds[0]}")
    return list(dict.fromkeys(found))


def requirements() -> list[str]:
    """Return what both distributions need to be built and to run, as pyproject.toml has it."""
    found: list[str] = []
    for project in PROJECTS:
        table = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        found += [*table["dependencies"], *table.get("optional-dependencies", {}).get("build", ())]
    return found


def check(python: str, end: str, folder: Path, workers: int) -> str:
    """Run the quick tests in a new environment; return pytest's last line. Raises `Broken`."""
    _output(folder, python, "-m", "venv", str(folder / "environment"))
    inside = str(folder / "environment" / "bin" / "python")
    constraints = folder / "constraints.txt"
    versions = lowest(requirements()) if end == "lowest" else []
    constraints.write_text("\n".join(versions), encoding="utf-8")
    editable = ("-e", "./agent", "-e", f".[{EXTRAS}]")
    pip = (inside, "-m", "pip", "install", "-qq", "--disable-pip-version-check")
    _output(folder, *pip, "--constraint", str(constraints), *editable)
    tests = ("-m", "pytest", "-n", str(workers), "--dist", "worksteal", "-m", "quick")
    return _output(folder, inside, *tests).splitlines()[-1]


def _output(folder: Path, *words: str) -> str:
    """Run a program in the checkout; return what it prints. Raises `Broken`."""
    log = folder / "output.txt"
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run(words, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, check=False)  # noqa: S603 (ours)
    printed = log.read_text(encoding="utf-8", errors="replace")
    if done.returncode:
        raise Broken("\n".join([f"$ {' '.join(words)}", *printed.splitlines()[-_SHOWN_LINES:]]))
    return printed


@click.command()
@click.option(
    "--python",
    "pythons",
    multiple=True,
    help="An interpreter. May be given several times.  [default: all three]",
)
@click.option(
    "--end", "ends", type=click.Choice(ENDS), multiple=True, help="The end of the ranges.  [default: both]"
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, help="Processes for the tests.  [default: 2]"
)
def main(pythons: Sequence[str], ends: Sequence[str], workers: int) -> None:
    """Run the quick tests with the lowest and the newest versions of all dependencies."""
    wanted = pythons or PYTHONS
    missing = [python for python in wanted if shutil.which(python) is None]
    if missing:
        raise click.UsageError(
            f"not found: {', '.join(missing)}; install them, or name others with --python PATH"
        )
    failed = 0
    for python in wanted:
        for end in ends or ENDS:
            with tempfile.TemporaryDirectory(prefix="hubsim-ranges-") as folder:
                try:
                    line = check(python, end, Path(folder), workers)
                except (Broken, NoLowerBound) as reason:
                    failed += 1
                    line = f"FAILED\n{reason}"
            click.echo(f"{python}, {end} versions: {line}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
