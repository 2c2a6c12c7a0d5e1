"""House rules that a test can check."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import tracked

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "contract",
    "storage",
    "agent",
    "simulator",
    "cloud",
    "server",
    "conform",
    "scenarios",
    "console/hubsim_console",
)
MAX_LINES = 400
MAX_FUNCTION_LINES = 70
HOME_PATH = re.compile(r"(?<![\w.~])/(?:home|root|Users|work)/\w")
VAGUE_MODULES = {"words.py", "lines.py", "shapes.py", "writing.py"}
"""Names of modules that do not say what is in them."""
REGISTRY = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|crates|rubygems|proxy\.golang|repo1?\.maven)\.(?:org|com|io|apache)\b"
)
"""Hosts of package registries. An installer knows its own."""


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Return the lines of tracked text files in which the pattern is found, each with its place."""
    found = []
    for file in tracked():
        content = file.read_bytes()
        if b"\0" in content:
            continue  # not a text
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()}")
    return found


_INSIDE = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
MODULES = [ROOT / "hubsim.py", *_INSIDE]
_AROUND = [
    *(ROOT / "tests").rglob("*.py"),
    *(file for suffix in ("*.py", "*.c", "*.h") for file in (ROOT / "examples").rglob(suffix)),
]
"""The tests and the examples, which have only the limit of lines."""


@pytest.mark.process
def test_imports_follow_the_arrows_between_packages() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"

    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_module_imports_the_command_line() -> None:
    found = []
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [str(module) for name in names if name.split(".")[0] == "hubsim"]

    assert found == []


def test_no_module_and_no_function_is_too_long() -> None:
    long = []
    for module in MODULES:
        source = module.read_text(encoding="utf-8")
        if source.count("\n") > MAX_LINES:
            long.append(f"{module.relative_to(ROOT)} has {source.count(chr(10))} lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    long.append(f"{module.relative_to(ROOT)}: {node.name} has {lines} lines")

    assert long == []


def test_no_test_and_no_example_is_too_long() -> None:
    counted = {file.relative_to(ROOT): file.read_text(encoding="utf-8").count("\n") for file in _AROUND}

    assert len(counted) > 100
    assert {file: lines for file, lines in counted.items() if lines > MAX_LINES} == {}


def test_packages_do_not_re_export_names() -> None:
    filled = []
    for module in MODULES:
        if module.name == "__init__.py":
            body = ast.parse(module.read_text(encoding="utf-8")).body
            if [type(node) for node in body] != [ast.Expr]:
                filled.append(str(module.relative_to(ROOT)))

    assert filled == []


@pytest.mark.process
def test_no_tracked_file_contains_a_path_of_a_developers_machine() -> None:
    assert lines_with(HOME_PATH) == []


@pytest.mark.process
def test_no_tracked_file_names_the_host_of_a_package_registry() -> None:
    assert lines_with(REGISTRY) == []


def test_names_of_test_files_are_unique() -> None:
    # pytest distinguishes the `conftest.py` files by folder
    names = [file.name for file in (ROOT / "tests").rglob("*.py") if file.name != "conftest.py"]

    assert sorted(names) == sorted(set(names))


def test_names_of_classes_are_unique() -> None:
    defined: dict[str, list[str]] = {}
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                defined.setdefault(node.name, []).append(str(module.relative_to(ROOT)))

    assert {name: places for name, places in defined.items() if len(places) > 1} == {}


def test_names_of_modules_say_what_they_contain() -> None:
    vague = [str(module.relative_to(ROOT)) for module in MODULES if module.name in VAGUE_MODULES]

    assert vague == []
