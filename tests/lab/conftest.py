"""Fixtures of the lab: a whole server, and its worlds over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lab_play import LabWorld
from lab_server import OPERATOR_TOKEN, Server, server_settings, serving


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server with an embedded broker and a lab, whose main world has no hubs."""
    async with serving(server_settings(tmp_path)) as running:
        yield running


@pytest.fixture
def main(server: Server) -> LabWorld:
    """The main world."""
    return LabWorld(server.client, operator_token=OPERATOR_TOKEN)


@pytest.fixture
async def world(main: LabWorld) -> LabWorld:
    """A world other than the main one, with its clock held at 15 January 2026, 08:00 UTC."""
    return await main.open()
