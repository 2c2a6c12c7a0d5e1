"""The catalog in the virtual world: on both kinds of broker, in several reproducible histories."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from catalog_plays import ORDERS, SCENARIOS, name_of, numbered, passed

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.product.files import CATALOG
from hubsim_simulator.broker.profiles import EMBEDDED, MOSQUITTO, BrokerProfile

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("broker", "seed"),
    [(EMBEDDED, 2), (MOSQUITTO, 1), (MOSQUITTO, 3)],
    ids=["embedded, seed 2", "mosquitto, seed 1", "mosquitto, seed 3"],
)
@pytest.mark.parametrize("scenario", ORDERS, ids=name_of)
def test_every_scenario_passes_in_every_history(scenario: Scenario, broker: BrokerProfile, seed: int) -> None:
    passed(play_virtual(scenario, seed, broker=broker).result)


def test_the_same_seed_gives_the_same_trace_byte_for_byte() -> None:
    scenario = SCENARIOS[0]

    first, second = play_virtual(scenario, 5), play_virtual(scenario, 5)

    assert first.trace.lines() == second.trace.lines()


def test_different_seeds_give_different_orders_of_the_same_play() -> None:
    scenario = numbered(422)

    histories = {tuple(_order_of_events(play_virtual(scenario, seed).trace.events)) for seed in range(1, 9)}

    assert len(histories) > 1


def test_recording_snapshots_changes_nothing() -> None:
    scenario = SCENARIOS[0]

    assert play_virtual(scenario, record=True).trace.lines() == play_virtual(scenario).trace.lines()


@pytest.mark.process
def test_the_catalog_gives_the_same_traces_with_any_hash_seed() -> None:
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "hubsim", "run", "--virtual", "--twice", str(CATALOG)],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"the traces are equal byte for byte: {len(SCENARIOS)} scenarios" in done.stdout


def _order_of_events(events: list[TraceEvent]) -> list[str]:
    """Return the events with their stations, without ids, which differ from seed to seed."""
    return [
        f"{event.event} {event.who if event.who in ('cloud', 'carrier') else 'other'}" for event in events
    ]
