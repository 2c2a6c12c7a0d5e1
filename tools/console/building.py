"""Build the pages of the console with Node, and compare the result with what is committed.

The build is the same byte for byte on every machine with the locked packages, so a comparison shows whether
the committed files belong to the sources.
"""

import filecmp
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools.console.description import api_description

ROOT = Path(__file__).parents[2]
WEB = ROOT / "console/web"
NODE = (20, 19)
"""The oldest version of Node that can build the pages."""
_ADVICE = "install Node 20.19 or newer with npm, then run: npm ci --prefix console/web"


class NodeMissing(Exception):
    """Node or the packages of the pages are missing; the text says what to do."""


class Bundle(NamedTuple):
    """Built files that are committed."""

    config: str
    """The configuration of Vite in `console/web`."""
    folder: Path

    def build(self, folder: Path) -> None:
        """Build into a folder, which is emptied first. Raises `NodeMissing`; exits if the build fails."""
        run_node("vite", "build", "--config", self.config, "--outDir", str(folder), "--emptyOutDir")

    def stale(self) -> list[str]:
        """Return the committed files that differ from a new build."""
        with tempfile.TemporaryDirectory() as scratch:
            self.build(Path(scratch))
            return [
                f"{(self.folder / name).relative_to(ROOT)} is out of date; run: make console"
                for name in differences(Path(scratch), self.folder)
            ]


BUNDLES = (
    Bundle("vite.config.ts", ROOT / "console/static"),
    Bundle("vite.report.config.ts", ROOT / "scenarios/hubsim_scenarios/reports/page/built"),
)


def make_types(file: Path) -> None:
    """Write the types of the HTTP API. Raises `NodeMissing`."""
    with tempfile.TemporaryDirectory() as scratch:
        document = Path(scratch) / "openapi.json"
        document.write_text(api_description(), encoding="utf-8")
        run_node("openapi-typescript", str(document), "--output", str(file))


def stale_types(file: Path) -> list[str]:
    """Return a line if the committed types are not those of the code."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / file.name
        make_types(made)
        if filecmp.cmp(made, file, shallow=False):
            return []
    return [f"{file.relative_to(ROOT)} is out of date; run: make console"]


def differences(one: Path, other: Path) -> list[str]:
    """Return the names of the files that are in one folder only or have other content there."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file()
    }
    return sorted(name for name in names if not _same(one / name, other / name))


def run_node(program: str, *arguments: str) -> None:
    """Run a program of the packages of the pages; its output is shown if it fails. Raises `NodeMissing`."""
    path = WEB / "node_modules/.bin" / program
    check_node()
    if not path.exists():
        raise NodeMissing("the packages of the console are missing; run: npm ci --prefix console/web")
    done = subprocess.run(  # noqa: S603 (a program of the locked packages)
        [str(path), *arguments], cwd=WEB, text=True, capture_output=True, env=_environment(), check=False
    )
    if done.returncode:
        raise SystemExit(f"{program} failed:\n{done.stdout}{done.stderr}")


def check_node() -> None:
    """Raise `NodeMissing` if Node is missing or too old."""
    node = shutil.which("node")
    if node is None:
        raise NodeMissing(f"the console needs Node, which is not installed; {_ADVICE}")
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 (on PATH)
    answer = asked.stdout.strip()
    version = tuple(int(part) for part in answer.lstrip("v").split(".")[:2])
    if version < NODE:
        raise NodeMissing(f"the console needs Node 20.19 or newer, and this is {answer}; {_ADVICE}")


def _environment() -> dict[str, str]:
    return {**os.environ, "NO_COLOR": "1", "NODE_ENV": "production"}


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)
