"""The table of the browser tests that walk the paths of the guide, read from their marks.

`python -m tools.walks` writes `scenarios/hubsim_scenarios/product/walks.json`; `--check` compares only.
"""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from hubsim_scenarios.product.guide import CLAUSES
from hubsim_scenarios.product.walks import TABLE

ROOT = Path(__file__).parents[1]
TESTS = Path("tests/console")
MARK = "walks"


class BadMark(Exception):
    """A mark names something that is not a clause. The text has the file, the line and the reason."""


def table(root: Path = ROOT) -> str:
    """Return the table as JSON, in the order of the guide. Raises `BadMark`."""
    found: dict[str, list[str]] = {clause: [] for clause in CLAUSES}
    for path in sorted((root / TESTS).rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for test in ast.walk(tree):
            if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef):
                place = path.relative_to(root).as_posix()
                for clause in _walked(test, place):
                    found[clause].append(f"{place}::{test.name}")
    rows = {clause: tests for clause, tests in found.items() if tests}
    return json.dumps(rows, indent=2) + "\n"


def _walked(test: ast.FunctionDef | ast.AsyncFunctionDef, place: str) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == MARK:
            for argument in mark.args:
                clause = argument.value if isinstance(argument, ast.Constant) else None
                if not isinstance(clause, str) or clause not in CLAUSES:
                    raise BadMark(
                        f"{place}:{argument.lineno}: not a clause of the guide: write its id, such as R4"
                    )
                yield clause


def main() -> None:
    """Write the table, or compare it."""
    path = ROOT / "scenarios/hubsim_scenarios/product" / TABLE
    text = table()
    current = path.read_text(encoding="utf-8") if path.exists() else ""
    if "--check" not in sys.argv[1:]:
        path.write_text(text, encoding="utf-8")
    elif text != current:
        sys.exit(f"{path.relative_to(ROOT)} is not up to date; run: python -m tools.walks")


if __name__ == "__main__":
    main()
