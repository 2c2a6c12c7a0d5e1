"""The broker model behaves like Mosquitto: one random list of operations on both."""

from collections.abc import AsyncIterator

import pytest
from side_by_side import Mix, SideBySide

from hubsim_simulator.broker.mosquitto import MosquittoBroker
from hubsim_simulator.broker.profiles import MOSQUITTO

pytestmark = pytest.mark.mosquitto
STEPS = 250
MIX = Mix(
    clients=("ann", "bob", "cat", "dan"),
    topics=("a", "a/b", "a/b/c", "b", "b/b", "a//c", "/a", "$own/b", "$SYS/own"),
    filters=("a", "a/b", "#", "+", "a/#", "+/b", "a/+/c", "/a", "+/+", "$own/#", "$own/b", "b/b", "a//c"),
    kept_sessions=True,
    silent_clients=True,
    departures=True,
    marker="",
)


@pytest.fixture
async def broker() -> AsyncIterator[MosquittoBroker]:
    broker = MosquittoBroker()
    await broker.start()
    yield broker
    await broker.stop()


@pytest.mark.parametrize("seed", range(8))
async def test_clients_receive_the_same_from_the_model_and_from_mosquitto(
    broker: MosquittoBroker, seed: int
) -> None:
    comparison = SideBySide(broker.port, MOSQUITTO, MIX, seed)

    await comparison.run(STEPS)

    assert len(comparison.history) > STEPS
