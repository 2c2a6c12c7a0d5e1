"""A start or a stop of the embedded broker that is cancelled leaves no socket open."""

import asyncio
import contextlib

import pytest
from raw_mqtt import RawClient

from hubsim_simulator.broker.embedded import EmbeddedBroker

pytestmark = pytest.mark.live
TURNS = range(6)
"""Turns of the event loop before the cancellation: more than a start or a stop without clients needs."""


async def cancelled_after(turns: int, task: "asyncio.Task[None]") -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def refuses_connections(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.transport.abort()
    return False


@pytest.mark.parametrize("turns", TURNS)
async def test_after_a_cancelled_start_the_broker_serves_or_its_port_is_free(turns: int) -> None:
    broker = EmbeddedBroker()
    task = asyncio.create_task(broker.start())

    await cancelled_after(turns, task)
    started = not task.cancelled()

    assert broker.port == 0 or await refuses_connections(broker.port) is not started
    await broker.stop()


@pytest.mark.parametrize("turns", TURNS)
async def test_after_a_cancelled_stop_the_port_is_free_and_clients_are_disconnected(turns: int) -> None:
    broker, client = EmbeddedBroker(), RawClient()
    await broker.start()
    await client.connect(broker.port, "client")
    task = asyncio.create_task(broker.stop())
    await asyncio.sleep(0)  # a task that is cancelled before it runs does nothing

    await cancelled_after(turns, task)
    await client.end()

    assert await refuses_connections(broker.port)
