"""Fixtures for tests of the command line."""

from pathlib import Path

import pytest
from scenario_folder import FAILING, GOOD, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def good(folder: Folder) -> str:
    return folder.file("good.yaml", GOOD)


@pytest.fixture
def failing(folder: Folder) -> str:
    return folder.file("failing.yaml", FAILING)
