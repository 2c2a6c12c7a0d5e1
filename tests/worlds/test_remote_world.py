"""A play on a server that cannot serve it says why, and what to do."""

from pathlib import Path

import pytest
from catalog_plays import SCENARIOS
from server_with_a_lab import server

from scenarios.playing import play_remote
from scenarios.verdict import Verdict
from simulator.broker.embedded import EmbeddedBroker


@pytest.mark.live
async def test_a_server_without_a_lab_blocks_the_play_and_says_how_it_gets_one(tmp_path: Path) -> None:
    async with server(tmp_path, EmbeddedBroker(), lab=False) as url:
        result = (await play_remote(SCENARIOS[0], url=url)).result

    assert result.verdict is Verdict.BLOCKED
    assert result.reason == f"the server at {url} has no lab: start it with --lab (hubsim up --lab)"
