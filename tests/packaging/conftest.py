"""The two wheels under test, each built once."""

import os
from pathlib import Path

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).parents[2]


def built(project: Path, folder: Path) -> Path:
    """Build the wheel of a project as an installer does, and return the file."""
    before = Path.cwd()
    os.chdir(project)
    try:
        return folder / build_wheel(str(folder))
    finally:
        os.chdir(before)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of hubsim; it needs `agent_wheel`."""
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def agent_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the agent and the contract."""
    return built(ROOT / "agent", tmp_path_factory.mktemp("agent-wheel"))
