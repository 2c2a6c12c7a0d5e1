"""Fixtures of the console."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from console_server import ConsoleServer, serving_console


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    """A server with a lab and the console, whose main world is empty."""
    async with serving_console(tmp_path) as running:
        yield running


@pytest.fixture
async def demo(server: ConsoleServer) -> ConsoleServer:
    """The same with the world of the demo."""
    await server.fill()
    return server
