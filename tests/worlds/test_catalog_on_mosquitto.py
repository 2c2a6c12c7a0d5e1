"""The catalog on real sockets with a private Mosquitto, which keeps sessions and sends on what was missed."""

from pathlib import Path

import pytest
from catalog_plays import FILES, NAMES, passed, scenario_of

from scenarios.playing import play_live, run_live


@pytest.mark.mosquitto
@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_every_scenario_passes_on_mosquitto(file: Path) -> None:
    passed(run_live(play_live(scenario_of(file), broker="mosquitto")).result)
