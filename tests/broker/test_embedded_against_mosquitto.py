"""The embedded broker behaves like Mosquitto: one random list of operations on both, over sockets.

`make nightly` executes more operations than `make test`, by the variable below.
"""

import os
from collections.abc import AsyncIterator

import pytest
from compared_brokers import ComparedBrokers

from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.mosquitto import MosquittoBroker

pytestmark = pytest.mark.mosquitto
OPERATIONS = int(os.environ.get("HUBSIM_TEST_OPERATIONS", "5000"))
IN_A_LIST = 1000


@pytest.fixture
async def ports() -> AsyncIterator[tuple[int, int]]:
    embedded, mosquitto = EmbeddedBroker(), MosquittoBroker()
    await embedded.start()
    await mosquitto.start()
    yield embedded.port, mosquitto.port
    await embedded.crash()
    await mosquitto.crash()


@pytest.mark.parametrize("seed", range(OPERATIONS // IN_A_LIST))
async def test_clients_receive_the_same_from_the_embedded_broker_and_from_mosquitto(
    ports: tuple[int, int], seed: int
) -> None:
    comparison = ComparedBrokers(ports, seed)

    await comparison.run(IN_A_LIST)

    assert comparison.received > IN_A_LIST
