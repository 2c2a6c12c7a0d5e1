"""Fixtures for tests of the cloud's shell."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cloud_bench import Cloud, running


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with running(tmp_path / "cloud.db") as cloud:
        yield cloud
