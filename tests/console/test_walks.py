"""The table of the browser tests that walk the paths of the guide."""

from pathlib import Path

import pytest

from hubsim_scenarios.product.guide import PATHS
from hubsim_scenarios.product.walks import TABLE, walks
from tools import walks as made


def test_the_table_is_that_of_the_marks() -> None:
    written = (made.ROOT / "scenarios/hubsim_scenarios/product" / TABLE).read_text(encoding="utf-8")

    assert written == made.table(), "run: python -m tools.walks"


def test_every_path_of_the_guide_is_walked() -> None:
    assert set(walks()) >= PATHS


def test_a_mark_that_names_no_clause_is_a_mistake_with_its_place(tmp_path: Path) -> None:
    tests = tmp_path / made.TESTS
    tests.mkdir(parents=True)
    (tests / "test_one.py").write_text(
        '@pytest.mark.walks("R4")\ndef test_a() -> None: ...\n\n\n'
        '@pytest.mark.walks("R99")\ndef test_b() -> None: ...\n',
        encoding="utf-8",
    )

    with pytest.raises(made.BadMark, match=r"^tests/console/test_one\.py:5: not a clause of the guide"):
        made.table(tmp_path)
