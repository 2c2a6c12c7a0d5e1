"""Fixtures of the debugger's tests."""

from pathlib import Path

import pytest
from small_journey import JOURNEY


@pytest.fixture
def journey(tmp_path: Path) -> Path:
    file = tmp_path / "journey.yaml"
    file.write_text(JOURNEY, encoding="utf-8")
    return file
